/* mod_tlsgate: dated deprecation schedules for TLS versions, from httpd.conf to
 * the client's screen.
 *
 * This file is the table of contents: the directives, the hooks with
 * one reason each, and the module record. The policy lives in
 * src/policy (what should happen), its execution in src/server (makes it happen).
 */
#include "base/digest.h"
#include "server/base/conf.h"
#include "server/base/connection.h"
#include "server/base/enforced.h"
#include "server/startup/directive_dispatch.h"
#include "server/startup/directives.h"
#include "server/startup/dump.h"
#include "server/handshake/handshake_sighting.h"
#include "server/request/gate.h"
#include "server/pages/handlers.h"
#include "server/pages/server_status.h"
#include "server/handshake/group_support.h"
#include "server/handshake/handshake.h"
#include "server/request/headers.h"
#include "server/request/quick_gate.h"
#include "server/request/request_count.h"
#include "server/state/ack_writer.h"
#include "server/state/state_cache.h"
#include "server/state/state_watch.h"
#include "server/startup/guard_watch.h"
#include "server/startup/notices.h"
#include "server/base/page_names.h"
#include "server/startup/plan_file.h"
#include "server/record/sightlog.h"
#include "server/record/under_way.h"
#include "server/ledger/census_count.h"
#include "server/ledger/ledger_memory.h"
#include "server/ledger/ledger_snapshot.h"
#include "server/ledger/straggler_memory.h"
#include "server/startup/mod_ssl_conf.h"
#include "server/startup/path_changes.h"
#include "server/startup/reload_warning.h"
#include "server/startup/warnings.h"

#include <apr_optional_hooks.h>
#include <ap_mmn.h>
#include <ap_mpm.h>
#include <ap_release.h>
#include <http_connection.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_status.h>
#include <mpm_common.h>

#if AP_SERVER_MAJORVERSION_NUMBER != 2 || AP_SERVER_MINORVERSION_NUMBER != 4 ||                    \
    AP_SERVER_PATCHLEVEL_NUMBER < 49
#error "mod_tlsgate needs Apache httpd 2.4, from 2.4.49 on, which has ap_normalize_path()"
#endif

