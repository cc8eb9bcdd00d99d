/* The trait that was meant. */
#include "unit.h"

#include "tls/trait_guess.h"

static const struct {
    const char *word;
    const char *next;
    const char *meant; /* or NULL */
} rows[] = {
    { "TLS1.0", NULL, "TLSv1" },
    { "TLSv1.0", NULL, "TLSv1" },
    { "tls_1_0", NULL, "TLSv1" },
    { "TLS1", NULL, "TLSv1" },
    { "TLS10", NULL, "TLSv1" },
    { "TLS", "1.0", "TLSv1" },
    { "TLS", "v1.2", "TLSv1.2" },
    { "TLS", "1.1", "TLSv1.1" },
    { "TLS-1.3", NULL, "TLSv1.3" },
    { "TLS/1.2", "TLSv1.1", "TLSv1.2" }, /* the second word is a trait of its own */
    { "ssl3", NULL, "SSLv3" },
    { "SSL", "3.0", "SSLv3" },
    { "http", NULL, "cleartext" },
    { "RSA", NULL, "kx=RSA" },
    { "kx-dhe", NULL, "kx=DHE" },
    { "all", NULL, "any" },
    { "TLSv1,TLSv1.1", NULL, "TLSv1 TLSv1.1" },
    { "TLSv1,", "TLSv1.1", "TLSv1" },
    { "tls1.0;tls1.1", NULL, "TLSv1 TLSv1.1" },
    { "TSLv1", NULL, "TLSv1" },
    { "cleratext", NULL, "cleartext" },
    { "kx=ECDHE", NULL, "kx=DHE" },
    { "bananas", NULL, NULL },
    { "TLSv1,bananas", NULL, NULL },
    { ",", NULL, NULL },
    { "", NULL, NULL },
    { "vvvv", "v", NULL },
};

static void a_trait_is_guessed(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const char *meant = tg_trait_guess(unit_pool, rows[i].word, rows[i].next);

        same_text(meant ? meant : "none", rows[i].meant ? rows[i].meant : "none", rows[i].word);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_trait_is_guessed),
};

UNIT_MAIN(tests)
