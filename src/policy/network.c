/* Networks: see network.h. */
#include "network.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* RFC 4291 section 2.5.5.2: ::ffff:192.0.2.7 */
static int is_mapped(const unsigned char *bytes)
{
    static const unsigned char prefix[12] = { [10] = 0xFF, 0xFF };

    return memcmp(bytes, prefix, sizeof(prefix)) == 0;
}

/* The number of bits after the slash; 0 if it is not a valid number. */
static unsigned read_bits(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= 3 && text[digits] == '\0' ? (unsigned)strtoul(text, NULL, 10)
                                                             : 0;
}

tg_network_kind_t tg_network_parse(const char *text, tg_network_t *out)
{
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    char address[INET6_ADDRSTRLEN];
    tg_network_kind_t kind;
    unsigned most, bits;

    memset(out, 0, sizeof(*out));
    if (length >= sizeof(address)) {
        return TG_NETWORK_NONE;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    out->length = inet_pton(AF_INET, address, out->bytes) == 1    ? 4
                  : inet_pton(AF_INET6, address, out->bytes) == 1 ? 16
                                                                  : 0;
    most = 8U * out->length;
    bits = slash ? read_bits(slash + 1) : most;
    if (bits < 1 || bits > most) {
        return TG_NETWORK_NONE;
    }
    kind = out->length == 16 && is_mapped(out->bytes) ? TG_NETWORK_MAPPED : TG_NETWORK_USABLE;
    tg_network_widen(out, bits);
    return kind;
}

tg_network_t tg_network_of(const apr_sockaddr_t *address)
{
    const unsigned char *bytes = address->ipaddr_ptr;
    tg_network_t network = { .length = address->family == AF_INET ? 4 : 16 };

    if (network.length == 16 && is_mapped(bytes)) {
        network.length = 4;
        bytes += 12;
    }
    network.bits = (unsigned char)(8 * network.length);
    memcpy(network.bytes, bytes, network.length);
    return network;
}

void tg_network_widen(tg_network_t *network, unsigned bits)
{
    unsigned whole = bits / 8;

    network->bits = (unsigned char)bits;
    if (whole < sizeof(network->bytes)) {
        network->bytes[whole] &= (unsigned char)(0xFF00U >> bits % 8);
        memset(network->bytes + whole + 1, 0, sizeof(network->bytes) - whole - 1);
    }
}