/* httpd would let a directive be written anywhere; the row says where and how often. */
#define DIRECTIVE(name, place, times, handler, help)                                               \
    AP_INIT_RAW_ARGS(name, tg_directive_dispatch,                                                  \
                     (void *)&((const tg_directive_t){ TG_PLACE_##place, TG_TIMES_##times,         \
                                                       tg_directive_##handler }),                  \
                     RSRC_CONF | ACCESS_CONF, help)

/* clang-format off */
static const command_rec directives[] = {
    /* httpd's own, which goes to its core as well: where our pages are. */
    AP_INIT_TAKE1("SetHandler", tg_page_set_handler, NULL, OR_FILEINFO, "which page answers"),
    DIRECTIVE("<TlsGateSchedule", TOP,      MANY, schedule,
              "NAME: a set of traits with dates"),
    DIRECTIVE("TlsGateDeprecate", SCHEDULE, MANY, deprecate,
              "TRAIT...: what the schedule deprecates"),
    DIRECTIVE("TlsGateAnnounce",  SCHEDULE, ONCE, date,
              "INSTANT: from when clients are told"),
    DIRECTIVE("TlsGateTrial",     SCHEDULE, MANY, trial,
              "INTERVAL [every=DURATION until=INSTANT] [share=N%]: a trial shutdown"),
    DIRECTIVE("TlsGateCutoff",    SCHEDULE, ONCE, date,
              "INSTANT: from when requests are rejected"),
    DIRECTIVE("TlsGateGrace",     SCHEDULE, MANY, grace,
              "INTERVAL: served again after the cutoff"),
    DIRECTIVE("TlsGateRefuse",    SCHEDULE, ONCE, date,
              "INSTANT: from when old clients are refused"),
    DIRECTIVE("TlsGateStatus",    SCHEDULE, MANY, status,
              "[trial|cutoff] CODE: the HTTP status of a rejection"),
    DIRECTIVE("TlsGateInfo",      SCHEDULE, ONCE, info,
              "URL: where developers read more"),
    DIRECTIVE("TlsGate",          LOCATION, MANY, gate,
              "NAME... [as=PHASE] [report-only], or off: which schedules apply here"),
    DIRECTIVE("TlsGateIdentity",  SERVER,   ONCE, identity,
              "SOURCE...: who a client is"),
    DIRECTIVE("TlsGatePrivacy",   SERVER,   ONCE, privacy,
              "ip=full|truncate|hash: how addresses are stored and shown"),
    DIRECTIVE("TlsGateLog",       SERVER,   ONCE, log,
              "FILE or \"|PROGRAM\": where sightings are written"),
    DIRECTIVE("TlsGateState",     MAIN,     ONCE, state,
              "FILE: overrides and exemptions that are changed while httpd runs"),
    DIRECTIVE("TlsGateCensus",    MAIN,     ONCE, census,
              "on|off: count what connections offer and get"),
    DIRECTIVE("TlsGateLedger",    MAIN,     ONCE, ledger,
              "N [FILE]: how many stragglers are kept, 0: none; and the ledger's file"),
    DIRECTIVE("TlsGateTrackUpgrades", MAIN, ONCE, track_upgrades,
              "on|off: note when a straggler comes without what is deprecated"),
    DIRECTIVE("TlsGateVerifyHistory", MAIN, ONCE, verify_history,
              "on|off: tlsgate-verify tells authenticated callers what they used"),
    DIRECTIVE("TlsGateGuard",     MAIN,     ONCE, guard,
              "SHARE [min=COUNT] [over=DURATION] [report-only]: when a trial stops itself"),
    DIRECTIVE("TlsGateIgnore",    MAIN,     MANY, ignore,
              "NETWORK...: whose requests and connections the ledger leaves out"),
    DIRECTIVE("TlsGateAdvice",    SERVER,   MANY, advice,
              "\"TEXT\" [ua=REGEX] [cause=NAME] [protocol=NAME]: what a developer should do"),
    { .name = NULL },
};
/* clang-format on */

static const char *const before_watchdog[] = { "mod_watchdog.c", NULL };
static const char *const after_ssl[] = { "mod_ssl.c", "mod_tls.c", NULL };

/* What only schedules need. */
static void register_schedule_hooks(const tg_main_conf_t *main_conf)
{
    static const char *const before_md[] = { "mod_md.c", NULL };
    const apr_array_header_t *others = ap_hook_get_quick_handler();

    /* Only where another module, such as mod_cache, may answer before anything else: keeps it from
     * answering out of its store. */
    if (others && others->nelts > 0) {
        ap_hook_quick_handler(tg_quick_gate_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    }
    /* mod_ssl has renegotiated, if the <Location> wants it. */
    if (tg_conf_asks_again(main_conf)) {
        ap_hook_access_checker(tg_gate_access, after_ssl, NULL, APR_HOOK_MIDDLE);
    }
    /* mod_md answers there, with no error: only for the line in the log. */
    if (ap_find_linked_module("mod_md.c")) {
        ap_hook_post_read_request(tg_gate_post_read, NULL, before_md, APR_HOOK_REALLY_FIRST);
    }
    /* An error starts a new filter chain; httpd or mod_ssl may answer with one before any other
     * hook. */
    ap_hook_insert_error_filter(tg_gate_error_answer, NULL, NULL, APR_HOOK_LAST);
}

/* What the ledger needs, also where only TlsGateCensus is on. */
static void register_counting_hooks(void)
{
    tg_connection_tell(tg_census_count_connection);
    /* The one hook that every request passes exactly once, whoever answered it, even httpd with an
     * error. */
    ap_hook_log_transaction(tg_request_count, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

/* Every request passes these, or every connection: only where a schedule applies or a page
 * exists, which is known when the configuration has been read. httpd does not sort hooks after
 * that. */
static void register_needed_hooks(apr_pool_t *pconf, server_rec *s)
{
    static const char *const before_http2[] = { "mod_http2.c", NULL };
    static const char *const before_cache[] = { "mod_cache.c", NULL };
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    int has_schedules = main_conf->traits != 0 || main_conf->has_expr;

    /* Only where mod_watchdog does not look at the state file. */
    if (main_conf->state && tg_state_watch_register(pconf, s)) {
        apr_hook_debug_current = __FILE__;
        ap_hook_process_connection(tg_state_watch_connection, NULL, NULL, APR_HOOK_REALLY_FIRST);
        apr_hook_sort_all();
    }
    if (!has_schedules && !main_conf->has_pages && !main_conf->counts_requests) {
        return;
    }
    apr_hook_debug_current = __FILE__;
    /* mod_ssl's: before the hello is read, so that it is seen before a version is chosen. */
    APR_OPTIONAL_HOOK(ssl, pre_handshake, tg_handshake_begin, NULL, NULL, APR_HOOK_MIDDLE);
    /* After mod_ssl made the handshake, before mod_http2 takes the connection over. */
    ap_hook_process_connection(tg_connection_process, after_ssl, before_http2, APR_HOOK_MIDDLE);
    if (main_conf->counts_requests) {
        register_counting_hooks();
    }
    if (!has_schedules && !main_conf->has_pages) {
        apr_hook_sort_all();
        return;
    }
    /* The first that knows the decoded path and its <Location>; before redirects, rewrites and
     * proxying. */
    ap_hook_translate_name(main_conf->has_pages ? tg_gate_translate_pages : tg_gate_translate, NULL,
                           NULL, APR_HOOK_REALLY_FIRST);
    /* Again after rewrites, whose path may be in another <Location>. */
    ap_hook_post_perdir_config(main_conf->has_pages ? tg_gate_post_perdir_pages
                                                    : tg_gate_post_perdir,
                               NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* A page takes precedence over a Redirect in its own <Location>, which is one of these. */
    if (main_conf->has_pages) {
        ap_hook_fixups(tg_gate_fixups_pages, NULL, NULL, APR_HOOK_REALLY_FIRST);
    }
    /* Our pages; and whether the handler that answers is the one that the path was left open for.
     * Before any other handler, also one that ignores the name of the handler or answers from a
     * cache. */
    ap_hook_handler(main_conf->has_pages ? tg_handlers_answer : tg_gate_before_handler, NULL,
                    before_cache, APR_HOOK_REALLY_FIRST);
    if (has_schedules) {
        register_schedule_hooks(main_conf);
    }
    apr_hook_sort_all();
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    tg_reload_known_t known;

    (void)plog;
    if (tg_page_find_all(pconf, s) != OK || tg_conf_resolve(pconf, s) != OK ||
        tg_sightlog_check(ptemp, s) != OK || tg_guard_watch_check(s) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    tg_group_support_note(s);
    tg_mod_ssl_conf_read(pconf, ptemp, s);
    tg_path_changes_find(s);
    tg_enforced_find(pconf, s);
    register_needed_hooks(pconf, s);
    tg_notices_check(s);
    tg_state_cache_check(s);
    known = tg_reload_known(ptemp, s, tg_ledger_snapshot_check(ptemp, s));
    tg_guard_watch_foretell(ptemp, s, &known);
    return tg_warnings_check(ptemp, s, &known);
}

static void child_init(apr_pool_t *pool, server_rec *s)
{
    (void)pool;
    (void)s;
    tg_digest_get_all();
    tg_under_way_child_init();
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    tg_headers_register();

    /* Names can be resolved only when every file has been read; also in httpd -t. Then the hooks
     * that requests pass are registered. */
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* The only hook that can print and does not run in a server that serves. */
    ap_hook_test_config(tg_dump_test_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* While httpd is still root, and before any child exists to inherit the files. */
    ap_hook_open_logs(tg_sightlog_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_open_logs(tg_under_way_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_open_logs(tg_handshake_sighting_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_open_logs(tg_ledger_memory_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_open_logs(tg_straggler_memory_open, NULL, NULL, APR_HOOK_MIDDLE);
    /* After these two have found the memory that it fills. */
    ap_hook_open_logs(tg_ledger_snapshot_open, NULL, NULL, APR_HOOK_LAST);
    /* Only an httpd that serves writes the ledger's file, not one that fails to start. */
    ap_hook_pre_mpm(tg_ledger_snapshot_serve, NULL, NULL, APR_HOOK_MIDDLE);
    /* What the guard had stopped before, with the state that is in force by then. */
    ap_hook_pre_mpm(tg_guard_watch_serve, NULL, NULL, APR_HOOK_MIDDLE);
    /* mod_ssl's, once per server that speaks TLS: the versions that it accepts. */
    APR_OPTIONAL_HOOK(ssl, init_server, tg_mod_ssl_conf_init_server, NULL, NULL, APR_HOOK_MIDDLE);
    /* mod_status's: two lines on its page. */
    APR_OPTIONAL_HOOK(ap, status_hook, tg_server_status_lines, NULL, NULL, APR_HOOK_MIDDLE);
    /* Log each schedule's phase once the error log is open. */
    ap_hook_post_config(tg_notices_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* The state as it is at the start, read while httpd is still root. */
    ap_hook_post_config(tg_state_cache_post_config, NULL, NULL, APR_HOOK_FIRST);
    /* Write the plan now in effect, for tlsgatectl: after mod_ssl, whose contexts are in it. */
    ap_hook_post_config(tg_plan_file_post_config, after_ssl, NULL, APR_HOOK_MIDDLE);
    /* Before a child has threads. */
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    /* A mutex of each child's own, before mod_watchdog's thread begins. */
    ap_hook_child_init(tg_state_cache_child_init, NULL, before_watchdog, APR_HOOK_FIRST);
    /* After mod_ssl, which makes its contexts in the same hook. */
    ap_hook_post_config(tg_warnings_post_config, after_ssl, NULL, APR_HOOK_MIDDLE);
    /* The one hook that runs periodically, and only in the parent. */
    ap_hook_monitor(tg_notices_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(tg_ack_writer_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(tg_sightlog_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(tg_under_way_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(tg_handshake_sighting_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(tg_ledger_memory_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(tg_straggler_memory_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(tg_ledger_snapshot_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    /* Of what was just collected. */
    ap_hook_monitor(tg_guard_watch_monitor, NULL, NULL, APR_HOOK_LAST);
}

/* clang-format off */
AP_DECLARE_MODULE(tlsgate) = {
    STANDARD20_MODULE_STUFF,
    tg_conf_create_dir,
    tg_conf_merge_dir,
    tg_conf_create_server,
    tg_conf_merge_server,
    directives,
    register_hooks,
#ifdef AP_MODULE_FLAG_NONE
    AP_MODULE_FLAG_NONE,
#endif
};
/* clang-format on */
