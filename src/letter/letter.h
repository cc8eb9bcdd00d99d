/* A letter to a straggler: the values that it is made of, each with the name that a template may
 * have. */
#ifndef TG_LETTER_LETTER_H
#define TG_LETTER_LETTER_H

#include <stddef.h>

/** In the order of the columns of a table. */
typedef enum {
    TG_LETTER_CLIENT,
    TG_LETTER_ACCOUNT,
    TG_LETTER_COUNT,
    TG_LETTER_FIRST_SEEN,
    TG_LETTER_LAST_SEEN,
    TG_LETTER_DEPRECATED,
    TG_LETTER_PROTOCOLS,
    TG_LETTER_CAUSES,
    TG_LETTER_USER_AGENTS,
    TG_LETTER_ADDRESSES,
    TG_LETTER_HOSTS,
    TG_LETTER_ADVICE,
    TG_LETTER_DATES,
    TG_LETTER_BREAKS_AT,
    TG_LETTER_TRIALS,
    TG_LETTER_PROBABLE,
    TG_LETTER_TEST,
    TG_LETTER_INFO,
    TG_LETTER_NAMES
} tg_letter_name_t;

/**
 * The values. An unknown value is empty; a list has a line for each item. They are
 * printable UTF-8 and live as long as the pool that they were made in.
 */
typedef struct {
    const char *values[TG_LETTER_NAMES];
} tg_letter_t;

/** `breaks_at`. NULL after the last one. */
const char *tg_letter_name(int name);

/** Its meaning, as a part of a sentence. */
const char *tg_letter_meaning(tg_letter_name_t name);

/** The value of that name, which is not NUL-terminated; TG_LETTER_NAMES: there is none. */
tg_letter_name_t tg_letter_name_parse(const char *name, size_t length);

#endif
