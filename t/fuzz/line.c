/* Fuzzing: what outsiders send becomes a line of the log, which jansson reads back as what was
 * meant, within the size of a line.
 *
 * An input has the numbers of a sighting, then its texts: each ends with a NUL, and what is not
 * there is absent. With TLSGATE_FUZZ_FAIL in the environment the first line is a finding.
 */
#include <apr_general.h>
#include <stdlib.h>

/* What an input reaches here is no news, and most of the time would go into counting it. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)

#include "repaired.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program at the finding. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

/* Reading JSON costs more than all the rest: every input that is run alone or in a replay gets it,
 * and one of so many after that. */
#define READ_AT_FIRST 4096
#define READ_LATER 16

#define SENT (sizeof(sent) / sizeof(sent[0]))
#define NUMBERS 8
#define INPUT_MAX 16384

static int must_fail;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    apr_initialize();
    json_object_seed(1);
    must_fail = getenv("TLSGATE_FUZZ_FAIL") != NULL;
    return 0;
}

/* What is left of a text that was cut is its beginning. */
static void check_text(const json_t *root, size_t i, const char *text, int is_cut)
{
    const json_t *value = member_of(root, object_paths[sent[i].object], sent[i].name);
    static char want[3 * INPUT_MAX + 4];
    size_t length;

    REQUIRE((value != NULL) == (text != NULL));
    if (text) {
        repair(text, want);
        length = json_string_length(value);
        REQUIRE(memcmp(json_string_value(value), want, length) == 0);
        REQUIRE(is_cut ? length < strlen(want) : length == strlen(want));
    }
}

static int is_cut(const json_t *root, const char *path)
{
    const json_t *truncated = json_object_get(json_object_get(root, "tlsgate"), "truncated"), *name;
    size_t i;

    json_array_foreach (truncated, i, name) {
        if (strcmp(json_string_value(name), path) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *text_at(const tg_sighting_t *s, size_t i)
{
    const char *text;

    memcpy(&text, (const char *)s + sent[i].offset, sizeof(text));
    return text;
}

static void check_json(const tg_sighting_t *s, const char *line, size_t length)
{
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    size_t i;

    REQUIRE(root != NULL);
    for (i = 0; i < SENT; i++) {
        check_text(root, i, text_at(s, i), is_cut(root, path_of(i)));
    }
    json_decref(root);
}

static int is_read(void)
{
    static unsigned seen = 0;

    return ++seen <= READ_AT_FIRST || seen % READ_LATER == 0;
}

static void check_sighting(const tg_sighting_t *s)
{
    /* The line ends where it may, so that AddressSanitizer sees a byte too many. */
    char *line = malloc(TG_SIGHTING_MAX + 1);
    apr_size_t length, i;

    REQUIRE(line != NULL);
    length = tg_sighting_write(s, line);
    REQUIRE(!must_fail);
    REQUIRE(length > 0 && length <= TG_SIGHTING_MAX && line[length] == '\0');
    REQUIRE(line[length - 1] == '\n');
    for (i = 0; i < length - 1; i++) {
        REQUIRE((unsigned char)line[i] >= 0x20 && line[i] != 0x7F);
    }
    if (is_read()) {
        check_json(s, line, length);
    }
    free(line);
}

/* The texts, one after the other; each is a copy, so that what is read beyond its end is seen. */
static void take_texts(tg_sighting_t *s, const uint8_t *data, size_t size, char **copies)
{
    size_t i;

    for (i = 0; i < SENT && size > 0; i++) {
        const uint8_t *end = memchr(data, '\0', size);
        size_t length = end ? (size_t)(end - data) : size;

        if (length > 0) {
            copies[i] = calloc(1, length + 1);
            REQUIRE(copies[i] != NULL);
            memcpy(copies[i], data, length);
            memcpy((char *)s + sent[i].offset, &copies[i], sizeof(copies[i]));
        }
        length += end != NULL;
        data += length;
        size -= length;
    }
}

static const tg_schedule_t schedule = { .name = "legacy-tls" };
static const tg_binding_t binding = { .schedule = &schedule };
static const tg_override_t suspend = { .kind = TG_OVERRIDE_SUSPEND, .until = 1533722400 };

static tg_outcome_t outcome_of(const uint8_t *numbers)
{
    tg_outcome_t outcome = { .binding = &binding,
                             .phase = (tg_phase_t)(numbers[0] % TG_PHASES),
                             .action = (tg_action_t)(numbers[1] % TG_ACTIONS),
                             .enforced = numbers[1] >> 7 };

    if (numbers[2] & 1) {
        outcome.override = &suspend;
        outcome.by_hand = TG_OVERRIDE_SUSPEND;
    }
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t numbers[NUMBERS] = { 0 };
    char *copies[SENT] = { NULL };
    size_t i, n = size < NUMBERS ? size : NUMBERS;
    tg_outcome_t outcome;
    tg_exemption_t exemption = { .schedule = "legacy-tls", .until = 1533722400 };
    tg_sighting_t s = { .outcome = &outcome };

    if (size > INPUT_MAX) {
        return 0;
    }
    memcpy(numbers, data, n);
    outcome = outcome_of(numbers);
    s.protocol = (tg_protocol_t)(numbers[3] % TG_PROTOCOLS);
    s.failed = numbers[2] >> 1 & 1;
    s.alert = numbers[4];
    s.port = numbers[4];
    s.cause = (tg_cause_t)(numbers[5] % TG_CAUSES);
    s.status = numbers[6];
    s.test = numbers[2] >> 2 & 1;
    s.time = (apr_time_t)numbers[7] << 43;
    take_texts(&s, data + n, size - n, copies);
    if (numbers[2] & 8) {
        exemption.owner = copies[0]; /* and a person may write as much */
        outcome.exemption = &exemption;
    }
    check_sighting(&s);
    for (i = 0; i < SENT; i++) {
        free(copies[i]);
    }
    return 0;
}

#pragma clang attribute pop
