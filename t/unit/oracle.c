/* The policy, driven by lines: t/oracle.t compares the output with what
 * another algorithm computes.
 *
 *     schedule          begins a new one; its lines are those of lines.h
 *     beside            begins another one, which is asked together with it
 *     finish            answers `valid CUTOFF REFUSE`, the dates in force, or
 *                       `invalid # why`
 *     exempt SCHEDULE WHO INSTANT   WHO is a client, or the network of the one that asks
 *     SECONDS CLIENT    answers about each schedule
 *                       `PHASE NEXT-CHANGE NEXT-PHASE REJECTED-FOR-GOOD`, then
 *                       `ACTION HANDSHAKE EXEMPT-UNTIL SUNSET REFUSED-FROM NEXT-TRIAL`, and about
 *                       all of them `DECIDES RETRY`
 *
 * Instants in schedules are text; those in questions and answers are seconds
 * since 1970, or `never`.
 */
#include "lines.h"
#include "policy/verdict.h"

#include <apr_general.h>
#include <inttypes.h>
#include <stdio.h>

#define SCHEDULES_MAX 2
#define ADDRESS "192.0.2.7"

static const char *const names[SCHEDULES_MAX] = { "oracle", "beside" };

/* The state of the driver. */
typedef struct {
    apr_pool_t *pool;
    lines_t lines[SCHEDULES_MAX];
    int count;
    int ok; /* of the last one */
    apr_array_header_t *exemptions;
    tg_override_set_t *set; /* made by the first question */
    apr_sockaddr_t *address;
} driver_t;

static void say(tg_instant_t t)
{
    if (t == TG_NEVER) {
        printf(" never");
    }
    else {
        printf(" %" PRId64, t);
    }
}

static int finish(lines_t *l, int ok)
{
    tg_violation_t violation;

    if (!ok) {
        printf("invalid # %s\n", l->fault.reason);
        return 0;
    }
    if (!tg_schedule_finish(l->schedule, &violation)) {
        printf("invalid # %s %s: %s\n", violation.directive, violation.value,
               violation.fault.reason);
        return 0;
    }
    printf("valid");
    say(tg_phase_cutoff(l->schedule, lines_override(l)));
    say(tg_phase_refuse(l->schedule, lines_override(l)));
    printf("\n");
    return 1;
}

static void begin(driver_t *d, int i)
{
    d->lines[i] = lines_begin(d->pool, names[i]);
    d->count = i + 1;
    d->ok = 1;
    d->set = NULL;
}

static int read_exemption(driver_t *d, const char *line)
{
    tg_exemption_t *e = apr_array_push(d->exemptions);
    tg_fault_t fault;
    char **argv;

    apr_tokenize_to_argv(line, &argv, d->pool);
    e->schedule = argv[1];
    e->client = strcmp(argv[2], "network") == 0 ? NULL : argv[2];
    e->network = NULL;
    if (!e->client) {
        tg_network_t *network = apr_palloc(d->pool, sizeof(*network));

        (void)tg_network_parse(ADDRESS "/24", network);
        e->network = network;
    }
    return tg_instant_parse(argv[3], &e->until, &fault);
}

/* In the order of a state document: overrides first. */
static tg_override_set_t *set_of(driver_t *d)
{
    tg_override_set_t *set = tg_override_set_create(d->pool);
    int i;

    for (i = 0; i < d->count; i++) {
        if (d->lines[i].has_override) {
            *tg_override_of(set, names[i]) = d->lines[i].override;
        }
    }
    for (i = 0; i < d->exemptions->nelts; i++) {
        tg_override_exempt(set, &APR_ARRAY_IDX(d->exemptions, i, tg_exemption_t));
    }
    return set;
}

static void answer_one(const tg_outcome_t *o, const tg_subject_t *subject)
{
    const tg_schedule_t *s = o->binding->schedule;
    const tg_override_t *override = tg_override_find(subject->overrides, s->name);
    tg_subject_t in_handshake = { subject->now, NULL, subject->address, subject->overrides, 1 };
    tg_interval_t trial = { TG_NEVER, TG_NEVER };
    tg_phase_t next;
    tg_instant_t change = tg_outcome_next_change(o, subject, &next);

    printf("%s", tg_phase_name(o->phase));
    say(change);
    printf(" %s", tg_phase_name(next));
    say(tg_phase_rejected_for_good(s, override));
    printf(" %s %s", tg_action_name(o->action),
           tg_action_name(tg_outcome_of(o->binding, &in_handshake).action));
    say(o->exemption ? o->exemption->until : TG_NEVER);
    say(tg_outcome_sunset(o, subject));
    say(tg_outcome_refused_from(o, subject));
    tg_outcome_next_trial(o, subject, &trial);
    say(trial.start);
    say(trial.end);
    printf(" ");
}

static void answer(driver_t *d, const char *line)
{
    tg_subject_t subject = { 0 };
    tg_binding_t bindings[SCHEDULES_MAX];
    tg_outcome_t outcomes[SCHEDULES_MAX];
    const tg_outcome_t *decides;
    tg_instant_t retry = TG_NEVER;
    char *rest;
    int i;

    d->set = d->set ? d->set : set_of(d);
    subject.now = strtoll(line, &rest, 10);
    subject.client = rest + 1;
    subject.address = d->address;
    subject.overrides = d->set;
    for (i = 0; i < d->count; i++) {
        const tg_binding_t binding = { d->lines[i].schedule, 0, TG_PHASE_OBSERVE, 0 };

        bindings[i] = binding;
        outcomes[i] = tg_outcome_of(&bindings[i], &subject);
        answer_one(&outcomes[i], &subject);
    }
    decides = tg_verdict_decide(outcomes, d->count);
    tg_verdict_retry(decides, outcomes, d->count, &subject, &retry);
    printf("%s", decides->binding->schedule->name);
    say(retry);
    printf("\n");
}

static void read_line(driver_t *d, const char *line)
{
    if (strcmp(line, "schedule") == 0) {
        apr_pool_clear(d->pool);
        d->exemptions = apr_array_make(d->pool, 4, sizeof(tg_exemption_t));
        begin(d, 0);
    }
    else if (strcmp(line, "beside") == 0) {
        begin(d, 1);
    }
    else if (strcmp(line, "finish") == 0) {
        d->ok = finish(&d->lines[d->count - 1], d->ok);
    }
    else if (*line == '-' || (*line >= '0' && *line <= '9')) {
        if (d->ok) {
            answer(d, line);
        }
        else {
            printf("invalid\n");
        }
    }
    else if (strncmp(line, "exempt ", 7) == 0) {
        d->ok &= read_exemption(d, line);
    }
    else if (d->ok) { /* the first fault is kept */
        d->ok = lines_read(d->pool, &d->lines[d->count - 1], line);
    }
}

int main(void)
{
    char line[1024];
    apr_pool_t *pool;
    driver_t d = { 0 };

    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_pool_create(&d.pool, pool);
    if (apr_sockaddr_info_get(&d.address, ADDRESS, APR_UNSPEC, 0, 0, pool) != APR_SUCCESS) {
        return 1;
    }
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        read_line(&d, line);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
