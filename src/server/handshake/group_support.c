/* The groups of OpenSSL: see group_support.h. */
#include "group_support.h"

#include "server/base/conf.h"
#include "tls/hello.h"
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

void tg_group_support_note(server_rec *main_server)
{
    tg_main_conf_t *main_conf = tg_conf_of_server(main_server)->main_conf;

    main_conf->lacks_post_quantum = (main_conf->own_traits & TG_TRAIT_KX_CLASSICAL) != 0 &&
                                    !tg_group_support_has_post_quantum();
}

/** The header of a record. */
#define RECORD_HEADER 5

static int offers_post_quantum(const unsigned char *record, size_t length)
{
    tg_hello_t hello;

    if (length <= RECORD_HEADER ||
        tg_hello_parse(record + RECORD_HEADER, length - RECORD_HEADER, &hello) <= 0) {
        return -1;
    }
    return tg_hello_offers_post_quantum(&hello);
}

int tg_group_support_of(SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    char *record = NULL;
    int has_one = -1;
    long length;

    ERR_set_mark();
    if (ssl && in && out && SSL_set_ssl_method(ssl, TLS_client_method())) {
        SSL_set_bio(ssl, in, out); /* which frees them */
        SSL_set_connect_state(ssl);
        SSL_do_handshake(ssl); /* nobody answers */
        length = BIO_get_mem_data(out, &record);
        has_one = offers_post_quantum((const unsigned char *)record, (size_t)length);
    }
    else {
        BIO_free(in);
        BIO_free(out);
    }
    SSL_free(ssl);
    ERR_pop_to_mark();
    return has_one;
}
