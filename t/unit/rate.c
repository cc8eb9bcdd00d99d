/* A rate limit: a number per second, from one source and from all. */
#include "unit.h"

#include "base/rate.h"

#include <apr_strings.h>

#define NOW INT64_C(1531213200)

/* The address 192.0.2.N, or 198.51.100.N: as bytes, as a server has it. */
static int take_one(tg_rate_t *rate, unsigned network, unsigned host, tg_instant_t now)
{
    const unsigned char networks[][3] = { { 192, 0, 2 }, { 198, 51, 100 }, { 203, 0, 113 } };
    unsigned char address[4];

    memcpy(address, networks[network], 3);
    address[3] = (unsigned char)host;
    return tg_rate_take(rate, address, sizeof(address), now);
}

/* How many of that many requests one source gets. */
static int count_taken(tg_rate_t *rate, unsigned host, tg_instant_t now, int tries)
{
    int i, got = 0;

    for (i = 0; i < tries; i++) {
        got += take_one(rate, 0, host, now);
    }
    return got;
}

static tg_rate_t *fresh_rate(void)
{
    return apr_pcalloc(unit_pool, sizeof(tg_rate_t));
}

static void one_source_has_a_limit(void **state)
{
    tg_rate_t *rate = fresh_rate();
    int i;

    (void)state;
    for (i = 0; i < TG_RATE_PER_SOURCE; i++) {
        CHECK(take_one(rate, 0, 1, NOW) == 1, "%d of %d", i + 1, TG_RATE_PER_SOURCE);
    }
    assert_int_equal(take_one(rate, 0, 1, NOW), 0);
    assert_int_equal(count_taken(rate, 1, NOW, 1000), 0);
}

/* Exactly as many sources as fill the limit of all. */
static void all_have_a_limit(void **state)
{
    tg_rate_t *rate = fresh_rate();
    int i, got = 0;

    (void)state;
    for (i = 0; i < TG_RATE_IN_ALL; i++) {
        got += take_one(rate, 0, (unsigned)i, NOW);
    }
    assert_int_equal(got, TG_RATE_IN_ALL);
    assert_int_equal(take_one(rate, 0, 101, NOW), 0);
    assert_int_equal(take_one(rate, 1, 1, NOW), 0);
    assert_int_equal(take_one(rate, 1, 1, NOW + 1), 1);
}

static void a_new_second_begins_anew(void **state)
{
    tg_rate_t *rate = fresh_rate();
    tg_instant_t second;

    (void)state;
    for (second = NOW; second < NOW + 300; second++) {
        CHECK(count_taken(rate, 7, second, 50) == TG_RATE_PER_SOURCE, "second %d",
              (int)(second - NOW));
    }
    assert_int_equal(count_taken(rate, 7, NOW + 100000, 50), TG_RATE_PER_SOURCE);
}

/* Two processes may disagree about the second for a moment; that grants nothing twice. */
static void a_second_behind_shares(void **state)
{
    tg_rate_t *rate = fresh_rate();

    (void)state;
    assert_int_equal(count_taken(rate, 7, NOW, 5), 5);
    assert_int_equal(count_taken(rate, 7, NOW - 1, 5), 5);
    assert_int_equal(count_taken(rate, 7, NOW, 50), TG_RATE_PER_SOURCE - 10);
    assert_int_equal(count_taken(rate, 7, NOW - 1, 50), 0);
    assert_int_equal(count_taken(rate, 7, NOW + 1, 50), TG_RATE_PER_SOURCE);
}

static const struct {
    const char *what;
    tg_instant_t first, then;
} clocks[] = {
    { "two seconds back", NOW, NOW - 2 },
    { "an hour back", NOW, NOW - 3600 },
    { "ten years back", NOW, NOW - INT64_C(315360000) },
    { "from after 2106", INT64_C(4294967300), NOW },
    { "to after 2106", NOW, INT64_C(4294967300) },
    { "to before 1970", NOW, -5 },
    { "to the start of 1970", NOW, 0 },
    { "past the last second that a word keeps", 0xFFFFFF, 0x1000000 },
};

