/* A log for t/bench/report to read: lines as the module writes them, of clients that come in no order
 * after each came once, with its own address and user agent. One line of fifty is a failed handshake, and one
 * client of eight is known by its address alone. The same numbers make the same log.
 *
 * usage: log LINES CLIENTS HELLO >FILE; HELLO is a file of t/hellos
 */
#include "format/sighting.h"

#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>

#define FROM ((apr_time_t)1531180800 * APR_USEC_PER_SEC)
#define BETWEEN (APR_USEC_PER_SEC / 20)

#define SHARE(share) (next_number() % (share) == 0)
#define ONE_OF(texts) texts[next_number() % (sizeof(texts) / sizeof(texts[0]))]

static const char *const agents[] = {
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%u.0 "
    "Safari/537.36",
    "Java/1.7.0_%u", "PayClient/%u.2", "curl/7.%u.0 OpenSSL/0.9.8o",
    "MyApp/%u.1 \"beta\" (compatible; MSIE 9.0; Windows NT 6.1)"
};
static const char *const advices[] = {
    NULL, NULL, "Java 7 has TLS 1.2 switched off: start it with -Dhttps.protocols=TLSv1.2",
    "OpenSSL before 1.0.1 has no TLS 1.2: install a newer one"
};
static const char *const hosts[] = { "api.example.com", "www.example.com", "pay.example.net" };
static const char *const paths[] = { "/v1/sms/messages/send", "/orders", "/",
                                     "/v2/accounts/\xC3\xA9t\xC3\xA9" };

static uint64_t state = 1;

/* Knuth's generator: enough for a log. */
static unsigned next_number(void)
{
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(state >> 33);
}

static const tg_offer_t *offer_of(apr_pool_t *pool, const char *name)
{
    static unsigned char bytes[70000];
    FILE *file = fopen(name, "r");
    size_t n = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
    tg_hello_t hello;

    if (file) {
        fclose(file);
    }
    return tg_hello_parse(bytes, n, &hello) > 0 ? tg_offer_make(pool, &hello) : NULL;
}

static void write_request(tg_sighting_t *s, unsigned client)
{
    static char agent[200], name[32];

    snprintf(agent, sizeof(agent), agents[client % 5], client % 40);
    snprintf(name, sizeof(name), "account:%u", client);
    if (client % 8 > 0) {
        s->client = name;
        s->user_id = name + 8;
    }
    s->user_agent = agent;
    s->cipher = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA";
    s->library_cipher = "ECDHE-RSA-AES128-SHA";
    s->curve = "secp256r1";
    s->path = ONE_OF(paths);
    s->method = SHARE(3) ? "GET" : "POST";
    s->advice = advices[client % 4];
    s->status = SHARE(4) ? 426 : 200;
}

static size_t write_sighting(const tg_outcome_t *outcome, const tg_offer_t *offer, unsigned i,
                             unsigned client, char *line)
{
    tg_sighting_t s = { .outcome = outcome, .offer = offer, .protocol = TG_PROTOCOL_TLS1_0 };
    char address[32], key[64], ja4[40];

    snprintf(address, sizeof(address), "10.%u.%u.%u", client >> 16 & 0xFF, client >> 8 & 0xFF,
             client & 0xFF);
    snprintf(key, sizeof(key), "ip:%s", address);
    snprintf(ja4, sizeof(ja4), "t10d230100_6a57a6f57151_%012u", client % 30);
    s.time = FROM + (apr_time_t)i * BETWEEN;
    s.ip = address;
    s.port = 1024 + next_number() % 60000;
    s.client = key;
    s.server_name = s.domain = ONE_OF(hosts);
    s.ja4 = ja4;
    s.cause = client % 3 ? TG_CAUSE_OLD : TG_CAUSE_PINNED;
    s.failed = SHARE(50);
    s.alert = 70;
    if (!s.failed) {
        write_request(&s, client);
    }
    return tg_sighting_write(&s, line);
}

int main(int argc, char **argv)
{
    static tg_schedule_t schedule = { .name = "legacy-tls" };
    tg_binding_t binding = { .schedule = &schedule };
    tg_outcome_t outcome = {
        .binding = &binding, .phase = TG_PHASE_TRIAL, .action = TG_ACTION_REJECT, .enforced = 1
    };
    char line[TG_SIGHTING_MAX + 1];
    const tg_offer_t *offer;
    apr_pool_t *pool;
    unsigned i, clients;

    if (argc < 4 || apr_initialize() || apr_pool_create(&pool, NULL) ||
        !(offer = offer_of(pool, argv[3]))) {
        fprintf(stderr, "usage: log LINES CLIENTS HELLO >FILE\n");
        return 1;
    }
    clients = (unsigned)atoi(argv[2]);
    for (i = 0; i < (unsigned)atoi(argv[1]); i++) {
        fwrite(line, 1,
               write_sighting(&outcome, offer, i, i < clients ? i : next_number() % clients, line),
               stdout);
    }
    return 0;
}
