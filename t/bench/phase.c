/* Looks up the phase of a schedule with many windows: phase WINDOWS LOOKUPS
 *
 * Run under callgrind, which counts tg_phase_at() alone. The instants are spread
 * evenly over all windows and the gaps between them.
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
    int windows = argc == 3 ? atoi(argv[1]) : 0, lookups = argc == 3 ? atoi(argv[2]) : 0;
    apr_pool_t *pool;
    const tg_schedule_t *schedule;
    long rejected = 0;
    int i, made;

    if (windows < 1 || lookups < 1) {
        fprintf(stderr, "usage: phase WINDOWS LOOKUPS\n");
        return 1;
    }
    apr_initialize();
    apr_pool_create(&pool, NULL);
    schedule = schedule_of(pool, windows);
    for (i = 0; i < lookups; i++) {
        tg_instant_t t = START + (tg_instant_t)windows * PERIOD / lookups * i;

        rejected += tg_phase_rejects(tg_phase_at(schedule, NULL, t, TG_BUCKET_EVERYONE));
    }
    made = schedule->windows->nelts;
    printf("%d windows of %d, %ld of %d instants are in one\n", made, windows, rejected, lookups);
    apr_pool_destroy(pool);
    apr_terminate();
    return made == windows ? 0 : 1;
}
