/* Fuzzing: what stands in the state file is read as jansson alone would read it, and what an image of
 * it finds is what its set finds. The limit of a document is left to t/unit/state.c.
 */
#include "format/state.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program at the finding. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

#define PLAIN "\"version\""
#define ESCAPED "\"\\u0076ersion\""
#define IMAGE_MAX ((size_t)1 << 20)

static int must_fail;
static void *image;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    apr_initialize();
    json_object_seed(1);
    must_fail = getenv("TLSGATE_FUZZ_FAIL") != NULL;
    image = malloc(IMAGE_MAX);
    return image ? 0 : 1;
}

/* The same document for jansson alone: the name of a member of it has an escape. */
static const char *for_jansson(apr_pool_t *pool, const char *text)
{
    const char *at = strstr(text, PLAIN);

    return at ? apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(at - text)), ESCAPED,
                            at + strlen(PLAIN), NULL)
              : NULL;
}

static void check_finding(apr_pool_t *pool, const tg_override_set_t *set,
                          const tg_exemption_t *wanted)
{
    apr_sockaddr_t address = { .family = APR_INET };
    const tg_override_set_t *read = tg_override_image_read(pool, image, IMAGE_MAX), *with;
    const tg_exemption_t *got, *want;

    if (wanted->network) {
        address.family = wanted->network->length == 4 ? APR_INET : APR_INET6;
        address.ipaddr_ptr = (void *)wanted->network->bytes;
    }
    with = tg_override_set_with(pool, read,
                                tg_override_image_find(pool, image, IMAGE_MAX, wanted->client,
                                                       wanted->network ? &address : NULL));
    got = tg_exemption_find(with, wanted->schedule, wanted->client,
                            wanted->network ? &address : NULL, TG_INSTANT_MIN - 1);
    want = tg_exemption_find(set, wanted->schedule, wanted->client,
                             wanted->network ? &address : NULL, TG_INSTANT_MIN - 1);
    REQUIRE(got && want && got->until == want->until && strcmp(got->owner, want->owner) == 0);
}

static void check_image(apr_pool_t *pool, const tg_state_t *state)
{
    const tg_override_set_t *set = tg_state_set(pool, state);
    int i;

    REQUIRE(tg_state_image(pool, state, image, IMAGE_MAX));
    for (i = 0; i < state->exemptions->nelts; i++) {
        check_finding(pool, set,
                      &APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t).exemption);
    }
}

static void check_state(apr_pool_t *pool, const char *text, size_t size)
{
    const char *other = for_jansson(pool, text);
    tg_state_t got, want;
    tg_fault_t fault;
    int ok = tg_state_parse(pool, text, size, &got, &fault);

    if (other && strlen(text) == size) {
        REQUIRE(tg_state_parse(pool, other, strlen(other), &want, &fault) == ok);
        REQUIRE(!ok || strcmp(tg_state_print(pool, &got), tg_state_print(pool, &want)) == 0);
    }
    REQUIRE(!must_fail || !ok);
    if (ok) {
        check_image(pool, &got);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return 0;
    }
    check_state(pool, apr_pstrmemdup(pool, (const char *)data, size), size);
    apr_pool_destroy(pool);
    return 0;
}
