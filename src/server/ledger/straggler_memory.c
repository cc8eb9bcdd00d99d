/* The stragglers of this httpd: see straggler_memory.h. */
#include "straggler_memory.h"

#include "base/text.h"
#include "server/base/kept_warning.h"
#include "server/base/shared.h"

#include <apr_general.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

APLOG_USE_MODULE(tlsgate);

/** How often the lock is tried before a sighting is missed. */
#define TRIES_MAX 500

/** Entries that are read under one lock. */
#define SEEN_AT_ONCE 128

/* In shared memory that graceful restarts keep. If a process is killed while it has the lock, the
 * next one gets it, and learns of that. */
typedef struct {
    uint32_t capacity; /* set once, by the parent */
    uint32_t is_ready;
    uint32_t is_torn; /* under the lock: only the parent, which repairs it, uses the table */
    pthread_mutex_t lock;
} straggler_lock_t;

/* Set in the parent before any child exists. */
static straggler_lock_t *shared_lock;
static tg_stragglers_t *shared_table;

static int make_lock(straggler_lock_t *made)
{
    pthread_mutexattr_t how;
    int ok = pthread_mutexattr_init(&how) == 0 &&
             pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED) == 0 &&
             pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST) == 0 &&
             pthread_mutex_init(&made->lock, &how) == 0;

    made->is_ready = ok ? 1 : 0;
    return ok;
}

/* Without a time limit, since that would be by a clock which somebody may set. */
static int take_table_lock(void)
{
    int i, rv = EBUSY;

    for (i = 0; i < TRIES_MAX && rv == EBUSY; i++) {
        rv = pthread_mutex_trylock(&shared_lock->lock);
        if (rv == EBUSY) {
            sched_yield();
        }
    }
    if (rv == EOWNERDEAD) {
        shared_lock->is_torn = 1;
        rv = pthread_mutex_consistent(&shared_lock->lock);
    }
    return rv == 0;
}

static void unlock_table(void)
{
    pthread_mutex_unlock(&shared_lock->lock);
}

/* A repair takes 15 ms for 16,384 places and 2 s for a million: no request waits for that. */
static int lock_table(void)
{
    if (!take_table_lock()) {
        return 0;
    }
    if (shared_lock->is_torn) {
        unlock_table();
        return 0;
    }
    return 1;
}

void tg_straggler_memory_mend(void)
{
    if (!shared_table || !take_table_lock()) {
        return;
    }
    if (shared_lock->is_torn) {
        tg_stragglers_repair(shared_table);
        shared_lock->is_torn = 0;
    }
    unlock_table();
}

int tg_straggler_memory_monitor(apr_pool_t *pool, server_rec *s)
{
    (void)pool;
    (void)s;
    tg_straggler_memory_mend();
    return DECLINED;
}

static uint64_t secret_seed(void)
{
    uint64_t seed = 0;

    return apr_generate_random_bytes((unsigned char *)&seed, sizeof(seed)) == APR_SUCCESS ? seed
                                                                                          : 1;
}

static int open_table(server_rec *s, uint32_t wanted)
{
    uint32_t capacity = shared_lock->capacity ? shared_lock->capacity : wanted;

    if (capacity != wanted) {
        TG_LOG_KEPT(0093, APLOG_NOTICE, 0, s,
                    "TlsGateLedger %u: the table of stragglers keeps its %u places until httpd is "
                    "stopped and started again",
                    wanted, capacity);
    }
    shared_table = tg_shared_piece(s, "table of stragglers " APR_STRINGIFY(TG_STRAGGLERS_HASH),
                                   tg_stragglers_size(capacity));
    if (!shared_table || (!shared_lock->is_ready && !make_lock(shared_lock))) {
        return 0;
    }
    /* A module of another version may have left the lock, and a table of its own. */
    if (!shared_table->capacity) {
        tg_stragglers_set_up(shared_table, capacity, secret_seed());
    }
    shared_lock->capacity = capacity;
    return 1;
}

int tg_straggler_memory_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    uint32_t wanted = main_conf->stragglers;

    (void)pconf;
    (void)plog;
    (void)ptemp;
    shared_table = NULL;
    if (!main_conf->counts_requests || wanted == 0) {
        return OK;
    }
    shared_lock = tg_shared_piece(s, "lock of the stragglers", sizeof(*shared_lock));
    return shared_lock && open_table(s, wanted) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

