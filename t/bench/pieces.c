/* The pieces of a sighting, for t/bench/run to count under callgrind: the line of the log, the
 * JA4 and the cause of a hello.
 *
 * usage: pieces PIECE TIMES HELLO, a file of t/hellos
 */
#include "format/sighting.h"
#include "tls/ja4.h"

#include <apr_general.h>
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
    s.cipher = "ECDHE-RSA-AES128-SHA";
    s.server_name = s.domain = "api.example.com";
    s.path = "/v1/sms/messages/send";
    s.method = "POST";
    s.ja4 = "t10d230100_6a57a6f57151_000000000000";
    s.cause = TG_CAUSE_OLD;
    s.status = 426;
    return s;
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
    size_t length = 0;
    int i, n;

    if (argc < 4 || apr_initialize() || apr_pool_create(&pool, NULL) ||
        parse_file(argv[3], &hello) <= 0) {
        fprintf(stderr, "usage: pieces line|ja4|cause TIMES HELLO\n");
        return 1;
    }
    n = atoi(argv[2]);
    offer = tg_offer_make(pool, &hello);
    schedule.name = "legacy-tls";
    s = sighting(&outcome, offer);
    for (i = 0; i < n; i++) {
        length = strcmp(argv[1], "line") == 0  ? tg_sighting_write(&s, line)
                 : strcmp(argv[1], "ja4") == 0 ? strlen(tg_ja4(offer, ja4))
                                               : (size_t)tg_cause_evidence(offer);
    }
    printf("%zu\n", length);
    return 0;
}
