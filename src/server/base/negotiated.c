/* The group of a connection: see negotiated.h. */
#include "negotiated.h"

#include "base/rows.h"
#include "tls/registry.h"

#include <openssl/objects.h>

#ifdef SSL_get_negotiated_group

int tg_negotiated_is_told(void)
{
    return 1;
}

/* Nearly every connection has one of these: a look-up by name costs more than all else that is
 * counted of it. */
static uint16_t frequent_group(long id)
{
    static const struct {
        int nid;
        uint16_t number;
    } frequent[] = {
        { NID_X25519, 29 },    { NID_X9_62_prime256v1, 23 },
        { NID_secp384r1, 24 }, { NID_secp521r1, 25 },
        { NID_X448, 30 },
    };
    size_t i;

    for (i = 0; i < TG_ROWS(frequent); i++) {
        if (frequent[i].nid == id) {
            return frequent[i].number;
        }
    }
    return 0;
}

uint16_t tg_negotiated_group(SSL *ssl)
{
    uint16_t number;
    long id = ssl ? SSL_get_negotiated_group(ssl) : 0;
    const char *name;

    if (id <= 0) {
        return 0;
    }
    if (id & TLSEXT_nid_unknown) {
        return (uint16_t)(id & 0xFFFF);
    }
    number = frequent_group(id);
    if (number) {
        return number;
    }
    name = SSL_group_to_name(ssl, (int)id);
    return name ? (uint16_t)tg_registry_group_number(name) : 0;
}

#else

int tg_negotiated_is_told(void)
{
    return 0;
}

uint16_t tg_negotiated_group(SSL *ssl)
{
    (void)ssl;
    return 0;
}

#endif