int tg_straggler_memory_find(const char *client, const char *schedule, tg_straggler_t *copy)
{
    const tg_straggler_t *found;

    if (!shared_table || !lock_table()) {
        return 0;
    }
    found = tg_stragglers_find(shared_table, client, schedule);
    if (found) {
        *copy = *found;
    }
    unlock_table();
    return found != NULL;
}

void tg_straggler_memory_move(const char *client, const char *schedule, int64_t time,
                              int is_probable)
{
    tg_straggler_t *found;

    if (!shared_table || !lock_table()) {
        return;
    }
    found = tg_stragglers_find(shared_table, client, schedule);
    if (found && found->moved_at == 0) {
        found->is_probable = is_probable ? 1 : 0;
        found->moved_at = time;
    }
    unlock_table();
}

int tg_straggler_memory_has_table(void)
{
    return shared_table != NULL;
}

tg_stragglers_t *tg_straggler_memory_table(void)
{
    return shared_table;
}

void tg_straggler_memory_add(apr_pool_t *pool, const tg_straggler_sight_t *sight)
{
    tg_straggler_sight_t clean = *sight;
    int cut = 0;

    if (!shared_table || !sight->client) {
        return;
    }
    clean.user_agent = tg_text_clean(pool, sight->user_agent, TG_STRAGGLER_TEXT_MAX, &cut);
    clean.host = tg_text_clean(pool, sight->host, TG_STRAGGLER_TEXT_MAX, &cut);
    if (!lock_table()) {
        __atomic_fetch_add(&shared_table->missed, 1, __ATOMIC_RELAXED);
        return;
    }
    tg_stragglers_add(shared_table, &clean);
    unlock_table();
}

int tg_straggler_memory_numbers(tg_stragglers_t *table)
{
    if (!shared_table) {
        return 0;
    }
    memcpy(table, shared_table, sizeof(*table));
    return 1;
}

static void copy_numbers(tg_stragglers_t *table)
{
    memcpy(table, shared_table, sizeof(*table));
}

/* Whoever waits for the lock comes between two pieces. */
static int show_each(void *context,
                     void (*see)(void *context, uint32_t place, const tg_straggler_t *entry))
{
    uint32_t place = 0, used;

    do {
        uint32_t end = place + SEEN_AT_ONCE;

        if (!lock_table()) {
            return 0;
        }
        used = shared_table->used;
        for (; place < used && place < end; place++) {
            see(context, place, &shared_table->entries[place]);
        }
        unlock_table();
    } while (place < used);
    return 1;
}

static tg_straggler_here_t copy_entry(uint32_t place, uint64_t hash, tg_straggler_t *copy)
{
    tg_straggler_here_t here = TG_STRAGGLER_GONE;

    if (!lock_table()) {
        return TG_STRAGGLER_BUSY;
    }
    if (place < shared_table->used && shared_table->entries[place].hash == hash) {
        *copy = shared_table->entries[place];
        here = TG_STRAGGLER_HERE;
    }
    unlock_table();
    return here;
}

static int copy_newest(apr_array_header_t *list, int skip, int most)
{
    const tg_straggler_t *entry;
    int i;

    if (!lock_table()) {
        return 0;
    }
    entry = tg_stragglers_newest(shared_table);
    for (i = 0; entry && i < skip + most; i++) {
        if (i >= skip) {
            APR_ARRAY_PUSH(list, tg_straggler_t) = *entry;
        }
        entry = tg_stragglers_older(shared_table, entry);
    }
    unlock_table();
    return 1;
}

const tg_straggler_source_t tg_straggler_memory_source = {
    copy_numbers,
    show_each,
    copy_entry,
    copy_newest,
};

static void add_copy(void *context, uint32_t place, const tg_straggler_t *entry)
{
    apr_array_header_t *list = context;

    (void)place;
    APR_ARRAY_PUSH(list, tg_straggler_t) = *entry;
}

const apr_array_header_t *tg_straggler_memory_read(apr_pool_t *pool)
{
    apr_array_header_t *list =
        apr_array_make(pool, (int)shared_table->used + 1, sizeof(tg_straggler_t));

    show_each(list, add_copy);
    return list;
}
