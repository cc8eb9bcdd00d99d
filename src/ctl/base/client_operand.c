/* Clients on the command line: see client_operand.h. */
#include "client_operand.h"

#include "base/text.h"
#include "policy/identity.h"
#include "policy/network.h"
#include "term/term.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

static const char *const client_kinds[] = { "account:", "cert:" };

/* The length of what comes before the name of a client; 0: no known kind. */
static size_t length_of_kind(const char *text)
{
    size_t i;

    for (i = 0; i < sizeof(client_kinds) / sizeof(client_kinds[0]); i++) {
        size_t length = strlen(client_kinds[i]);

        if (strncmp(text, client_kinds[i], length) == 0 && text[length]) {
            return length;
        }
    }
    return 0;
}

/* httpd knows a client by the beginning of a longer name. */
static const char *name_as_known(apr_pool_t *pool, const char *text, size_t kind)
{
    int cut = 0;
    const char *name = tg_text_clean_name(pool, text + kind, TG_IDENTITY_MAX, &cut);

    return cut ? apr_psprintf(pool, "%.*s%s", (int)kind, text, name) : text;
}

static const char *address_text(apr_pool_t *pool, const tg_network_t *network)
{
    char canonical[INET6_ADDRSTRLEN];

    return inet_ntop(network->length == 4 ? AF_INET : AF_INET6, network->bytes, canonical,
                     sizeof(canonical))
               ? apr_pstrdup(pool, canonical)
               : NULL;
}

/** The bits before the IPv4 address in the form of an IPv6 one. */
#define MAPPED_BITS 96

/* Turns a network of IPv4 addresses that is written in IPv6 form into an IPv4 one. 0 if no client
 * can be in it. */
static int read_usable_network(const char *text, tg_network_t *network)
{
    tg_network_kind_t kind = tg_network_parse(text, network);

    if (kind == TG_NETWORK_MAPPED && network->bits > MAPPED_BITS) {
        network->length = 4;
        network->bits = (unsigned char)(network->bits - MAPPED_BITS);
        memmove(network->bytes, network->bytes + MAPPED_BITS / 8, network->length);
        kind = TG_NETWORK_USABLE;
    }
    return kind == TG_NETWORK_USABLE;
}

/* Two spellings of one network would be two exemptions. One of a single address is that address. */
static const char *network_spelling(apr_pool_t *pool, const char *text)
{
    tg_network_t network;
    const char *address = read_usable_network(text, &network) ? address_text(pool, &network) : NULL;

    if (!address) {
        return text;
    }
    return network.bits == 8 * network.length ? address
                                              : apr_psprintf(pool, "%s/%d", address, network.bits);
}

/* In a share, and in the log, a client is its text. */
const char *tg_ctl_client_spelling(apr_pool_t *pool, const char *text)
{
    const char *spelled;
    apr_sockaddr_t *address;
    tg_network_t network;
    char *copy;

    if (strchr(text, '/')) {
        return network_spelling(pool, text);
    }
    switch (tg_network_parse(text, &network)) {
    case TG_NETWORK_USABLE:
        spelled = address_text(pool, &network);
        return spelled ? spelled : text;
    case TG_NETWORK_MAPPED:
        /* It is numeric, so no name server is asked. */
        return apr_sockaddr_info_get(&address, text, APR_UNSPEC, 0, 0, pool) == APR_SUCCESS &&
                       apr_sockaddr_ip_get(&copy, address) == APR_SUCCESS
                   ? copy
                   : text;
    case TG_NETWORK_NONE:
        break;
    }
    return name_as_known(pool, text, length_of_kind(text));
}

int tg_ctl_client_parse(apr_pool_t *pool, const char *text, tg_ctl_client_t *out)
{
    const char *address = strncmp(text, "ip:", 3) == 0 ? text + 3 : text;
    tg_network_t network;

    out->client = out->network = NULL;
    if (tg_network_parse(address, &network) != TG_NETWORK_NONE) {
        out->network = tg_ctl_client_spelling(pool, address);
        return tg_network_parse(out->network, &network) == TG_NETWORK_USABLE;
    }
    out->client = tg_ctl_client_spelling(pool, text);
    return length_of_kind(text) > 0 && tg_text_is_printable(pool, text);
}

/* Every address: that is no client, but all of them. */
static int is_everybody(apr_pool_t *pool, const char *text)
{
    const char *slash = strchr(text, '/');
    tg_network_t network;

    return slash && strcmp(slash, "/0") == 0 &&
           tg_network_parse(apr_pstrmemdup(pool, text, (apr_size_t)(slash - text)), &network) !=
               TG_NETWORK_NONE;
}

/* What a customer is called elsewhere is mostly the name of its account. */
static const char *account_question(apr_pool_t *pool, const char *text)
{
    return *text && !strpbrk(text, ":/ ") && tg_text_is_printable(pool, text)
               ? apr_pstrcat(pool, "; did you mean account:", text, "?", NULL)
               : "";
}

int tg_ctl_client_read(const tg_ctl_t *ctl, const char *text, tg_ctl_client_t *out)
{
    int is_client = tg_ctl_client_parse(ctl->pool, text, out);

    if (!is_client && is_everybody(ctl->pool, text)) {
        tg_term_error("\"%s\" is everybody: to serve all clients: " TG_PROGRAM_NAME " suspend NAME",
                      text);
        return 0;
    }
    if (!is_client) {
        tg_term_error(
            "\"%s\" is not a client: write account:NAME or cert:SUBJECT as in the log, an "
            "address, or a network such as 192.0.2.0/24%s",
            text, account_question(ctl->pool, text));
        return 0;
    }
    return 1;
}

apr_sockaddr_t *tg_ctl_client_address(apr_pool_t *pool, const tg_ctl_client_t *client)
{
    apr_sockaddr_t *address = NULL;

    if (client->network && !strchr(client->network, '/')) {
        apr_sockaddr_info_get(&address, client->network, APR_UNSPEC, 0, 0, pool);
    }
    return address;
}
