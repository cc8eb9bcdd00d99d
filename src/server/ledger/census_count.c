/* The census: see census_count.h. */
#include "census_count.h"

#include "ledger_memory.h"

#include "server/base/negotiated.h"

static unsigned newest_offered(const tg_hello_t *hello)
{
    return hello->offers_newer ? TG_CENSUS_NEWER : (unsigned)tg_protocol_newest(hello->versions);
}

static void count_kind(const conn_rec *c, tg_census_kind_t kind)
{
    tg_ledger_numbers_t *numbers =
        tg_ledger_numbers_at(tg_ledger_memory, c->id, tg_ledger_period(apr_time_now()));

    tg_ledger_count(&numbers->kinds[tg_ledger_kind(tg_ledger_memory, kind)]);
}

void tg_census_count_hello(const conn_rec *c, tg_connection_t *conn, const tg_hello_t *hello)
{
    conn->newest_offered = newest_offered(hello) & 0xF;
    conn->offers_post_quantum = tg_hello_offers_post_quantum(hello) ? 1 : 0;
    conn->is_ignored =
        tg_ledger_ignores(tg_conf_of_server(c->base_server)->main_conf, c->client_addr) ? 1 : 0;
    if (tg_ledger_memory && !conn->is_ignored) {
        count_kind(c, (tg_census_kind_t){ conn->newest_offered, conn->offers_post_quantum,
                                          TG_CENSUS_HELLO, 0 });
    }
}

void tg_census_count_connection(conn_rec *c, tg_connection_t *conn, SSL *ssl)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    tg_protocol_t got = conn->transport.protocol;

    if (!tg_ledger_memory) {
        return;
    }
    conn->is_ignored = tg_ledger_ignores(main_conf, c->client_addr) ? 1 : 0;
    /* httpd calls itself over plain HTTP, and a proxy may name another address. */
    conn->counts_at =
        got != TG_PROTOCOL_CLEARTEXT && !main_conf->ignored ? tg_ledger_place(c->id, got) : 0;
    conn->transport.counted_at = main_conf->tracks_upgrades ? 0 : conn->counts_at;
    if (!main_conf->counts_connections || got < TG_PROTOCOL_OLDEST) {
        return;
    }
    if (conn->is_ignored) {
        tg_ledger_count(&tg_ledger_memory->ignored_connections);
        return;
    }
    count_kind(c, (tg_census_kind_t){ conn->newest_offered, conn->offers_post_quantum, got,
                                      conn->transport.group ? conn->transport.group
                                                            : tg_negotiated_group(ssl) });
}

void tg_census_count_failure(const conn_rec *c, const server_rec *server, tg_protocol_t protocol,
                             unsigned alert, const tg_outcome_t *refused)
{
    const tg_server_conf_t *conf = tg_conf_of_server(server);
    tg_ledger_numbers_t *numbers;
    int group;

    if (!tg_ledger_memory) {
        return;
    }
    if (tg_ledger_ignores(conf->main_conf, c->client_addr)) {
        tg_ledger_count(&tg_ledger_memory->ignored_failures);
        return;
    }
    tg_ledger_count(&tg_ledger_memory->alerts[alert % TG_LEDGER_ALERTS]);
    if (!refused) {
        return;
    }
    numbers = tg_ledger_numbers_at(tg_ledger_memory, c->id, tg_ledger_period(apr_time_now()));
    group = tg_ledger_server_group(server);
    tg_ledger_count(&numbers->groups[group].n[protocol][TG_FATE_REFUSE]);
    tg_ledger_count_in_schedule(numbers, group, refused->binding, protocol, TG_FATE_REFUSE);
}
