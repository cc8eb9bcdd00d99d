/* The machines that follow a store: see fleet.h. */
#include "fleet.h"

#include "format/machine.h"
#include "os/clock.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>

/** Between two questions. */
#define PAUSE apr_time_from_msec(250)

/* What the store has. */
typedef struct {
    apr_pool_t *pool;
    int64_t revision;
    char digest[TG_ACK_DIGEST];
} wanted_t;

static const char *dead_text(apr_pool_t *pool, const tg_machine_t *m)
{
    return apr_pstrcat(pool, "it no longer reports; its last report was at ",
                       tg_instant_text(pool, m->time), NULL);
}

static const char *late_text(apr_pool_t *pool, const tg_machine_t *m)
{
    return apr_psprintf(pool, "it still has revision %" APR_INT64_T_FMT, m->revision);
}

/* Why it does not have what is wanted; NULL: it has it. */
static const char *idle_text(const wanted_t *w, const tg_store_machine_t *machine,
                             const tg_machine_t *m)
{
    if (!machine->is_alive) {
        return dead_text(w->pool, m);
    }
    if (m->acts && strcmp(m->digest, w->digest) == 0) {
        return NULL;
    }
    return m->acts || m->revision < w->revision ? late_text(w->pool, m) : m->text;
}

static void judge_machine(const wanted_t *w, const tg_store_machine_t *machine, tg_ctl_fleet_t *out)
{
    const char *why = "its report cannot be read";
    tg_machine_t m;

    out->count++;
    if (tg_machine_parse(w->pool, machine->report, &m)) {
        why = idle_text(w, machine, &m);
    }
    APR_ARRAY_PUSH(out->machines, tg_ctl_fleet_machine_t) =
        (tg_ctl_fleet_machine_t){ machine->name, why };
    if (!why) {
        out->have++;
        return;
    }
    APR_ARRAY_PUSH(out->others, const char *) =
        apr_pstrcat(w->pool, machine->name, ": ", why, NULL);
    /* One that is alive and has received it may have to be repaired, or httpd has yet to look. */
    out->is_settled = out->is_settled && !machine->is_alive;
}

int tg_ctl_fleet_read(const tg_ctl_t *ctl, const tg_store_t *store, const tg_store_snapshot_t *now,
                      tg_ctl_fleet_t *out, tg_fault_t *fault)
{
    wanted_t w = { .pool = ctl->pool, .revision = now->revision };
    const apr_array_header_t *machines = store->machines(store, ctl->pool, fault);
    int i;

    memset(out, 0, sizeof(*out));
    out->others = apr_array_make(ctl->pool, 4, sizeof(const char *));
    out->machines = apr_array_make(ctl->pool, 4, sizeof(tg_ctl_fleet_machine_t));
    if (!machines) {
        return 0;
    }
    if (now->text) {
        tg_ack_digest(now->text, strlen(now->text), w.digest);
    }
    out->is_settled = 1;
    for (i = 0; i < machines->nelts; i++) {
        judge_machine(&w, &APR_ARRAY_IDX(machines, i, tg_store_machine_t), out);
    }
    return 1;
}

const char *tg_ctl_fleet_text(apr_pool_t *pool, const tg_ctl_fleet_t *fleet)
{
    if (fleet->count == 0) {
        return "no machine reports what it acts on";
    }
    return apr_psprintf(pool, "%d of %d machine%s %s it", fleet->have, fleet->count,
                        fleet->count == 1 ? "" : "s", fleet->count == 1 ? "has" : "have");
}

int tg_ctl_fleet_wait(const tg_ctl_t *ctl, const tg_store_t *store, int64_t milliseconds,
                      tg_ctl_fleet_t *out, tg_fault_t *fault)
{
    int64_t end = tg_clock_milliseconds() + milliseconds;
    tg_ctl_t look = *ctl; /* the memory of each look goes with it, but for the last */
    tg_store_snapshot_t now;

    for (;;) {
        apr_pool_create(&look.pool, ctl->pool);
        if (!store->read(store, look.pool, &now, fault) ||
            !tg_ctl_fleet_read(&look, store, &now, out, fault)) {
            return 0;
        }
        if (out->is_settled || tg_clock_milliseconds() >= end) {
            return 1;
        }
        apr_pool_destroy(look.pool);
        apr_sleep(PAUSE);
    }
}
