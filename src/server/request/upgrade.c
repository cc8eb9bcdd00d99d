/* Whether a straggler comes without what a schedule deprecates: see upgrade.h. */
#include "upgrade.h"

#include "server/base/page_names.h"
#include "server/ledger/straggler_memory.h"

#include <string.h>

/* 1 for the first caller of a connection; then its modern requests are counted where they were
 * without this. */
static int is_first_look(const request_rec *r)
{
    const conn_rec *c = r->connection->master ? r->connection->master : r->connection;
    tg_connection_t *conn = ap_get_module_config(c->conn_config, &tlsgate_module);

    if (!conn || __atomic_exchange_n(&conn->is_tracked, 1, __ATOMIC_RELAXED)) {
        return 0;
    }
    __atomic_store_n(&conn->transport.counted_at, conn->counts_at, __ATOMIC_RELAXED);
    return 1;
}

static int is_among_outcomes(const tg_decision_t *d, const tg_schedule_t *schedule)
{
    int i;

    for (i = 0; d && i < d->count; i++) {
        if (d->outcomes[i].binding->schedule == schedule) {
            return 1;
        }
    }
    return 0;
}

/* Another client may have the address by now, unless the hello looks like the earlier one; and a
 * truncated address is shared by many clients. */
static int is_only_probable(request_rec *r, const tg_connection_t *conn, const char *client,
                            const tg_straggler_t *before)
{
    const char *ja4;

    if (strncmp(client, "ip:", 3) != 0) {
        return 0;
    }
    if (tg_conf_privacy(tg_conf_of_server(r->server)) == TG_PRIVACY_TRUNCATE) {
        return 1;
    }
    ja4 = tg_connection_ja4(r->pool, conn->transport.offer);
    return !ja4 || !tg_ja4_is_same_library(before->ja4, ja4);
}

/* Plain HTTP shows nothing about TLS, and an old client may use it before it is redirected. Our
 * pages are for people: a browser that opens one says nothing about the program with the same
 * account or address. */
static int is_sign(const request_rec *r, const tg_connection_t *conn)
{
    return conn->transport.protocol >= TG_PROTOCOL_OLDEST && tg_page_of(r) == TG_PAGES;
}

void tg_upgrade_look(request_rec *r, const tg_decision_t *d)
{
    const tg_connection_t *conn = tg_connection_for(r);
    const tg_scope_t *scope = tg_conf_scope(r->per_dir_config);
    const char *client;
    int i;

    /* For a request that was not decided about, it is not known what an expression would say. */
    if (!is_first_look(r) || !scope || !is_sign(r, conn) || !tg_straggler_memory_has_table() ||
        (scope->has_expr && !d)) {
        return;
    }
    client = d ? d->identity.shown : tg_identity_of(r).shown;
    for (i = 0; i < scope->bindings->nelts; i++) {
        const tg_schedule_t *schedule =
            APR_ARRAY_IDX(scope->bindings, i, const tg_binding_t *)->schedule;
        tg_straggler_t before;

        if ((schedule->traits & conn->transport.traits) == 0 && !is_among_outcomes(d, schedule) &&
            tg_straggler_memory_find(client, schedule->name, &before) && before.moved_at == 0) {
            tg_straggler_memory_move(client, schedule->name, apr_time_sec(r->request_time),
                                     is_only_probable(r, conn, client, &before));
        }
    }
}
