/* Foreign logs in JSON: a record a line, whose members are found by their paths. */
#ifndef TG_SOURCE_JSON_LOG_H
#define TG_SOURCE_JSON_LOG_H

#include "log_reader.h"

#include "base/json_scan.h"

/** A member that tells something. */
typedef struct {
    const char *path; /**< the names from the document on, with dots between them */
    tg_log_value_t value;
} tg_json_log_row_t;

/** What a format is made of. A list of rows ends with one without a path. */
typedef struct {
    const tg_json_log_row_t *rows;
    /** What a record must have told: bits of the fields. */
    unsigned needed;
    /** A number for a version and a cipher, as in a hello. */
    int has_numbers;
    tg_protocol_t without; /**< the protocol where no member tells it */
} tg_json_log_t;

/**
 * Reads one object, which is open.
 * @return TG_LINE_RECORD; TG_LINE_NOTHING: well-formed, and it does not have what is needed; or
 *         TG_LINE_DAMAGED
 */
tg_line_t tg_json_log_object(tg_log_reader_t *reader, const tg_json_log_t *log,
                             tg_json_scan_t *scan, tg_record_t *record);

/** Reads a line that is one object. */
tg_line_t tg_json_log_line(tg_log_reader_t *reader, const tg_json_log_t *log, tg_span_t line,
                           tg_record_t *record);

/** A reader, if the line is a record of that log; else NULL. */
tg_log_reader_t *tg_json_log_begin(apr_pool_t *pool, const tg_json_log_t *log, tg_span_t line);

#endif
