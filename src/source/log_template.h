/* The shape of a line of an access log: fields, and the text between them.
 *
 * Every server has its own way to write one, such as LogFormat of httpd; all become this.
 */
#ifndef TG_SOURCE_LOG_TEMPLATE_H
#define TG_SOURCE_LOG_TEMPLATE_H

#include "log_reader.h"

#include "base/fault.h"

/** An empty shape. */
tg_log_template_t *tg_log_template_make(apr_pool_t *pool);

/** Adds text that is there in each line. */
void tg_log_template_text(tg_log_template_t *shape, const char *text, size_t length);

/** Adds a field. Of two with the same meaning, the first is read. */
void tg_log_template_field(tg_log_template_t *shape, const tg_log_value_t *value);

/** Skips whatever follows the last field. */
void tg_log_template_open(tg_log_template_t *shape);

/**
 * 1 if a line has the client, the time and the protocol, and shows where each field ends.
 * @param names how that server calls those three, for the fault
 */
int tg_log_template_check(const tg_log_template_t *shape, const char *names, tg_fault_t *fault);

/** A reader of lines of that shape; NULL for NULL. */
tg_log_reader_t *tg_log_template_reader(apr_pool_t *pool, const tg_log_template_t *shape);

/** Reads a line. 1, or 0: it does not have that shape. */
int tg_log_template_read(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record);

/** The same as a reader of formats has it: an empty line is nothing. */
tg_line_t tg_log_template_line(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record);

#endif
