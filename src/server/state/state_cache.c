/* Live state: see state_cache.h. */
#include "state_cache.h"

#include "state_file.h"
#include "state_log.h"

#include "server/base/log.h"
#include "server/base/shared.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_core.h>
#include <time.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/** A copy that a writer overtook is tried again so often. */
#define TRIES_MAX 8

/* One document. */
typedef struct {
    apr_uint32_t length;
    char text[TG_STATE_MAX];
} slot_t;

/* In shared memory that graceful restarts keep. The document of generation g stands in
 * slot g & 1, so that the next one is written beside it. */
typedef struct {
    volatile apr_uint32_t generation; /* 0: there never was one */
    volatile apr_uint32_t looked;     /* the second of the last look, by the monotonic clock */
    volatile apr_uint32_t looker;     /* the process that looks, or 0: it alone writes the rest */
    apr_uint32_t is_bad;              /* the last look found a file that is refused, or none */
    tg_state_file_id_t seen;          /* what the last look found */
    slot_t slots[2];
} board_t;

/* A document as this process has parsed it; freed when nobody uses it any more and there
 * is a newer one. Under the mutex. */
typedef struct {
    apr_pool_t *pool;
    apr_uint32_t generation;
    int users;
    const tg_override_set_t *set;
} held_t;

/* Set in the parent before any child exists. */
static board_t *board;
static uid_t starter;

/* Of this process. */
static apr_thread_mutex_t *mutex;
static held_t *held;

static const char *path_of(server_rec *s)
{
    return tg_conf_of_server(s)->main_conf->state;
}

/* --- looking at the file --- */

static apr_uint32_t monotonic_second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_uint32_t)now.tv_sec + 1; /* 0 means that nobody has looked */
}

/* Who died as the looker is relieved, also if another program has its number by now: all
 * processes of one httpd are in one group. */
static int replace_looker(apr_uint32_t me, apr_uint32_t other)
{
    return getpgid((pid_t)other) != getpgrp() &&
           apr_atomic_cas32(&board->looker, me, other) == other;
}

/* One looks at a time: a file that hangs holds up one thread, not one more each second. */
static int become_looker(void)
{
    apr_uint32_t me = (apr_uint32_t)getpid(), other;
    int ok;

    apr_thread_mutex_lock(mutex);
    other = apr_atomic_cas32(&board->looker, me, 0);
    ok = other == 0 || replace_looker(me, other);
    apr_thread_mutex_unlock(mutex);
    return ok;
}

static void end_looking(void)
{
    apr_thread_mutex_lock(mutex);
    apr_atomic_set32(&board->looker, 0);
    apr_thread_mutex_unlock(mutex);
}

/* Whether its content is what is in force already: a file may be written anew. */
static int is_published(const char *text, apr_size_t length)
{
    apr_uint32_t generation = apr_atomic_read32(&board->generation);
    const slot_t *slot = &board->slots[generation & 1];

    return generation != 0 && slot->length == length && memcmp(slot->text, text, length) == 0;
}

/* Threads of this process wait; other processes read the slot beside it. */
static void publish(const char *text, apr_size_t length)
{
    apr_uint32_t generation = apr_atomic_read32(&board->generation) + 1;
    slot_t *slot = &board->slots[generation & 1];

    apr_thread_mutex_lock(mutex);
    memcpy(slot->text, text, length);
    slot->length = (apr_uint32_t)length;
    apr_atomic_set32(&board->generation, generation);
    apr_thread_mutex_unlock(mutex);
}

static void say_refused(server_rec *s, const tg_fault_t *fault)
{
    TG_LOG(0022, APLOG_ERR, 0, s, "TlsGateState \"%s\": %s; %s. %s", path_of(s), fault->reason,
           fault->fix,
           apr_atomic_read32(&board->generation) ? "The last good state stays in force"
                                                 : "There are no overrides");
}

static void say_gone(server_rec *s)
{
    TG_LOG(0023, APLOG_ERR, 0, s,
           "TlsGateState \"%s\": the file has gone; the last good state stays in force. "
           "Put it back; tlsgatectl resume writes an empty one, which ends all overrides",
           path_of(s));
}

/* Whether it is a new state, or one that is good again. */
static int take(server_rec *s, apr_pool_t *pool, const char *text, apr_size_t length)
{
    int is_new = !is_published(text, length), was_bad = (int)board->is_bad;
    tg_state_t state;
    tg_fault_t fault;

    board->is_bad = !tg_state_parse(pool, text, length, &state, &fault);
    if (board->is_bad) {
        say_refused(s, &fault);
        return 0;
    }
    if (is_new) {
        publish(text, length);
    }
    if (is_new || was_bad) {
        tg_state_log_document(s, pool, &state, apr_atomic_read32(&board->generation), !is_new);
    }
    return is_new || was_bad;
}

/* Whether a state was said to be in force. */
static int look(server_rec *s, apr_pool_t *pool)
{
    tg_state_file_id_t id = tg_state_file_id(path_of(s));
    apr_size_t length = 0;
    const char *text = NULL;
    tg_fault_t fault;
    int said = 0;

    if (tg_state_file_same(&id, &board->seen)) {
        return 0;
    }
    switch (tg_state_file_read(pool, path_of(s), starter, &text, &length, &id, &fault)) {
    case TG_STATE_FILE_READ:
        said = take(s, pool, text, length);
        break;
    case TG_STATE_FILE_ABSENT:
        board->is_bad = apr_atomic_read32(&board->generation) != 0;
        if (board->is_bad) { /* else it was bad from the start, and nothing stays */
            say_gone(s);
        }
        break;
    case TG_STATE_FILE_REFUSED:
        board->is_bad = 1;
        say_refused(s, &fault);
        break;
    }
    board->seen = id;
    return said;
}

