/* Sightings: the content of the line, and that nothing a client sends breaks it. */
#include "seen.h"
#include "wire.h"

static const tg_override_t suspend = { .kind = TG_OVERRIDE_SUSPEND,
                                       .until = 1533722400,
                                       .postponed_from = TG_NEVER };
static const tg_override_t trial = { .kind = TG_OVERRIDE_TRIAL,
                                     .until = 1533722400,
                                     .postponed_from = TG_NEVER };
static const tg_override_t postpone = { .kind = TG_OVERRIDE_NONE,
                                        .until = TG_NEVER,
                                        .postponed_from = 1533631200,
                                        .postponed_to = 1533722400 };
static const tg_override_t over_and_postpone = { .kind = TG_OVERRIDE_SUSPEND,
                                                 .until = 1531000000,
                                                 .postponed_from = 1531000000,
                                                 .postponed_to = 1533722400 };
static const tg_exemption_t exemption = { "legacy-tls", "account:4711", NULL,
                                          1533722400,   "billing",      "late" };

static const tg_outcome_t suspended = { .binding = &binding,
                                        .phase = TG_PHASE_GRACE,
                                        .action = TG_ACTION_WARN,
                                        .enforced = 1,
                                        .override = &suspend,
                                        .by_hand = TG_OVERRIDE_SUSPEND };
static const tg_outcome_t raised = { .binding = &binding,
                                     .phase = TG_PHASE_TRIAL,
                                     .action = TG_ACTION_REJECT,
                                     .enforced = 1,
                                     .override = &trial,
                                     .by_hand = TG_OVERRIDE_TRIAL };
static const tg_outcome_t postponed = { .binding = &binding,
                                        .phase = TG_PHASE_ANNOUNCED,
                                        .action = TG_ACTION_WARN,
                                        .enforced = 1,
                                        .override = &postpone };
static const tg_outcome_t postponed_still = { .binding = &binding,
                                              .phase = TG_PHASE_ANNOUNCED,
                                              .action = TG_ACTION_WARN,
                                              .enforced = 1,
                                              .override = &over_and_postpone };
static const tg_outcome_t exempted = { .binding = &binding,
                                       .phase = TG_PHASE_CUTOFF,
                                       .action = TG_ACTION_WARN,
                                       .enforced = 0,
                                       .exemption = &exemption };

static const tg_outcome_t refused = {
    .binding = &binding, .phase = TG_PHASE_REFUSE, .action = TG_ACTION_REFUSE, .enforced = 1
};

/* The data of a handshake that failed. */
static tg_sighting_t failed_handshake(tg_protocol_t protocol, unsigned alert)
{
    tg_sighting_t s = { .protocol = protocol,
                        .failed = 1,
                        .alert = alert,
                        .ip = "192.0.2.7",
                        .port = 50123,
                        .client = "ip:192.0.2.7",
                        .outcome = &refused };

    return s;
}

static tg_sighting_t made_whole(void)
{
    return whole();
}

static tg_sighting_t least_sighting(void)
{
    tg_sighting_t s = {
        .protocol = TG_PROTOCOL_CLEARTEXT, .status = 200, .test = 1, .outcome = &exempted
    };

    return s;
}

static const tg_offer_t *offer_of(const char *text, const char *row)
{
    tg_hello_t hello = wire_parse(text, row);

    return tg_offer_make(unit_pool, &hello);
}

static tg_sighting_t refused_tls(void)
{
    tg_sighting_t s = failed_handshake(TG_PROTOCOL_TLS1_1, 70);

    s.server_name = "api.example.com";
    s.ja4 = "t11d230100_6a57a6f57151_000000000000";
    s.offer = offer_of(wire_hello("0302", "002f", ""), "up to 1.1");
    s.cause = TG_CAUSE_PINNED;
    return s;
}

static tg_sighting_t refused_sslv2(void)
{
    wire_t wire = wire_make(wire_sslv2("0002", "010080"));
    tg_sighting_t s = failed_handshake(TG_PROTOCOL_UNKNOWN, 40);
    tg_hello_t hello;

    assert_true(tg_hello_parse_sslv2(wire.at, wire.length, &hello) > 0);
    s.offer = tg_offer_make(unit_pool, &hello);
    return s;
}

/* A fatal alert without a name, and an offer that was too long to keep. */
static tg_sighting_t refused_without_offer(void)
{
    return failed_handshake(TG_PROTOCOL_SSL3, 255);
}

static tg_sighting_t offered_better(void)
{
    tg_sighting_t s = least_sighting();

    s.protocol = TG_PROTOCOL_TLS1_2;
    s.offer = offer_of(wire_hello("0303", "002f", "002b 2[ 1[ 0a0a 0304 0303 0301 ] ]"), "1.3");
    s.cause = TG_CAUSE_SERVER_CAPPED;
    return s;
}

#define REFUSED(alert)                                                                             \
    "'schedule':'legacy-tls','phase':'refuse','verdict':'refuse','enforced':true,"                 \
    "'override':null,'exemption':null,'test':false,'client':'ip:192.0.2.7','alert':'" alert "'"

