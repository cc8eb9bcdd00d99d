/* The ledger, used by many threads at once under ThreadSanitizer: those that count, and the one that
 * collects. The sums are exact in the end. Another process reads meanwhile, as a page does, and takes its
 * copy again if it was collected; it never sees a sum go back. The table of stragglers is used as httpd
 * uses it: under a lock.
 */
#include "ledger/ledger.h"
#include "ledger/straggler_table.h"

#include <apr_general.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 6
#define ROUNDS 20000
#define NOW INT64_C(1531213200)
#define PLACES 64
#define CLIENTS 100

/* Of both processes. Set before the threads begin. */
static struct {
    tg_ledger_t *ledger;
    tg_stragglers_t *table;
    pthread_mutex_t lock;
    int group, schedule;
    _Atomic int64_t now; /* moves on while they count */
    _Atomic int counting;
    _Atomic int went_back;
    _Atomic int reads;
    _Atomic int found;
} * shared;

/* As a graceful restart does, while threads of old children still look. */
static void add_schedule(int number)
{
    char name[TG_SCHEDULE_NAME_MAX + 1];

    (void)snprintf(name, sizeof(name), "s%d", number);
    (void)tg_ledger_schedule(shared->ledger, name);
    (void)tg_ledger_group(shared->ledger, (uint32_t)number);
}

static void see_client(int client)
{
    char name[32];
    tg_straggler_sight_t sight = { .client = name, .schedule = "legacy", .time = shared->now };

    (void)snprintf(name, sizeof(name), "account:%d", client);
    pthread_mutex_lock(&shared->lock);
    tg_stragglers_add(shared->table, &sight);
    shared->found += tg_stragglers_find(shared->table, name, "legacy") != NULL;
    pthread_mutex_unlock(&shared->lock);
}

static void *count_some(void *number)
{
    int thread = (int)(intptr_t)number, i;
    tg_census_kind_t kind = { TG_PROTOCOL_TLS1_3, 1, TG_PROTOCOL_TLS1_2, 0 };

    for (i = 0; i < ROUNDS; i++) {
        tg_ledger_numbers_t *numbers =
            tg_ledger_numbers_at(shared->ledger, thread, shared->now / TG_HISTORY_PERIOD);

        tg_ledger_count(&numbers->groups[shared->group].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN]);
        tg_ledger_count(&numbers->schedules[shared->schedule].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN]);
        kind.group = (unsigned)(i % 40);
        tg_ledger_count(&numbers->kinds[tg_ledger_kind(shared->ledger, kind)]);
        if (i % 20 == 0) {
            see_client((i / 20 + thread) % CLIENTS);
            (void)tg_ledger_schedule_known(shared->ledger, "of nobody");
        }
    }
    shared->counting--;
    return NULL;
}

static void *collect_always(void *unused)
{
    int number = 0;

    (void)unused;
    while (shared->counting > 0) {
        add_schedule(number++);
        tg_ledger_collect(shared->ledger, shared->now);
        shared->now += 20; /* several times in each period */
        usleep(500);
    }
    return NULL;
}

static uint64_t warned(const tg_ledger_kept_t *kept, int row)
{
    return kept->totals[row].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN];
}

static uint64_t connections(const tg_ledger_kept_t *kept)
{
    uint64_t sum = 0;
    int i;

    for (i = 0; i < TG_LEDGER_KINDS; i++) {
        sum += kept->kinds[i];
    }
    return sum;
}

static void read_always(apr_pool_t *pool)
{
    uint64_t before = 0;

    while (shared->counting > 0) {
        const tg_ledger_kept_t *kept = tg_ledger_read(shared->ledger, pool, shared->now);

        shared->went_back += warned(kept, 0) < before || warned(kept, 0) < warned(kept, 1);
        before = warned(kept, 0);
        shared->reads++;
        apr_pool_clear(pool);
    }
}

static void run_all(void)
{
    pthread_t threads[THREADS + 1];
    int i;

    for (i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, count_some, (void *)(intptr_t)i);
    }
    pthread_create(&threads[THREADS], NULL, collect_always, NULL);
    for (i = 0; i < THREADS + 1; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void *shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static int prepare_ledger(void)
{
    shared = shared_memory(sizeof(*shared));
    if (!shared) {
        return 0;
    }
    shared->ledger = shared_memory(sizeof(*shared->ledger));
    shared->table = shared_memory(tg_stragglers_size(PLACES));
    if (!shared->ledger || !shared->table) {
        return 0;
    }
    tg_stragglers_set_up(shared->table, PLACES, 1);
    pthread_mutex_init(&shared->lock, NULL);
    shared->now = NOW;
    shared->counting = THREADS;
    shared->schedule = tg_ledger_schedule(shared->ledger, "legacy");
    shared->group = tg_ledger_group(shared->ledger, 1);
    return 1;
}

static void tell_sum(int number, int ok, const char *what)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", number, what);
}

int main(void)
{
    const tg_ledger_kept_t *kept;
    apr_pool_t *pool;
    pid_t reader;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (!prepare_ledger()) {
        return 1;
    }
    reader = fork();
    if (reader == 0) {
        read_always(pool);
        _exit(0);
    }
    run_all();
    waitpid(reader, NULL, 0);
    tg_ledger_collect(shared->ledger, shared->now);
    kept = tg_ledger_read(shared->ledger, pool, shared->now);
    printf("1..5\n");
    tell_sum(1, warned(kept, 0) == THREADS * ROUNDS, "each request is counted once");
    tell_sum(2, warned(kept, 1 + shared->schedule) == THREADS * ROUNDS, "and once in its schedule");
    tell_sum(3, connections(kept) == THREADS * ROUNDS, "each connection is counted once");
    tell_sum(4, shared->went_back == 0 && shared->reads > 0, "no sum goes back for who reads");
    tell_sum(5, shared->found == THREADS * ROUNDS / 20 && shared->table->used == PLACES,
             "each straggler is found after it was seen");
    return 0;
}
