/* Warnings: see warnings.h. */
#include "warnings.h"

#include "accepted.h"
#include "cert_warning.h"
#include "cipher_warning.h"
#include "cleartext_warning.h"
#include "group_warning.h"
#include "history_warning.h"
#include "public_warning.h"

#include "server/base/kept_warning.h"
#include "server/handshake/protocol_support.h"

#include <apr_strings.h>
#include <http_core.h>

APLOG_USE_MODULE(tlsgate);

/* The versions of a schedule that are kept out by that. */
static tg_traits_t kept_out(const tg_protocol_support_t *support, tg_traits_t versions,
                            tg_block_t block)
{
    tg_traits_t out = 0;
    tg_protocol_t p;

    TG_PROTOCOL_EACH (p, versions) {
        if (support->blocks[p] == block) {
            out |= TG_TRAIT_PROTOCOL(p);
        }
    }
    return out;
}

/* Once clients are refused, or rejected for good if there is no Refuse, a server may block them. */
static int is_gate_over(const tg_gate_ref_t *gate, tg_instant_t now)
{
    const tg_schedule_t *schedule = gate->binding.schedule;

    if (gate->binding.has_as) {
        return tg_phase_is_final(gate->binding.as);
    }
    return (schedule->refuse != TG_NEVER ? tg_phase_refuse(schedule, NULL)
                                         : tg_phase_rejected_for_good(schedule, NULL)) <= now;
}

static void warn_dead(apr_pool_t *pool, const server_rec *s, const tg_gate_ref_t *gate,
                      const tg_protocol_support_t *support)
{
    const tg_schedule_t *schedule = gate->binding.schedule;
    tg_traits_t versions = schedule->traits & TG_TRAITS_TLS & ~support->versions;
    int block;

    /* SSLv3 is often named only for completeness, beside versions that the library has. */
    if (schedule->traits & support->versions) {
        versions &= ~kept_out(support, versions, TG_BLOCK_LIBRARY);
    }
    for (block = TG_BLOCK_NONE + 1; block < TG_BLOCKS; block++) {
        tg_traits_t out = kept_out(support, versions, (tg_block_t)block);

        if (out) {
            TG_LOG_KEPT(0017, APLOG_WARNING, 0, s,
                        "%s: schedule %s never applies to %s, because such handshakes already "
                        "fail: %s; %s%s%s%s",
                        tg_conf_server_name(pool, s), schedule->name, tg_protocol_list(pool, out),
                        tg_block_reason((tg_block_t)block), tg_block_fix((tg_block_t)block),
                        block == TG_BLOCK_LIBRARY ? "" : ", or, if it is to stay out, TlsGate ",
                        block == TG_BLOCK_LIBRARY ? "" : schedule->name,
                        block == TG_BLOCK_LIBRARY ? "" : " as=refuse");
        }
    }
}

/* A client that offers a deprecated version and an older one that is not gets neither: refusing a
 * version disables all older ones. */
static void warn_gap(apr_pool_t *pool, const server_rec *s, const tg_gate_ref_t *gate,
                     const tg_protocol_support_t *support, tg_traits_t together)
{
    const tg_schedule_t *schedule = gate->binding.schedule;
    tg_protocol_t newest = tg_protocol_newest(schedule->traits & TG_TRAITS_TLS);
    tg_traits_t older =
        (TG_TRAIT_PROTOCOL(newest) - 1) & TG_TRAITS_TLS & support->versions & ~together;

    if (newest != TG_PROTOCOL_UNKNOWN && older) {
        TG_LOG_KEPT(
            0018, APLOG_WARNING, 0, s,
            "%s: schedule %s deprecates %s but not %s, which is older and which this server "
            "accepts; deprecate that too",
            tg_conf_server_name(pool, s), schedule->name, tg_protocol_name(newest),
            tg_protocol_list(pool, older));
    }
}

/* The server accepts nothing newer than what is refused: no client gets in. */
static void warn_outage(apr_pool_t *pool, const server_rec *s, const tg_gate_ref_t *gate,
                        const tg_protocol_support_t *support)
{
    const tg_schedule_t *schedule = gate->binding.schedule;
    int refuses =
        gate->binding.has_as ? gate->binding.as == TG_PHASE_REFUSE : schedule->refuse != TG_NEVER;
    tg_protocol_t newest = tg_protocol_newest(support->versions);
    char buf[TG_INSTANT_STRLEN];

    if (refuses && !gate->binding.report_only && support->versions &&
        (schedule->traits & TG_TRAIT_PROTOCOL(newest))) {
        TG_LOG_KEPT(
            0019, APLOG_WARNING, 0, s,
            "%s: schedule %s refuses every client%s%s: this server accepts nothing newer "
            "than %s, which it deprecates; name a newer one in SSLProtocol, such as "
            "SSLProtocol all, and check that no SSLOpenSSLConfCmd removes it again",
            tg_conf_server_name(pool, s), schedule->name, gate->binding.has_as ? "" : " from ",
            gate->binding.has_as ? "" : tg_instant_format(tg_phase_refuse(schedule, NULL), buf),
            tg_protocol_name(newest));
    }
}

