/* A warning about certificates that are asked for too late: see cert_warning.h. */
#include "cert_warning.h"

#include "server/base/identity.h"
#include "server/base/kept_warning.h"

#include <apr_strings.h>
#include <http_config.h>

APLOG_USE_MODULE(tlsgate);

/* SSLVerifyClient in one server. Lives while the configuration is checked. */
typedef struct {
    const char *own;              /* outside of sections: in the handshake; or NULL */
    const ap_directive_t *nested; /* the first in a section that asks for one; or NULL */
} verify_lines_t;

static int asks_for_certificate(const char *args)
{
    return args && ap_cstr_casecmp(args, "none") != 0;
}

static void note_lines(const ap_directive_t *d, int is_nested, verify_lines_t *lines)
{
    for (; d; d = d->next) {
        if (ap_cstr_casecmp(d->directive, "SSLVerifyClient") == 0) {
            if (!is_nested) {
                lines->own = d->args;
            }
            else if (!lines->nested && asks_for_certificate(d->args)) {
                lines->nested = d;
            }
        }
        else if (d->first_child && ap_cstr_casecmp(d->directive, "<VirtualHost") != 0) {
            note_lines(d->first_child, 1, lines);
        }
    }
}

static const char *vhost_key(apr_pool_t *pool, const char *file, unsigned line)
{
    return apr_psprintf(pool, "%u:%s", line, file);
}

/* By the place of each <VirtualHost>, in one pass: there may be thousands. */
static apr_hash_t *lines_of_vhosts(apr_pool_t *pool)
{
    apr_hash_t *vhosts = apr_hash_make(pool);
    const ap_directive_t *d;

    for (d = ap_conftree; d; d = d->next) {
        if (ap_cstr_casecmp(d->directive, "<VirtualHost") == 0) {
            verify_lines_t *lines = apr_pcalloc(pool, sizeof(*lines));

            note_lines(d->first_child, 0, lines);
            apr_hash_set(vhosts, vhost_key(pool, d->filename, (unsigned)d->line_num),
                         APR_HASH_KEY_STRING, lines);
        }
    }
    return vhosts;
}

static void warn_late(apr_pool_t *pool, const server_rec *s, const ap_directive_t *nested)
{
    TG_LOG_KEPT(
        0080, APLOG_WARNING, 0, s,
        "%s: TlsGateIdentity cert:subject: SSLVerifyClient in a section, at %s:%d, asks for the "
        "certificate when a request has been decided already, so the client is known by its "
        "address then; write SSLVerifyClient optional outside of it",
        tg_conf_server_name(pool, s), nested->filename, nested->line_num);
}

void tg_cert_warning(apr_pool_t *pool, const server_rec *main_server)
{
    apr_hash_t *vhosts = lines_of_vhosts(pool);
    verify_lines_t in_main = { NULL, NULL };
    const server_rec *s;

    note_lines(ap_conftree, 0, &in_main);
    for (s = main_server; s; s = s->next) {
        const verify_lines_t *lines =
            s->is_virtual && s->defn_name
                ? apr_hash_get(vhosts, vhost_key(pool, s->defn_name, s->defn_line_number),
                               APR_HASH_KEY_STRING)
                : NULL;
        const char *own = lines && lines->own ? lines->own : in_main.own;
        const ap_directive_t *nested = lines && lines->nested ? lines->nested : in_main.nested;

        if (nested && !asks_for_certificate(own) &&
            tg_identity_proof(tg_conf_of_server(s)) == TG_PROOF_CERTIFICATE) {
            warn_late(pool, s, nested);
            in_main.nested = nested == in_main.nested ? NULL : in_main.nested; /* once */
        }
    }
}
