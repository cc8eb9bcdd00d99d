/* Live state: see live.h. */
#include "live.h"

#include "shared.h"
#include "statefile.h"

#include "../policy/state.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <errno.h>
#include <http_core.h>
#include <http_log.h>
#include <signal.h>
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
    volatile apr_uint32_t writer;     /* the process that writes a slot, or 0 */
    tg_statefile_id_t seen;           /* what the last look found; written by the writer */
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
    return tg_conf_of_server(s)->plan->state;
}

/* --- looking at the file --- */

static apr_uint32_t monotonic_second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_uint32_t)now.tv_sec + 1; /* 0 means that nobody has looked */
}

/* One process at a time writes a slot, and that is only a copy in memory. Who died in it
 * is relieved. */
static int become_writer(void)
{
    apr_uint32_t me = (apr_uint32_t)getpid();
    apr_uint32_t other = apr_atomic_cas32(&board->writer, me, 0);

    if (other == 0) {
        return 1;
    }
    return kill((pid_t)other, 0) != 0 && errno == ESRCH &&
           apr_atomic_cas32(&board->writer, me, other) == other;
}

static void end_writing(void)
{
    apr_atomic_set32(&board->writer, 0);
}

/* Where it cannot be noted now, the next look finds the same again. */
static void note_seen(const tg_statefile_id_t *id)
{
    if (become_writer()) {
        board->seen = *id;
        end_writing();
    }
}

static void say_changes(server_rec *s, apr_pool_t *pool, const tg_state_t *state,
                        apr_uint32_t generation)
{
    char buf[TG_INSTANT_STRLEN];
    int i;

    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                 "TlsGateState \"%s\": generation %u is in force: %d overrides, %d exemptions",
                 path_of(s), generation, state->overrides->nelts, state->exemptions->nelts);
    for (i = 0; i < state->overrides->nelts; i++) {
        const tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);
        int postpone = o->kind == TG_STATE_POSTPONE;

        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, "schedule %s: %s %s %s, by %s: %s",
                     o->schedule, tg_state_kind_name(o->kind), postpone ? "to" : "until",
                     tg_instant_format(postpone ? o->cutoff : o->until, buf),
                     ap_escape_logitem(pool, o->by), ap_escape_logitem(pool, o->reason));
    }
}

/* What was read may be older by now than what another process has published. */
static int publish(server_rec *s, const char *text, apr_size_t length, const tg_statefile_id_t *id)
{
    tg_statefile_id_t now = tg_statefile_id(path_of(s));
    apr_uint32_t generation;
    slot_t *slot;

    if (!tg_statefile_same(&now, id) || !become_writer()) {
        return 0;
    }
    generation = apr_atomic_read32(&board->generation) + 1;
    slot = &board->slots[generation & 1];
    memcpy(slot->text, text, length);
    slot->length = (apr_uint32_t)length;
    board->seen = *id;
    apr_atomic_set32(&board->generation, generation);
    end_writing();
    return 1;
}

static void say_refused(server_rec *s, const tg_fault_t *fault)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "TlsGateState \"%s\": %s; %s. %s", path_of(s),
                 fault->reason, fault->form,
                 apr_atomic_read32(&board->generation) ? "The last good state stays in force"
                                                       : "There are no overrides");
}

static void take(server_rec *s, apr_pool_t *pool, const char *text, apr_size_t length,
                 const tg_statefile_id_t *id)
{
    tg_state_t state;
    tg_fault_t fault;

    if (!tg_state_parse(pool, text, length, &state, &fault)) {
        note_seen(id);
        say_refused(s, &fault);
    }
    else if (publish(s, text, length, id)) {
        say_changes(s, pool, &state, apr_atomic_read32(&board->generation));
    }
}

static void look(server_rec *s, apr_pool_t *pool)
{
    tg_statefile_id_t id = tg_statefile_id(path_of(s));
    apr_size_t length = 0;
    const char *text = NULL;
    tg_fault_t fault;

    if (tg_statefile_same(&id, &board->seen)) {
        return;
    }
    switch (tg_statefile_read(pool, path_of(s), starter, &text, &length, &id, &fault)) {
    case TG_STATEFILE_READ:
        take(s, pool, text, length, &id);
        break;
    case TG_STATEFILE_ABSENT:
        note_seen(&id);
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     "TlsGateState \"%s\": the file has gone; the last good state stays in force. "
                     "To end overrides write them away: tlsgatectl resume",
                     path_of(s));
        break;
    case TG_STATEFILE_REFUSED:
        note_seen(&id);
        say_refused(s, &fault);
        break;
    }
}

static void look_if_due(server_rec *s, apr_pool_t *pool)
{
    apr_uint32_t now = monotonic_second();
    apr_uint32_t before = apr_atomic_read32(&board->looked);

    if (before != now && apr_atomic_cas32(&board->looked, now, before) == before) {
        look(s, pool);
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

static held_t *parse_board(void)
{
    apr_pool_t *pool;
    const char *text;
    apr_size_t length;
    tg_state_t state;
    tg_fault_t fault;
    held_t *h;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, "tlsgate_state");
    h = apr_pcalloc(pool, sizeof(*h));
    h->pool = pool;
    if (!copy_slot(pool, &h->generation, &text, &length) ||
        !tg_state_parse(pool, text, length, &state, &fault)) {
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

const tg_override_set_t *tg_live_known(server_rec *s, apr_pool_t *pool)
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

const tg_override_set_t *tg_live_overrides(server_rec *s, apr_pool_t *pool)
{
    if (path_of(s) && board) {
        look_if_due(s, pool);
    }
    return tg_live_known(s, pool);
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
void tg_live_child_init(apr_pool_t *pchild, server_rec *s)
{
    if (path_of(s)) {
        begin(pchild);
    }
}

int tg_live_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    tg_statefile_id_t id;

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
    id = tg_statefile_id(path_of(s));
    /* A file that was never there is no fault. */
    if (id.inode != 0 || apr_atomic_read32(&board->generation) != 0) {
        look(s, ptemp);
    }
    return OK;
}
