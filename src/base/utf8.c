/* UTF-8: see utf8.h. */
#include "utf8.h"

/* RFC 3629 section 4, the rows of its grammar: how a sequence begins, how long it is, and
 * which second bytes keep out overlong forms, surrogates and what lies above U+10FFFF. */
static const struct {
    unsigned char first_min, first_max, length, second_min, second_max;
} sequences[] = {
    { 0xC2, 0xDF, 2, 0x80, 0xBF }, { 0xE0, 0xE0, 3, 0xA0, 0xBF }, { 0xE1, 0xEC, 3, 0x80, 0xBF },
    { 0xED, 0xED, 3, 0x80, 0x9F }, { 0xEE, 0xEF, 3, 0x80, 0xBF }, { 0xF0, 0xF0, 4, 0x90, 0xBF },
    { 0xF1, 0xF3, 4, 0x80, 0xBF }, { 0xF4, 0xF4, 4, 0x80, 0x8F },
};
#define SEQUENCES (sizeof(sequences) / sizeof(sequences[0]))

/* Marks of direction (Unicode Bidi_Control), and the line and paragraph separators. */
static const struct {
    unsigned first, last;
} acting[] = {
    { 0x061C, 0x061C },
    { 0x200E, 0x200F },
    { 0x2028, 0x202E },
    { 0x2066, 0x2069 },
};
#define ACTING (sizeof(acting) / sizeof(acting[0]))

size_t tg_utf8_length(const unsigned char *s)
{
    size_t i, n;

    if (s[0] < 0x80) {
        return s[0] ? 1 : 0;
    }
    for (i = 0; i < SEQUENCES; i++) {
        if (s[0] >= sequences[i].first_min && s[0] <= sequences[i].first_max) {
            if (s[1] < sequences[i].second_min || s[1] > sequences[i].second_max) {
                return 0;
            }
            for (n = 2; n < sequences[i].length; n++) {
                if (s[n] < 0x80 || s[n] > 0xBF) {
                    return 0;
                }
            }
            return sequences[i].length;
        }
    }
    return 0;
}

unsigned tg_utf8_code(const unsigned char *s, size_t length)
{
    switch (length) {
    case 1:
        return s[0];
    case 2:
        return (s[0] & 0x1FU) << 6 | (s[1] & 0x3FU);
    case 3:
        return (s[0] & 0x0FU) << 12 | (s[1] & 0x3FU) << 6 | (s[2] & 0x3FU);
    default:
        return (s[0] & 0x07U) << 18 | (s[1] & 0x3FU) << 12 | (s[2] & 0x3FU) << 6 | (s[3] & 0x3FU);
    }
}

unsigned tg_utf8_control(const unsigned char *s, size_t length)
{
    unsigned code = tg_utf8_code(s, length);
    size_t i;

    if (code < 0xA0) {
        return code < 0x20 || code >= 0x7F ? code : 0;
    }
    for (i = 0; i < ACTING; i++) {
        if (code >= acting[i].first && code <= acting[i].last) {
            return code;
        }
    }
    return 0;
}

char *tg_utf8_put(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(0xC0 | code >> 6);
    }
    else if (code < 0x10000) {
        *to++ = (char)(0xE0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
    }
    else {
        *to++ = (char)(0xF0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3F));
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (code & 0x3F));
    return to;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int tg_utf8_hex(const char *at, const char *end, int digits)
{
    int i, number = 0;

    if (end - at < digits) {
        return -1;
    }
    for (i = 0; i < digits; i++) {
        int digit = hex_digit(at[i]);

        if (digit < 0) {
            return -1;
        }
        number = number * 16 + digit;
    }
    return number;
}