static void look_if_due(server_rec *s, apr_pool_t *pool)
{
    apr_uint32_t now = monotonic_second();
    apr_uint32_t before = apr_atomic_read32(&board->looked);

    if (before != now && apr_atomic_cas32(&board->looked, now, before) == before &&
        become_looker()) {
        look(s, pool);
        end_looking();
    }
}

/* --- following the board --- */

static int copy_slot(apr_pool_t *pool, apr_uint32_t *generation, const char **text,
                     apr_size_t *length)
{
    int i;

    for (i = 0; i < TRIES_MAX; i++) {
        const slot_t *slot;

        *generation = apr_atomic_read32(&board->generation);
        slot = &board->slots[*generation & 1];
        *length = slot->length <= TG_STATE_MAX ? slot->length : 0;
        *text = apr_pstrmemdup(pool, slot->text, *length);
        /* The next generation is written beside it; only the one after that here. */
        if (apr_atomic_read32(&board->generation) == *generation) {
            return 1;
        }
    }
    return 0;
}

static int read_board(apr_pool_t *pool, apr_uint32_t *generation, tg_state_t *state)
{
    const char *text;
    apr_size_t length;
    tg_fault_t fault;

    return copy_slot(pool, generation, &text, &length) &&
           tg_state_parse(pool, text, length, state, &fault);
}

static held_t *parse_board(void)
{
    apr_pool_t *pool;
    tg_state_t state;
    held_t *h;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, "tlsgate_state");
    h = apr_pcalloc(pool, sizeof(*h));
    h->pool = pool;
    if (!read_board(pool, &h->generation, &state)) {
        apr_pool_destroy(pool);
        return NULL;
    }
    h->set = tg_state_set(pool, &state);
    return h;
}

static void drop_if_unused(held_t *h)
{
    if (h && h->users == 0 && h != held) {
        apr_pool_destroy(h->pool);
    }
}

static apr_status_t release(void *data)
{
    held_t *h = data;

    apr_thread_mutex_lock(mutex);
    h->users--;
    drop_if_unused(h);
    apr_thread_mutex_unlock(mutex);
    return APR_SUCCESS;
}

/* Under the mutex. */
static void follow(void)
{
    held_t *old = held;

    if (!old || old->generation != apr_atomic_read32(&board->generation)) {
        held_t *new = parse_board();

        if (new) {
            held = new;
            drop_if_unused(old);
        }
    }
}

const tg_override_set_t *tg_state_cache_known(server_rec *s, apr_pool_t *pool)
{
    const tg_override_set_t *set = NULL;

    if (!path_of(s) || !board || !mutex || apr_atomic_read32(&board->generation) == 0) {
        return NULL;
    }
    apr_thread_mutex_lock(mutex);
    follow();
    if (held) {
        held->users++;
        apr_pool_cleanup_register(pool, held, release, apr_pool_cleanup_null);
        set = held->set;
    }
    apr_thread_mutex_unlock(mutex);
    return set;
}

const tg_override_set_t *tg_state_cache_overrides(server_rec *s, apr_pool_t *pool)
{
    if (path_of(s) && board && mutex) {
        look_if_due(s, pool);
    }
    return tg_state_cache_known(s, pool);
}

/* --- start --- */

static apr_status_t forget(void *data)
{
    (void)data;
    if (held && held->users == 0) {
        apr_pool_destroy(held->pool);
    }
    held = NULL;
    mutex = NULL;
    return APR_SUCCESS;
}

/* Of this process, for as long as that pool lives. */
static void begin(apr_pool_t *pool)
{
    held = NULL;
    if (apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS) {
        mutex = NULL;
    }
}

/* What the parent held is not freed here: its memory is shared until it is written to. */
void tg_state_cache_child_init(apr_pool_t *pchild, server_rec *s)
{
    if (path_of(s)) {
        begin(pchild);
        /* Who had our number, and looked, is dead. */
        if (board) {
            apr_atomic_cas32(&board->looker, 0, (apr_uint32_t)getpid());
        }
    }
}

/* A file that was never there is no fault. The configuration may be another one than that
 * under which the state was taken. */
static void look_at_start(server_rec *s, apr_pool_t *ptemp)
{
    tg_state_file_id_t id = tg_state_file_id(path_of(s));
    int was_there = apr_atomic_read32(&board->generation) != 0;
    int said = 0;
    apr_uint32_t generation;
    tg_state_t state;

    if (mutex && (id.inode != 0 || was_there) && become_looker()) {
        said = look(s, ptemp);
        end_looking();
    }
    if (was_there && !said && read_board(ptemp, &generation, &state)) {
        tg_state_log_ignored(s, &state);
    }
}

int tg_state_cache_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                               server_rec *s)
{
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !path_of(s)) {
        return OK;
    }
    board = tg_shared_piece(s, apr_pstrcat(ptemp, "state of ", path_of(s), NULL), sizeof(*board));
    if (!board) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    begin(pconf);
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    starter = geteuid();
    look_at_start(s, ptemp);
    return OK;
}
