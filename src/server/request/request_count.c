/* Counts each request in the ledger: see request_count.h. */
#include "request_count.h"

#include "decision.h"
#include "gate.h"
#include "request_sighting.h"
#include "upgrade.h"

#include "server/ledger/ledger_memory.h"

static tg_ledger_numbers_t *numbers_for(const request_rec *r)
{
    return tg_ledger_numbers_at(tg_ledger_memory, r->connection->id,
                                tg_ledger_period(r->request_time));
}

static void count_by(const request_rec *r, tg_protocol_t protocol, const tg_decision_t *d)
{
    tg_ledger_numbers_t *numbers = numbers_for(r);
    int i, group = tg_ledger_server_group(r->server);

    tg_ledger_count(&numbers->groups[group].n[protocol][tg_fate_of(d ? d->decides : NULL)]);
    for (i = 0; d && d->decides && i < d->count; i++) {
        tg_ledger_count_in_schedule(numbers, group, d->outcomes[i].binding, d->over->protocol,
                                    tg_fate_of(&d->outcomes[i]));
    }
}

/* The address of a request may be another than that of its connection. */
static int is_ignored(const request_rec *r)
{
    if (!tg_ledger_ignores(tg_conf_of_server(r->server)->main_conf, r->useragent_addr)) {
        return 0;
    }
    tg_ledger_count(&tg_ledger_memory->ignored_requests);
    return 1;
}

static TG_COLD int count_decided(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_for(r);
    const tg_gated_t *gated;
    const tg_decision_t *d;

    r = tg_decision_initial(r);
    gated = tg_gated_of(r);
    if (!tg_ledger_memory || (gated && gated->uncounted) || tg_request_is_no_clients(r) ||
        is_ignored(r)) {
        return DECLINED;
    }
    if (gated && gated->unasked && !gated->decision) {
        tg_gate_follow(r);
    }
    d = gated ? gated->decision : NULL;
    count_by(r, d ? d->over->protocol : conn->transport.protocol, d);
    if (tg_conf_of_server(r->server)->main_conf->tracks_upgrades) {
        tg_upgrade_look(r, d);
    }
    return DECLINED;
}

/* The path of a modern request: one look at its connection, and one addition. */
int tg_request_count(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_of(r->connection);
    const tg_server_conf_t *conf = ap_get_module_config(r->server->module_config, &tlsgate_module);
    apr_uint32_t at = conn ? __atomic_load_n(&conn->transport.counted_at, __ATOMIC_RELAXED) : 0;

    if (!at || tg_gated_of(r)) {
        return count_decided(r);
    }
    tg_ledger_count(tg_ledger_number(tg_ledger_memory, tg_ledger_period(r->request_time), at,
                                     conf->ledger_distance));
    return DECLINED;
}

void tg_request_count_not(request_rec *r)
{
    r = tg_decision_initial(r);
    tg_gated_for(r)->uncounted = 1;
}
