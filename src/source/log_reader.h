/* What the readers of foreign logs share: how the text of each field becomes a part of the
 * record. */
#ifndef TG_SOURCE_LOG_READER_H
#define TG_SOURCE_LOG_READER_H

#include "log_value.h"

/** A reader with nothing in it. */
tg_log_reader_t *tg_log_reader_make(apr_pool_t *pool);

/** Begins a record: it is empty, and there is scratch for a line of that length. */
void tg_log_reader_start(tg_log_reader_t *reader, size_t length, tg_record_t *record);

/**
 * Fills a part of the record.
 * @return 1, or 0: the text is not what such a field has
 */
int tg_log_reader_fill(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                       tg_record_t *record);

/** The address of a client, as the record has it. 1, or 0 if it is not an address. */
int tg_log_reader_address(tg_log_reader_t *reader, tg_span_t text, tg_record_t *record);

/** 1 if it is an address. */
int tg_log_is_address(tg_span_t text);

/** The protocol that servers call so; TG_PROTOCOLS if there is none. */
tg_protocol_t tg_log_protocol(tg_span_t name);

/** The name at IANA of a cipher; NULL if it is unknown. */
const char *tg_log_cipher(tg_span_t name);

/** 1 if the text is that. */
int tg_span_is(tg_span_t text, const char *other);

#endif
