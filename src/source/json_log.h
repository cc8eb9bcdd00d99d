/* Foreign logs in JSON: a record a line, whose members are found by their paths. */
#ifndef TG_SOURCE_JSON_LOG_H
#define TG_SOURCE_JSON_LOG_H

#include "log_reader.h"

/** A member that tells something. */
typedef struct {
    const char *path; /**< the names from the document on, with dots between them */
    tg_log_value_t value;
} tg_json_log_row_t;

/** What a format is made of. A list of rows ends with one without a path. */
typedef struct tg_json_log {
    const tg_json_log_row_t *rows;
    /** What a record must have told: bits of the fields. */
    unsigned needed;
    /** What tells the format, where that is less. */
    unsigned known_by;
    /** A number for a version and a cipher, as in a hello. */
    int has_numbers;
    tg_protocol_t without; /**< the protocol where no member tells it */
} tg_json_log_t;

/** A reader, if the line is of that log; else NULL. */
tg_log_reader_t *tg_json_log_begin(apr_pool_t *pool, const tg_json_log_t *log, tg_span_t line);

/** Reads a line that is one object, with a reader that was made so. */
tg_line_t tg_json_log_read(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record);

#endif
