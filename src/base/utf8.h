/* UTF-8: which bytes are a character, how one is written, and which a terminal acts on. */
#ifndef TG_BASE_UTF8_H
#define TG_BASE_UTF8_H

#include <stddef.h>

/** U+FFFD, which replaces what is no character. */
#define TG_UTF8_REPLACEMENT "\xEF\xBF\xBD"

/**
 * The bytes of the well-formed character at @p s (RFC 3629 section 4); 0 if there is none.
 * @param s NUL-terminated; nothing after the NUL is read
 */
size_t tg_utf8_length(const unsigned char *s);

/**
 * The code point of a character.
 * @param length what tg_utf8_length() returned, 1 or more
 */
unsigned tg_utf8_code(const unsigned char *s, size_t length);

/**
 * The code point of a character that a terminal acts on: controls of C0 and C1, DEL, and the
 * marks that change the direction of text. 0 for any other.
 * @param length what tg_utf8_length() returned, 1 or more
 */
unsigned tg_utf8_control(const unsigned char *s, size_t length);

/**
 * Writes the character of a code point, up to U+10FFFF; half a pair is written like any other.
 * @param to has room for four bytes
 * @return what follows it
 */
char *tg_utf8_put(char *to, unsigned code);

/** Reads @p digits hex digits, at most 7. -1 if there are fewer. */
int tg_utf8_hex(const char *at, const char *end, int digits);

#endif
