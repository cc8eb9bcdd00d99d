/* The groups of OpenSSL: see group_support.h. */
#include "group_support.h"

#include "tls/registry.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

int tg_group_support_has_post_quantum(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    const char *name;
    int i, has_one = 0;

    ERR_set_mark(); /* a name that it does not know is an error */
    for (i = 0; ctx && !has_one && (name = tg_registry_post_quantum_group(i)) != NULL; i++) {
        has_one = SSL_CTX_set1_groups_list(ctx, name) == 1;
    }
    ERR_pop_to_mark();
    SSL_CTX_free(ctx);
    return has_one;
}
