/* What TLS library a client has: see library.h. */
#include "library.h"

#include "base/rows.h"

/* Without configuration, a library sends its default groups and signature algorithms in an order
 * of its own. Extensions tell libraries with the same list apart.
 * Each row is that of real hellos: t/unit/library.c has them. */

enum { NUMBERS_MAX = 11, SIGNS_MAX = 5 };

typedef enum { WITHOUT_TLS1_3, WITH_TLS1_3, WITH_OR_WITHOUT } offered_tls1_3_t;

typedef struct {
    tg_library_t library;
    offered_tls1_3_t tls1_3;
    tg_offer_list_t list;
    int is_beginning;              /* more may follow */
    uint16_t numbers[NUMBERS_MAX]; /* of the list; 0 ends it, as in the other two */
    uint16_t with[SIGNS_MAX];      /* extensions that are there */
    uint16_t without[SIGNS_MAX];   /* and those that are not */
} look_t;

#define FFDHE 256, 257, 258, 259, 260
#define OPENSSL_PQ "OpenSSL 3.5"
/* ec_point_formats is not sent without ciphers for elliptic curves. */
#define OPENSSL_SIGNS                                                                              \
    {                                                                                              \
        22, 23                                                                                     \
    }

static const look_t looks[] = {
    { { "OpenSSL 1.1.1", OPENSSL_PQ, 0 },
      WITH_TLS1_3,
      TG_OFFER_GROUPS,
      0,
      { 29, 23, 30, 25, 24 },
      OPENSSL_SIGNS,
      { 0 } },
    { { "OpenSSL 1.1.1 to 3.4", OPENSSL_PQ, 0 },
      WITHOUT_TLS1_3,
      TG_OFFER_GROUPS,
      0,
      { 29, 23, 30, 25, 24 },
      OPENSSL_SIGNS,
      { 0 } },
    { { "OpenSSL 3.0 to 3.4", OPENSSL_PQ, 0 },
      WITH_TLS1_3,
      TG_OFFER_GROUPS,
      0,
      { 29, 23, 30, 25, 24, FFDHE },
      OPENSSL_SIGNS,
      { 0 } },
    { { "OpenSSL 3.5 or newer", NULL, 1 },
      WITHOUT_TLS1_3,
      TG_OFFER_GROUPS,
      0,
      { 29, 23, 30, 24, 25 },
      OPENSSL_SIGNS,
      { 0 } },
    { { "OpenSSL 3.5 or newer", NULL, 1 },
      WITH_TLS1_3,
      TG_OFFER_GROUPS,
      0,
      { 4588, 29, 23, 30, 24, 25, 256, 257 },
      OPENSSL_SIGNS,
      { 0 } },
    /* Without ciphers for them it sends no groups. */
    { { "OpenSSL 1.1.1 or newer", OPENSSL_PQ, 0 },
      WITHOUT_TLS1_3,
      TG_OFFER_SIGNATURE_ALGORITHMS,
      1,
      { 0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B },
      OPENSSL_SIGNS,
      { 10 } },
    { { "Java (JSSE)", "JDK 27", 0 },
      WITH_OR_WITHOUT,
      TG_OFFER_GROUPS,
      0,
      { 29, 23, 24, 25, 30, FFDHE },
      { 43 },
      { 22 } },
    { { "GnuTLS", NULL, 0 },
      WITH_OR_WITHOUT,
      TG_OFFER_GROUPS,
      0,
      { 23, 24, 25, 29, 30, FFDHE },
      { 28 },
      { 0 } },
    { { "NSS, the library of Firefox", "Firefox 132", 0 },
      WITH_OR_WITHOUT,
      TG_OFFER_GROUPS,
      1,
      { 29, 23, 24, 25 },
      { 23, 28 },
      { 22 } },
    { { "Go", "Go 1.24", 0 },
      WITH_OR_WITHOUT,
      TG_OFFER_GROUPS,
      0,
      { 29, 23, 24, 25 },
      { 18, 43 },
      { 22, 27, 28, 45 } },
};

static int has_list(const tg_offer_t *offer, const look_t *look)
{
    int i, n;
    const uint16_t *numbers = tg_offer_list(offer, look->list, &n);

    for (i = 0; i < NUMBERS_MAX && look->numbers[i]; i++) {
        if (i == n || numbers[i] != look->numbers[i]) {
            return 0;
        }
    }
    return look->is_beginning || i == n;
}

static int count_signs(const tg_offer_t *offer, const uint16_t *signs, int *all)
{
    int found = 0;

    for (*all = 0; *all < SIGNS_MAX && signs[*all]; (*all)++) {
        found += tg_offer_has(offer, TG_OFFER_EXTENSIONS, signs[*all]);
    }
    return found;
}

static int is_alike(const tg_offer_t *offer, const look_t *look)
{
    int offers_tls1_3 = tg_offer_newest(offer) >= TG_PROTOCOL_TLS1_3, all;

    if (look->tls1_3 != WITH_OR_WITHOUT && (look->tls1_3 == WITH_TLS1_3) != offers_tls1_3) {
        return 0;
    }
    return has_list(offer, look) && count_signs(offer, look->with, &all) == all &&
           count_signs(offer, look->without, &all) == 0;
}

const tg_library_t *tg_library_guess(const tg_offer_t *offer)
{
    size_t i;

    for (i = 0; offer && i < TG_ROWS(looks); i++) {
        if (is_alike(offer, &looks[i])) {
            return &looks[i].library;
        }
    }
    return NULL;
}
