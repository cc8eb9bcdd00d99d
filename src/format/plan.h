/* A plan: all schedules and where each is used, as a document that programs read.
 *
 * httpd prints it with DUMP_TLSGATE_JSON and writes it when it starts; tlsgatectl reads it. The
 * reader is the exact inverse of the writer: the schedules that come out have the same phase
 * at every instant.
 */
#ifndef TG_FORMAT_PLAN_H
#define TG_FORMAT_PLAN_H

#include "base/fault.h"
#include "policy/verdict.h"

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/** The version of the document that holds all schedules and who uses them. */
#define TG_PLAN_VERSION 1

/** The plan that runs is in a file with the name of the state file and this suffix. */
#define TG_PLAN_SUFFIX ".plan"

/**
 * The schedule and its phase at @p now, every instant in UTC; dates that are not set are
 * null.
 * @return a new reference
 */
json_t *tg_plan_json(const tg_schedule_t *schedule, const tg_override_t *override,
                     tg_instant_t now);

/** The names of the traits, as an array. A new reference. */
json_t *tg_plan_traits_json(const tg_schedule_t *schedule);

/** The names of the traits, separated by spaces: `TLSv1 TLSv1.1`. In @p pool. */
const char *tg_plan_traits(apr_pool_t *pool, const tg_schedule_t *schedule);

/** The largest document, in bytes. */
#define TG_PLAN_MAX ((apr_size_t)16 * 1024 * 1024)

/** One name of a TlsGate line, and where the line is. */
typedef struct {
    const char *server;
    const char *location; /**< or NULL for a server or vhost */
    tg_binding_t binding;
} tg_plan_use_t;

/** A plan, read-only. All of it lives in the pool that it was read into. */
typedef struct {
    tg_instant_t time;             /**< when it was written */
    const char *state;             /**< the file of TlsGateState, or NULL */
    apr_array_header_t *schedules; /**< of tg_schedule_t *, finished */
    apr_array_header_t *uses;      /**< of tg_plan_use_t */
    const char
        *scopes; /**< who uses what, `off` included: plans with the same text have the same uses */
} tg_plan_t;

/**
 * Reads a document, strictly: members that follow from the dates are computed again and
 * must be the same, so that a plan made by other rules is refused, not half understood. Texts are
 * copied.
 * @return 1, or 0 with @p fault filled: its reason names the place
 */
int tg_plan_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_plan_t *out,
                  tg_fault_t *fault);

/** The schedule of that name, or NULL. */
const tg_schedule_t *tg_plan_schedule(const tg_plan_t *plan, const char *name);

#endif
