/* Messages as text, for tests:
 *
 *     16 03 01    bytes, in hex
 *     5a*32       the same byte that many times
 *     'h2'        the bytes of a text
 *     2[ ... ]    the bytes between the brackets, after their length in that many bytes
 *
 * A ClientHello is then `01 3[ 0301 5a*32 1[] 2[ 002f ] 1[ 00 ] ]`.
 */
#ifndef WIRE_H
#define WIRE_H

#include "guard.h"

#include "tls/hello.h"

#include <apr_strings.h>
#include <ctype.h>
#include <stdlib.h>

/** More than any message of a test has. */
#define WIRE_MAX 70000

/** A message; its bytes are in the pool of the test. */
typedef struct {
    unsigned char *at;
    size_t length;
} wire_t;

static inline void wire_add(wire_t *wire, unsigned byte, size_t times)
{
    CHECK(wire->length + times < WIRE_MAX, "the test has a message that is too long");
    memset(wire->at + wire->length, (int)byte, times);
    wire->length += times;
}

static inline const char *wire_text(wire_t *wire, const char *s)
{
    while (*s != '\'') {
        wire_add(wire, (unsigned char)*s++, 1);
    }
    return s + 1;
}

static inline const char *wire_byte(wire_t *wire, const char *s)
{
    const char digits[] = { s[0], s[1], '\0' };
    unsigned byte = (unsigned)strtoul(digits, NULL, 16);
    char *end = (char *)(uintptr_t)(s + 2);

    CHECK(isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1]),
          "the test has a wrong message at \"%.20s\"", s);
    wire_add(wire, byte, s[2] == '*' ? (size_t)strtoul(s + 3, &end, 10) : 1);
    return end;
}

static inline const char *wire_items(wire_t *wire, const char *s);

static inline const char *wire_vector(wire_t *wire, const char *s)
{
    size_t size = (size_t)(s[0] - '0'), start = wire->length, length, i;

    wire_add(wire, 0, size);
    s = wire_items(wire, s + 2);
    CHECK(*s == ']', "the test has a message with an open bracket");
    length = wire->length - start - size;
    for (i = 0; i < size; i++) {
        wire->at[start + i] = (unsigned char)(length >> 8 * (size - 1 - i));
    }
    return s + 1;
}

static inline const char *wire_items(wire_t *wire, const char *s)
{
    while (*s && *s != ']') {
        if (isspace((unsigned char)*s)) {
            s++;
        }
        else if (*s == '\'') {
            s = wire_text(wire, s + 1);
        }
        else {
            s = s[1] == '[' ? wire_vector(wire, s) : wire_byte(wire, s);
        }
    }
    return s;
}

/** The bytes of that text. */
static inline wire_t wire_make(const char *text)
{
    wire_t wire = { apr_palloc(unit_pool, WIRE_MAX), 0 };

    CHECK(*wire_items(&wire, text) == '\0', "the test has a bracket too many: %s", text);
    return wire;
}

/** The text of a ClientHello. @param extensions without the length of all; NULL for none */
static inline const char *wire_hello(const char *version, const char *ciphers,
                                     const char *extensions)
{
    return extensions
               ? apr_psprintf(unit_pool, "01 3[ %s 5a*32 1[] 2[ %s ] 1[ 00 ] 2[ %s ] ]", version,
                              ciphers, extensions)
               : apr_psprintf(unit_pool, "01 3[ %s 5a*32 1[] 2[ %s ] 1[ 00 ] ]", version, ciphers);
}

/** The text of a ClientHello in SSLv2 format. */
static inline const char *wire_sslv2(const char *version, const char *ciphers)
{
    wire_t list = wire_make(ciphers);

    return apr_psprintf(unit_pool, "01 %s %04x 0000 0010 %s 5a*16", version, (unsigned)list.length,
                        ciphers);
}

