/* The group of a connection: see negotiated.h. */
#include "negotiated.h"

#include "tls/registry.h"

#ifdef SSL_get_negotiated_group

int tg_negotiated_is_told(void)
{
    return 1;
}

uint16_t tg_negotiated_group(SSL *ssl)
{
    long id = ssl ? SSL_get_negotiated_group(ssl) : 0;
    const char *name;

    if (id <= 0) {
        return 0;
    }
    if (id & TLSEXT_nid_unknown) {
        return (uint16_t)(id & 0xFFFF);
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
