/* Requests under way: see under_way.h. */
#include "under_way.h"

#include "server/base/log.h"
#include "server/base/shared.h"

#include <apr_atomic.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/** Processes beyond this many are not counted. */
#define PROCESSES_MAX 1024

typedef struct {
    apr_uint32_t pid;  /* 0: nobody's */
    apr_uint32_t open; /* its requests under way; changed by it alone, by any thread */
} process_count_t;

/* In shared memory that graceful restarts keep, and with them the processes that are still busy. */
typedef struct {
    apr_uint32_t left; /* by processes whose pid was given to another one */
    process_count_t processes[PROCESSES_MAX];
} under_way_t;

/* Set in the parent before any child exists. */
static under_way_t *shared;
static server_rec *main_server;
static pid_t parent;

/* Of this process; set before it has threads. */
static process_count_t *own;

/* A pid may be in use again, so compare process groups: all processes of one httpd share one. */
static int has_ended(apr_uint32_t pid)
{
    return getpgid((pid_t)pid) != getpgrp();
}

/* What a process that is gone has left. */
static apr_uint32_t collect_from(process_count_t *process)
{
    apr_uint32_t pid = apr_atomic_read32(&process->pid), left;

    if (pid == 0 || !has_ended(pid)) {
        return 0;
    }
    left = apr_atomic_xchg32(&process->open, 0);
    apr_atomic_set32(&process->pid, 0); /* last: from here on another one may take it */
    return left;
}

static void report_left(server_rec *s)
{
    apr_uint32_t left = apr_atomic_xchg32(&shared->left, 0);
    int i;

    for (i = 0; i < PROCESSES_MAX; i++) {
        left += collect_from(&shared->processes[i]);
    }
    if (left > 0) {
        TG_LOG(0033, APLOG_NOTICE, 0, s,
               "TlsGateLog: %u requests over deprecated connections were not logged, because their "
               "process ended first",
               left);
    }
}

/* At the stop, with everything still there. Children come here as well when they exit. */
static apr_status_t report_at_stop(void *data)
{
    if (getpid() == parent) {
        report_left(main_server);
        shared = NULL;
    }
    (void)data;
    return APR_SUCCESS;
}

/* The pool of the process outlives this module, which httpd unloads before it reads the
 * configuration again. After a restart that is not graceful, all children are gone by now. */
static apr_status_t report_at_restart(void *data)
{
    apr_pool_cleanup_kill(main_server->process->pool, data, report_at_stop);
    if (shared && getpid() == parent) {
        report_left(main_server);
    }
    return APR_SUCCESS;
}

int tg_under_way_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    shared = tg_shared_piece(s, "counters of requests under way", sizeof(*shared));
    if (!shared) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    main_server = s;
    parent = getpid();
    apr_pool_pre_cleanup_register(s->process->pool, s, report_at_stop);
    apr_pool_pre_cleanup_register(pconf, s, report_at_restart);
    return OK;
}

static int take_count(process_count_t *process, apr_uint32_t me)
{
    if (apr_atomic_cas32(&process->pid, me, 0) == 0) {
        own = process;
    }
    return own == process;
}

void tg_under_way_child_init(void)
{
    apr_uint32_t me = (apr_uint32_t)getpid();
    int i;

    own = NULL;
    for (i = 0; shared && i < PROCESSES_MAX; i++) { /* of a previous process with our pid */
        if (apr_atomic_read32(&shared->processes[i].pid) == me) {
            own = &shared->processes[i];
            apr_atomic_add32(&shared->left, apr_atomic_xchg32(&own->open, 0));
            return;
        }
    }
    for (i = 0; shared && i < PROCESSES_MAX; i++) {
        if (take_count(&shared->processes[i], me)) {
            return;
        }
    }
}

void tg_under_way_begin(void)
{
    if (own) {
        apr_atomic_inc32(&own->open);
    }
}

void tg_under_way_end(void)
{
    if (own) {
        apr_atomic_dec32(&own->open);
    }
}

int tg_under_way_monitor(apr_pool_t *pool, server_rec *s)
{
    (void)pool;
    if (shared) {
        report_left(s);
    }
    return DECLINED;
}
