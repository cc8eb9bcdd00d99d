/* The ledger of this httpd: see ledger_memory.h. */
#include "ledger_memory.h"

#include "policy/network.h"
#include "server/base/kept_warning.h"
#include "server/base/shared.h"

#include <stddef.h>

APLOG_USE_MODULE(tlsgate);

tg_ledger_t *tg_ledger_memory;

/* Schedules without a number of their own are counted in their hosts. */
static void number_schedules(server_rec *s, const tg_main_conf_t *main_conf)
{
    const char *first = NULL;
    int i, left_out = 0;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        tg_server_schedule_t *entry = APR_ARRAY_IDX(main_conf->entries, i, tg_server_schedule_t *);

        entry->ledger_number = entry->use == TG_USE_NONE
                                   ? TG_LEDGER_NO_SCHEDULE
                                   : tg_ledger_schedule(tg_ledger_memory, entry->schedule->name);
        if (entry->use != TG_USE_NONE && entry->ledger_number == TG_LEDGER_NO_SCHEDULE) {
            first = first ? first : entry->schedule->name;
            left_out++;
        }
    }
    if (left_out > 0) {
        TG_LOG_KEPT(0090, APLOG_WARNING, 0, s,
                    "the ledger cannot count schedule %s (%d schedules in all): it has room for %d "
                    "schedules between two full starts; stop httpd and start it again",
                    first, left_out, TG_LEDGER_SCHEDULES);
    }
}

static uint32_t mask_of_scope(const tg_scope_t *scope)
{
    uint32_t mask = 0;
    int i;

    for (i = 0; scope && i < scope->gates->nelts; i++) {
        int number = APR_ARRAY_IDX(scope->gates, i, const tg_gate_ref_t *)->entry->ledger_number;

        mask |= number == TG_LEDGER_NO_SCHEDULE ? 0 : (uint32_t)1 << number;
    }
    return mask;
}

static uint32_t mask_of_locations(const apr_array_header_t *locations)
{
    uint32_t mask = 0;
    int i;

    for (i = 0; locations && i < locations->nelts; i++) {
        mask |= mask_of_scope(APR_ARRAY_IDX(locations, i, const tg_scope_t *));
    }
    return mask;
}

/* A vhost has the <Location>s of the main server as well. */
static void group_servers(server_rec *main_server)
{
    uint32_t everywhere = mask_of_locations(tg_conf_of_server(main_server)->locations);
    int left_out = 0;
    server_rec *s;

    for (s = main_server; s; s = s->next) {
        tg_server_conf_t *conf = tg_conf_of_server(s);
        uint32_t mask = everywhere | mask_of_scope(tg_conf_scope(s->lookup_defaults)) |
                        mask_of_locations(conf->locations);

        conf->ledger_distance = tg_ledger_distance(tg_ledger_group(tg_ledger_memory, mask));
        left_out += mask != 0 && conf->ledger_distance == 0;
    }
    if (left_out > 0) {
        TG_LOG_KEPT(0091, APLOG_WARNING, 0, main_server,
                    "the ledger counts the requests of %d hosts only as totals, not per schedule: "
                    "it has room for %d different sets of schedules between two full starts; stop "
                    "httpd and start it again",
                    left_out, TG_LEDGER_GROUPS);
    }
}

int tg_ledger_memory_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;

    (void)pconf;
    (void)plog;
    (void)ptemp;
    tg_ledger_memory = NULL;
    if (!main_conf->counts_requests) {
        return OK;
    }
    tg_ledger_memory = tg_shared_piece(s, "ledger", sizeof(*tg_ledger_memory));
    if (!tg_ledger_memory) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!tg_ledger_memory->since) {
        tg_ledger_memory->since = apr_time_sec(apr_time_now());
    }
    number_schedules(s, main_conf);
    group_servers(s);
    return OK;
}

int tg_ledger_memory_monitor(apr_pool_t *pool, server_rec *s)
{
    (void)pool;
    (void)s;
    if (tg_ledger_memory) {
        tg_ledger_collect(tg_ledger_memory, apr_time_sec(apr_time_now()));
    }
    return DECLINED;
}

/* Apart, so that every connection where nothing is ignored does without its networks on the
 * stack. */
static __attribute__((noinline)) int is_in_ignored(const apr_array_header_t *networks,
                                                   const apr_sockaddr_t *address)
{
    tg_network_t network, whole = tg_network_of(address);
    int i;

    for (i = 0; i < networks->nelts; i++) {
        const tg_network_t *ignored = &APR_ARRAY_IDX(networks, i, const tg_network_t);

        if (whole.length == ignored->length) {
            network = whole;
            tg_network_widen(&network, ignored->bits);
            if (memcmp(&network, ignored, sizeof(network)) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

int tg_ledger_ignores(const tg_main_conf_t *main_conf, const apr_sockaddr_t *address)
{
    return main_conf->ignored && address && is_in_ignored(main_conf->ignored, address);
}

int tg_ledger_server_group(const server_rec *s)
{
    return (int)(tg_conf_of_server(s)->ledger_distance / tg_ledger_distance(1));
}

/* Each is the first member of a name of a TlsGate line. */
int tg_ledger_number_of(const tg_binding_t *binding)
{
    _Static_assert(offsetof(tg_gate_ref_t, binding) == 0, "a binding begins its line");

    return ((const tg_gate_ref_t *)(const void *)binding)->entry->ledger_number;
}

void tg_ledger_count_in_schedule(tg_ledger_numbers_t *numbers, int group,
                                 const tg_binding_t *binding, tg_protocol_t protocol,
                                 tg_fate_t fate)
{
    int number = group != 0 ? tg_ledger_number_of(binding) : TG_LEDGER_NO_SCHEDULE;

    if (number != TG_LEDGER_NO_SCHEDULE) {
        tg_ledger_count(&numbers->schedules[number].n[protocol][fate]);
    }
}
