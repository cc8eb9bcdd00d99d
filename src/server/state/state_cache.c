/* Live state: see state_cache.h. */
#include "state_cache.h"

#include "ack_writer.h"
#include "state_file.h"
#include "state_log.h"

#include "server/base/log.h"
#include "server/base/shared.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_core.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/** How often a copy is tried again that a writer overtook. */
#define TRIES_MAX 8

/* One document. */
typedef struct {
    apr_uint32_t length;
    char text[TG_STATE_MAX];
} state_slot_t;

/* In shared memory that graceful restarts keep. The document of generation g is in slot g & 1, so
 * that the next one is written beside it. */
typedef struct {
    volatile apr_uint32_t generation;  /* 0: there never was one */
    volatile apr_uint32_t read_second; /* the second of the last check, by the monotonic clock */
    volatile apr_uint32_t
        reader;              /* the process that reads the file, or 0: it alone writes the rest */
    apr_uint32_t said;       /* the generation that the error log has; its reader may be killed */
    apr_uint32_t is_bad;     /* the last check found a file that is refused, or none */
    tg_state_file_id_t seen; /* what the last check found */
    state_slot_t slots[2];
} shared_state_t;

/* A document as this process has parsed it; freed once it is unused and there is a newer one.
 * Under the mutex. */
typedef struct {
    apr_pool_t *pool;
    apr_uint32_t generation;
    int users;
    const tg_override_set_t *set;
} parsed_state_t;

/* Set in the parent before any child exists. */
static shared_state_t *shared;
static uid_t starter;

/* Of this process. */
static apr_thread_mutex_t *mutex;
static parsed_state_t *parsed;

/* Of this thread: 1 while it has the mutex, or is about to. prefork's SIGTERM destroys the pools of a child from
 * within a signal handler, whatever its thread does: our cleanups must not wait for that thread. */
static __thread volatile sig_atomic_t is_mutex_ours;

static void lock_process(void)
{
    is_mutex_ours = 1; /* first, and last: a signal may come in between */
    apr_thread_mutex_lock(mutex);
}

static void unlock_process(void)
{
    apr_thread_mutex_unlock(mutex);
    is_mutex_ours = 0;
}

static const char *state_path(server_rec *s)
{
    return tg_conf_of_server(s)->main_conf->state;
}

/* --- reading the file --- */

static apr_uint32_t monotonic_second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_uint32_t)now.tv_sec + 1; /* 0: never checked */
}

/* Replace a reader that has died. Its pid may have been reused, so compare process groups: all
 * processes of one httpd share one. */
static int replace_reader(apr_uint32_t me, apr_uint32_t other)
{
    return getpgid((pid_t)other) != getpgrp() &&
           apr_atomic_cas32(&shared->reader, me, other) == other;
}

/* One reads at a time: a file that hangs holds up one thread, not one more each second. */
static int become_reader(void)
{
    apr_uint32_t me = (apr_uint32_t)getpid(), other;
    int ok;

    lock_process();
    other = apr_atomic_cas32(&shared->reader, me, 0);
    ok = other == 0 || replace_reader(me, other);
    unlock_process();
    return ok;
}

static void end_reading(void)
{
    lock_process();
    apr_atomic_set32(&shared->reader, 0);
    unlock_process();
}

/* 1 if that content is in force already: a file may be rewritten without a change. */
static int is_published(const char *text, apr_size_t length)
{
    apr_uint32_t generation = apr_atomic_read32(&shared->generation);
    const state_slot_t *slot = &shared->slots[generation & 1];

    return generation != 0 && slot->length == length && memcmp(slot->text, text, length) == 0;
}

/* Threads of this process wait; other processes read the slot beside it. */
static void publish_document(const char *text, apr_size_t length)
{
    apr_uint32_t generation = apr_atomic_read32(&shared->generation) + 1;
    state_slot_t *slot = &shared->slots[generation & 1];

    lock_process();
    memcpy(slot->text, text, length);
    slot->length = (apr_uint32_t)length;
    apr_atomic_set32(&shared->generation, generation);
    unlock_process();
}

static void log_refused(server_rec *s, const tg_fault_t *fault)
{
    TG_LOG(0022, APLOG_ERR, 0, s, "TlsGateState \"%s\": %s; %s. %s", state_path(s), fault->reason,
           fault->fix,
           apr_atomic_read32(&shared->generation) ? "The last good state stays in force"
                                                  : "There are no overrides");
}

static void log_missing(server_rec *s)
{
    TG_LOG(0023, APLOG_ERR, 0, s,
           "TlsGateState \"%s\": the file is gone; the last good state stays in force. Restore it, "
           "or run tlsgatectl resume, which writes an empty one and so ends all overrides",
           state_path(s));
}

