/* Identity: the sources of TlsGateIdentity, one function each. */
#include "identity.h"

#include "log.h"

#include "base/text.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <http_ssl.h>
#include <netinet/in.h>

APLOG_USE_MODULE(tlsgate);

#define FIX                                                                                        \
    "write one or more of header:NAME query:NAME basic cert:subject expr:STRING, each with "       \
    "hash: before it if the value is a secret"

typedef const char *(*reader_t)(request_rec *r, const tg_identity_source_t *source);

struct tg_identity_source_t {
    reader_t read;
    const char *prefix;
    const char *kind;
    const char *name;     /* of the header or query parameter */
    ap_expr_info_t *expr; /* of expr: */
    int hash;
};

static const char *read_header(request_rec *r, const tg_identity_source_t *source)
{
    return apr_table_get(r->headers_in, source->name);
}

/* The first parameter of that name, decoded as application/x-www-form-urlencoded. */
static const char *read_query(request_rec *r, const tg_identity_source_t *source)
{
    apr_size_t len = strlen(source->name);
    const char *s;

    for (s = r->args; s; s = strchr(s, '&')) {
        s += *s == '&';
        if (strncmp(s, source->name, len) == 0 && s[len] == '=') {
            char *value = apr_pstrndup(r->pool, s + len + 1, strcspn(s + len + 1, "&"));

            return ap_unescape_urlencoded(value) == OK ? value : NULL;
        }
    }
    return NULL;
}

/* The user of Basic credentials as claimed: the password is not checked yet. */
static const char *read_basic(request_rec *r, const tg_identity_source_t *source)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    char *credentials;

    (void)source;
    if (!header || ap_cstr_casecmpn(header, "Basic ", 6) != 0) {
        return NULL;
    }
    credentials = ap_pbase64decode(r->pool, header + 6 + strspn(header + 6, " "));
    credentials[strcspn(credentials, ":")] = '\0';
    return credentials;
}

static const char *ssl_var(request_rec *r, const char *name)
{
    const char *value = ap_ssl_var_lookup(r->pool, r->server, r->connection, r, name);

    return value ? value : "";
}

static const char *read_cert(request_rec *r, const tg_identity_source_t *source)
{
    (void)source;
    if (strcmp(ssl_var(r, "SSL_CLIENT_VERIFY"), "SUCCESS") != 0) {
        return NULL; /* anyone can make a certificate of any name */
    }
    return ssl_var(r, "SSL_CLIENT_S_DN");
}

static const char *read_expr(request_rec *r, const tg_identity_source_t *source)
{
    const char *err = NULL;
    const char *value = ap_expr_str_exec(r, source->expr, &err);

    if (err) {
        TG_LOG_REQUEST(0003, APLOG_WARNING, 0, r,
                       "TlsGateIdentity \"expr:%s\": cannot be evaluated: %s", source->name, err);
        return NULL;
    }
    return value;
}

static const struct {
    const char *prefix;
    int takes_name;
    reader_t read;
    const char *kind;
} sources[] = {
    { "header:", 1, read_header, "account" }, { "query:", 1, read_query, "account" },
    { "basic", 0, read_basic, "account" },    { "cert:subject", 0, read_cert, "cert" },
    { "expr:", 1, read_expr, "account" },
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))

static const char *const secrets[] = { "key",           "token",  "secret",
                                       "authorization", "cookie", "password" };
#define SECRETS (sizeof(secrets) / sizeof(secrets[0]))

static int looks_secret(const char *name)
{
    size_t i;

    for (i = 0; i < SECRETS; i++) {
        if (ap_strcasestr(name, secrets[i])) {
            return 1;
        }
    }
    return 0;
}

/* RFC 9110 section 5.6.2. */
static int is_token(const char *name)
{
    return name[strspn(name, "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz")] == '\0';
}

static int parse_expr(cmd_parms *cmd, tg_identity_source_t *source, tg_fault_t *fault)
{
    const char *err = NULL;

    source->expr = ap_expr_parse_cmd(
        cmd, source->name, AP_EXPR_FLAG_STRING_RESULT | AP_EXPR_FLAG_DONT_VARY, &err, NULL);
    return err ? tg_fault_set(fault,
                              "write a string expression of httpd such as expr:%{reqenv:ACCOUNT}",
                              "the expression cannot be read: %s", err)
               : 1;
}

