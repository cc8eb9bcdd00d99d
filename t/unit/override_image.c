/* Images: what is found in one is what the set finds that it was made of, for random exemptions;
 * and whatever stands in the memory, nothing is read beyond it.
 */
#include "unit.h"

#include "policy/image_layout.h"
#include "policy/override_image.h"

#include <apr_strings.h>
#include <stdlib.h>

#define DOCUMENTS 60
#define QUESTIONS 400

static unsigned seed = 1;

static unsigned some_below(unsigned n)
{
    seed = seed * 1103515245U + 12345U;
    return (seed >> 8) % n;
}

static const char *some_schedule(void)
{
    return apr_psprintf(unit_pool, "s%u", some_below(3));
}

static const char *some_client(void)
{
    return apr_psprintf(unit_pool, "account:%u", some_below(40));
}

/* Networks of all sizes that contain each other. */
static const char *some_address(void)
{
    return some_below(3)
               ? apr_psprintf(unit_pool, "10.%u.%u.%u", some_below(2), some_below(2), some_below(4))
               : apr_psprintf(unit_pool, "2001:db8:%x::%x", some_below(2), some_below(4));
}

static const tg_network_t *some_network(void)
{
    const char *address = some_address();
    unsigned most = strchr(address, ':') ? 128 : 32;
    tg_network_t network;

    tg_network_parse(
        apr_psprintf(unit_pool, "%s/%u", address, some_below(2) ? most : 1 + some_below(most)),
        &network);
    return apr_pmemdup(unit_pool, &network, sizeof(network));
}

static tg_exemption_t some_exemption(void)
{
    tg_exemption_t e = { some_schedule(), NULL, NULL, some_below(5), NULL, "why" };

    if (some_below(2)) {
        e.network = some_network();
    }
    else {
        e.client = some_client();
    }
    e.owner =
        apr_psprintf(unit_pool, "%s until %u", e.client ? e.client : "network", (unsigned)e.until);
    return e;
}

/* A set, and the image of it. */
typedef struct {
    tg_override_set_t *set, *heeded;
    apr_array_header_t *list; /* of const tg_exemption_t * */
    apr_size_t size;
    char *memory;
} both_t;

static both_t some_document(int exemptions)
{
    both_t b = { tg_override_set_create(unit_pool), tg_override_set_create(unit_pool),
                 apr_array_make(unit_pool, 8, sizeof(const tg_exemption_t *)),
                 TG_OVERRIDE_IMAGE_SIZE(3, exemptions), NULL };
    int i;

    for (i = 0; i < exemptions; i++) {
        tg_exemption_t e = some_exemption();

        tg_override_exempt(b.set, &e);
        tg_override_heed(b.heeded, &e);
        APR_ARRAY_PUSH(b.list, const tg_exemption_t *) = apr_pmemdup(unit_pool, &e, sizeof(e));
    }
    tg_override_of(b.set, "s1")->kind = tg_override_of(b.heeded, "s1")->kind = TG_OVERRIDE_TRIAL;
    tg_override_of(b.set, "s1")->until = tg_override_of(b.heeded, "s1")->until = 17;
    b.memory = apr_palloc(unit_pool, b.size);
    memset(b.memory, 0xA5, b.size); /* what the document before has left */
    assert_true(tg_override_image_write(unit_pool, b.heeded, b.list, b.memory, b.size));
    return b;
}

static void same_overrides(const tg_override_set_t *got, const tg_override_set_t *want)
{
    apr_hash_index_t *i;

    assert_int_equal(apr_hash_count(got->overrides), apr_hash_count(want->overrides));
    for (i = apr_hash_first(unit_pool, want->overrides); i; i = apr_hash_next(i)) {
        const tg_override_t *w = apr_hash_this_val(i), *g = tg_override_find(got, w->schedule);
        tg_override_t same;

        assert_non_null(g);
        assert_string_equal(g->schedule, w->schedule);
        same = *g;
        same.schedule = w->schedule;
        assert_memory_equal(&same, w, sizeof(same));
    }
}

static void same_exemption(const tg_exemption_t *got, const tg_exemption_t *want)
{
    CHECK(!got == !want, "%s, not %s", got ? got->owner : "nobody", want ? want->owner : "nobody");
    if (want) {
        CHECK(got->until == want->until, "%s, not %s", got->owner, want->owner);
        same_text(got->schedule, want->schedule, "schedule");
        same_text(got->client, want->client, "client");
        same_text(got->owner, want->owner, "owner");
        same_text(got->reason, want->reason, "reason");
    }
}

static void an_image_finds_what_its_set_finds(void **state)
{
    int i, j;

    (void)state;
    for (i = 0; i < DOCUMENTS; i++) {
        both_t b = some_document(i < 3 ? i : (int)some_below(150));
        const tg_override_set_t *read = tg_override_image_read(unit_pool, b.memory, b.size);

        same_overrides(read, b.set);
        for (j = 0; j < QUESTIONS; j++) {
            const char *schedule = some_schedule();
            const char *client = some_below(4) ? some_client() : NULL;
            apr_sockaddr_t *address = NULL;
            tg_instant_t t = some_below(5);
            const tg_override_set_t *with;

            if (some_below(3)) {
                apr_sockaddr_info_get(&address, some_address(), APR_UNSPEC, 0, 0, unit_pool);
            }
            with = tg_override_set_with(
                unit_pool, read,
                tg_override_image_find(unit_pool, b.memory, b.size, client, address));
            same_exemption(tg_exemption_find(with, schedule, client, address, t),
                           tg_exemption_find(b.set, schedule, client, address, t));
        }
    }
}

