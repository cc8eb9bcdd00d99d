/* TlsGateGuard: its words, and two buckets in a row that reject too much stop a trial, to the request
 * and the second. */
#include "unit.h"

#include "policy/guard.h"

#include <apr_strings.h>

#define NOW INT64_C(1531213200)

static const tg_guard_t guard = { .share = 500, .least = 100, .over = 300 };

static void both_sides_of_share_and_count(void **state)
{
    static const struct {
        uint64_t requests, rejected;
        int exceeds;
    } rows[] = { { 100, 5, 0 }, { 100, 6, 1 }, { 99, 99, 0 }, { 119, 6, 1 }, { 120, 6, 0 } };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_guard_count_t bucket = { rows[i].requests, rows[i].rejected };

        assert_int_equal(tg_guard_exceeds(&guard, &bucket), rows[i].exceeds);
    }
}

static int look(tg_guard_bucket_t *bucket, uint64_t requests, uint64_t rejected, tg_instant_t now)
{
    tg_guard_count_t counted = { requests, rejected };

    return tg_guard_look(bucket, &guard, NOW, &counted, now);
}

static void two_buckets_in_a_row_stop_it_once(void **state)
{
    tg_guard_bucket_t bucket = { 0 };

    (void)state;
    assert_int_equal(look(&bucket, 1000, 900, NOW), 0); /* what was before the trial */
    assert_int_equal(look(&bucket, 1100, 910, NOW + 299), 0);
    assert_int_equal(look(&bucket, 1100, 910, NOW + 300), 0); /* the first that is too much */
    assert_int_equal(look(&bucket, 1200, 920, NOW + 599), 0);
    assert_int_equal(look(&bucket, 1200, 920, NOW + 600), 1);
    assert_int_equal(look(&bucket, 1300, 930, NOW + 900), 0);
}

static void one_between_begins_anew(void **state)
{
    tg_guard_bucket_t bucket = { 0 };
    tg_guard_count_t counted = { 400, 30 };

    (void)state;
    look(&bucket, 0, 0, NOW);
    assert_int_equal(look(&bucket, 100, 10, NOW + 300), 0);
    assert_int_equal(look(&bucket, 200, 15, NOW + 600), 0);
    assert_int_equal(look(&bucket, 300, 25, NOW + 900), 0);
    assert_int_equal(tg_guard_look(&bucket, &guard, TG_NEVER, &counted, NOW + 901), 0);
    assert_int_equal(bucket.trial, 0);
}

/* The clock went back, or the ledger is a new one: what is counted begins anew. */
static void what_goes_back_begins_anew(void **state)
{
    static const struct {
        uint64_t requests, rejected;
        tg_instant_t now;
    } rows[] = { { 2000, 1000, NOW - 1 }, { 999, 950, NOW + 300 }, { 1100, 899, NOW + 300 } };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_guard_bucket_t bucket = { 0 };

        look(&bucket, 1000, 900, NOW);
        assert_int_equal(look(&bucket, rows[i].requests, rows[i].rejected, rows[i].now), 0);
        assert_int_equal(bucket.begun, rows[i].now);
        assert_int_equal(bucket.start.requests, rows[i].requests);
        assert_int_equal(bucket.is_second, 0);
    }
}

/* What is said of it is the second one. */
static void the_second_bucket_is_kept(void **state)
{
    tg_guard_bucket_t bucket = { 0 };

    (void)state;
    look(&bucket, 0, 0, NOW);
    look(&bucket, 100, 10, NOW + 300);
    assert_int_equal(look(&bucket, 300, 30, NOW + 600), 1);
    assert_int_equal(bucket.last.requests, 200);
    assert_int_equal(bucket.last.rejected, 20);
}

static void wrong_values_name_the_right_form(void **state)
{
    static const char *const rows[][2] = {
        { "0%", "5% min=100" },
        { "100%", "5% min=100" },
        { "5", "5% min=100" },
        { "0.005%", "5% min=" },
        { "5% min=0", "min=100" },
        { "5% over=PT9S", "over=PT5M" },
        { "5% often", "min=" },
        { "5% min=1 min=2", "5% min=" },
        { "5% holds", "hold]" },
        { "5% hold hold", "5% min=" },
        { "5% report-only hold", "one of the two" },
        { "5% hold=1", "hold]" },
        { "5% min=1000000000", "min=100" },
        { "5% min=-1", "min=100" },
        { "5% min=1x", "min=100" },
        { "5% over=P1M", "" },
        { "100.1%", "5% min=" },
        { "-5%", "5% min=" },
        { "5.%", "5% min=" },
        { "%", "5% min=" },
        { ".5%", "5% min=" },
        { "0.00%", "5% min=" },
        { "100.00%", "5% min=" },
        { "123%", "5% min=" },
        { "005%", "5% min=" },
        { "5%%", "5% min=" },
        { "5% min=", "min=100" },
        { "5% min=x1", "min=100" },
        { "5% reportonly", "hold]" },
    };
    apr_pool_t *pool;
    tg_fault_t none;
    size_t i;

    (void)state;
    apr_pool_create(&pool, NULL);
    assert_int_equal(tg_guard_parse(0, NULL, &(tg_guard_t){ 0 }, &none), 0);
    assert_string_equal(none.reason, "it has no share");
    for (i = 0; i < ROWS(rows); i++) {
        char **argv;
        int argc = 0;
        tg_guard_t out;
        tg_fault_t fault;

        apr_tokenize_to_argv(rows[i][0], &argv, pool);
        while (argv[argc]) {
            argc++;
        }
        assert_int_equal(tg_guard_parse(argc, (const char *const *)argv, &out, &fault), 0);
        assert_non_null(strstr(fault.fix, rows[i][1]));
        assert_false(strstr(fault.fix, "write SHARE") && !strchr(rows[i][0], ' ') &&
                     !strstr(fault.reason, rows[i][0]));
    }
    apr_pool_destroy(pool);
}

