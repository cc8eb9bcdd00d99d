/* What is to come, as a letter says it: no more trials are told than there are. */
#include "given.h"

#include "letter/letter_dates.h"

/** Trials that a letter names. */
#define NAMED 12

/* What a letter says of a schedule with so many trials. */
static const char *dates_with(int trials)
{
    const char *text = "TlsGateDeprecate TLSv1\nTlsGateCutoff 2018-09-01T00:00:00Z\n";
    tg_subject_t subject = { .now = at("2018-07-01T00:00:00Z") };
    tg_letter_facts_t facts = { .count = 1, .subject = &subject, .at = TG_NEVER };
    tg_binding_t binding = { 0 };
    tg_outcome_t outcome;
    int i;

    for (i = 1; i <= trials; i++) {
        text = apr_psprintf(unit_pool, "%sTlsGateTrial 2018-08-%02dT09:00:00Z/PT1H\n", text, i);
    }
    binding.schedule = given(text).schedule;
    outcome = tg_outcome_of(&binding, &subject);
    facts.outcomes = &outcome;
    return tg_letter_dates(unit_pool, &facts);
}

static int trials_named(const char *dates)
{
    int n = 0;

    for (; (dates = strstr(dates, "rejected in a trial: ")) != NULL; dates++) {
        n++;
    }
    return n;
}

static void more_are_told_where_there_are_more(void **state)
{
    const char *dates = dates_with(NAMED);

    (void)state;
    same_number(trials_named(dates), NAMED, "as many as are named");
    CHECK(!strstr(dates, "more trials"), "no more of them: %s", dates);
    dates = dates_with(NAMED + 1);
    same_number(trials_named(dates), NAMED, "one more");
    has_text(dates, "\nmore trials after these\n", "one more");
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(more_are_told_where_there_are_more) };

UNIT_MAIN(tests)
