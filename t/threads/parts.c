/* Threads: a log that several of them read in parts, cut at random. The tally is that of one thread, the
 * lines and the damaged ones have the same numbers, and ThreadSanitizer is silent.
 */
#include "said_tally.h"

#include "source/log_parts.h"

#include <apr_file_io.h>
#include <apr_general.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define ROUNDS 10
#define LINES 150

/* What was read of a log, by whichever way. */
typedef struct {
    tg_tally_t *tally;
    uint64_t lines, damaged, unfinished;
    char places[65536];
} seen_log_t;

static unsigned below(unsigned n)
{
    return (unsigned)rand() % n;
}

static int is_left_out(const void *context, const tg_record_t *record)
{
    (void)context;
    return record->address.length == 9 && record->address.at[8] == '3';
}

static void put_random_line(FILE *out, int is_foreign)
{
    unsigned client = below(30), kind = below(20);

    if (kind == 0) {
        fputs(below(2) ? "damaged\n" : "{\"x\":\n", out);
    }
    else if (kind == 1) {
        fputs("\n", out);
    }
    else if (is_foreign) {
        fprintf(out,
                "192.0.2.%u - - [10/Jul/2018:%02u:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" "
                "\"agent %u\" "
                "%s AES128-SHA\n",
                client, below(24), below(40), below(2) ? "TLSv1" : "TLSv1.3");
    }
    else {
        fprintf(out,
                "{\"@timestamp\":\"2018-07-%02uT09:00:00.000Z\",\"client\":{\"ip\":\"192.0.2.%u\"},"
                "\"tls\":{"
                "\"established\":%s,\"client\":{\"ja4\":\"t1%u\"}},\"user_agent\":{\"original\":\"%"
                "*u\"},"
                "\"tlsgate\":{\"client\":\"%s%u\",\"protocol\":\"TLSv1\"}}%s\n",
                1 + below(28), client % 6, below(8) ? "true" : "false", below(3),
                (int)below(300) + 1, below(50), below(8) ? "account:" : "ip:192.0.2.", client,
                below(9) ? "" : "\r");
    }
}

static void write_random_log(const char *path, int is_foreign)
{
    FILE *out = fopen(path, "w");
    int i;

    if (!out) {
        abort();
    }
    for (i = 0; i < LINES; i++) {
        put_random_line(out, is_foreign);
    }
    if (below(2)) {
        fputs(below(2) ? "{\"half" : "192.0.2", out);
    }
    fclose(out);
}

/* --- by one thread --- */

static void note_place(seen_log_t *seen, uint64_t line)
{
    size_t length = strlen(seen->places);

    (void)snprintf(seen->places + length, sizeof(seen->places) - length, " %d", (int)line);
    seen->damaged++;
}

static void take_alone(seen_log_t *seen, const tg_log_format_t *format, tg_log_reader_t *reader,
                       tg_span_t line, int is_part, int is_again)
{
    tg_record_t record;
    tg_line_t what = format->read(reader, line, &record);

    if (what == TG_LINE_RECORD && !is_left_out(NULL, &record)) {
        (is_again ? tg_tally_again : tg_tally_add)(seen->tally, &record, format->has_all);
    }
    if (!is_again && what == TG_LINE_DAMAGED && is_part) {
        seen->unfinished++;
    }
    else if (!is_again && what == TG_LINE_DAMAGED) {
        note_place(seen, seen->lines);
    }
}

static void read_alone(apr_pool_t *pool, const char *path, const tg_log_format_t *format,
                       tg_span_t first, seen_log_t *seen, int is_again)
{
    tg_log_reader_t *reader = format->begin(pool, first, NULL);
    tg_fault_t fault;
    tg_input_t *input = tg_input_open(pool, path, &fault);
    tg_input_result_t result;
    tg_span_t line;

    while (input && (result = tg_input_line(input, &line, &fault)) <= TG_INPUT_PART) {
        seen->lines += !is_again;
        take_alone(seen, format, reader, line, result == TG_INPUT_PART, is_again);
    }
}

/* --- in parts --- */

static void took_part(void *context, const tg_log_part_t *part)
{
    seen_log_t *seen = context;
    uint64_t i;

    /* Parts of this test are too short for more. */
    for (i = 0; i < part->damaged; i++) {
        note_place(seen, seen->lines + part->places[i]);
    }
    seen->lines += part->lines;
    seen->unfinished += (uint64_t)part->is_unfinished;
}

