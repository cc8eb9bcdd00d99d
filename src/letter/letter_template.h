/* The template of letters: a plain text with names in braces.
 *
 *     # Lines before the subject that begin with a hash are comments.
 *     Subject: A program of {account} needs a change
 *
 *     It was last seen at {last_seen}.
 *
 * A value of several lines goes on below its beginning. A line is left out if none of its names has
 * a value, and so is a paragraph that has no other lines with names. `{{` is a brace.
 */
#ifndef TG_LETTER_LETTER_TEMPLATE_H
#define TG_LETTER_LETTER_TEMPLATE_H

#include "letter.h"

#include "base/fault.h"

#include <apr_tables.h>

/** The largest template, in bytes. */
#define TG_LETTER_TEMPLATE_MAX ((apr_size_t)256 * 1024)

/** A template, read-only. Lives as long as the pool that it was read into. */
typedef struct {
    const char *subject;
    apr_array_header_t *lines; /**< of const char *: what follows the subject and an empty line */
} tg_letter_template_t;

/** The one that is built in, as a text with its names explained. */
const char *tg_letter_template_default(apr_pool_t *pool);

/**
 * Reads a template of that length, with a NUL after it.
 * @param line receives the number of the line that is wrong
 * @return 1, or 0 with @p fault filled
 */
int tg_letter_template_parse(apr_pool_t *pool, const char *text, apr_size_t length,
                             tg_letter_template_t *out, int *line, tg_fault_t *fault);

/** The subject of a letter, on one line. In @p pool. */
const char *tg_letter_subject(apr_pool_t *pool, const tg_letter_template_t *t,
                              const tg_letter_t *letter);

/** Its text; each line ends with a newline. In @p pool. */
const char *tg_letter_body(apr_pool_t *pool, const tg_letter_template_t *t,
                           const tg_letter_t *letter);

#endif
