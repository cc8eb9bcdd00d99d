/* The servers of a plan: see plan_servers.h. */
#include "plan_servers.h"

#include "accepted.h"
#include "mod_ssl_conf.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"
#include "server/base/identity.h"
#include "server/handshake/group_support.h"
#include "server/record/sightlog.h"

#include <apr_strings.h>

/** What is the same for all servers while the part is made. */
typedef struct {
    apr_pool_t *pool;
    tg_accepted_t accepted;
    int lacks_post_quantum; /* OpenSSL has no such group; 0 if no schedule asks */
    apr_hash_t *proxied;    /* the addresses whose connections begin with the PROXY protocol */
    int is_proxied;         /* and those without a line of their own */
    apr_hash_t *known;      /* the place of each settings in the list, by their text */
    json_t *settings;
} plan_servers_t;

json_t *tg_plan_servers_text(apr_pool_t *pool, const char *text)
{
    int cut = 0;

    return text ? json_string(tg_text_clean(pool, text, 3 * strlen(text) + 4, &cut)) : json_null();
}

/* --- whose address a handshake shows --- */

/* mod_remoteip notes the addresses of the server that its line is in. */
static void note_proxied(plan_servers_t *p, const server_rec *s)
{
    const server_addr_rec *address;

    if (s->is_virtual && tg_mod_ssl_conf_proxied(s) > 0) {
        for (address = s->addrs; address; address = address->next) {
            apr_hash_set(p->proxied, tg_accepted_address(p->pool, address), APR_HASH_KEY_STRING, s);
        }
    }
}

static int is_proxied(const plan_servers_t *p, const server_rec *s)
{
    const server_addr_rec *address;

    for (address = s->addrs; address && s->is_virtual; address = address->next) {
        if (apr_hash_get(p->proxied, tg_accepted_address(p->pool, address), APR_HASH_KEY_STRING)) {
            return 1;
        }
    }
    return p->is_proxied && tg_mod_ssl_conf_proxied(s) != 0;
}

static const char *peer_of(const plan_servers_t *p, const server_rec *s)
{
    if (is_proxied(p, s)) {
        return "proxy";
    }
    return tg_mod_ssl_conf_has_header(s) ? "header" : "client";
}

/* --- one settings --- */

static json_t *tls_json(int is_tls)
{
    return is_tls < 0 ? json_null() : json_boolean(is_tls);
}

static json_t *accepted_json(const tg_protocol_support_t *support)
{
    json_t *names = json_array();
    tg_protocol_t p;

    TG_PROTOCOL_EACH (p, support->versions) {
        json_array_append_new(names, json_string(tg_protocol_name(p)));
    }
    return names;
}

static json_t *alert_json(int alert)
{
    return alert ? json_integer(alert) : json_null();
}

static json_t *kept_out_json(const tg_protocol_support_t *support)
{
    json_t *list = json_array();
    tg_protocol_t p;

    TG_PROTOCOL_EACH (p, TG_TRAITS_TLS & ~support->versions) {
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:s, s:s}", "protocol", tg_protocol_name(p),
                                        "alert", alert_json(tg_block_alert(support->blocks[p], p)),
                                        "reason", tg_block_reason(support->blocks[p]), "fix",
                                        tg_block_fix(support->blocks[p])));
    }
    return list;
}

static json_t *identity_json(apr_pool_t *pool, const apr_array_header_t *sources)
{
    json_t *list = json_array();
    int i;

    for (i = 0; sources && i < sources->nelts; i++) {
        const char *kind;
        int is_hashed;
        const char *text = tg_identity_source_text(
            pool, APR_ARRAY_IDX(sources, i, const tg_identity_source_t *), &kind, &is_hashed);

        json_array_append_new(list, json_pack("{s:o, s:s, s:b}", "source",
                                              tg_plan_servers_text(pool, text), "kind", kind,
                                              "hashed", is_hashed));
    }
    return list;
}

