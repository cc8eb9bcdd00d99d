/* The encodings of a mail: see mail_encode.h. */
#include "mail_encode.h"

#include "base/utf8.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

static const char hex_digits[] = "0123456789ABCDEF";

static char *put_coded(char *to, unsigned char c)
{
    *to++ = '=';
    *to++ = hex_digits[c >> 4];
    *to++ = hex_digits[c & 15];
    return to;
}

/* --- words of a header --- */

#define WORD_BEGIN "=?UTF-8?Q?"
#define WORD_END "?="

/* RFC 2047 section 2: a word has 75 characters at most. */
#define WORD_ROOM (75 - (sizeof(WORD_BEGIN) - 1) - (sizeof(WORD_END) - 1))

/* So short that the name of any header fits before it. */
#define PLAIN_MAX 60

/* @p also what may be in it besides letters and digits */
static int is_plain(const char *text, const char *also)
{
    size_t i;

    for (i = 0; text[i]; i++) {
        if (!apr_isalnum(text[i]) && !strchr(also, text[i])) {
            return 0;
        }
    }
    return i <= PLAIN_MAX &&
           (i == 0 || (text[0] != ' ' && text[i - 1] != ' ' && !strstr(text, "=?")));
}

/* What may be written as it is wherever words are: RFC 2047 section 5 (3). */
static char *put_in_word(char *to, unsigned char c)
{
    if (apr_isalnum(c) || (c && strchr("!*+-/", c))) {
        *to++ = (char)c;
        return to;
    }
    if (c == ' ') {
        *to++ = '_';
        return to;
    }
    return put_coded(to, c);
}

static const char *encoded_words(apr_pool_t *pool, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    char *out, *to, *word;

    /* Each byte takes three characters at most, and each word ends with a newline. */
    out = to = apr_palloc(pool, strlen(text) * (3 + sizeof("\n " WORD_BEGIN WORD_END)) + 80);
    to = word = apr_cpystrn(to, WORD_BEGIN, sizeof(WORD_BEGIN));
    while (*s) {
        size_t length = tg_utf8_length(s), i;

        length = length ? length : 1;
        if ((size_t)(to - word) + 3 * length > WORD_ROOM) {
            to = word =
                apr_cpystrn(to, WORD_END "\n " WORD_BEGIN, sizeof(WORD_END "\n " WORD_BEGIN));
        }
        for (i = 0; i < length; i++) {
            to = put_in_word(to, *s++);
        }
    }
    apr_cpystrn(to, WORD_END, sizeof(WORD_END));
    return out;
}

const char *tg_mail_words(apr_pool_t *pool, const char *text)
{
    return is_plain(text, " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") ? text : encoded_words(pool, text);
}

/* What an atom has, and spaces between them: RFC 5322 section 3.2.3. */
const char *tg_mail_name(apr_pool_t *pool, const char *text)
{
    return is_plain(text, " !#$%&'*+-/=?^_`{|}~") ? text : encoded_words(pool, text);
}

/* --- a body --- */

/* RFC 2045 section 6.7 (5): with the equals sign that ends a line which goes on. */
#define LINE_ROOM 76

/* An entry of an mbox begins with such a line, and some readers take a `>` away before it. */
static int is_like_an_entry(const char *text)
{
    return strncmp(text + strspn(text, ">"), "From ", strlen("From ")) == 0;
}

/* @p is_first it is the first character of a line as it is written. */
static int needs_code(const char *at, int is_first)
{
    if (*at == ' ' || *at == '\t') {
        return at[1] == '\n' || at[1] == '\0';
    }
    return *at < '!' || *at > '~' || *at == '=' || (is_first && is_like_an_entry(at));
}

const char *tg_mail_body(apr_pool_t *pool, const char *text)
{
    /* Three characters for a byte, and two more for each line that goes on. */
    char *out = apr_palloc(pool, strlen(text) * 4 + 16), *to = out, *line = out;
    const char *at;

    for (at = text; *at; at++) {
        int is_coded;

        if (*at == '\n') {
            *to++ = '\n';
            line = to;
            continue;
        }
        is_coded = needs_code(at, to == line);
        if (to - line + (is_coded ? 3 : 1) >= LINE_ROOM) {
            *to++ = '=';
            *to++ = '\n';
            line = to;
            is_coded = needs_code(at, 1);
        }
        if (is_coded) {
            to = put_coded(to, (unsigned char)*at);
        }
        else {
            *to++ = *at;
        }
    }
    if (to > line) {
        *to++ = '\n';
    }
    *to = '\0';
    return out;
}