/* Returns 1 if it is a new state, or the old one is valid again. */
static int accept_document(server_rec *s, apr_pool_t *pool, const char *text, apr_size_t length)
{
    int is_new = !is_published(text, length), was_bad = (int)shared->is_bad;
    apr_uint32_t generation;
    tg_state_t state;
    tg_fault_t fault;

    shared->is_bad = !tg_state_parse(pool, text, length, &state, &fault);
    if (shared->is_bad) {
        tg_ack_writer_found(TG_ACK_REFUSES, &fault);
        log_refused(s, &fault);
        return 0;
    }
    tg_ack_writer_found(TG_ACK_ACTS, NULL);
    if (is_new) {
        publish_document(text, length);
    }
    generation = apr_atomic_read32(&shared->generation);
    is_new = is_new || shared->said != generation;
    if (is_new || was_bad) {
        tg_state_log_document(s, pool, &state, generation, !is_new);
        shared->said = generation;
    }
    return is_new || was_bad;
}

/* Returns 1 if it logged that a state is in force. */
static int read_if_changed(server_rec *s, apr_pool_t *pool)
{
    tg_state_file_id_t id = tg_state_file_id(state_path(s));
    tg_state_file_result_t result;
    apr_size_t length = 0;
    const char *text = NULL;
    tg_fault_t fault;
    int was_logged = 0;

    if (tg_state_file_same(&id, &shared->seen)) {
        return 0;
    }
    result = tg_state_file_read(pool, state_path(s), starter, &text, &length, &id, &fault);
    if (id.error && tg_state_file_same(&id, &shared->seen)) {
        return 0; /* the machine fails as it did before: that was said */
    }
    switch (result) {
    case TG_STATE_FILE_READ:
        was_logged = accept_document(s, pool, text, length);
        break;
    case TG_STATE_FILE_ABSENT:
        shared->is_bad = apr_atomic_read32(&shared->generation) != 0;
        tg_ack_writer_found(shared->is_bad ? TG_ACK_GONE : TG_ACK_NONE, NULL);
        if (shared->is_bad) { /* else it was bad from the start, and nothing stays */
            log_missing(s);
        }
        break;
    case TG_STATE_FILE_REFUSED:
        shared->is_bad = 1;
        tg_ack_writer_found(TG_ACK_REFUSES, &fault);
        log_refused(s, &fault);
        break;
    }
    shared->seen = id;
    return was_logged;
}

/* One look, and what httpd says of it. */
static int look_at_file(server_rec *s, apr_pool_t *pool)
{
    int was_logged = read_if_changed(s, pool);
    apr_uint32_t generation = apr_atomic_read32(&shared->generation);
    const state_slot_t *slot = &shared->slots[generation & 1];

    tg_ack_writer_look(s, &shared->seen, generation, slot->text, slot->length);
    return was_logged;
}

static void read_if_due(server_rec *s, apr_pool_t *pool)
{
    apr_uint32_t now = monotonic_second();
    apr_uint32_t before = apr_atomic_read32(&shared->read_second);

    if (before != now && apr_atomic_cas32(&shared->read_second, now, before) == before &&
        become_reader()) {
        look_at_file(s, pool);
        end_reading();
    }
}

/* --- parsing what is shared --- */

static int copy_slot(apr_pool_t *pool, apr_uint32_t *generation, const char **text,
                     apr_size_t *length)
{
    int i;

    for (i = 0; i < TRIES_MAX; i++) {
        const state_slot_t *slot;

        *generation = apr_atomic_read32(&shared->generation);
        slot = &shared->slots[*generation & 1];
        *length = slot->length <= TG_STATE_MAX ? slot->length : 0;
        *text = apr_pstrmemdup(pool, slot->text, *length);
        /* The next generation is written beside it; only the one after that here. */
        if (apr_atomic_read32(&shared->generation) == *generation) {
            return 1;
        }
    }
    return 0;
}

static int read_shared(apr_pool_t *pool, apr_uint32_t *generation, tg_state_t *state)
{
    const char *text;
    apr_size_t length;
    tg_fault_t fault;

    return copy_slot(pool, generation, &text, &length) &&
           tg_state_parse(pool, text, length, state, &fault);
}

static parsed_state_t *parse_shared(void)
{
    apr_pool_t *pool;
    tg_state_t state;
    parsed_state_t *h;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, "tlsgate_state");
    h = apr_pcalloc(pool, sizeof(*h));
    h->pool = pool;
    if (!read_shared(pool, &h->generation, &state)) {
        apr_pool_destroy(pool);
        return NULL;
    }
    h->set = tg_state_set(pool, &state);
    return h;
}

static void drop_if_unused(parsed_state_t *h)
{
    if (h && h->users == 0 && h != parsed) {
        apr_pool_destroy(h->pool);
    }
}