/* Equal ones are one: a client has as many as there are schedules. */
static void of_equal_exemptions_one_is_kept(void **state)
{
    tg_exemption_t e[3] = { { "a", "account:1", NULL, 1, "first", "r" },
                            { "a", "account:1", NULL, 3, "longest", "r" },
                            { "a", "account:1", NULL, 2, "last", "r" } };
    apr_array_header_t *list = apr_array_make(unit_pool, 3, sizeof(const tg_exemption_t *)), *found;
    apr_size_t size = TG_OVERRIDE_IMAGE_SIZE(0, 3);
    void *memory = apr_palloc(unit_pool, size);
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        APR_ARRAY_PUSH(list, const tg_exemption_t *) = &e[i];
    }
    assert_true(
        tg_override_image_write(unit_pool, tg_override_set_create(unit_pool), list, memory, size));
    found = tg_override_image_find(unit_pool, memory, size, "account:1", NULL);
    assert_int_equal(found->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(found, 0, tg_exemption_t).owner, "longest");
    assert_null(tg_override_image_find(unit_pool, memory, size, "account:2", NULL));
}

/* Also where there are no others. */
static void each_network_around_an_address_counts(void **state)
{
    static const char *const texts[] = { "10.0.0.0/8", "10.1.0.0/16", "10.1.1.1" };
    apr_array_header_t *list = apr_array_make(unit_pool, 3, sizeof(const tg_exemption_t *)), *found;
    tg_override_set_t *set = tg_override_set_create(unit_pool);
    apr_size_t size = TG_OVERRIDE_IMAGE_SIZE(1, 3);
    void *memory = apr_palloc(unit_pool, size);
    apr_sockaddr_t *address;
    size_t i;

    (void)state;
    apr_sockaddr_info_get(&address, "10.1.1.1", APR_INET, 0, 0, unit_pool);
    for (i = 0; i < ROWS(texts); i++) {
        tg_exemption_t *e = apr_pcalloc(unit_pool, sizeof(*e));
        tg_network_t *network = apr_palloc(unit_pool, sizeof(*network));

        tg_network_parse(texts[i], network);
        *e = (tg_exemption_t){ "a", NULL, network, 1, texts[i], "r" };
        APR_ARRAY_PUSH(list, const tg_exemption_t *) = e;
        assert_true(tg_override_image_write(unit_pool, set, list, memory, size));
        found = tg_override_image_find(unit_pool, memory, size, NULL, address);
        assert_int_equal(found->nelts, i + 1);
    }
}

/* Each size but the right one is refused, and nothing is written beyond it. */
static void an_image_that_does_not_fit_is_not_written(void **state)
{
    both_t b = some_document(20);
    apr_size_t size;
    int written = 0;

    (void)state;
    for (size = 0; size < b.size && !written; size += 8) {
        char *memory = malloc(size + 1); /* AddressSanitizer knows its end */

        memory[size] = 'x';
        written = tg_override_image_write(unit_pool, b.heeded, b.list, memory, size);
        assert_int_equal(memory[size], 'x');
        free(memory);
    }
    CHECK(written && size > 20 * 40, "it fits into %lu bytes", (unsigned long)size);
}

static void nothing_is_read_beyond_it(void **state)
{
    both_t b = some_document(30);
    apr_sockaddr_t *address;
    apr_pool_t *pool;
    int i;

    (void)state;
    apr_pool_create(&pool, unit_pool);
    apr_sockaddr_info_get(&address, "10.1.1.1", APR_INET, 0, 0, unit_pool);
    for (i = 0; i < 20000; i++) {
        apr_size_t size = some_below(8) ? b.size : some_below((unsigned)b.size);
        char *memory = malloc(size + 1);
        int changes = (int)some_below(8);

        memcpy(memory, b.memory, size);
        for (; changes > 0 && size > 0; changes--) {
            unsigned within = some_below(2) ? 32 : (unsigned)size;

            memory[some_below(within < size ? within : (unsigned)size)] = (char)some_below(256);
        }
        tg_override_image_read(pool, memory, size);
        tg_override_image_find(pool, memory, size, some_client(), address);
        apr_pool_clear(pool);
        free(memory);
    }
}

/* As another image that is being written in its place may make them: chains that end nowhere, and as many
 * exemptions as a number can say. */
static void a_chain_ends(void **state)
{
    both_t b = some_document(30);
    tg_image_head_t *head = (tg_image_head_t *)(void *)b.memory;
    tg_image_exemption_t *rows = (tg_image_exemption_t *)(void *)(b.memory + head->exemptions_at);
    apr_sockaddr_t *address;
    uint32_t i;

    (void)state;
    apr_sockaddr_info_get(&address, "10.1.1.1", APR_INET, 0, 0, unit_pool);
    for (i = 0; i < head->exemptions; i++) {
        rows[i].next = rows[i].outer = i + 1;
    }
    head->exemptions = UINT32_MAX;
    for (i = 0; i < 40; i++) {
        const char *client = apr_psprintf(unit_pool, "account:%u", i);
        apr_array_header_t *found =
            tg_override_image_find(unit_pool, b.memory, b.size, client, address);

        CHECK(!found || (apr_size_t)found->nelts <= 2 * b.size / sizeof(*rows),
              "%s is found %d times", client, found->nelts);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_image_finds_what_its_set_finds),
    cmocka_unit_test(of_equal_exemptions_one_is_kept),
    cmocka_unit_test(each_network_around_an_address_counts),
    cmocka_unit_test(an_image_that_does_not_fit_is_not_written),
    cmocka_unit_test(a_chain_ends),
    cmocka_unit_test(nothing_is_read_beyond_it),
};

UNIT_MAIN(tests)
