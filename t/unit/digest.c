/* Digests: the right ones, and the same object each time. */
#include "unit.h"

#include "base/digest.h"

#include <apr_escape.h>

static const struct {
    tg_digest_t digest;
    const char *hex; /* of "abc": FIPS 180-4 and RFC 1321 */
} rows[] = {
    { TG_DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { TG_DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72" },
};

static void each_is_what_it_is_called(void **state)
{
    size_t i;

    (void)state;
    assert_int_equal(ROWS(rows), TG_DIGESTS);
    for (i = 0; i < ROWS(rows); i++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;

        assert_int_equal(EVP_Digest("abc", 3, digest, &length, tg_digest_get(rows[i].digest), NULL),
                         1);
        same_text(apr_pescape_hex(unit_pool, digest, length, 0), rows[i].hex, rows[i].hex);
    }
}

static void each_is_looked_up_once(void **state)
{
    const EVP_MD *sha256 = tg_digest_get(TG_DIGEST_SHA256);

    (void)state;
    tg_digest_get_all();
    assert_non_null(sha256);
    assert_ptr_equal(tg_digest_get(TG_DIGEST_SHA256), sha256);
    /* The object of EVP_sha256() would be looked up again at each use. */
    assert_ptr_not_equal(sha256, EVP_sha256());
    assert_ptr_not_equal(sha256, tg_digest_get(TG_DIGEST_MD5));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_is_what_it_is_called),
    cmocka_unit_test(each_is_looked_up_once),
};

UNIT_MAIN(tests)
