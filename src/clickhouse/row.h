/* The values of a row that ClickHouse answers. */
#ifndef TG_CLICKHOUSE_ROW_H
#define TG_CLICKHOUSE_ROW_H

#include "format/record.h"

/** A number; 0 if the text is not one. */
uint64_t tg_clickhouse_number(tg_span_t text);

/** 1 if it is that word, which may be NULL. */
int tg_clickhouse_is(tg_span_t text, const char *word);

/** The protocol and the cause of that name. */
tg_protocol_t tg_clickhouse_protocol(tg_span_t text);
tg_cause_t tg_clickhouse_cause(tg_span_t text);

#endif
