/* Directives of mod_ssl and mod_remoteip: see mod_ssl_conf.h. */
#include "mod_ssl_conf.h"

#include "base/rows.h"
#include "server/handshake/exchange.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <ap_listen.h>
#include <http_config.h>
#include <string.h>

/** The directives that say which versions are accepted, and whose address a handshake shows. */
typedef enum {
    SSL_ARG_ENGINE,
    SSL_ARG_PROTOCOL,
    SSL_ARG_SUITES,
    SSL_ARG_COMMAND,
    SSL_ARG_PROXY,
    SSL_ARG_HEADER,
    SSL_ARGS
} ssl_arg_t;

static const char *const ssl_arg_names[] = {
    [SSL_ARG_ENGINE] = "SSLEngine",
    [SSL_ARG_PROTOCOL] = "SSLProtocol",
    [SSL_ARG_SUITES] = "SSLCipherSuite",
    [SSL_ARG_COMMAND] = "SSLOpenSSLConfCmd",
    [SSL_ARG_PROXY] = "RemoteIPProxyProtocol",
    [SSL_ARG_HEADER] = "RemoteIPHeader",
};
TG_ROWS_ARE(ssl_arg_names, SSL_ARGS);

/** The arguments of the last of each that is not for TLS 1.3 alone. */
struct tg_mod_ssl_args_t {
    const char *args[SSL_ARGS];
};

static void note_arg(tg_mod_ssl_args_t *ssl, const ap_directive_t *d)
{
    int i;

    for (i = 0; i < SSL_ARGS; i++) {
        if (ap_cstr_casecmp(d->directive, ssl_arg_names[i]) == 0 &&
            (ap_cstr_casecmpn(d->args, "TLSv1.3", 7) != 0 || !apr_isspace(d->args[7]))) {
            ssl->args[i] = d->args;
        }
    }
}

/* Of <IfModule> and its like httpd keeps the lines alone; every other section is not the
 * server's own. */
static const tg_mod_ssl_args_t *ssl_args_of(apr_pool_t *pool, const ap_directive_t *d)
{
    tg_mod_ssl_args_t *ssl = apr_pcalloc(pool, sizeof(*ssl));

    for (; d; d = d->next) {
        note_arg(ssl, d);
    }
    return ssl;
}

static const char *line_key(apr_pool_t *pool, const char *file, int line)
{
    return apr_psprintf(pool, "%d:%s", line, file);
}

/* Every <VirtualHost>, by the line that it begins with; the first of a line counts. */
static void add_sections(apr_hash_t *sections, const ap_directive_t *d)
{
    apr_pool_t *pool = apr_hash_pool_get(sections);

    for (; d; d = d->next) {
        if (ap_cstr_casecmp(d->directive, "<VirtualHost") == 0) {
            const char *key = line_key(pool, d->filename, d->line_num);

            if (!apr_hash_get(sections, key, APR_HASH_KEY_STRING)) {
                apr_hash_set(sections, key, APR_HASH_KEY_STRING, d);
            }
        }
        else if (d->first_child) {
            add_sections(sections, d->first_child);
        }
    }
}

void tg_mod_ssl_conf_read(apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *main_server)
{
    apr_hash_t *sections = apr_hash_make(ptemp);
    const server_rec *s;

    add_sections(sections, ap_conftree);
    tg_conf_of_server(main_server)->ssl = ssl_args_of(pconf, ap_conftree);
    for (s = main_server->next; s; s = s->next) {
        const char *file = s->defn_name ? s->defn_name : "";
        const ap_directive_t *section = apr_hash_get(
            sections, line_key(ptemp, file, (int)s->defn_line_number), APR_HASH_KEY_STRING);

        tg_conf_of_server(s)->ssl = section ? ssl_args_of(pconf, section->first_child) : NULL;
    }
}

static const char *args_of(const server_rec *s, ssl_arg_t arg)
{
    const tg_server_conf_t *conf = tg_conf_of_server(s);
    const char *args = conf->ssl ? conf->ssl->args[arg] : NULL;

    return args ? args : tg_conf_of_server(conf->main_conf->main_server)->ssl->args[arg];
}

int tg_mod_ssl_conf_proxied(const server_rec *s)
{
    const tg_server_conf_t *conf = tg_conf_of_server(s);
    const char *line = conf->ssl ? conf->ssl->args[SSL_ARG_PROXY] : NULL;

    return line ? ap_cstr_casecmp(line, "on") == 0 : -1;
}

int tg_mod_ssl_conf_has_header(const server_rec *s)
{
    return args_of(s, SSL_ARG_HEADER) != NULL;
}