int tg_identity_parse(cmd_parms *cmd, const char *arg, tg_identity_source_t **out,
                      tg_fault_t *fault)
{
    tg_identity_source_t *source = apr_pcalloc(cmd->pool, sizeof(*source));
    const char *rest = arg;
    size_t i, len;

    if (ap_cstr_casecmpn(rest, "hash:", 5) == 0) {
        source->hash = 1;
        rest += 5;
    }
    for (i = 0; i < SOURCES; i++) {
        len = strlen(sources[i].prefix);
        if (ap_cstr_casecmpn(rest, sources[i].prefix, len) == 0 &&
            (rest[len] != '\0') == sources[i].takes_name) {
            break;
        }
    }
    if (i == SOURCES) {
        return tg_fault_set(fault, FIX, "there is no such source");
    }
    source->read = sources[i].read;
    source->prefix = sources[i].prefix;
    source->kind = sources[i].kind;
    source->name = apr_pstrdup(cmd->pool, rest + len);
    tg_conf_of_server(cmd->server)->main_conf->has_certificates |= source->read == read_cert;
    if (source->read == read_expr && !parse_expr(cmd, source, fault)) {
        return 0;
    }
    if (source->read == read_header && !is_token(source->name)) {
        return tg_fault_set(fault, "write header:X-Account", "it is not the name of a header");
    }
    if (!source->hash && looks_secret(source->name)) {
        return tg_fault_set(fault, apr_pstrcat(cmd->pool, "write hash:", rest, NULL),
                            "the name looks like a secret, which must not be stored");
    }
    *out = source;
    return 1;
}

const char *tg_identity_source_text(apr_pool_t *pool, const tg_identity_source_t *source,
                                    const char **kind, int *is_hashed)
{
    *kind = source->kind;
    *is_hashed = source->hash;
    return apr_pstrcat(pool, source->prefix, source->name, NULL);
}

/* IPv4, also where it is mapped into IPv6, keeps 24 bits, IPv6 48: the network, not
 * the host. */
static const char *truncated_ip(apr_pool_t *pool, const apr_sockaddr_t *address)
{
    const unsigned char *b = address ? address->ipaddr_ptr : NULL;
    unsigned char network[16] = { 0 };
    char text[INET6_ADDRSTRLEN];

    if (!b) {
        return NULL;
    }
    if (address->family == APR_INET) {
        return apr_psprintf(pool, "%d.%d.%d.0", b[0], b[1], b[2]);
    }
    if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)b)) {
        return apr_psprintf(pool, "%d.%d.%d.0", b[12], b[13], b[14]);
    }
    memcpy(network, b, 6);
    return apr_pstrdup(pool, inet_ntop(AF_INET6, network, text, sizeof(text)));
}

/* The zone of a link-local address (RFC 4007 section 11) is the name of an interface of this
 * machine: it says nothing about the client, and what reads the log wants an address. */
static const char *without_zone(apr_pool_t *pool, const char *ip)
{
    apr_size_t length = strcspn(ip, "%");

    return ip[length] ? apr_pstrmemdup(pool, ip, length) : ip;
}

/* An identity that is an address, which is always there. */
static tg_identity_t identity_of_address(apr_pool_t *pool, const apr_sockaddr_t *address,
                                         const char *with_zone, tg_privacy_t privacy)
{
    const char *ip = without_zone(pool, with_zone);
    tg_identity_t id = { .key = apr_pstrcat(pool, "ip:", ip, NULL) };

    switch (privacy) {
    case TG_PRIVACY_TRUNCATE:
        id.ip = truncated_ip(pool, address);
        break;
    case TG_PRIVACY_HASH:
        break;
    case TG_PRIVACY_FULL:
    case TG_PRIVACY_UNSET:
    case TG_PRIVACIES:
        id.ip = ip;
        id.port = address ? address->port : 0;
        break;
    }
    /* In most cases the name that is decided by may also be shown. */
    id.shown = id.ip == ip ? id.key
                           : apr_pstrcat(pool, "ip:", id.ip ? id.ip : tg_text_hash(pool, ip), NULL);
    return id;
}

