/* Looks up the phase of a schedule with so many windows, or with `end` when a trial by hand ends,
 * which is open until the last of them: phase WINDOWS LOOKUPS [end]
 *
 * Run under callgrind, which counts tg_phase_at() or tg_phase_next_change() alone. The instants are
 * spread evenly over all windows and the gaps between them.
 */
#include "policy/phase.h"

#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>

#define START 1893456000 /* 2030-01-01T00:00:00Z */
#define PERIOD 3600

static tg_schedule_t *schedule_of(apr_pool_t *pool, int windows)
{
    tg_schedule_t *schedule = tg_schedule_create(pool, "bench");
    tg_trial_t *trial = apr_array_push(schedule->trials);
    tg_violation_t violation;

    schedule->traits = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0);
    trial->first.start = START;
    trial->first.end = START + PERIOD / 2;
    trial->every = PERIOD;
    trial->until = START + (tg_instant_t)windows * PERIOD;
    trial->share = 100;
    schedule->cutoff = trial->until + PERIOD;
    if (!tg_schedule_finish(schedule, &violation)) {
        fprintf(stderr, "phase: %s\n", violation.fault.reason);
        exit(1);
    }
    return schedule;
}

int main(int argc, char **argv)
{
    int windows = argc >= 3 ? atoi(argv[1]) : 0, lookups = argc >= 3 ? atoi(argv[2]) : 0;
    int is_end = argc == 4;
    tg_override_t by_hand = { .kind = TG_OVERRIDE_TRIAL,
                              .postponed_from = TG_NEVER,
                              .refuse_waits_until = TG_ALWAYS,
                              .stopped_until = TG_ALWAYS };
    apr_pool_t *pool;
    const tg_schedule_t *schedule;
    long rejected = 0, wrong = 0;
    int i, made;

    if (windows < 1 || lookups < 1) {
        fprintf(stderr, "usage: phase WINDOWS LOOKUPS [end]\n");
        return 1;
    }
    apr_initialize();
    apr_pool_create(&pool, NULL);
    schedule = schedule_of(pool, windows);
    by_hand.until = START + (tg_instant_t)windows * PERIOD;
    for (i = 0; i < lookups; i++) {
        tg_instant_t t = START + (tg_instant_t)windows * PERIOD / lookups * i;

        if (is_end) {
            wrong += tg_phase_next_change(schedule, &by_hand, t, TG_BUCKET_EVERYONE, NULL) !=
                     by_hand.until;
        }
        else {
            rejected += tg_phase_rejects(tg_phase_at(schedule, NULL, t, TG_BUCKET_EVERYONE));
        }
    }
    made = schedule->windows->nelts;
    printf("%d windows of %d, %ld of %d instants are in one\n", made, windows, rejected, lookups);
    apr_pool_destroy(pool);
    apr_terminate();
    return made == windows && wrong == 0 ? 0 : 1;
}