/* Setting the clock never shuts a source out for longer than a second. */
static void a_clock_may_be_set(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(clocks); i++) {
        tg_rate_t *rate = fresh_rate();

        same_number(count_taken(rate, 7, clocks[i].first, 50), TG_RATE_PER_SOURCE, clocks[i].what);
        same_number(count_taken(rate, 7, clocks[i].then, 50), TG_RATE_PER_SOURCE, clocks[i].what);
    }
}

/* Requests of one source beyond its limit do not count against the others. */
static void one_source_leaves_the_rest(void **state)
{
    tg_rate_t *rate = fresh_rate();
    int i, got = 0;

    (void)state;
    assert_int_equal(count_taken(rate, 1, NOW, 100000), TG_RATE_PER_SOURCE);
    for (i = 0; i < TG_RATE_IN_ALL; i++) {
        got += take_one(rate, 1, (unsigned)i, NOW);
    }
    assert_int_equal(got, TG_RATE_IN_ALL - TG_RATE_PER_SOURCE);
}

static void sources_are_separate(void **state)
{
    tg_rate_t *rate = fresh_rate();
    const unsigned char v6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

    (void)state;
    assert_int_equal(count_taken(rate, 1, NOW, 50), TG_RATE_PER_SOURCE);
    assert_int_equal(count_taken(rate, 2, NOW, 50), TG_RATE_PER_SOURCE);
    assert_int_equal(take_one(rate, 1, 1, NOW), 1);
    assert_int_equal(tg_rate_take(rate, v6, sizeof(v6), NOW), 1);
    assert_int_equal(tg_rate_take(rate, "", 0, NOW), 1);
}

/* The source of an address, in hexadecimal digits. */
static const char *source_of(const char *address)
{
    char digits[33] = "";
    apr_sockaddr_t *a;
    const unsigned char *bytes;
    size_t length, i;

    assert_int_equal(apr_sockaddr_info_get(&a, address, APR_UNSPEC, 443, 0, unit_pool),
                     APR_SUCCESS);
    bytes = tg_rate_source(a, &length);
    assert_true(length <= 16);
    for (i = 0; i < length; i++) {
        apr_snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
    }
    return apr_pstrdup(unit_pool, digits);
}

static void an_address_has_a_source(void **state)
{
    (void)state;
    assert_string_equal(source_of("192.0.2.7"), "c0000207");
    assert_string_equal(source_of("::ffff:192.0.2.7"), "c0000207");
    assert_string_equal(source_of("2001:db8:1:2:3:4:5:6"), "20010db800010002");
    assert_string_equal(source_of("2001:db8:1:2::9"), "20010db800010002");
    assert_string_equal(source_of("2001:db8:1:3::9"), "20010db800010003");
    assert_string_equal(source_of("::1"), "0000000000000000");
}

/* Few of 254 neighbours share a slot. */
static void neighbours_are_spread(void **state)
{
    tg_rate_t *rate = fresh_rate();
    unsigned host;
    size_t slot, used = 0;

    (void)state;
    for (host = 1; host < 255; host++) {
        take_one(rate, 0, host, NOW);
    }
    for (slot = 0; slot < TG_RATE_SLOTS; slot++) {
        used += rate->sources[slot] != 0 ? 1 : 0;
    }
    CHECK(used > 200, "only %d slots", (int)used);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_source_has_a_limit),   cmocka_unit_test(all_have_a_limit),
    cmocka_unit_test(a_new_second_begins_anew), cmocka_unit_test(a_second_behind_shares),
    cmocka_unit_test(a_clock_may_be_set),       cmocka_unit_test(one_source_leaves_the_rest),
    cmocka_unit_test(sources_are_separate),     cmocka_unit_test(neighbours_are_spread),
    cmocka_unit_test(an_address_has_a_source),
};

UNIT_MAIN(tests)