/** The hello of that text, which must be one. The bytes live as long as the pool. */
static inline tg_hello_t wire_parse(const char *text, const char *row)
{
    wire_t wire = wire_make(text);
    tg_hello_t hello;
    long used = tg_hello_parse(wire.at, wire.length, &hello);

    CHECK(used == (long)wire.length, "%s: %ld of %d bytes were read", row, used, (int)wire.length);
    return hello;
}

/* --- parsers: each message ends where the next byte cannot be read --- */

typedef long (*wire_parser_t)(const unsigned char *buffer, size_t length, tg_hello_t *hello);

/* Nothing of the struct's previous content is left. */
static inline long wire_parse_at_guard(wire_parser_t parse, const guard_t *guard,
                                       const wire_t *wire, size_t length, tg_hello_t *hello)
{
    memset(hello, 0xA5, sizeof(*hello));
    return parse(guard_put(guard, wire->at, length), length, hello);
}

/* Before the last byte, more is wanted, or it can never become a hello. */
static inline void wire_check_parts(wire_parser_t parse, const guard_t *guard, const wire_t *wire,
                                    long whole, const char *row)
{
    size_t length, step = wire->length > 4096 ? 499 : 1;
    int bad = 0;

    for (length = 0; length < wire->length; length += step) {
        tg_hello_t hello;
        long used = wire_parse_at_guard(parse, guard, wire, length, &hello);

        CHECK(used == TG_HELLO_INCOMPLETE || (used == TG_HELLO_BAD && whole == TG_HELLO_BAD),
              "%s: %ld after %d bytes", row, used, (int)length);
        CHECK(!bad || used == TG_HELLO_BAD, "%s: no longer bad after %d bytes", row, (int)length);
        bad = used == TG_HELLO_BAD;
        CHECK(hello.versions == 0 && hello.max_version == 0, "%s: offers after %d bytes", row,
              (int)length);
    }
}

/* Bytes after a message belong to the next. */
static inline void wire_check_trailing(wire_parser_t parse, const guard_t *guard,
                                       const wire_t *wire, long whole, const char *row)
{
    wire_t longer = { apr_palloc(unit_pool, wire->length + 9), wire->length + 9 };
    tg_hello_t hello;

    memset(longer.at, 0xFF, longer.length);
    memcpy(longer.at, wire->at, wire->length);
    same_number(wire_parse_at_guard(parse, guard, &longer, longer.length, &hello), whole, row);
}

/** The hello of that text, whole, byte by byte, and with more after it.
 * @return what the parser returned */
static inline long wire_read(wire_parser_t parse, const char *text, tg_hello_t *hello,
                             const char *row)
{
    static guard_t guard;
    wire_t wire = wire_make(text);
    long whole;

    if (!guard.pages) {
        guard = guard_open(WIRE_MAX + 16);
    }
    whole = wire_parse_at_guard(parse, &guard, &wire, wire.length, hello);
    CHECK(whole == TG_HELLO_BAD || whole == TG_HELLO_INCOMPLETE || whole == (long)wire.length,
          "%s: %ld of %d bytes", row, whole, (int)wire.length);
    wire_check_parts(parse, &guard, &wire, whole, row);
    if (whole != TG_HELLO_INCOMPLETE) {
        wire_check_trailing(parse, &guard, &wire, whole, row);
    }
    /* Its spans must point to bytes that stay. */
    return parse(wire.at, wire.length, hello);
}

/* Bytes of a hello are those of that text; NULL: not sent. */
static inline void wire_same(tg_bytes_t got, const char *want, const char *row)
{
    wire_t wire = wire_make(want ? want : "");

    CHECK((got.at != NULL) == (want != NULL), "%s: %s", row, want ? "not sent" : "sent");
    CHECK(got.length == wire.length, "%s: %d bytes, not %d", row, (int)got.length,
          (int)wire.length);
    CHECK(got.length == 0 || memcmp(got.at, wire.at, wire.length) == 0, "%s: other bytes", row);
}

#endif