/* As mod_ssl reads it: `+` adds, `-` removes, a name alone starts over. */
static tg_traits_t protocols_of(apr_pool_t *pool, const char *args)
{
    tg_traits_t protocols = args ? 0 : TG_TRAITS_TLS & ~TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3);

    while (args && *args) {
        const char *word = ap_getword_conf(pool, &args);
        const char *name = word + strspn(word, "+-");
        tg_protocol_t protocol = tg_protocol_parse(name);
        tg_traits_t bits = ap_cstr_casecmp(name, "all") == 0 ? TG_TRAITS_TLS : 0;

        if (protocol >= TG_PROTOCOL_SSL3 && protocol < TG_PROTOCOLS) {
            bits = TG_TRAIT_PROTOCOL(protocol);
        }
        protocols = *word == '-' ? protocols & ~bits : *word == '+' ? protocols | bits : bits;
    }
    return protocols;
}

/* mod_ssl uses the range from the newest down to the first gap. */
static void set_range(SSL_CTX *ctx, tg_traits_t protocols)
{
    tg_protocol_t max = tg_protocol_newest(protocols);
    int min = (int)max;

    while (protocols & TG_TRAIT_PROTOCOL(min - 1) & TG_TRAITS_TLS) {
        min--;
    }
    SSL_CTX_set_max_proto_version(ctx, SSL3_VERSION + (int)max - TG_PROTOCOL_SSL3);
    SSL_CTX_set_min_proto_version(ctx, SSL3_VERSION + min - TG_PROTOCOL_SSL3);
}

/* SSLCipherSuite [SSL] SUITES. */
static const char *suites_of(apr_pool_t *pool, const char *args)
{
    const char *suites = ap_getword_conf(pool, &args);

    return *args && ap_cstr_casecmp(suites, "SSL") == 0 ? ap_getword_conf(pool, &args) : suites;
}

static const tg_protocol_support_t *make_support(apr_pool_t *pool, tg_traits_t protocols,
                                                 const char *suites, int own_limits)
{
    tg_protocol_support_t *support = apr_pcalloc(pool, sizeof(*support));
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx && (!suites || SSL_CTX_set_cipher_list(ctx, suites_of(pool, suites)))) {
        set_range(ctx, protocols);
        *support = tg_protocol_support_of(ctx);
        support->known = 1;
        support->own_limits = own_limits;
    }
    SSL_CTX_free(ctx);
    return support;
}

const tg_protocol_support_t *tg_mod_ssl_conf_support(apr_hash_t *known, const server_rec *s)
{
    apr_pool_t *pool = apr_hash_pool_get(known);
    const char *engine = args_of(s, SSL_ARG_ENGINE);
    const char *suites = args_of(s, SSL_ARG_SUITES);
    tg_traits_t protocols = protocols_of(pool, args_of(s, SSL_ARG_PROTOCOL));
    int own_limits = args_of(s, SSL_ARG_PROTOCOL) != NULL;
    const tg_protocol_support_t *support;
    const char *key;

    if (!engine || ap_cstr_casecmpn(engine, "on", 2) != 0 || !protocols ||
        args_of(s, SSL_ARG_COMMAND)) {
        return NULL;
    }
    key = apr_psprintf(pool, "%d %u %s", own_limits, protocols, suites ? suites : "");
    support = apr_hash_get(known, key, APR_HASH_KEY_STRING);
    if (!support) {
        support = make_support(pool, protocols, suites, own_limits);
        apr_hash_set(known, key, APR_HASH_KEY_STRING, support);
    }
    return support->known ? support : NULL;
}

static int is_https_listened(void)
{
    const ap_listen_rec *listener = ap_listeners;

    while (listener && (!listener->protocol || strcmp(listener->protocol, "https") != 0)) {
        listener = listener->next;
    }
    return listener != NULL;
}

int tg_mod_ssl_conf_may_speak_tls(const server_rec *s)
{
    const char *engine = args_of(s, SSL_ARG_ENGINE);

    return engine ? ap_cstr_casecmpn(engine, "off", 3) != 0 : is_https_listened();
}

int tg_mod_ssl_conf_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx)
{
    tg_server_conf_t *conf = tg_conf_of_server(s);

    if (!is_proxy) {
        tg_protocol_support_t *support = apr_palloc(p, sizeof(*support));

        *support = tg_protocol_support_of(ctx);
        support->own_limits = args_of(s, SSL_ARG_PROTOCOL) != NULL;
        conf->support = support;
        conf->main_conf->accepted &= support->versions;
        tg_exchange_prepare(p, s, ctx);
    }
    return OK;
}
