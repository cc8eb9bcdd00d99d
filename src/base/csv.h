/* Comma-separated values (RFC 4180), as spreadsheets and programs write them. */
#ifndef TG_BASE_CSV_H
#define TG_BASE_CSV_H

#include <apr_pools.h>
#include <apr_tables.h>

/** A text that is being read. Its bytes are changed. */
typedef struct {
    char *at, *end;      /**< @p end points at a NUL */
    int line;            /**< of the record that was read last, the first being 1 */
    int next_line;       /**< where the next one begins */
    const char *problem; /**< why that record cannot be read, or NULL */
} tg_csv_t;

/** @param text of that length, with a NUL after it. A byte order mark is skipped. */
tg_csv_t tg_csv_begin(char *text, apr_size_t length);

/**
 * Reads the next record that is not empty.
 * @param fields receives its fields, of const char *; they stay as long as the text
 * @return 1, also with a problem; 0 at the end
 */
int tg_csv_next(tg_csv_t *csv, apr_array_header_t *fields);

/**
 * A field as it is written, in quotes if it needs them. In @p pool.
 *
 * Spreadsheets take a cell that begins with `=`, `+`, `-`, `@`, a tab or a CR for a formula and run
 * it. Such a text, and one that looks like what this makes of it, is written with an apostrophe
 * before it, which tg_csv_next() takes away again. A dash alone is left: it says that there is
 * nothing.
 */
const char *tg_csv_field(apr_pool_t *pool, const char *text);

#endif
