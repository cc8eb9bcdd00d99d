/* The state document and TlsGateGuard: a resume stands beside the other changes, and what a running
 * httpd has stopped overrides the schedule unless it is taken back or over.
 */
#include "state_text.h"

#include "base/json.h"

/* It has no end, is beside a suspend and a postponement, and is written as it was read. */
static void a_resume_stands_beside_the_others(void **state)
{
    const tg_state_t read = read_well(BOTH(SUSPEND "," POSTPONE "," RESUME, ""));
    const tg_override_t *a = tg_override_find(tg_state_set(unit_pool, &read), "a");
    json_t *o = tg_state_override_json(&APR_ARRAY_IDX(read.overrides, 2, tg_state_override_t));
    tg_state_t twice;
    tg_fault_t fault;

    (void)state;
    assert_int_equal(a->kind, TG_OVERRIDE_SUSPEND);
    same_number(a->resumed, at("2018-08-08T12:00Z"), "resumed");
    same_number(tg_state_find(&read, "a", TG_STATE_BIT(TG_STATE_RESUME))->until,
                at("2018-08-08T12:00Z"), "it is done at once");
    assert_string_equal(tg_json_print(unit_pool, o, JSON_COMPACT),
                        apr_pstrcat(unit_pool, with_quotes(RESUME), "\n", NULL));
    assert_false(reads_state(with_quotes(BOTH(RESUME "," RESUME, "")), &twice, &fault));
    has_text(fault.reason, "overrides[1].kind: the schedule already has", "two of them");
    same_number(tg_state_rivals(TG_STATE_TRIAL), TG_STATE_TIMED, "rivals of a trial");
    same_number(tg_state_rivals(TG_STATE_POSTPONE), TG_STATE_POSTPONED, "rivals of a postponement");
}

static void trip_of_a(tg_state_t *state, const char *when, tg_instant_t until)
{
    state->trips = apr_array_make(unit_pool, 1, sizeof(tg_state_trip_t));
    APR_ARRAY_PUSH(state->trips, tg_state_trip_t) =
        (tg_state_trip_t){ "a", { at(when), until, { 4, 3 }, 500 } };
}

/* What httpd has stopped overrides, unless it is taken back or over. */
static void trips_override(void **state)
{
    static const struct {
        const char *overrides, *at;
        int stops;
    } rows[] = {
        { "", "2018-08-08T12:00:00Z", 1 },       { RESUME, "2018-08-08T12:00:00Z", 0 },
        { RESUME, "2018-08-08T12:00:01Z", 1 },   { TRIAL, "2018-08-08T12:00:00Z", 1 },
        { TRIAL, "2018-08-08T12:00:01Z", 1 },    { SUSPEND, "2018-08-08T12:00:00Z", 1 },
        { POSTPONE, "2018-08-08T12:00:00Z", 1 },
    };
    const tg_instant_t end = at("2018-08-08T13:00:00Z");
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_state_t read = read_well(apr_pstrcat(unit_pool, "{'version':1,'overrides':[",
                                                rows[i].overrides, "],'exemptions':[]}", NULL));
        const tg_override_set_t *set;

        trip_of_a(&read, rows[i].at, end);
        set = tg_state_set(unit_pool, &read);
        same_number(tg_state_trip(&read, set, "a", end - 1) != NULL, rows[i].stops, rows[i].at);
        same_number(tg_override_find(set, "a")->stopped_until == end, rows[i].stops, rows[i].at);
        assert_null(tg_state_trip(&read, set, "a", end));
        assert_null(tg_state_trip(&read, set, "b", end - 1));
        APR_ARRAY_IDX(read.trips, 0, tg_state_trip_t).trip.at++; /* of another time */
        assert_null(tg_state_trip(&read, set, "a", end - 1));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_resume_stands_beside_the_others),
    cmocka_unit_test(trips_override),
};

UNIT_MAIN(tests)
