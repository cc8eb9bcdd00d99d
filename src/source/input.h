/* A log as lines: a file, plain or compressed, or the standard input.
 *
 * In a document of records (json_records.h) each record is a line.
 */
#ifndef TG_SOURCE_INPUT_H
#define TG_SOURCE_INPUT_H

#include "base/fault.h"
#include "format/record.h"

#include <apr_pools.h>

/** A log that is read. Closed with its pool. */
typedef struct tg_input_t tg_input_t;

/**
 * Opens it. Its first bytes show how it is compressed: gzip, zstd, or not.
 * @param path "-" for the standard input
 * @return NULL with @p fault filled
 */
tg_input_t *tg_input_open(apr_pool_t *pool, const char *path, tg_fault_t *fault);

/** What there was. */
typedef enum {
    TG_INPUT_LINE,
    TG_INPUT_PART, /**< the last line, without its end: it may still be written */
    TG_INPUT_END,
    TG_INPUT_CUT,   /**< the same, and the compressed data or the document is incomplete */
    TG_INPUT_FAILED /**< nothing more can be read */
} tg_input_result_t;

/**
 * The next line, without `\n` or `\r\n`. Valid until the next call.
 * @param fault filled if it failed or was cut off
 */
tg_input_result_t tg_input_line(tg_input_t *input, tg_span_t *line, tg_fault_t *fault);

/** The number of that line, from 1. */
uint64_t tg_input_number(const tg_input_t *input);

/** A line that lies there, without its `\r`. */
static inline tg_span_t tg_input_span(const char *at, size_t length)
{
    return (tg_span_t){ at, (uint32_t)length - (length > 0 && at[length - 1] == '\r') };
}

/** A file that is read as it is. */
typedef struct {
    int file;
    uint64_t from, size; /**< where the next line begins; the length of the file */
} tg_input_plain_t;

/**
 * 1 if it is a regular file of lines that is not compressed, so that it can be read at any
 * place.
 */
int tg_input_plain(const tg_input_t *input, tg_input_plain_t *plain);

/** How many bytes of the file were read, and how many it has: 0 if that is not known. */
uint64_t tg_input_position(const tg_input_t *input);
uint64_t tg_input_size(const tg_input_t *input);

#endif
