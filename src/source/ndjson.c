/* Our own log: the format `tlsgate`. */
#include "log_reader.h"

#include "format/sighting_read.h"

#include <apr_strings.h>
#include <stdlib.h>

/* For what a line escapes; as long as the longest line so far. */
static apr_status_t free_scratch(void *data)
{
    tg_log_reader_t *reader = data;

    free(reader->scratch);
    return APR_SUCCESS;
}

static tg_line_t ndjson_read(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record)
{
    if (line.length == 0) {
        return TG_LINE_NOTHING;
    }
    if (line.length > reader->room) {
        char *larger = realloc(reader->scratch, (size_t)line.length * 2);

        if (!larger) {
            return TG_LINE_DAMAGED;
        }
        reader->scratch = larger;
        reader->room = (size_t)line.length * 2;
    }
    return tg_sighting_read(line, reader->scratch, record) ? TG_LINE_RECORD : TG_LINE_DAMAGED;
}

static tg_log_reader_t *ndjson_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    tg_log_reader_t *reader;
    tg_record_t record;

    (void)argument;
    if (line.length == 0 || line.at[0] != '{') {
        return NULL;
    }
    reader = tg_log_reader_make(pool);
    apr_pool_cleanup_register(pool, reader, free_scratch, apr_pool_cleanup_null);
    if (ndjson_read(reader, line, &record) != TG_LINE_RECORD) {
        apr_pool_cleanup_run(pool, reader, free_scratch);
        return NULL;
    }
    return reader;
}

const tg_log_format_t tg_log_format_tlsgate = {
    .name = "tlsgate",
    .begin = ndjson_begin,
    .read = ndjson_read,
    .is_apart = 1,
};
