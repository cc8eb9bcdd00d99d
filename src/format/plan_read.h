/* Reading a plan back: what httpd said with DUMP_TLSGATE_JSON, or wrote when it started.
 *
 * The exact inverse of tg_plan_json(): the schedules that come out have the same phase at
 * every instant. It is read strictly, and what was worked out from the dates is worked out
 * again and must be the same, so that nobody is told what another version of the rules means.
 */
#ifndef TG_FORMAT_PLAN_READ_H
#define TG_FORMAT_PLAN_READ_H

#include "base/fault.h"
#include "policy/verdict.h"

#include <apr_pools.h>
#include <apr_tables.h>

/** The most bytes that a document may have. */
#define TG_PLAN_MAX ((apr_size_t)16 * 1024 * 1024)

/** One name of a TlsGate line, and where it stands. */
typedef struct {
    const char *server;
    const char *location; /**< or NULL for a server or vhost */
    tg_binding_t binding;
} tg_plan_use_t;

/** A plan. All of it lives in the pool that it was read into, and is read-only then. */
typedef struct {
    tg_instant_t time;             /**< when it was written */
    const char *state;             /**< the file of TlsGateState, or NULL */
    apr_array_header_t *schedules; /**< of tg_schedule_t *, finished */
    apr_array_header_t *uses;      /**< of tg_plan_use_t */
    const char *scopes; /**< who uses what, `off` included: the same text, the same use */
} tg_plan_t;

/**
 * Reads a document. Texts are copied.
 * @return 1, or 0 with @p fault filled: its reason names the place
 */
int tg_plan_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_plan_t *out,
                  tg_fault_t *fault);

/** The schedule of that name, or NULL. */
const tg_schedule_t *tg_plan_schedule(const tg_plan_t *plan, const char *name);

#endif
