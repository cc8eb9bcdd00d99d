/* Fuzzing: a line of a log. The scanner of JSON says of it what jansson says; and what our reader of
 * lines makes of it are texts of well-formed UTF-8. The input ends where memory ends, as far as
 * AddressSanitizer sees it. With TLSGATE_FUZZ_FAIL in the environment the first line is a finding.
 */
#include <apr_general.h>
#include <stdlib.h>

#include "format/sighting_read.h"

/* What an input reaches here and in jansson is no news. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

#include "json_scan.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program at the finding. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

/* jansson's memory, of one run: AddressSanitizer would take most of the time for it. */
#define JANSSON_ROOM ((size_t)64 << 20)

static int must_fail;
static char *jansson_room;
static size_t jansson_used;

static void *jansson_malloc(size_t size)
{
    char *at = jansson_room + jansson_used;

    jansson_used += (size + 15) & ~(size_t)15;
    REQUIRE(jansson_used <= JANSSON_ROOM);
    return at;
}

static void jansson_free(void *at)
{
    (void)at;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    apr_initialize();
    jansson_room = malloc(JANSSON_ROOM);
    REQUIRE(jansson_room);
    json_set_alloc_funcs(jansson_malloc, jansson_free);
    json_object_seed(1);
    must_fail = getenv("TLSGATE_FUZZ_FAIL") != NULL;
    return 0;
}

static void check_span(tg_span_t span)
{
    json_t *text = json_stringn(span.at ? span.at : "", span.length);

    REQUIRE(text);
    json_decref(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size ? size : 1), *scratch = malloc(size ? size : 1);
    tg_record_t record;

    REQUIRE(!must_fail && line && scratch);
    jansson_used = 0;
    memcpy(line, data, size);
    REQUIRE(scans_as_jansson(line, size, scratch));
    if (tg_sighting_read((tg_span_t){ line, (uint32_t)size }, scratch, &record)) {
        REQUIRE(record.protocol < TG_PROTOCOLS && record.client.length > 0);
        check_span(record.client);
        check_span(record.address);
        check_span(record.user_agent);
        check_span(record.host);
        check_span(record.ja4);
        check_span(record.advice);
    }
    free(line);
    free(scratch);
    return 0;
}

#pragma clang attribute pop
