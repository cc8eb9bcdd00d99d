/* Threads: data that the threads of a server share, used by many of them at once, under
 * ThreadSanitizer. The counts must be exact, and all threads must read the same.
 */
#include "tls/ja4.h"
#include "base/rate.h"
#include "format/sighting.h"

#include <apr_general.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 400
#define SOURCES 200
#define NOW INT64_C(1531213200)
#define SECONDS 2000

/* TLS 1.0, one cipher, a name. */
static const unsigned char message[] = {
    1,    0,    0,    52,   3,    1,    0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A,
    0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A,
    0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0x5A, 0,    0,    2,    0,
    0x2F, 1,    0,    0,    9,    0,    0,    0,    5,    0,    3,    0,    0,    0,
};

/* Written before the threads begin; they only read it, except for the rate. */
static struct {
    const tg_offer_t *offer;
    tg_schedule_t *schedule;
    tg_binding_t binding;
    tg_rate_t rate;
    char ja4[TG_JA4_STRLEN];
    char line[TG_SIGHTING_MAX + 1];
} shared;

static pthread_barrier_t start;

/** What one thread found. */
typedef struct {
    int granted[SECONDS]; /**< in each second, see take_all() */
    int wrong;            /**< answers that were not those of the first thread */
} found_t;

static tg_outcome_t outcome_at(tg_instant_t now)
{
    const tg_subject_t subject = { .now = now, .client = "ip:192.0.2.7", .handshake = 1 };
    tg_outcome_t outcome = tg_outcome_of(&shared.binding, &subject);
    tg_instant_t until;

    (void)tg_outcome_sunset(&outcome, &subject);
    (void)tg_verdict_retry(tg_verdict_decide(&outcome, 1), &outcome, 1, &subject, &until);
    return outcome;
}

static void write_line(char *line)
{
    char ja4[TG_JA4_STRLEN];
    const tg_outcome_t outcome = outcome_at(NOW);
    const tg_sighting_t sighting = { .time = NOW * 1000000,
                                     .protocol = TG_PROTOCOL_TLS1_0,
                                     .failed = 1,
                                     .alert = 70,
                                     .ip = "192.0.2.7",
                                     .client = "ip:192.0.2.7",
                                     .server_name = "api.example.com",
                                     .offer = shared.offer,
                                     .ja4 = tg_ja4(shared.offer, ja4),
                                     .cause = TG_CAUSE_OLD,
                                     .outcome = &outcome };

    if (tg_sighting_write(&sighting, line) == 0) {
        *line = '\0';
    }
}

static void read_all(found_t *found, int round)
{
    char line[TG_SIGHTING_MAX + 1];
    tg_outcome_t before = outcome_at(NOW - 1 - round), after = outcome_at(NOW + round);
    tg_protocol_t known = tg_cause_evidence(shared.offer);

    write_line(line);
    found->wrong += strcmp(line, shared.line) != 0;
    found->wrong += before.action != TG_ACTION_WARN || after.action != TG_ACTION_REFUSE;
    found->wrong +=
        tg_cause_of(shared.offer, known, TG_PROTOCOL_TLS1_0, TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0),
                    0, shared.schedule) != TG_CAUSE_OLD;
}

/* In even seconds all threads use one source, in odd ones many: its limit is
 * reached, and the limit of all. */
static int take_all(int second)
{
    const int sources = second % 2 ? SOURCES : 1;
    int i, got = 0;

    for (i = 0; i < ROUNDS; i++) {
        const unsigned char source[] = { 192, 0, 2, (unsigned char)(i % sources) };

        got += tg_rate_take(&shared.rate, source, sizeof(source), NOW + second);
    }
    return got;
}

static void *run_thread(void *data)
{
    found_t *found = data;
    apr_pool_t *pool;
    int i;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        abort();
    }
    /* Together through each second: a thread whose clock lags would start a new count. */
    for (i = 0; i < SECONDS; i++) {
        pthread_barrier_wait(&start);
        found->granted[i] = take_all(i);
        pthread_barrier_wait(&start);
    }
    for (i = 0; i < ROUNDS; i++) {
        read_all(found, i);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return NULL;
}

static int prepare_shared(apr_pool_t *pool)
{
    tg_violation_t violation;
    tg_hello_t hello;

    json_object_seed(1);
    shared.schedule = tg_schedule_create(pool, "legacy-tls");
    shared.schedule->traits = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0);
    shared.schedule->refuse = NOW;
    shared.binding.schedule = shared.schedule;
    if (!tg_schedule_finish(shared.schedule, &violation) ||
        tg_hello_parse(message, sizeof(message), &hello) != (long)sizeof(message)) {
        return 0;
    }
    shared.offer = tg_offer_make(pool, &hello);
    write_line(shared.line);
    return shared.offer && tg_ja4(shared.offer, shared.ja4) && *shared.line;
}

static int tell_result(int number, int ok, const char *what)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", number, what);
    return ok;
}

static int counts_exactly(const found_t *found)
{
    int second, t;

    for (second = 0; second < SECONDS; second++) {
        const int limit = second % 2 ? TG_RATE_IN_ALL : TG_RATE_PER_SOURCE;
        int sum = 0;

        for (t = 0; t < THREADS; t++) {
            sum += found[t].granted[second];
        }
        if (sum != limit) {
            printf("# %d in second %d, not %d\n", sum, second, limit);
            return 0;
        }
    }
    return 1;
}

int main(void)
{
    static found_t found[THREADS];
    pthread_t threads[THREADS];
    apr_pool_t *pool;
    int t, wrong = 0, ok;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    printf("1..3\n");
    ok = tell_result(1, prepare_shared(pool), "the shared data is prepared");
    pthread_barrier_init(&start, NULL, THREADS);
    for (t = 0; ok && t < THREADS; t++) {
        ok = pthread_create(&threads[t], NULL, run_thread, &found[t]) == 0;
    }
    for (t = 0; ok && t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        wrong += found[t].wrong;
    }
    ok &= tell_result(2, counts_exactly(found),
                      "a limit grants exactly its number, whichever thread asks");
    ok &= tell_result(3, wrong == 0,
                      "all threads read the same verdict, cause, fingerprint and line");
    apr_pool_destroy(pool);
    apr_terminate();
    return ok ? 0 : 1;
}
