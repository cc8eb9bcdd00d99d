/* How many clients of each schedule are left, by a table of stragglers: each is in one number, those that
 * may be exempt are asked about and no others, and a busy table is told. */
#include "given.h"

#include "report/client_count.h"

#define NOW at("2018-07-09T12:00:00Z")
#define RECENT at("2018-07-03T00:00:00Z") /* seven days of UTC, this one included */
#define MANY 5000

static tg_straggler_t *made;
static uint32_t made_count;
static int judged, answers_left;

static int show_made(void *context,
                     void (*see)(void *context, uint32_t place, const tg_straggler_t *entry))
{
    uint32_t i;

    for (i = 0; i < made_count; i++) {
        see(context, i, &made[i]);
    }
    return answers_left-- > 0;
}

static tg_straggler_here_t copy_made(uint32_t place, uint64_t hash, tg_straggler_t *copy)
{
    if (answers_left-- <= 0) {
        return TG_STRAGGLER_BUSY;
    }
    *copy = made[place];
    return made[place].hash == hash ? TG_STRAGGLER_HERE : TG_STRAGGLER_GONE;
}

static const tg_straggler_source_t source = { .each = show_made, .at = copy_made };

/* Each third. */
static tg_instant_t exempt_if_third(void *context, const tg_straggler_t *straggler)
{
    (void)context;
    judged++;
    return straggler->hash % 3 == 0 ? NOW + 1 : TG_ALWAYS;
}

static const tg_straggler_judge_t judge = { .exempt_until = exempt_if_third };

static void add_made(const char *schedule, tg_instant_t last_seen, tg_instant_t moved_at)
{
    tg_straggler_t *s = &made[made_count++];

    memset(s, 0, sizeof(*s));
    apr_cpystrn(s->schedule, schedule, sizeof(s->schedule));
    s->hash = made_count;
    s->last_seen = last_seen;
    s->moved_at = moved_at;
    s->requests = 1;
}

/* Of `legacy`, from which clients are exempt until then, and `other`, from which none are. */
static const tg_client_count_t *counted(tg_instant_t exempt_until)
{
    static tg_report_schedule_t items[2];
    static tg_schedule_t legacy, other;
    static tg_report_t report;
    tg_override_set_t *set = tg_override_set_create(unit_pool);
    tg_override_t *override = tg_override_of(set, "legacy");

    legacy.name = "legacy";
    other.name = "other";
    override->proxied_until = exempt_until;
    items[0] = (tg_report_schedule_t){ .schedule = &legacy, .override = override };
    items[1] = (tg_report_schedule_t){ .schedule = &other };
    report = (tg_report_t){ .now = NOW, .schedules = items, .schedule_count = 2 };
    judged = 0;
    return tg_client_counts(unit_pool, &report, &source, &judge);
}

static void counts_are(const tg_client_count_t *n, const char *want, const char *name)
{
    same_text(apr_psprintf(unit_pool, "%u %u %u %u %u", n->left, n->exempt, n->earlier, n->moved,
                           n->failed),
              want, name);
}

static void make_entries(void)
{
    made = apr_pcalloc(unit_pool, MANY * sizeof(*made));
    made_count = 0;
    answers_left = INT32_MAX;
    add_made("legacy", NOW, 0);
    add_made("legacy", RECENT, 0);
    add_made("legacy", RECENT, 0); /* exempt, if anyone is */
    add_made("legacy", RECENT - 1, 0);
    add_made("legacy", RECENT - 1, NOW);
    add_made("legacy", NOW, NOW); /* a third, moved */
    add_made("other", NOW, 0);
    add_made("gone", NOW, 0);
    add_made("other", NOW, 0); /* a third */
    add_made("other", NOW, 0);
    made[made_count - 1].requests = 0; /* only handshakes failed */
    made[made_count - 1].failed = 2;
}

static void each_is_in_one_number(void **state)
{
    (void)state;
    make_entries();
    counts_are(&counted(TG_ALWAYS)[0], "3 0 1 2 0", "nobody is exempt");
    same_number(judged, 0, "... and nobody is asked about");
    counts_are(&counted(NOW)[0], "3 0 1 2 0", "an exemption that is over");
    same_number(judged, 0, "... likewise");
    counts_are(&counted(NOW + 1)[0], "2 1 1 2 0", "one is exempt");
    same_number(judged, 3, "those that were seen in the recent days are asked about");
    counts_are(&counted(NOW + 1)[1], "2 0 0 0 1", "another schedule");
}

static void a_busy_table_is_told(void **state)
{
    (void)state;
    make_entries();
    same_number(counted(NOW + 1)->is_complete, 1, "all");
    answers_left = 0;
    same_number(counted(TG_ALWAYS)[1].is_complete, 0, "some were not shown");
    answers_left = 2;
    same_number(counted(NOW + 1)->is_complete, 0, "one could not be asked about");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_is_in_one_number),
    cmocka_unit_test(a_busy_table_is_told),
};

UNIT_MAIN(tests)
