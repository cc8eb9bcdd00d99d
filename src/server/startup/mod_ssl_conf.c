/* mod_ssl's directives: see mod_ssl_conf.h. */
#include "mod_ssl_conf.h"

#include <apr_lib.h>
#include <http_config.h>

/* The arguments of the last directive of that name that is not for TLS 1.3 alone. Of
 * <IfModule> and its like httpd keeps the lines alone; every other section is not the
 * server's own. */
static const char *last_args(const ap_directive_t *d, const char *name)
{
    const char *args = NULL;

    for (; d; d = d->next) {
        if (ap_cstr_casecmp(d->directive, name) == 0 &&
            (ap_cstr_casecmpn(d->args, "TLSv1.3", 7) != 0 || !apr_isspace(d->args[7]))) {
            args = d->args;
        }
    }
    return args;
}

/* The <VirtualHost> that a server was made from. */
static const ap_directive_t *section_of(const ap_directive_t *d, const server_rec *s)
{
    const ap_directive_t *found = NULL;

    for (; d && !found; d = d->next) {
        if (ap_cstr_casecmp(d->directive, "<VirtualHost") == 0) {
            int is_its = s->defn_name && strcmp(d->filename, s->defn_name) == 0 &&
                         d->line_num == (int)s->defn_line_number;

            found = is_its ? d : NULL;
        }
        else if (d->first_child) {
            found = section_of(d->first_child, s);
        }
    }
    return found;
}

static const char *args_of(const server_rec *s, const char *name)
{
    const ap_directive_t *section = s->is_virtual ? section_of(ap_conftree, s) : NULL;
    const char *args = section ? last_args(section->first_child, name) : NULL;

    return args ? args : last_args(ap_conftree, name);
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

int tg_mod_ssl_conf_support(apr_pool_t *pool, const server_rec *s, tg_protocol_support_t *support)
{
    const char *engine = args_of(s, "SSLEngine");
    const char *suites = args_of(s, "SSLCipherSuite");
    tg_traits_t protocols = protocols_of(pool, args_of(s, "SSLProtocol"));
    SSL_CTX *ctx;
    int known;

    if (!engine || ap_cstr_casecmpn(engine, "on", 2) != 0 || !protocols ||
        args_of(s, "SSLOpenSSLConfCmd")) {
        return 0;
    }
    ctx = SSL_CTX_new(TLS_server_method());
    known = ctx && (!suites || SSL_CTX_set_cipher_list(ctx, suites_of(pool, suites)));
    if (known) {
        set_range(ctx, protocols);
        *support = tg_protocol_support_of(ctx);
        support->own_limits = args_of(s, "SSLProtocol") != NULL;
    }
    SSL_CTX_free(ctx);
    return known;
}

int tg_mod_ssl_conf_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx)
{
    tg_server_conf_t *conf = tg_conf_of_server(s);

    if (!is_proxy) {
        tg_protocol_support_t *support = apr_palloc(p, sizeof(*support));

        *support = tg_protocol_support_of(ctx);
        support->own_limits = args_of(s, "SSLProtocol") != NULL;
        conf->support = support;
        conf->main_conf->accepted &= support->versions;
    }
    return OK;
}