static void took_again(void *context, const tg_log_part_t *part)
{
    (void)context;
    (void)part;
}

static int read_in_parts(apr_pool_t *pool, const char *path, const tg_log_format_t *format,
                         tg_span_t first, seen_log_t *seen)
{
    tg_fault_t fault;
    tg_input_t *input = tg_input_open(pool, path, &fault);
    tg_log_parts_t parts = { .format = format,
                             .first = first,
                             .tally = seen->tally,
                             .is_left_out = is_left_out,
                             .threads = 1 + (int)below(6),
                             .part_size = below(8) ? 500 + below(6000) : 1 + below(300) };

    if (!input || !tg_input_plain(input, &parts.plain) ||
        !tg_log_parts_read(pool, &parts, took_part, seen, &fault)) {
        return 0;
    }
    parts.is_again = 1;
    return !tg_tally_is_unsure(seen->tally) ||
           tg_log_parts_read(pool, &parts, took_again, seen, &fault);
}

/* --- both --- */

static tg_tally_t *new_tally(apr_pool_t *pool)
{
    tg_tally_options_t options = { .since = TG_ALWAYS,
                                   .until = TG_NEVER,
                                   .deprecated = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0),
                                   .key = { below(1000), below(1000) } };

    return tg_tally_create(pool, &options);
}

static const char *said_log(apr_pool_t *pool, seen_log_t *seen)
{
    tg_tally_join(seen->tally);
    return apr_psprintf(pool, "%d lines, damaged%s, unfinished %d\n%s", (int)seen->lines,
                        seen->places, (int)seen->unfinished, said_all(pool, seen->tally));
}

static int is_same(apr_pool_t *pool, const char *path, int is_foreign)
{
    static const char *const firsts[] = {
        "{\"@timestamp\":\"2018-07-10T09:00:00.000Z\",\"tlsgate\":{\"client\":\"ip:192.0.2.7\","
        "\"protocol\":"
        "\"TLSv1\"}}",
        "192.0.2.7 - - [10/Jul/2018:10:00:01 +0100] \"GET / HTTP/1.1\" 200 5 \"-\" \"a\" TLSv1 "
        "AES128-SHA",
    };
    tg_span_t first = { firsts[is_foreign], (uint32_t)strlen(firsts[is_foreign]) };
    const tg_log_format_t *format = tg_log_format_find(is_foreign ? "httpd" : "tlsgate");
    seen_log_t *alone = apr_pcalloc(pool, sizeof(*alone));
    seen_log_t *parts = apr_pcalloc(pool, sizeof(*parts));
    const char *want, *got;

    alone->tally = new_tally(pool);
    parts->tally = new_tally(pool);
    read_alone(pool, path, format, first, alone, 0);
    read_alone(pool, path, format, first, alone, 1);
    if (!read_in_parts(pool, path, format, first, parts)) {
        printf("# it cannot be read\n");
        return 0;
    }
    want = said_log(pool, alone);
    got = said_log(pool, parts);
    if (strcmp(got, want) != 0) {
        printf("# not\n# %.2000s\n# but\n# %.2000s\n", want, got);
        return 0;
    }
    return alone->lines >= LINES && alone->damaged > 0;
}

int main(void)
{
    const char *directory;
    char *path;
    int i, file, ok = 1;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (apr_temp_dir_get(&directory, pool) != APR_SUCCESS) {
        abort();
    }
    path = strdup(apr_psprintf(pool, "%s/tlsgate-parts-XXXXXX", directory));
    apr_pool_destroy(pool);
    srand(3);
    printf("1..2\n");
    file = mkstemp(path);
    for (i = 0; i < 2 * ROUNDS && ok && file >= 0; i++) {
        apr_pool_create(&pool, NULL);
        write_random_log(path, i % 2);
        ok = is_same(pool, path, i % 2);
        apr_pool_destroy(pool);
        if (i == ROUNDS - 1 || !ok) {
            printf("%sok 1 - some cuts\n", ok ? "" : "not ");
        }
    }
    printf("%sok 2 - all cuts say what one thread says\n", ok && file >= 0 ? "" : "not ");
    (void)unlink(path);
    free(path);
    apr_terminate();
    return ok ? 0 : 1;
}