static const char *first_value(request_rec *r, const apr_array_header_t *list,
                               const tg_identity_source_t **found)
{
    int i;

    for (i = 0; list && i < list->nelts; i++) {
        const char *value;

        *found = APR_ARRAY_IDX(list, i, const tg_identity_source_t *);
        value = (*found)->read(r, *found);
        if (value && *value) {
            return value;
        }
    }
    return NULL;
}

static tg_proof_t proof_of_source(const tg_identity_source_t *source)
{
    return source->read == read_cert                                 ? TG_PROOF_CERTIFICATE
           : source->read == read_basic || source->read == read_expr ? TG_PROOF_USER
                                                                     : TG_PROOF_NONE;
}

tg_proof_t tg_identity_proof(const tg_server_conf_t *conf)
{
    tg_proof_t strongest = TG_PROOF_NONE;
    int i;

    for (i = 0; conf->identity && i < conf->identity->nelts; i++) {
        tg_proof_t proof =
            proof_of_source(APR_ARRAY_IDX(conf->identity, i, const tg_identity_source_t *));

        strongest = proof > strongest ? proof : strongest;
    }
    return strongest;
}

/* Of a user that is authenticated httpd does not tell by which module. */
int tg_identity_accepts_anyone(void)
{
    return ap_find_linked_module("mod_authn_anon.c") != NULL;
}

tg_identity_t tg_identity_of_peer(conn_rec *c, const server_rec *s)
{
    return identity_of_address(c->pool, c->client_addr, c->client_ip,
                               tg_conf_privacy(tg_conf_of_server(s)));
}

/* The log shows hashes of secrets. So that no one can claim an identity by sending such a hash,
 * what looks like one is hashed again. */
static const char *plain_value(apr_pool_t *pool, const char *value, int *cut)
{
    const char *clean = tg_text_clean_name(pool, value, TG_IDENTITY_MAX, cut);

    return strncmp(clean, TG_TEXT_HASHED, strlen(TG_TEXT_HASHED)) == 0 ? tg_text_hash(pool, value)
                                                                       : clean;
}

/* What a source makes of a value: `account:42`. */
static const char *named_value(apr_pool_t *pool, const tg_identity_source_t *source,
                               const char *value, int *cut)
{
    value = source->hash ? tg_text_hash(pool, value) : plain_value(pool, value, cut);
    return apr_pstrcat(pool, source->kind, ":", value, NULL);
}

static int is_authenticated_user(const request_rec *r, const char *name)
{
    return r->user && r->ap_auth_type && strcmp(r->user, name) == 0 &&
           !tg_identity_accepts_anyone();
}

/* Anyone can write a header, a query, or the name of another user with a wrong password: so only
 * the user whom httpd has authenticated counts, or the owner of a verified certificate. */
const char *tg_identity_proven(request_rec *r)
{
    const tg_identity_source_t *source = NULL;
    const char *value = first_value(r, tg_conf_of_server(r->server)->identity, &source);
    tg_proof_t proof = value ? proof_of_source(source) : TG_PROOF_NONE;
    int cut = 0;

    return proof == TG_PROOF_CERTIFICATE ||
                   (proof == TG_PROOF_USER && is_authenticated_user(r, value))
               ? named_value(r->pool, source, value, &cut)
               : NULL;
}

tg_identity_t tg_identity_of(request_rec *r)
{
    const tg_server_conf_t *conf = tg_conf_of_server(r->server);
    const tg_identity_source_t *source = NULL;
    const char *value = first_value(r, conf->identity, &source);
    tg_identity_t id =
        identity_of_address(r->pool, r->useragent_addr, r->useragent_ip, tg_conf_privacy(conf));

    if (value) {
        id.ip_hash = tg_conf_privacy(conf) == TG_PRIVACY_HASH ? id.shown + strlen("ip:") : NULL;
        id.key = id.shown = named_value(r->pool, source, value, &id.cut);
        id.user_id = strcmp(source->kind, "account") == 0 ? strchr(id.key, ':') + 1 : NULL;
    }
    return id;
}
