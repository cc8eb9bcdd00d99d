/* Text from outsiders: see text.h. */
#include "text.h"

#include "digest.h"
#include "utf8.h"

#include <apr_cstr.h>
#include <apr_escape.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BYTES 16

/* The bytes to keep at @p s; 0: it is replaced. @p step: how far it goes. */
static size_t kept_bytes(const unsigned char *s, int is_name, size_t *step)
{
    size_t n = tg_utf8_length(s);

    *step = n ? n : 1;
    return n && is_name && tg_utf8_control(s, n) ? 0 : n;
}

/* The length of the printable ASCII at the start, which nearly every text is. */
static apr_size_t plain_length(const char *text)
{
    apr_size_t n = 0;

    while (text[n] >= 0x20 && text[n] < 0x7F) {
        n++;
    }
    return n;
}

static const char *clean_text(apr_pool_t *pool, const char *text, apr_size_t max, int is_name,
                              int *cut)
{
    const unsigned char *s = (const unsigned char *)text;
    apr_size_t used, length;
    size_t step;
    char *out;

    if (!text) {
        return NULL;
    }
    used = plain_length(text);
    if (!text[used] && used <= max) {
        return apr_pstrmemdup(pool, text, used);
    }
    used = used < max ? used : max;
    length = used + 3 * strlen(text + used);
    out = apr_palloc(pool, (length < max ? length : max) + 1);
    memcpy(out, text, used);
    for (s += used; *s; s += step) {
        size_t n = kept_bytes(s, is_name, &step);
        size_t put = n ? n : strlen(TG_UTF8_REPLACEMENT);

        if (used + put > max) {
            *cut = 1;
            break;
        }
        memcpy(out + used, n ? (const char *)s : TG_UTF8_REPLACEMENT, put);
        used += put;
    }
    out[used] = '\0';
    return out;
}

const char *tg_text_clean(apr_pool_t *pool, const char *text, apr_size_t max, int *cut)
{
    return clean_text(pool, text, max, 0, cut);
}

const char *tg_text_clean_name(apr_pool_t *pool, const char *text, apr_size_t max, int *cut)
{
    return clean_text(pool, text, max, 1, cut);
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
        return TG_TEXT_HASHED "unavailable";
    }
    return apr_pstrcat(pool, TG_TEXT_HASHED, apr_pescape_hex(pool, digest, HASH_BYTES, 0), NULL);
}

const char *tg_text_printable(apr_pool_t *pool, const char *text)
{
    int cut = 0;
    const char *s = text;
    char *out, *end;
    size_t length;

    while (*s >= ' ' && *s <= '~') {
        s++;
    }
    if (!*s) {
        return apr_pstrmemdup(pool, text, (apr_size_t)(s - text)); /* as most are */
    }
    s = tg_text_clean(pool, text, 3 * strlen(text) + 4, &cut);
    out = end = apr_palloc(pool, 6 * strlen(s) + 1);
    for (; *s; s += length) {
        unsigned code;

        length = tg_utf8_length((const unsigned char *)s);
        code = tg_utf8_control((const unsigned char *)s, length);

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

int tg_text_has(const char *text, const char *part)
{
    const size_t length = strlen(part);

    while (*text && apr_cstr_casecmpn(text, part, length) != 0) {
        text++;
    }
    return *text || length == 0;
}

const char *tg_text_upper(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text), *c;

    for (c = copy; *c; c++) {
        *c = (char)apr_toupper(*c);
    }
    return copy;
}

int tg_text_is_printable(apr_pool_t *pool, const char *text)
{
    return strcmp(tg_text_printable(pool, text), text) == 0;
}

const char *tg_text_join(apr_pool_t *pool, const char *const *names, apr_size_t count,
                         const char *between, const char *last)
{
    const char *text = count ? names[0] : "";
    apr_size_t i;

    for (i = 1; i < count; i++) {
        text = apr_pstrcat(pool, text, i + 1 < count ? between : last, names[i], NULL);
    }
    return text;
}

int tg_text_is_domain(const char *text)
{
    size_t i;

    for (i = 0; text[i]; i++) {
        int is_edge = i == 0 || text[i - 1] == '.' || text[i + 1] == '.' || !text[i + 1];

        if (!apr_isalnum(text[i]) && ((text[i] != '-' && text[i] != '.') || is_edge)) {
            return 0;
        }
    }
    return i > 0;
}