static const struct {
    const char *what;
    tg_sighting_t (*make)(void);
    const char *json; /* with ' for " */
} lines[] = {
    { "whole", made_whole,
      "{'@timestamp':'2018-07-10T09:00:00.123Z','ecs':{'version':'8.11.0'},"
      "'tls':{'version':'1.0','version_protocol':'tls','established':true,"
      "'client':{'server_name':'api.example.com','ja4':'t10d230100_6a57a6f57151_000000000000'},"
      "'cipher':'TLS_RSA_WITH_AES_128_CBC_SHA','curve':'x25519'},"
      "'http':{'request':{'method':'POST'},'response':{'status_code':426}},"
      "'client':{'ip':'192.0.2.7','port':50123},'user':{'id':'4711'},"
      "'user_agent':{'original':'Java/1.7.0_80'},"
      "'url':{'domain':'api.example.com','path':'/v1/sms'},"
      "'tlsgate':{'client':'account:4711','cipher':'AES128-SHA','cause':'old','advice':'Start it "
      "with TLS 1.2',"
      "'protocol':'TLSv1','schedule':'legacy-tls','phase':'trial','verdict':'reject',"
      "'enforced':true,'override':null,'exemption':null,'test':false}}" },
    { "little", least_sighting,
      "{'@timestamp':'1970-01-01T00:00:00.000Z','ecs':{'version':'8.11.0'},"
      "'http':{'response':{'status_code':200}},"
      "'tlsgate':{'protocol':'cleartext','schedule':'legacy-tls','phase':'cutoff',"
      "'verdict':'warn','enforced':false,'override':null,"
      "'exemption':{'until':'2018-08-08T10:00:00Z','owner':'billing'},'test':true}}" },
    { "a handshake that was refused", refused_tls,
      "{'@timestamp':'1970-01-01T00:00:00.000Z','ecs':{'version':'8.11.0'},"
      "'tls':{'version':'1.1','version_protocol':'tls','established':false,"
      "'client':{'server_name':'api.example.com','ja4':'t11d230100_6a57a6f57151_000000000000'}},"
      "'client':{'ip':'192.0.2.7','port':50123},"
      "'tlsgate':{'protocol':'TLSv1.1','cause':'pinned'," REFUSED(
          "protocol_version") ","
                              "'client_hello':{'max_version':'TLSv1.1','versions':['TLSv1','TLSv1."
                              "1']}}}" },
    { "a handshake of SSL 2.0", refused_sslv2,
      "{'@timestamp':'1970-01-01T00:00:00.000Z','ecs':{'version':'8.11.0'},"
      "'tls':{'established':false},'client':{'ip':'192.0.2.7','port':50123},"
      "'tlsgate':{'protocol':'unknown'," REFUSED(
          "handshake_failure") ","
                               "'client_hello':{'max_version':'SSLv2','versions':[]}}}" },
    { "a handshake whose offer was not kept", refused_without_offer,
      "{'@timestamp':'1970-01-01T00:00:00.000Z','ecs':{'version':'8.11.0'},"
      "'tls':{'version':'3.0','version_protocol':'ssl','established':false},"
      "'client':{'ip':'192.0.2.7','port':50123},"
      "'tlsgate':{'protocol':'SSLv3'," REFUSED("unknown") "}}" },
    { "a request of a client that offered better", offered_better,
      "{'@timestamp':'1970-01-01T00:00:00.000Z','ecs':{'version':'8.11.0'},"
      "'tls':{'version':'1.2','version_protocol':'tls','established':true},"
      "'http':{'response':{'status_code':200}},"
      "'tlsgate':{'protocol':'TLSv1.2','schedule':'legacy-tls','phase':'cutoff',"
      "'verdict':'warn','enforced':false,'override':null,"
      "'exemption':{'until':'2018-08-08T10:00:00Z','owner':'billing'},'test':true,"
      "'cause':'server-capped',"
      "'client_hello':{'max_version':'TLSv1.3','versions':['TLSv1','TLSv1.2','TLSv1.3']}}}" },
};

static json_t *wanted_json(const char *with_apostrophes)
{
    char *text = apr_pstrdup(unit_pool, with_apostrophes), *quote;

    while ((quote = strchr(text, '\'')) != NULL) {
        *quote = '"';
    }
    return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static void has_the_names_of_ecs(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(lines); i++) {
        tg_sighting_t s = lines[i].make();
        json_t *got = written(&s, lines[i].what), *want = wanted_json(lines[i].json);

        CHECK(want != NULL, "%s: the test has no JSON", lines[i].what);
        CHECK(json_equal(got, want), "%s: %s\nnot %s", lines[i].what, json_dumps(got, JSON_COMPACT),
              lines[i].json);
        json_decref(got);
        json_decref(want);
    }
}

/* A handshake is decided by its hello, and its line is written later. */
static const tg_outcome_t suspended_then = { .binding = &binding,
                                             .phase = TG_PHASE_GRACE,
                                             .action = TG_ACTION_WARN,
                                             .enforced = 1,
                                             .override = &over_and_postpone,
                                             .by_hand = TG_OVERRIDE_SUSPEND };

