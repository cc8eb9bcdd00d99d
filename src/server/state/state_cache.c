/* Live state: see state_cache.h. */
#include "state_cache.h"

#include "ack_writer.h"
#include "state_file.h"
#include "state_log.h"
#include "state_slots.h"

#include "server/base/log.h"
#include "server/base/shared.h"
#include "server/ledger/ledger_memory.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_core.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/* In shared memory that graceful restarts keep. */
typedef struct {
    volatile apr_uint32_t read_second; /* the second of the last check, by the monotonic clock */
    volatile apr_uint32_t
        reader;              /* the process that reads the file, or 0: it alone writes the rest */
    apr_uint32_t said;       /* the generation that the error log has; its reader may be killed */
    apr_uint32_t is_bad;     /* the last check found a file that is refused, or none */
    tg_state_file_id_t seen; /* what the last check found */
    tg_state_slots_t documents;
} shared_state_t;

/* Set in the parent before any child exists. */
static shared_state_t *shared;
static uid_t starter;

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

    tg_state_slots_lock();
    other = apr_atomic_cas32(&shared->reader, me, 0);
    ok = other == 0 || replace_reader(me, other);
    tg_state_slots_unlock();
    return ok;
}

static void end_reading(void)
{
    tg_state_slots_lock();
    apr_atomic_set32(&shared->reader, 0);
    tg_state_slots_unlock();
}

/* 1 if that content is in force already: a file may be rewritten without a change. */
static int is_published(const char *text, apr_size_t length)
{
    const tg_state_slot_t *slot = tg_state_slots_current();

    return tg_state_slots_generation() != 0 && slot->length == length &&
           memcmp(slot->text, text, length) == 0;
}

static void log_refused(server_rec *s, const tg_fault_t *fault)
{
    TG_LOG(0022, APLOG_ERR, 0, s, "TlsGateState \"%s\": %s; %s. %s", state_path(s), fault->reason,
           fault->fix,
           tg_state_slots_generation() ? "The last good state stays in force"
                                       : "There are no overrides");
}

static void log_missing(server_rec *s)
{
    TG_LOG(0023, APLOG_ERR, 0, s,
           "TlsGateState \"%s\": the file is gone; the last good state stays in force. Restore it, "
           "or make any change with tlsgatectl, which writes it again with all that is in force",
           state_path(s));
}

/* Returns 1 if it is a new state, or the old one is valid again. */
static int accept_document(server_rec *s, apr_pool_t *pool, const char *text, apr_size_t length)
{
    int is_new = !is_published(text, length), was_bad = (int)shared->is_bad;
    apr_uint32_t generation;
    tg_state_t state;
    tg_fault_t fault;

    shared->is_bad = !tg_state_parse(pool, text, length, &state, &fault) ||
                     (is_new && !tg_state_slots_publish(pool, &state, text, length, &fault));
    if (shared->is_bad) {
        tg_ack_writer_found(TG_ACK_REFUSES, &fault);
        log_refused(s, &fault);
        return 0;
    }
    tg_ack_writer_found(TG_ACK_ACTS, NULL);
    generation = tg_state_slots_generation();
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
        shared->is_bad = tg_state_slots_generation() != 0;
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

/* One look, and what httpd says of it. A document may be large, and a connection may be long. */
static int look_at_file(server_rec *s, apr_pool_t *pool)
{
    const tg_state_slot_t *slot;
    apr_pool_t *scratch;
    int was_logged;

    apr_pool_create(&scratch, pool);
    apr_pool_tag(scratch, "tlsgate_state_read");
    was_logged = read_if_changed(s, scratch);
    apr_pool_destroy(scratch);
    slot = tg_state_slots_current();
    tg_ack_writer_look(s, &shared->seen, tg_state_slots_generation(), slot->text, slot->length);
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

/* What is in the state, and what TlsGateGuard stopped. */
static const tg_override_set_t *all_overrides(server_rec *s, apr_pool_t *pool, const char *client,
                                              const apr_sockaddr_t *address)
{
    return tg_ledger_overrides(pool, tg_ledger_memory,
                               state_path(s) ? tg_state_slots_overrides(pool, client, address)
                                             : NULL);
}

const tg_override_set_t *tg_state_cache_known(server_rec *s, apr_pool_t *pool)
{
    return all_overrides(s, pool, NULL, NULL);
}

void tg_state_cache_look(server_rec *s, apr_pool_t *pool)
{
    if (state_path(s) && shared && tg_state_slots_are_ready()) {
        read_if_due(s, pool);
    }
}

int tg_state_cache_is_due(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return shared && shared->read_second != (apr_uint32_t)now.tv_sec + 1;
}

const tg_override_set_t *tg_state_cache_overrides(server_rec *s, apr_pool_t *pool,
                                                  const char *client, const apr_sockaddr_t *address)
{
    tg_state_cache_look(s, pool);
    return all_overrides(s, pool, client, address);
}

/* --- start --- */

static apr_status_t end_documents(void *data)
{
    (void)data;
    tg_state_slots_end();
    return APR_SUCCESS;
}

void tg_state_cache_child_init(apr_pool_t *pchild, server_rec *s)
{
    if (state_path(s)) {
        tg_state_slots_begin(pchild);
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
    int was_there = tg_state_slots_generation() != 0;
    int was_logged = 0;
    tg_state_t state;

    if (tg_state_slots_are_ready() && (id.inode != 0 || was_there) && become_reader()) {
        was_logged = look_at_file(s, ptemp);
        end_reading();
    }
    if (was_there && !was_logged && tg_state_slots_read(ptemp, &state)) {
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
    tg_state_slots_share(&shared->documents);
    tg_state_slots_begin(pconf);
    apr_pool_cleanup_register(pconf, NULL, end_documents, apr_pool_cleanup_null);
    starter = geteuid();
    read_at_start(s, ptemp);
    if (!shared->is_bad) {
        warn_of_place(s, starter, 0);
    }
    return OK;
}

tg_instant_t tg_state_cache_changed(void)
{
    return shared && shared->seen.changed.tv_sec ? shared->seen.changed.tv_sec : TG_NEVER;
}

int tg_state_cache_is_refused(void)
{
    return shared && shared->is_bad;
}
