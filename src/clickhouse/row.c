/* The values of a row: see row.h. */
#include "row.h"

#include <string.h>

uint64_t tg_clickhouse_number(tg_span_t text)
{
    uint64_t number = 0;
    uint32_t i;

    for (i = 0; i < text.length && text.at[i] >= '0' && text.at[i] <= '9'; i++) {
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    return number;
}

int tg_clickhouse_is(tg_span_t text, const char *word)
{
    return word && strlen(word) == text.length && memcmp(word, text.at, text.length) == 0;
}

tg_protocol_t tg_clickhouse_protocol(tg_span_t text)
{
    int i;

    for (i = 0; i < TG_PROTOCOLS; i++) {
        if (tg_clickhouse_is(text, tg_protocol_name((tg_protocol_t)i))) {
            return (tg_protocol_t)i;
        }
    }
    return TG_PROTOCOL_UNKNOWN;
}

tg_cause_t tg_clickhouse_cause(tg_span_t text)
{
    int i;

    for (i = 0; i < TG_CAUSES; i++) {
        if (tg_clickhouse_is(text, tg_cause_name((tg_cause_t)i))) {
            return (tg_cause_t)i;
        }
    }
    return TG_CAUSE_NONE;
}