static const struct {
    const char *what;
    const tg_outcome_t *outcome;
    const char *kind, *key, *instant;
} overrides[] = {
    { "a suspend that is over when the line is written", &suspended_then, "suspend", "until",
      "2018-07-07T21:46:40Z" },
    { "suspend", &suspended, "suspend", "until", "2018-08-08T10:00:00Z" },
    { "trial", &raised, "trial", "until", "2018-08-08T10:00:00Z" },
    { "postpone", &postponed, "postpone", "cutoff", "2018-08-08T10:00:00Z" },
    { "postponed, and a suspend that is over", &postponed_still, "postpone", "cutoff",
      "2018-08-08T10:00:00Z" },
};

static void names_the_override(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(overrides); i++) {
        tg_sighting_t s = whole();
        const json_t *o;
        json_t *line;

        s.outcome = overrides[i].outcome;
        line = written(&s, overrides[i].what);
        o = json_object_get(json_object_get(line, "tlsgate"), "override");
        same_text(json_string_value(json_object_get(o, "kind")), overrides[i].kind,
                  overrides[i].what);
        same_text(json_string_value(json_object_get(o, overrides[i].key)), overrides[i].instant,
                  overrides[i].what);
        json_decref(line);
    }
}

/* What a client sends, and what is read back from the line. */
static const struct {
    const char *sent, *logged;
} hostile[] = {
    { "\"},{\"x\":\"", "\"},{\"x\":\"" },
    { "\\", "\\" },
    { "\\\"", "\\\"" },
    { "\\u0000", "\\u0000" },
    { "a\nb", "a" REPLACED "b" },
    { "a\r\nb", "a" REPLACED REPLACED "b" },
    { "a\tb\vc\fd\be", "a" REPLACED "b" REPLACED "c" REPLACED "d" REPLACED "e" },
    { "\x01\x1F\x7F", REPLACED REPLACED REPLACED },
    { "\x1b]0;title\x07", REPLACED "]0;title" REPLACED },
    { "\xC2\x9B"
      "31m",
      REPLACED "31m" },
    { "\xE2\x80\xAE", REPLACED },
    { "</script>", "</script>" },
    { "\xE2\x80\xA8\xE2\x80\xA9", REPLACED REPLACED },
    { "caf\xE9", "caf\xEF\xBF\xBD" },
    { "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" },
    { "%s%n%x", "%s%n%x" },
    { "", "" },
};

static void keeps_what_outsiders_send_in_its_place(void **state)
{
    size_t i, w;

    (void)state;
    for (w = 0; w < ROWS(texts); w++) {
        for (i = 0; i < ROWS(hostile); i++) {
            tg_sighting_t s = whole();
            json_t *line;

            set_text(&s, w, hostile[i].sent);
            line = written(&s, hostile[i].sent);
            same_text(get_text(line, texts[w].path), hostile[i].logged, texts[w].path);
            assert_null(json_object_get(json_object_get(line, "tlsgate"), "truncated"));
            json_decref(line);
        }
    }
}

/* Free text of a client is cut before its identity. */
static void keeps_who_it_was(void **state)
{
    static const char *const kept[] = { "client.ip",           "user.id",
                                        "tlsgate.client",      "tls.cipher",
                                        "tlsgate.cipher",      "tls.curve",
                                        "http.request.method", "tls.client.server_name" };
    tg_sighting_t s = whole();
    json_t *line;
    size_t i;

    (void)state;
    s.user_agent = s.path = s.advice = s.domain = repeated(0x01, 8192);
    line = written(&s, "hostile texts");
    for (i = 0; i < ROWS(kept); i++) {
        CHECK(!is_cut(line, kept[i]), "%s is cut", kept[i]);
    }
    json_decref(line);
}

static const struct {
    const char *what;
    const char *client, *user_id;
} identities[] = {
    { "an account", "account:4711", "4711" },
    { "a certificate", "cert:CN=device", NULL },
};

/* An identity of the maximum length was cut earlier. */
static void says_that_an_identity_was_cut(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(identities); i++) {
        tg_sighting_t s = whole();
        json_t *line;

        s.client = identities[i].client;
        s.user_id = identities[i].user_id;
        s.identity_cut = 1;
        line = written(&s, identities[i].what);
        CHECK(is_cut(line, "tlsgate.client"), "%s: tlsgate.client is cut in silence",
              identities[i].what);
        CHECK(is_cut(line, "user.id") == (s.user_id != NULL), "%s: user.id", identities[i].what);
        CHECK(!is_cut(line, "url.path"), "%s: url.path", identities[i].what);
        json_decref(line);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(has_the_names_of_ecs),
    cmocka_unit_test(names_the_override),
    cmocka_unit_test(keeps_what_outsiders_send_in_its_place),
    cmocka_unit_test(keeps_who_it_was),
    cmocka_unit_test(says_that_an_identity_was_cut),
};

UNIT_MAIN(tests)
