/* The pieces of a sighting, for t/bench/run to count under callgrind: the line of the log, the
 * JA4 and the cause of a hello, and whether a client is exempt. `again` is the JA4 of a hello whose
 * lists came before, `ja4` of one that is new each time.
 *
 * usage: pieces line|ja4|again|cause|exempt TIMES HELLO [EXEMPTIONS]; HELLO is a file of t/hellos
 */
#include "format/sighting.h"
#include "tls/ja4.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of t/hellos: the bytes of a message. */
static long parse_file(const char *name, tg_hello_t *hello)
{
    static unsigned char bytes[70000];
    FILE *file = fopen(name, "r");
    size_t n = file ? fread(bytes, 1, sizeof(bytes), file) : 0;

    if (file) {
        fclose(file);
    }
    return tg_hello_parse(bytes, n, hello);
}

static tg_sighting_t sighting(const tg_outcome_t *outcome, const tg_offer_t *offer)
{
    tg_sighting_t s = { .outcome = outcome, .offer = offer, .protocol = TG_PROTOCOL_TLS1_0 };

    s.time = 1531213200123456;
    s.ip = "192.0.2.7";
    s.port = 50123;
    s.client = "account:4711";
    s.user_id = "4711";
    s.user_agent = "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
                   "Chrome/27.0.1453.110 Safari/537.36";
    s.cipher = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA";
    s.library_cipher = "ECDHE-RSA-AES128-SHA";
    s.curve = "secp256r1";
    s.server_name = s.domain = "api.example.com";
    s.path = "/v1/sms/messages/send";
    s.method = "POST";
    s.ja4 = "t10d230100_6a57a6f57151_000000000000";
    s.cause = TG_CAUSE_OLD;
    s.status = 426;
    return s;
}

/* Another first cipher and extension. Nothing but this program holds the offer. */
static void change_lists(const tg_offer_t *offer, int i)
{
    static const tg_offer_list_t lists[] = { TG_OFFER_CIPHERS, TG_OFFER_EXTENSIONS };
    size_t l;
    int n;

    for (l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
        uint16_t *numbers = (uint16_t *)tg_offer_list(offer, lists[l], &n);

        if (n > 0) {
            numbers[0] = (uint16_t)(0x100 + i);
        }
    }
}

/* So many clients that are exempt, and as many networks. */
static tg_override_set_t *exemptions(apr_pool_t *pool, int n)
{
    tg_override_set_t *set = tg_override_set_create(pool);
    int i;

    for (i = 0; i < n; i++) {
        tg_exemption_t e = { .schedule = "legacy-tls", .until = TG_INSTANT_MAX };
        tg_network_t *network = apr_palloc(pool, sizeof(*network));
        const char *text = apr_psprintf(pool, "10.%d.%d.%d", i >> 16, i >> 8 & 0xFF, i & 0xFF);

        e.client = apr_psprintf(pool, "account:%d", i);
        tg_override_exempt(set, &e);
        if (tg_network_parse(text, network) == TG_NETWORK_USABLE) {
            e.network = network;
            tg_override_exempt(set, &e);
        }
    }
    return set;
}

int main(int argc, char **argv)
{
    static tg_schedule_t schedule;
    tg_binding_t binding = { .schedule = &schedule };
    tg_outcome_t outcome = {
        .binding = &binding, .phase = TG_PHASE_CUTOFF, .action = TG_ACTION_REJECT, .enforced = 1
    };
    char line[TG_SIGHTING_MAX + 1], ja4[TG_JA4_STRLEN];
    tg_hello_t hello;
    const tg_offer_t *offer;
    tg_sighting_t s;
    apr_pool_t *pool;
    tg_override_set_t *set;
    apr_sockaddr_t *address;
    size_t length = 0;
    int i, n;

    if (argc < 4 || apr_initialize() || apr_pool_create(&pool, NULL) ||
        parse_file(argv[3], &hello) <= 0 ||
        apr_sockaddr_info_get(&address, "192.0.2.7", APR_INET, 0, 0, pool)) {
        fprintf(stderr, "usage: pieces line|ja4|again|cause|exempt TIMES HELLO [EXEMPTIONS]\n");
        return 1;
    }
    n = atoi(argv[2]);
    offer = tg_offer_make(pool, &hello);
    schedule.name = "legacy-tls";
    s = sighting(&outcome, offer);
    set = exemptions(pool, argc > 4 ? atoi(argv[4]) : 0);
    for (i = 0; i < n; i++) {
        switch (argv[1][0]) {
        case 'l':
            length = tg_sighting_write(&s, line);
            break;
        case 'j':
            change_lists(offer, i);
            length = strlen(tg_ja4(offer, ja4));
            break;
        case 'a':
            length = strlen(tg_ja4(offer, ja4));
            break;
        case 'c':
            length = (size_t)tg_cause_evidence(offer);
            break;
        default:
            length += !tg_exemption_find(set, schedule.name, "account:4711x", address, 0);
        }
    }
    printf("%zu\n", length);
    return 0;
}
