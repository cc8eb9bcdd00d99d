/* Text from outsiders: see text.h. */
#include "text.h"

#include "digest.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"
#define HASH_BYTES 16

/* RFC 3629 section 4, the rows of its grammar: how a sequence begins, how long
 * it is, and which second bytes keep out overlong forms, surrogates and what
 * lies above U+10FFFF. */
static const struct {
    unsigned char first_min, first_max, length, second_min, second_max;
} rows[] = {
    { 0x01, 0x7F, 1, 0x00, 0x00 }, { 0xC2, 0xDF, 2, 0x80, 0xBF }, { 0xE0, 0xE0, 3, 0xA0, 0xBF },
    { 0xE1, 0xEC, 3, 0x80, 0xBF }, { 0xED, 0xED, 3, 0x80, 0x9F }, { 0xEE, 0xEF, 3, 0x80, 0xBF },
    { 0xF0, 0xF0, 4, 0x90, 0xBF }, { 0xF1, 0xF3, 4, 0x80, 0xBF }, { 0xF4, 0xF4, 4, 0x80, 0x8F },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The length of the well-formed sequence at s; 0 if there is none. The NUL at
 * the end of the text is no continuation byte, so nothing behind it is read. */
static size_t sequence_length(const unsigned char *s)
{
    size_t i, n;

    for (i = 0; i < ROWS; i++) {
        if (s[0] >= rows[i].first_min && s[0] <= rows[i].first_max) {
            if (rows[i].length > 1 && (s[1] < rows[i].second_min || s[1] > rows[i].second_max)) {
                return 0;
            }
            for (n = 2; n < rows[i].length; n++) {
                if (s[n] < 0x80 || s[n] > 0xBF) {
                    return 0;
                }
            }
            return rows[i].length;
        }
    }
    return 0;
}

const char *tg_text_clean(apr_pool_t *pool, const char *text, apr_size_t max, int *cut)
{
    const unsigned char *s = (const unsigned char *)text;
    apr_size_t length = text ? strlen(text) : 0;
    apr_size_t used = 0;
    char *out;

    if (!text) {
        return NULL;
    }
    out = apr_palloc(pool, (3 * length < max ? 3 * length : max) + 1);
    while (*s) {
        size_t n = sequence_length(s);
        size_t put = n ? n : strlen(REPLACEMENT);

        if (used + put > max) {
            *cut = 1;
            break;
        }
        memcpy(out + used, n ? (const char *)s : REPLACEMENT, put);
        used += put;
        s += n ? n : 1;
    }
    out[used] = '\0';
    return out;
}

static int needs_escape(unsigned char c)
{
    return c < 0x20 || c >= 0x7F || c == '"' || c == '\\';
}

const char *tg_text_quote(apr_pool_t *pool, const char *text)
{
    const char *s = text;
    int cut = 0;
    json_t *string;
    char *quoted;
    const char *copy;

    while (*s && !needs_escape((unsigned char)*s)) {
        s++;
    }
    if (!*s) {
        return apr_pstrcat(pool, "\"", text, "\"", NULL);
    }
    string = json_string(tg_text_clean(pool, text, 3 * strlen(text) + 4, &cut));
    quoted = json_dumps(string, JSON_ENCODE_ANY);
    copy = quoted ? apr_pstrdup(pool, quoted) : "\"\"";
    free(quoted);
    json_decref(string);
    return copy;
}

const char *tg_text_hash(apr_pool_t *pool, const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const EVP_MD *md = tg_digest_get(TG_DIGEST_SHA256);
    unsigned int length = 0;

    if (!md || !EVP_Digest(text, strlen(text), digest, &length, md, NULL) || length < HASH_BYTES) {
        return "sha256:unavailable";
    }
    return apr_pstrcat(pool, "sha256:", apr_pescape_hex(pool, digest, HASH_BYTES, 0), NULL);
}

/* The code point of a character that a terminal would act on: controls of C0 and C1, and
 * what changes the direction of text. 0 for any other. @p s is well-formed UTF-8. */
static unsigned terminal_control(const unsigned char *s, size_t *length)
{
    unsigned wide;

    *length = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (*length == 1) {
        return s[0] < 0x20 || s[0] == 0x7F ? s[0] : 0;
    }
    if (*length == 2) {
        return s[0] == 0xC2 && s[1] < 0xA0 ? s[1] : 0;
    }
    wide = (s[0] & 0x0FU) << 12 | (s[1] & 0x3FU) << 6 | (s[2] & 0x3FU);
    return *length == 3 &&
                   ((wide >= 0x200E && wide <= 0x200F) || (wide >= 0x2028 && wide <= 0x202E) ||
                    (wide >= 0x2066 && wide <= 0x2069))
               ? wide
               : 0;
}

const char *tg_text_printable(apr_pool_t *pool, const char *text)
{
    int cut = 0;
    const char *s = tg_text_clean(pool, text, 3 * strlen(text) + 4, &cut);
    char *out = apr_palloc(pool, 6 * strlen(s) + 1), *end = out;
    size_t length;

    for (; *s; s += length) {
        unsigned code = terminal_control((const unsigned char *)s, &length);

        if (code) {
            end += sprintf(end, code < 0x100 ? "\\x%02x" : "\\u%04x", code);
        }
        else {
            memcpy(end, s, length);
            end += length;
        }
    }
    *end = '\0';
    return out;
}

int tg_text_is_printable(apr_pool_t *pool, const char *text)
{
    return strcmp(tg_text_printable(pool, text), text) == 0;
}
