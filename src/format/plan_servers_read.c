/* Reading the servers of a plan back: see plan.h. */
#include "plan.h"

#include "base/json_read.h"
#include "base/rows.h"

#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <string.h>

#define SETTINGS(plan, i) (&APR_ARRAY_IDX((plan)->settings, i, tg_plan_settings_t))

/* --- a settings --- */

static int read_version(const tg_json_reader_t *r, const char *member, const char *name,
                        tg_protocol_t *out)
{
    *out = name ? tg_protocol_parse(name) : TG_PROTOCOLS;
    return (*out >= TG_PROTOCOL_OLDEST && *out < TG_PROTOCOLS) ||
           tg_json_wrong(r, member, "it names no TLS version that is known here");
}

static int read_accepts(const tg_json_reader_t *r, tg_plan_settings_t *settings)
{
    const json_t *names = json_object_get(r->object, "accepts");
    size_t i;

    settings->accepts = json_is_null(names) ? TG_TRAITS_TLS : 0;
    if (!json_is_null(names) && !json_is_array(names)) {
        return tg_json_wrong(r, "accepts", "it is neither a list nor null");
    }
    for (i = 0; i < json_array_size(names); i++) {
        tg_protocol_t protocol;

        if (!read_version(r, "accepts", json_string_value(json_array_get(names, i)), &protocol)) {
            return 0;
        }
        settings->accepts |= TG_TRAIT_PROTOCOL(protocol);
    }
    return 1;
}

static int read_kept_out(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "protocol", "alert", "reason", "fix", NULL };
    tg_plan_settings_t *settings = into;
    tg_plan_kept_out_t *out = apr_array_push(settings->kept_out);
    const char *name;
    json_int_t alert;

    if (!tg_json_has_exactly(r, members) || !tg_json_read_text(r, "protocol", &name) ||
        !tg_json_read_integer_or_null(r, "alert", 0, 255, &alert) ||
        !tg_json_read_text(r, "reason", &out->reason) || !tg_json_read_text(r, "fix", &out->fix)) {
        return 0;
    }
    out->alert = (int)alert;
    return read_version(r, "protocol", name, &out->protocol);
}

static int read_identity(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "source", "kind", "hashed", NULL };
    tg_plan_settings_t *settings = into;
    tg_plan_identity_t *out = apr_array_push(settings->identity);

    return tg_json_has_exactly(r, members) && tg_json_read_text(r, "source", &out->source) &&
           tg_json_read_text(r, "kind", &out->kind) &&
           tg_json_read_boolean(r, "hashed", &out->is_hashed);
}

static int read_peer(const tg_json_reader_t *r, tg_plan_settings_t *settings)
{
    static const char *const peers[] = { "client", "proxy", "header" };
    TG_ROWS_ARE(peers, TG_PLAN_PEERS);
    const char *name;
    int peer;

    if (!tg_json_read_text(r, "peer", &name)) {
        return 0;
    }
    for (peer = 0; peer < TG_PLAN_PEERS && strcmp(peers[peer], name) != 0; peer++) {
    }
    settings->peer = (tg_plan_peer_t)peer;
    return peer < TG_PLAN_PEERS || tg_json_wrong(r, "peer", "it is not known here");
}

static int read_is_tls(const tg_json_reader_t *r, tg_plan_settings_t *settings)
{
    settings->is_tls = -1;
    return json_is_null(json_object_get(r->object, "tls")) ||
           tg_json_read_boolean(r, "tls", &settings->is_tls);
}

static int read_settings(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "tls",       "accepts",  "kept_out",
                                           "classical", "identity", "privacy",
                                           "peer",      "log",      NULL };
    tg_plan_t *plan = into;
    tg_plan_settings_t *settings = apr_array_push(plan->settings);

    settings->kept_out = apr_array_make(r->pool, 2, sizeof(tg_plan_kept_out_t));
    settings->identity = apr_array_make(r->pool, 2, sizeof(tg_plan_identity_t));
    return tg_json_has_exactly(r, members) && read_is_tls(r, settings) &&
           read_accepts(r, settings) && tg_json_read_list(r, "kept_out", read_kept_out, settings) &&
           tg_json_read_boolean(r, "classical", &settings->is_classical) &&
           tg_json_read_list(r, "identity", read_identity, settings) &&
           tg_json_read_text(r, "privacy", &settings->privacy) && read_peer(r, settings) &&
           tg_json_read_text_or_null(r, "log", &settings->log);
}

/* --- a server --- */

static int read_names(const tg_json_reader_t *r, tg_plan_server_t *server)
{
    const json_t *names = json_object_get(r->object, "names");
    size_t i;

    server->names = apr_array_make(r->pool, 2, sizeof(const char *));
    if (!json_is_array(names)) {
        return tg_json_wrong(r, "names", "it is not a list");
    }
    for (i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));

        if (!name) {
            return tg_json_wrong(r, "names", "it contains something other than strings");
        }
        APR_ARRAY_PUSH(server->names, const char *) = apr_pstrdup(r->pool, name);
    }
    return 1;
}

static int read_server(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "name", "names", "verify", "settings", NULL };
    tg_plan_t *plan = into;
    tg_plan_server_t *server = apr_array_push(plan->servers);
    json_int_t index;

    if (!tg_json_has_exactly(r, members) || !tg_json_read_text(r, "name", &server->name) ||
        !read_names(r, server) || !tg_json_read_text_or_null(r, "verify", &server->verify) ||
        !tg_json_read_integer(r, "settings", 0, plan->settings->nelts - 1, &index)) {
        return 0;
    }
    server->settings = SETTINGS(plan, (int)index);
    return 1;
}

int tg_plan_read_servers(const tg_json_reader_t *r, tg_plan_t *plan)
{
    plan->settings = apr_array_make(r->pool, 4, sizeof(tg_plan_settings_t));
    plan->servers = apr_array_make(r->pool, 4, sizeof(tg_plan_server_t));
    return tg_json_read_list(r, "settings", read_settings, plan) &&
           tg_json_read_list(r, "servers", read_server, plan);
}

int tg_plan_server_has(const tg_plan_server_t *server, const char *host)
{
    int i;

    for (i = 0; i < server->names->nelts; i++) {
        if (apr_fnmatch(APR_ARRAY_IDX(server->names, i, const char *), host, APR_FNM_CASE_BLIND) ==
            APR_SUCCESS) {
            return 1;
        }
    }
    return 0;
}