static void options_are_read(void **state)
{
    static const char *const argv[] = { "0.25%", "hold", "over=PT10S", "min=7" };
    tg_guard_t out;
    tg_fault_t fault;

    (void)state;
    assert_int_equal(tg_guard_parse(1, argv, &out, &fault), 1);
    assert_int_equal(out.share, 25);
    assert_int_equal(out.least, 100);
    assert_int_equal(out.over, 300);
    assert_int_equal(out.holds, 0);
    assert_int_equal(tg_guard_parse(4, argv, &out, &fault), 1);
    assert_int_equal(out.least, 7);
    assert_int_equal(out.over, 10);
    assert_int_equal(out.holds, 1);
    assert_int_equal(out.report_only, 0);
}

/* To the hundredth of a per cent, and to the request. */
static void numbers_are_read(void **state)
{
    static const struct {
        const char *share, *least;
        uint32_t hundredths;
        uint64_t requests;
    } rows[] = {
        { "0.01%", "min=1", 1, 1 },       { "99.99%", "min=999999999", 9999, 999999999 },
        { "5%", "min=10", 500, 10 },      { "10%", "min=19", 1000, 19 },
        { "12.34%", "min=20", 1234, 20 }, { "0.5%", "min=007", 50, 7 },
        { "7.05%", "min=8", 705, 8 },     { "19.9%", "min=123456789", 1990, 123456789 },
        { "01%", "min=9", 100, 9 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const char *const argv[] = { rows[i].share, rows[i].least, "report-only" };
        tg_guard_t out;
        tg_fault_t fault;

        CHECK(tg_guard_parse(3, argv, &out, &fault), "%s: %s", rows[i].share, fault.reason);
        same_number(out.share, rows[i].hundredths, rows[i].share);
        same_number((int64_t)out.least, (int64_t)rows[i].requests, rows[i].least);
        same_number(out.report_only, 1, "report-only");
    }
}

/* One in which no request comes, or none is rejected, is as long as another. */
static void a_quiet_moment_begins_nothing(void **state)
{
    tg_guard_bucket_t bucket = { 0 };

    (void)state;
    look(&bucket, 0, 0, NOW);
    look(&bucket, 0, 0, NOW + 100);
    look(&bucket, 50, 0, NOW + 200);
    same_number(look(&bucket, 100, 10, NOW + 300), 0, "the first");
    same_number(bucket.begun, NOW + 300, "it is over");
    look(&bucket, 100, 10, NOW + 400);
    same_number(look(&bucket, 200, 20, NOW + 600), 1, "the second");
}

/* From the first of a trial to the last: what it has counted, and since when. */
static void a_bucket_is_what_it_says(void **state)
{
    tg_guard_bucket_t bucket = { 0 };
    const tg_guard_count_t counted = { 10, 1 };

    (void)state;
    look(&bucket, 1000, 900, NOW + 5);
    same_number(bucket.trial, NOW, "the trial");
    same_number(bucket.begun, NOW + 5, "its first bucket");
    same_number((int64_t)bucket.start.requests, 1000, "requests then");
    look(&bucket, 1100, 910, NOW + 305);
    same_number(bucket.begun, NOW + 305, "its second bucket");
    same_number((int64_t)bucket.start.rejected, 910, "rejected then");
    same_number(bucket.is_second, 1, "one was too much");
    same_number(bucket.is_done, 0, "not yet");
    same_number(look(&bucket, 1200, 920, NOW + 605), 1, "two were");
    same_number(bucket.is_done, 1, "once");
    same_number(look(&bucket, 1300, 930, NOW + 905), 0, "a third");
    same_number(bucket.is_done, 1, "still once");
    same_number(tg_guard_look(&bucket, &guard, TG_NEVER, &counted, NOW + 906), 0, "no trial");
    same_number(bucket.trial + bucket.begun + bucket.is_second + bucket.is_done, 0, "nothing");
}

static void the_share_that_was_met(void **state)
{
    static const struct {
        uint64_t requests, rejected;
        const char *text;
    } rows[] = { { 0, 0, "0%" },      { 3, 1, "33.33%" },    { 200, 11, "5.5%" }, { 7, 7, "100%" },
                 { 100000, 9, "0%" }, { 10000, 1, "0.01%" }, { 1000, 5, "0.5%" }, { 1, 2, "0%" } };
    char buf[TG_GUARD_STRLEN];
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_guard_count_t met = { rows[i].requests, rows[i].rejected };

        same_text(tg_guard_share(tg_guard_met(&met), buf), rows[i].text, rows[i].text);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(both_sides_of_share_and_count),
    cmocka_unit_test(two_buckets_in_a_row_stop_it_once),
    cmocka_unit_test(one_between_begins_anew),
    cmocka_unit_test(what_goes_back_begins_anew),
    cmocka_unit_test(the_second_bucket_is_kept),
    cmocka_unit_test(wrong_values_name_the_right_form),
    cmocka_unit_test(the_share_that_was_met),
    cmocka_unit_test(options_are_read),
    cmocka_unit_test(numbers_are_read),
    cmocka_unit_test(a_quiet_moment_begins_nothing),
    cmocka_unit_test(a_bucket_is_what_it_says),
};

UNIT_MAIN(tests)