static const char *privacy_name(tg_privacy_t privacy)
{
    static const char *const privacy_names[] = { "full", "full", "truncate", "hash" };
    TG_ROWS_ARE(privacy_names, TG_PRIVACIES);

    return privacy_names[privacy];
}

static json_t *settings_json(const plan_servers_t *p, const server_rec *s)
{
    const tg_server_conf_t *conf = tg_conf_of_server(s);
    tg_protocol_support_t support;
    int is_known = tg_accepted_of(&p->accepted, s, &support);

    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:s, s:s, s:o}", "tls",
                     tls_json(tg_accepted_is_tls(&p->accepted, s)), "accepts",
                     is_known ? accepted_json(&support) : json_null(), "kept_out",
                     is_known ? kept_out_json(&support) : json_array(), "classical",
                     p->lacks_post_quantum || (is_known && support.lacks_groups), "identity",
                     identity_json(p->pool, conf->identity), "privacy",
                     privacy_name(tg_conf_privacy(conf)), "peer", peer_of(p, s), "log",
                     tg_plan_servers_text(p->pool, conf->log ? tg_sightlog_spec(conf->log) : NULL));
}

/* The place of equal settings, added if they are new. */
static int settings_index(plan_servers_t *p, const server_rec *s)
{
    json_t *settings = settings_json(p, s);
    const char *text = tg_json_print(p->pool, json_incref(settings), JSON_COMPACT);
    const int *found = apr_hash_get(p->known, text, APR_HASH_KEY_STRING);
    int index = (int)json_array_size(p->settings);

    if (found) {
        json_decref(settings);
        return *found;
    }
    apr_hash_set(p->known, text, APR_HASH_KEY_STRING, apr_pmemdup(p->pool, &index, sizeof(index)));
    json_array_append_new(p->settings, settings);
    return index;
}

/* --- the servers --- */

static void add_names(apr_pool_t *pool, const apr_array_header_t *names, json_t *list)
{
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (name) {
            json_array_append_new(list, tg_plan_servers_text(pool, name));
        }
    }
}

/* Where tlsgate-verify is, as it is written in a URL; NULL: nowhere that is written out. */
static const char *path_of_verify(apr_pool_t *pool, const server_rec *s)
{
    const char *const *pages = tg_conf_of_server(s)->pages;

    return pages && pages[TG_PAGE_VERIFY] ? ap_os_escape_path(pool, pages[TG_PAGE_VERIFY], 1)
                                          : NULL;
}

static json_t *plan_server_json(plan_servers_t *p, const server_rec *s)
{
    json_t *names = json_array();

    if (s->server_hostname) {
        json_array_append_new(names, tg_plan_servers_text(p->pool, s->server_hostname));
    }
    add_names(p->pool, s->names, names);
    add_names(p->pool, s->wild_names, names);
    return json_pack("{s:o, s:o, s:o, s:i}", "name",
                     tg_plan_servers_text(p->pool, tg_conf_server_name(p->pool, s)), "names", names,
                     "verify", tg_plan_servers_text(p->pool, path_of_verify(p->pool, s)),
                     "settings", settings_index(p, s));
}

void tg_plan_servers_add(apr_pool_t *pool, const server_rec *main_server, json_t *plan)
{
    int is_asked =
        (tg_conf_of_server(main_server)->main_conf->own_traits & TG_TRAIT_KX_CLASSICAL) != 0;
    plan_servers_t p = { pool,
                         tg_accepted_open(pool, main_server),
                         is_asked && !tg_group_support_has_post_quantum(),
                         apr_hash_make(pool),
                         tg_mod_ssl_conf_proxied(main_server) > 0,
                         apr_hash_make(pool),
                         json_array() };
    json_t *servers = json_array();
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        note_proxied(&p, s);
    }
    for (s = main_server; s; s = s->next) {
        json_array_append_new(servers, plan_server_json(&p, s));
    }
    json_object_set_new(plan, "servers", servers);
    json_object_set_new(plan, "settings", p.settings);
}