static apr_status_t release_parsed(void *data)
{
    parsed_state_t *h = data;

    if (is_mutex_ours) {
        return APR_SUCCESS; /* a signal ends this process, and with it all of this memory */
    }
    lock_process();
    h->users--;
    drop_if_unused(h);
    unlock_process();
    return APR_SUCCESS;
}

/* Under the mutex. */
static void refresh_parsed(void)
{
    parsed_state_t *old = parsed;

    if (!old || old->generation != apr_atomic_read32(&shared->generation)) {
        parsed_state_t *new = parse_shared();

        if (new) {
            parsed = new;
            drop_if_unused(old);
        }
    }
}

const tg_override_set_t *tg_state_cache_known(server_rec *s, apr_pool_t *pool)
{
    const tg_override_set_t *set = NULL;

    if (!state_path(s) || !shared || !mutex || apr_atomic_read32(&shared->generation) == 0) {
        return NULL;
    }
    lock_process();
    refresh_parsed();
    if (parsed) {
        parsed->users++;
        apr_pool_cleanup_register(pool, parsed, release_parsed, apr_pool_cleanup_null);
        set = parsed->set;
    }
    unlock_process();
    return set;
}

void tg_state_cache_look(server_rec *s, apr_pool_t *pool)
{
    if (state_path(s) && shared && mutex) {
        read_if_due(s, pool);
    }
}

int tg_state_cache_is_due(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return shared && shared->read_second != (apr_uint32_t)now.tv_sec + 1;
}

void tg_state_cache_let_go(void)
{
    if (is_mutex_ours) {
        apr_thread_mutex_unlock(mutex);
    }
}

const tg_override_set_t *tg_state_cache_overrides(server_rec *s, apr_pool_t *pool)
{
    tg_state_cache_look(s, pool);
    return tg_state_cache_known(s, pool);
}

/* --- start --- */

static apr_status_t drop_parsed(void *data)
{
    (void)data;
    if (parsed && parsed->users == 0) {
        apr_pool_destroy(parsed->pool);
    }
    parsed = NULL;
    mutex = NULL;
    return APR_SUCCESS;
}

/* Of this process, for as long as that pool lives. */
static void begin_process(apr_pool_t *pool)
{
    parsed = NULL;
    /* Nested, so that only its owner can unlock it. */
    if (apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_NESTED, pool) != APR_SUCCESS) {
        mutex = NULL;
    }
}

/* What the parent held is not freed here: its memory is shared until it is written to. */
void tg_state_cache_child_init(apr_pool_t *pchild, server_rec *s)
{
    if (state_path(s)) {
        begin_process(pchild);
        /* A previous process with our pid left this claim: drop it. */
        if (shared) {
            apr_atomic_cas32(&shared->reader, 0, (apr_uint32_t)getpid());
        }
    }
}

/* A file that never existed is not an error. The configuration may have changed since the state
 * was accepted. */
static void read_at_start(server_rec *s, apr_pool_t *ptemp)
{
    tg_state_file_id_t id = tg_state_file_id(state_path(s));
    int was_there = apr_atomic_read32(&shared->generation) != 0;
    int was_logged = 0;
    apr_uint32_t generation;
    tg_state_t state;

    if (mutex && (id.inode != 0 || was_there) && become_reader()) {
        was_logged = look_at_file(s, ptemp);
        end_reading();
    }
    if (was_there && !was_logged && read_shared(ptemp, &generation, &state)) {
        tg_state_log_ignored(s, &state);
    }
}

/* Said where nothing else says it: a file that is refused is an error of its own. */
static void warn_of_place(server_rec *s, uid_t owner, int level)
{
    tg_fault_t fault;

    if (!tg_state_file_can_be(state_path(s), owner, &fault)) {
        TG_LOG(0070, level | APLOG_WARNING, 0, s, "TlsGateState \"%s\": %s; %s", state_path(s),
               fault.reason, fault.fix);
    }
}

int tg_state_cache_check(server_rec *s)
{
    if (state_path(s) && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
        warn_of_place(s, geteuid(), APLOG_STARTUP);
    }
    return OK;
}

int tg_state_cache_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                               server_rec *s)
{
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    tg_ack_writer_open(s, pconf, ptemp, state_path(s));
    if (!state_path(s)) {
        return OK;
    }
    shared =
        tg_shared_piece(s, apr_pstrcat(ptemp, "state of ", state_path(s), NULL), sizeof(*shared));
    if (!shared) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    begin_process(pconf);
    apr_pool_cleanup_register(pconf, NULL, drop_parsed, apr_pool_cleanup_null);
    starter = geteuid();
    read_at_start(s, ptemp);
    if (!shared->is_bad) {
        warn_of_place(s, starter, 0);
    }
    return OK;
}
