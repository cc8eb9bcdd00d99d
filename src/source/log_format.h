/* The formats of logs that can be read: our own, and those of other servers. */
#ifndef TG_SOURCE_LOG_FORMAT_H
#define TG_SOURCE_LOG_FORMAT_H

#include "base/fault.h"
#include "format/record.h"

#include <apr_pools.h>

/** What became of a line. */
typedef enum {
    TG_LINE_RECORD,
    TG_LINE_NOTHING, /**< right, but not about a request or handshake: a heading, an empty line */
    TG_LINE_DAMAGED
} tg_line_t;

/** What a reader keeps while it reads one log: columns that a heading named. Made by its format. */
typedef struct tg_log_reader_t tg_log_reader_t;

/** The shape of a line: see log_template.h. */
typedef struct tg_log_template_t tg_log_template_t;

/** One format: a row of the table in log_format.c. */
typedef struct {
    const char *name; /**< for `--from` */
    /** 1 if this log has all traffic, also of clients that nothing deprecates, so that a share can
     * be computed. */
    int has_all;
    /**
     * Tells the format by the first line of a log, and makes a reader for it, in @p pool.
     * @param argument what `--from NAME=ARGUMENT` gives, such as a LogFormat; or NULL
     * @return NULL if the line is not of this format
     */
    tg_log_reader_t *(*begin)(apr_pool_t *pool, tg_span_t line, const char *argument);
    /** Reads one line, without its newline. Fills all of @p record, whose texts point into the line
     * or into the reader, until the next call. */
    tg_line_t (*read)(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record);
    /** The shape that an argument gives; NULL with @p fault filled. NULL where none gives one. */
    const tg_log_template_t *(*shape)(apr_pool_t *pool, const char *argument, tg_fault_t *fault);
    /**
     * What a log that was read left open, and what was assumed; NULL if nothing. The member is NULL
     * for a format that leaves nothing open.
     * @param fix receives the argument that says it
     */
    const char *(*doubt)(const tg_log_reader_t *reader, const char **fix);
    /**
     * 1 if a line is read in the same way whatever was before it, so that the parts of a log can
     * be read beside each other, once its first line has told the format.
     */
    int is_apart;
} tg_log_format_t;

/**
 * Tells the format by the first line of a log, and makes a reader for it.
 * @param wanted   the format that it has; NULL: any
 * @param argument see above
 * @param reader   receives it; what the attempts before it took is freed
 * @return NULL if the line tells none
 */
const tg_log_format_t *tg_log_format_begin(apr_pool_t *pool, const tg_log_format_t *wanted,
                                           tg_span_t line, const char *argument,
                                           tg_log_reader_t **reader);

/** The format of that name; NULL if there is none. */
const tg_log_format_t *tg_log_format_find(const char *name);

/** Row number @p i, from 0; NULL after the last one. */
const tg_log_format_t *tg_log_format_at(int i);

#endif