static void warn_gates(apr_pool_t *pool, const server_rec *s, const tg_protocol_support_t *support)
{
    tg_instant_t now = apr_time_sec(apr_time_now());
    apr_array_header_t *gates = tg_conf_gates_of_server(pool, s);
    tg_traits_t together = 0;
    int i;

    for (i = 0; i < gates->nelts; i++) {
        together |= APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *)->binding.schedule->traits;
    }
    for (i = 0; i < gates->nelts; i++) {
        const tg_gate_ref_t *gate = APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *);

        if (gate->binding.schedule->traits == TG_TRAIT_ANY) {
            continue; /* it retires a host, whatever the version */
        }
        if (!is_gate_over(gate, now)) {
            warn_dead(pool, s, gate, support);
        }
        warn_gap(pool, s, gate, support, together);
        warn_outage(pool, s, gate, support);
    }
}

static void warn_servers(apr_pool_t *pool, const server_rec *s, const tg_accepted_t *accepted)
{
    tg_protocol_support_t support;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    for (; s; s = s->next) {
        if (tg_conf_has_gates(s) && tg_accepted_of(accepted, s, &support)) {
            warn_gates(scratch, s, &support);
            tg_cipher_warning(scratch, s, &support);
            apr_pool_clear(scratch);
        }
    }
    apr_pool_destroy(scratch);
}

/* Trials that are all over, and no date from which they were meant. */
static void warn_past(server_rec *s, const tg_server_schedule_t *entry)
{
    const tg_schedule_t *schedule = entry->schedule;
    tg_instant_t now = apr_time_sec(apr_time_now());
    tg_interval_t trial;

    if (tg_schedule_cutoff(schedule) == TG_NEVER && schedule->windows->nelts > 0 &&
        !tg_phase_next_trial(schedule, NULL, now, TG_BUCKET_EVERYONE, &trial)) {
        TG_LOG_KEPT(0020, APLOG_WARNING, 0, s,
                    "%s:%d: <TlsGateSchedule \"%s\">: all its trials are in the past and it has no "
                    "TlsGateCutoff, so it no longer rejects any request; add TlsGateCutoff, or a "
                    "TlsGateTrial in the future",
                    entry->directive->filename, entry->directive->line_num, schedule->name);
    }
}

static void warn_schedules(server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        warn_past(s, APR_ARRAY_IDX(main_conf->entries, i, const tg_server_schedule_t *));
    }
}

/* In httpd -t: what is held is in the memory of the ledger, and only its file outlives that. */
static void warn_hold_forgotten(server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;

    if (main_conf->guard.holds && !main_conf->ledger_file) {
        TG_LOG(0085, APLOG_STARTUP | APLOG_WARNING, 0, s,
               "TlsGateGuard %s: a full restart forgets what hold stops, because the ledger "
               "has no file; write TlsGateLedger %u /var/lib/tlsgate/ledger",
               main_conf->guard_text, main_conf->stragglers);
    }
}

/* At start and in httpd -t alike. */
static void warn_of_all(apr_pool_t *pool, server_rec *s)
{
    tg_accepted_t accepted = tg_accepted_open(pool, s);

    warn_schedules(s);
    tg_cert_warning(pool, s);
    tg_public_warning(s);
    tg_history_warning(s);
    tg_cleartext_warning(pool, s, &accepted);
    tg_group_warning(pool, s, &accepted);
    warn_servers(pool, s, &accepted);
}

/* Without mod_ssl's hooks the module sees no ClientHello. */
static void warn_without_mod_ssl(server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;

    if (ap_find_linked_module("mod_ssl.c")) {
        return;
    }
    if (main_conf->own_traits & TG_TRAIT_KX_CLASSICAL) {
        TG_LOG_KEPT(
            0081, APLOG_WARNING, 0, s,
            "mod_ssl is not loaded, and no other TLS module tells the group of a connection: "
            "kx=classical is every request over TLSv1.2 and older, and none over TLSv1.3; load "
            "mod_ssl");
    }
    if (main_conf->traits & TG_TRAITS_TLS) {
        TG_LOG_KEPT(
            0021, APLOG_NOTICE, 0, s,
            "mod_ssl is not loaded: TlsGateRefuse, the log of failed handshakes and JA4 are "
            "unavailable; requests are still rejected");
    }
}

int tg_warnings_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK; /* the configuration is read twice at start: speak once */
    }
    warn_without_mod_ssl(s);
    warn_of_all(ptemp, s);
    return OK;
}

int tg_warnings_check(apr_pool_t *pool, server_rec *s, const tg_reload_known_t *known)
{
    if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST) {
        return OK;
    }
    tg_reload_warning(pool, s, known);
    warn_hold_forgotten(s);
    warn_of_all(pool, s);
    return OK;
}
