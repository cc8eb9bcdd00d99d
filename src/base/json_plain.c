/* JSON in its plainest form: see json_plain.h. Nothing is accepted that jansson refuses. */
#include "json_plain.h"

#include "utf8.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* RFC 8259 section 2. */
static void skip_white(tg_json_plain_t *p)
{
    while (p->at < p->end &&
           (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t')) {
        p->at++;
    }
}

int tg_json_plain_take(tg_json_plain_t *p, char c)
{
    skip_white(p);
    if (p->at == p->end || *p->at != c) {
        return 0;
    }
    p->at++;
    return 1;
}

int tg_json_plain_take_name(tg_json_plain_t *p, const char *name)
{
    apr_size_t length = strlen(name);

    skip_white(p);
    if ((apr_size_t)(p->end - p->at) < length + 2 || *p->at != '"' || p->at[length + 1] != '"' ||
        memcmp(p->at + 1, name, length) != 0) {
        return 0;
    }
    p->at += length + 2;
    return 1;
}

int tg_json_plain_is_end(tg_json_plain_t *p)
{
    skip_white(p);
    return p->at == p->end;
}

/* Section 7: what needs no escape, and has one byte. */
static const unsigned char plain[256] = {
    [0x20 ... 0x21] = 1, /* not the quote */
    [0x23 ... 0x5B] = 1, /* not the backslash */
    [0x5D ... 0x7F] = 1,
};

#define EACH(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

/* Not 0 if one of its bytes is 0. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - EACH(1)) & ~word & EACH(0x80);
}

/* 0 if all of its bytes are plain. */
static uint64_t other_bytes(uint64_t word)
{
    return ((word | (word - EACH(0x20))) & EACH(0x80)) | zero_bytes(word ^ EACH('"')) |
           zero_bytes(word ^ EACH('\\'));
}

/* Eight bytes at a time: almost all of a large document are plain. */
static const char *skip_plain(const char *s, const char *end)
{
    uint64_t word;

    for (; end - s >= (ptrdiff_t)sizeof(word); s += sizeof(word)) {
        memcpy(&word, s, sizeof(word));
        if (other_bytes(word)) {
            break;
        }
    }
    while (s < end && plain[(unsigned char)*s]) {
        s++;
    }
    return s;
}

/* The characters of more than one byte; @p s ends with a quote, which is never one of their bytes.
 * */
static int is_utf8(const char *s, const char *end)
{
    while (s < end) {
        size_t n = tg_utf8_length((const unsigned char *)s);

        if (n == 0) {
            return 0;
        }
        s += n;
    }
    return 1;
}

int tg_json_plain_text(tg_json_plain_t *p, tg_json_slice_t *out)
{
    const char *start, *s;
    int is_ascii;

    skip_white(p);
    if (p->at == p->end || *p->at != '"') {
        return 0;
    }
    start = p->at + 1;
    s = skip_plain(start, p->end);
    is_ascii = s == p->end || (unsigned char)*s < 0x80;
    while (s < p->end && (unsigned char)*s >= 0x80) {
        s = skip_plain(s + 1, p->end);
    }
    if (s == p->end || *s != '"' || !(is_ascii || is_utf8(start, s))) {
        return 0;
    }
    out->at = start;
    out->length = (apr_size_t)(s - start);
    p->at = s + 1;
    return 1;
}

json_t *tg_json_plain_value(tg_json_plain_t *p)
{
    json_error_t error;
    json_t *value =
        json_loadb(p->at, (size_t)(p->end - p->at),
                   JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

    if (value) {
        p->at += error.position;
    }
    return value;
}
