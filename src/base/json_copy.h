/* Copying a text into JSON: which bytes need no escape, and moving those at once. For the writers
 * of JSON alone, which have these in their loops: a call would cost a tenth of it.
 */
#ifndef TG_BASE_JSON_COPY_H
#define TG_BASE_JSON_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** What one byte of a text needs. */
typedef enum {
    TG_JSON_BYTE_PLAIN,  /**< copied as it is */
    TG_JSON_BYTE_QUOTED, /**< after a backslash (RFC 8259 section 7) */
    TG_JSON_BYTE_SPECIAL /**< part of a longer character, a control, or the end */
} tg_json_byte_t;

/** 0x00-0x1F and 0x7F-0xFF are special, `"` and `\` are quoted. */
static inline tg_json_byte_t tg_json_byte_kind(unsigned char c)
{
    if (c < 0x20 || c >= 0x7F) {
        return TG_JSON_BYTE_SPECIAL;
    }
    return c == '"' || c == '\\' ? TG_JSON_BYTE_QUOTED : TG_JSON_BYTE_PLAIN;
}

/**
 * Writes the digits of a number so that they end before @p end, where there is room for all.
 * @return the first of them
 */
static inline char *tg_json_digits(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

/**
 * Copies without a call: most pieces are a few bytes. The last bytes of a longer one are copied
 * together with some before them.
 * @return what follows them
 */
static inline char *tg_json_copy_bytes(char *at, const char *bytes, size_t length)
{
    size_t i;

    if (length >= 8) {
        for (i = 0; i + 8 < length; i += 8) {
            memcpy(at + i, bytes + i, 8);
        }
        memcpy(at + length - 8, bytes + length - 8, 8);
    }
    else if (length >= 4) {
        memcpy(at, bytes, 4);
        memcpy(at + length - 4, bytes + length - 4, 4);
    }
    else {
        for (i = 0; i < length; i++) {
            at[i] = bytes[i];
        }
    }
    return at + length;
}

/** Sixteen bytes at once, by what gcc and clang make of it on each processor. */
#define TG_JSON_STEP 16
typedef signed char tg_json_step_t __attribute__((vector_size(TG_JSON_STEP)));
typedef unsigned char tg_json_wrapping_t __attribute__((vector_size(TG_JSON_STEP)));
typedef int64_t tg_json_halves_t __attribute__((vector_size(TG_JSON_STEP)));

/** As signed numbers 0x80-0xFF are below 0x20, and so is what follows 0x7F. */
static inline int tg_json_are_plain(tg_json_halves_t halves)
{
    tg_json_step_t bytes = (tg_json_step_t)halves,
                   next = (tg_json_step_t)((tg_json_wrapping_t)halves + 1);

    halves = (tg_json_halves_t)((next > 0x20) & ~((bytes == '"') | (bytes == '\\')));
    return (halves[0] & halves[1]) == -1;
}

/** Copies one step. Returns 1 if all of its bytes are plain. */
static inline int tg_json_copy_step(char *at, const char *s)
{
    tg_json_halves_t halves;

    memcpy(&halves, s, TG_JSON_STEP);
    memcpy(at, &halves, TG_JSON_STEP);
    return tg_json_are_plain(halves);
}

/**
 * The same for a text that is shorter, as two parts that may overlap. The shortest are left to
 * the caller.
 */
static inline int tg_json_copy_short(char *at, const char *s, size_t length)
{
    uint64_t first, last;
    uint32_t first_4, last_4;

    if (length >= 8) {
        memcpy(&first, s, 8);
        memcpy(&last, s + length - 8, 8);
        memcpy(at, &first, 8);
        memcpy(at + length - 8, &last, 8);
    }
    else if (length >= 4) {
        memcpy(&first_4, s, 4);
        memcpy(&last_4, s + length - 4, 4);
        memcpy(at, &first_4, 4);
        memcpy(at + length - 4, &last_4, 4);
        first = last = (uint64_t)first_4 << 32 | last_4;
    }
    else {
        return 0;
    }
    return tg_json_are_plain((tg_json_halves_t){ (int64_t)first, (int64_t)last });
}

/** Copies the plain bytes at the head of @p s, and returns how many. There is room for all. */
static inline __attribute__((always_inline)) size_t tg_json_copy_plain(char *at, const char *s,
                                                                       size_t length)
{
    size_t n = 0;

    if (length < TG_JSON_STEP) {
        if (tg_json_copy_short(at, s, length)) {
            return length;
        }
    }
    else {
        while (n + TG_JSON_STEP <= length && tg_json_copy_step(at + n, s + n)) {
            n += TG_JSON_STEP;
        }
        /* The last bytes together with some that were looked at already. */
        if (n + TG_JSON_STEP > length &&
            tg_json_copy_step(at + length - TG_JSON_STEP, s + length - TG_JSON_STEP)) {
            return length;
        }
    }
    while (n < length && tg_json_byte_kind((unsigned char)s[n]) == TG_JSON_BYTE_PLAIN) {
        at[n] = s[n];
        n++;
    }
    return n;
}

#endif
