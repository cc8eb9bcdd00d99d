/* The texts of JSON: see json_scan_text.h. */
#include "json_scan_text.h"

#include "utf8.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first byte that is not a plain character of ASCII within a text: a quote, a backslash, a
 * control or a part of a longer character. */
static inline const char *end_of_plain(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');

    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        /* Signed: bytes from 0x80 on are less than a space as well. */
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_or_si128(
            _mm_cmplt_epi8(bytes, space),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash))));

        if (found) {
            return at + __builtin_ctz(found);
        }
        at += 16;
    }
#endif
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' &&
           *at != '\\') {
        at++;
    }
    return at;
}

/* The bytes of the character there, which may be cut by the end; 0: it is not UTF-8. */
static size_t character_length(const char *at, const char *end)
{
    unsigned char copy[5] = { 0 };

    if (end - at >= 4) {
        return tg_utf8_length((const unsigned char *)at);
    }
    memcpy(copy, at, (size_t)(end - at));
    return tg_utf8_length(copy);
}

/* After `\u`: the character, of two halves if it has them (RFC 8259 section 7). NULL: none. */
static char *put_unicode(tg_json_scan_t *s, char *to)
{
    int code = tg_utf8_hex(s->at, s->end, 4), low;

    if (code <= 0 || (code >= 0xDC00 && code <= 0xDFFF)) {
        return NULL;
    }
    s->at += 4;
    if (code < 0xD800 || code > 0xDBFF) {
        return tg_utf8_put(to, (unsigned)code);
    }
    if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u') {
        return NULL;
    }
    low = tg_utf8_hex(s->at + 2, s->end, 4);
    if (low < 0xDC00 || low > 0xDFFF) {
        return NULL;
    }
    s->at += 6;
    return tg_utf8_put(to, 0x10000U + ((unsigned)(code - 0xD800) << 10) + (unsigned)(low - 0xDC00));
}

/* After a backslash. Never longer than what was written. NULL: no such escape. */
static char *put_escape(tg_json_scan_t *s, char *to)
{
    static const char written[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (s->at == s->end) {
        return NULL;
    }
    if (*s->at == 'u') {
        s->at++;
        return put_unicode(s, to);
    }
    found = *s->at ? strchr(written, *s->at) : NULL;
    if (!found) {
        return NULL;
    }
    s->at++;
    *to++ = meant[found - written];
    return to;
}

/* A text from its first escape on, which is copied to the scratch with what is before. */
static tg_json_scan_kind_t escaped_text(tg_json_scan_t *s, const char *start,
                                        tg_json_scan_value_t *value)
{
    char *to = s->scratch;
    size_t n = (size_t)(s->at - start);

    memcpy(to, start, n);
    to += n;
    while (s->at < s->end && *s->at != '"') {
        const char *plain = end_of_plain(s->at, s->end);

        n = (size_t)(plain - s->at);
        if (n == 0 && *s->at == '\\') {
            s->at++;
            to = put_escape(s, to);
            if (!to) {
                return TG_JSON_SCAN_WRONG;
            }
            continue;
        }
        if (n == 0 &&
            ((unsigned char)*s->at < 0x80 || (n = character_length(s->at, s->end)) == 0)) {
            return TG_JSON_SCAN_WRONG;
        }
        memcpy(to, s->at, n);
        to += n;
        s->at += n;
    }
    if (s->at == s->end) {
        return TG_JSON_SCAN_WRONG;
    }
    s->at++;
    value->at = s->scratch;
    value->length = (size_t)(to - s->scratch);
    s->scratch = to;
    return TG_JSON_SCAN_TEXT;
}

/* A text with something else than plain characters, the first of which is next. Apart, so that the
 * way of most texts is short. */
static __attribute__((noinline)) tg_json_scan_kind_t
mixed_text(tg_json_scan_t *s, const char *start, tg_json_scan_value_t *value)
{
    while (s->at < s->end && *s->at != '"') {
        size_t n = (unsigned char)*s->at < 0x80 ? 0 : character_length(s->at, s->end);

        if (*s->at == '\\') {
            return escaped_text(s, start, value);
        }
        if (n == 0) {
            return TG_JSON_SCAN_WRONG;
        }
        s->at = end_of_plain(s->at + n, s->end);
    }
    if (s->at == s->end) {
        return TG_JSON_SCAN_WRONG;
    }
    value->at = start;
    value->length = (size_t)(s->at - start);
    s->at++;
    return TG_JSON_SCAN_TEXT;
}

tg_json_scan_kind_t tg_json_scan_text(tg_json_scan_t *s, tg_json_scan_value_t *value)
{
    const char *start = s->at, *end = end_of_plain(start, s->end);

    if (end < s->end && *end == '"') {
        value->at = start;
        value->length = (size_t)(end - start);
        s->at = end + 1;
        return TG_JSON_SCAN_TEXT;
    }
    s->at = end;
    return mixed_text(s, start, value);
}
