/* Reading a plan back: the output of tg_plan_json() yields the same schedule. */
#include "given.h"

#include "base/json.h"
#include "format/plan.h"

#define OLD "TlsGateDeprecate TLSv1 TLSv1.1\n"

static const char *const schedules[] = {
    OLD,
    "TlsGateDeprecate any\n",
    "TlsGateDeprecate expr=true\n",
    "TlsGateDeprecate any expr=true\nTlsGateCutoff 2018-08-07T09:40Z\n",
    "TlsGateDeprecate SSLv3 TLSv1.2 TLSv1.3 cleartext unknown kx=RSA kx=DHE\n",
    OLD "TlsGateAnnounce 2018-06-01T00:00Z\n",
    OLD "TlsGateCutoff 2018-08-07T09:40Z\n",
    OLD "TlsGateRefuse 2018-11-01T00:00Z\n",
    OLD "TlsGateCutoff 2018-11-01T00:00Z\nTlsGateRefuse 2018-11-01T00:00Z\n",
    OLD "TlsGateTrial 0000-01-01T00:00Z/PT1S\nTlsGateTrial 9999-12-31T23:59:58Z/PT1S\n",
    OLD "TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T13:05:07Z share=25%\n"
        "TlsGateTrial 2018-07-10T09:00Z/2018-07-10T10:23Z share=1%\n"
        "TlsGateTrial 2018-07-10T10:23Z/PT1H share=99%\nTlsGateCutoff 2018-08-07T09:40Z\n",
    OLD "TlsGateTrial 2018-07-20T14:00Z/PT1H every=PT1H until=2018-07-20T20:00Z\n",
    OLD "TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T14:05Z\n",
    OLD "TlsGateAnnounce 2018-06-01T00:00Z\nTlsGateTrial 2018-07-10T10:00+01:00/PT83M\n"
        "TlsGateCutoff 2018-08-07T09:40+01:00\nTlsGateGrace 2018-10-01T00:00Z/P1D\n"
        "TlsGateGrace 2018-08-07T16:25+01:00/2018-08-21T10:00+01:00\n"
        "TlsGateGrace 2018-10-02T00:00Z/P1D\nTlsGateRefuse 2018-11-01T00:00Z\n"
        "TlsGateInfo https://developer.example.com/tls\n",
};

/* --- documents as httpd writes them --- */

static json_t *status_json(int status)
{
    return status ? json_integer(status) : json_null();
}

/* Two of them: what is known, and what is not. */
static json_t *settings_json(void)
{
    json_t *known = json_pack(
        "{s:b, s:[s,s], s:[{s:s, s:i, s:s, s:s}], s:b, s:[{s:s, s:s, s:b}], s:s, s:s, s:s}", "tls",
        1, "accepts", "TLSv1.2", "TLSv1.3", "kept_out", "protocol", "TLSv1", "alert", 70, "reason",
        "SSLProtocol leaves it out", "fix", "name it", "classical", 1, "identity", "source",
        "header:X-Account", "kind", "account", "hashed", 1, "privacy", "truncate", "peer", "proxy",
        "log", "/l");
    json_t *unknown =
        json_pack("{s:n, s:n, s:[], s:b, s:[], s:s, s:s, s:n}", "tls", "accepts", "kept_out",
                  "classical", 0, "identity", "privacy", "full", "peer", "client", "log");

    return json_pack("[o, o]", known, unknown);
}

static json_t *servers_json(void)
{
    return json_pack("[{s:s, s:[], s:n, s:i}, {s:s, s:[s,s], s:s, s:i}]", "name", "main server",
                     "names", "verify", "settings", 1, "name", "vhost a.example.com:443", "names",
                     "a.example.com", "*.example.com", "verify", "/tests%20here", "settings", 0);
}

static json_t *document_of(const tg_schedule_t *s, tg_instant_t now)
{
    json_t *item = tg_plan_json(s, NULL, now);

    json_object_set_new(item, "status",
                        json_pack("{s:o, s:o}", "trial", status_json(s->status[TG_STATUS_TRIAL]),
                                  "cutoff", status_json(s->status[TG_STATUS_CUTOFF])));
    return json_pack(
        "{s:i, s:o, s:s, s:n, s:n, s:[o], s:[{s:s, s:n, s:b, s:[{s:s, s:n, s:b}]}], s:o, s:o}",
        "version", 1, "time", tg_json_instant(now), "state", "state.json", "guard", "ledger",
        "schedules", item, "scopes", "server", "main server", "location", "regex", 0, "gates",
        "schedule", s->name, "as", "report_only", 0, "settings", settings_json(), "servers",
        servers_json());
}

static int reads_plan(json_t *document, tg_plan_t *plan, tg_fault_t *fault)
{
    const char *text = tg_json_print(unit_pool, document, JSON_COMPACT);

    return tg_plan_parse(unit_pool, text, strlen(text), plan, fault);
}

static const tg_schedule_t *read_back(const tg_schedule_t *s, tg_instant_t now, const char *row)
{
    tg_plan_t plan;
    tg_fault_t fault;

    CHECK(reads_plan(document_of(s, now), &plan, &fault), "%s\n%s", row, fault.reason);
    CHECK(plan.schedules->nelts == 1 && plan.uses->nelts == 1 && plan.time == now, "%s", row);
    return tg_plan_schedule(&plan, s->name);
}

/* --- the round trip --- */

static void same_at(const tg_schedule_t *a, const tg_schedule_t *b, tg_instant_t t, const char *row)
{
    static const int buckets[] = { TG_BUCKET_EVERYONE, 1, 24, 25, 99 };
    size_t i;

    for (i = 0; i < ROWS(buckets); i++) {
        same_number(tg_phase_at(b, NULL, t, buckets[i]), tg_phase_at(a, NULL, t, buckets[i]), row);
    }
}

/* A second before each change, and on it, for those in every share and those in none. */
static void same_phases(const tg_schedule_t *a, const tg_schedule_t *b, const char *row)
{
    static const int buckets[] = { TG_BUCKET_EVERYONE, 24, 99 };
    tg_instant_t t;
    size_t i;

    same_at(a, b, TG_ALWAYS, row);
    for (i = 0; i < ROWS(buckets); i++) {
        for (t = TG_ALWAYS; t != TG_NEVER; t = tg_phase_next_change(a, NULL, t, buckets[i], NULL)) {
            same_number(tg_phase_next_change(b, NULL, t, buckets[i], NULL),
                        tg_phase_next_change(a, NULL, t, buckets[i], NULL), row);
            same_at(a, b, t, row);
            same_at(a, b, t == TG_ALWAYS ? t : t - 1, row);
        }
    }
}

static void the_schedule_is_the_same(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(schedules); i++) {
        const tg_schedule_t *s = given(schedules[i]).schedule;
        const tg_schedule_t *back = read_back(s, at("2018-07-20T14:07Z"), schedules[i]);

        CHECK(back, "%s: it is gone", schedules[i]);
        same_phases(s, back, schedules[i]);
        same_number(back->traits, s->traits, schedules[i]);
        same_number(back->has_expr, s->has_expr, schedules[i]);
        same_number(back->has_share, s->has_share, schedules[i]);
        same_text(back->info, s->info, schedules[i]);
        same_number(tg_schedule_cutoff(back), tg_schedule_cutoff(s), schedules[i]);
        same_number(tg_phase_rejected_for_good(back, NULL), tg_phase_rejected_for_good(s, NULL),
                    schedules[i]);
    }
}

static void a_postponement_moves_both_alike(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(schedules); i++) {
        const tg_schedule_t *s = given(schedules[i]).schedule;
        const tg_schedule_t *back = read_back(s, at("2018-07-20T14:07Z"), schedules[i]);
        const tg_override_t o = { .until = TG_NEVER,
                                  .postponed_from = tg_schedule_cutoff(s),
                                  .postponed_to = at("2018-12-01T00:00Z") };

        same_number(tg_phase_cutoff(back, &o), tg_phase_cutoff(s, &o), schedules[i]);
        same_number(tg_phase_refuse(back, &o), tg_phase_refuse(s, &o), schedules[i]);
    }
}

static void keeps_statuses(void **state)
{
    tg_schedule_t *s = given(OLD).schedule;
    const tg_schedule_t *back;

    (void)state;
    s->status[TG_STATUS_TRIAL] = 503;
    back = read_back(s, 0, OLD);
    assert_int_equal(back->status[TG_STATUS_TRIAL], 503);
    assert_int_equal(back->status[TG_STATUS_CUTOFF], 0);
}

static void knows_who_uses_it(void **state)
{
    static const char text[] =
        "{\"version\":1,\"time\":\"2018-01-01T00:00:00Z\",\"state\":null,\"guard\":\"5%\","
        "\"schedules\":[],"
        "\"servers\":[],\"settings\":[],\"scopes\":[{\"server\":\"main server\","
        "\"location\":\"/open\",\"regex\":true,\"gates\":[]}]}";
    json_t *document = document_of(given(OLD).schedule, 0);
    json_t *scope = json_array_get(json_object_get(document, "scopes"), 0);
    json_t *gate = json_array_get(json_object_get(scope, "gates"), 0);
    const tg_plan_use_t *use;
    tg_plan_t plan;
    tg_fault_t fault;

    (void)state;
    json_object_set_new(scope, "location", json_string("/v1"));
    json_object_set_new(gate, "as", json_string("cutoff"));
    json_object_set_new(gate, "report_only", json_true());
    CHECK(reads_plan(document, &plan, &fault), "%s", fault.reason);
    use = &APR_ARRAY_IDX(plan.uses, 0, tg_plan_use_t);
    assert_string_equal(use->server, "main server");
    assert_string_equal(use->location, "/v1");
    assert_int_equal(use->binding.as, TG_PHASE_CUTOFF);
    assert_true(use->binding.has_as && use->binding.report_only);
    assert_string_equal(plan.state, "state.json");
    CHECK(tg_plan_parse(unit_pool, text, strlen(text), &plan, &fault), "%s", fault.reason);
    assert_null(plan.state);
    assert_string_equal(plan.guard, "5%");
    assert_non_null(strstr(plan.scopes, "/open")); /* `off` is a use as well */
    assert_int_equal(plan.lines->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(plan.lines, 0, tg_plan_scope_t).bindings->nelts, 0);
    assert_int_equal(APR_ARRAY_IDX(plan.lines, 0, tg_plan_scope_t).is_regex, 1);
}

static void knows_the_servers(void **state)
{
    const tg_plan_server_t *first, *second;
    const tg_plan_kept_out_t *out;
    const tg_plan_identity_t *source;
    tg_plan_t plan;
    tg_fault_t fault;

    (void)state;
    CHECK(reads_plan(document_of(given(OLD).schedule, 0), &plan, &fault), "%s", fault.reason);
    assert_int_equal(plan.servers->nelts, 2);
    first = &APR_ARRAY_IDX(plan.servers, 0, tg_plan_server_t);
    second = &APR_ARRAY_IDX(plan.servers, 1, tg_plan_server_t);
    assert_string_equal(APR_ARRAY_IDX(second->names, 1, const char *), "*.example.com");
    assert_int_equal(first->settings->is_tls, -1);
    assert_int_equal(first->settings->accepts, TG_TRAITS_TLS);
    assert_int_equal(first->settings->peer, TG_PLAN_PEER_CLIENT);
    assert_int_equal(first->settings->is_classical, 0);
    assert_null(first->settings->log);
    assert_int_equal(second->settings->is_tls, 1);
    assert_int_equal(second->settings->accepts,
                     TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_2) | TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_3));
    assert_int_equal(second->settings->peer, TG_PLAN_PEER_PROXY);
    assert_string_equal(second->settings->privacy, "truncate");
    assert_int_equal(second->settings->is_classical, 1);
    assert_string_equal(second->settings->log, "/l");
    assert_null(first->verify);
    assert_string_equal(second->verify, "/tests%20here");
    out = &APR_ARRAY_IDX(second->settings->kept_out, 0, tg_plan_kept_out_t);
    assert_int_equal(out->protocol, TG_PROTOCOL_TLS1_0);
    assert_int_equal(out->alert, 70);
    source = &APR_ARRAY_IDX(second->settings->identity, 0, tg_plan_identity_t);
    assert_string_equal(source->source, "header:X-Account");
    assert_string_equal(source->kind, "account");
    assert_true(source->is_hashed);
}

/* --- what is refused, and the place that the fault names --- */

#define WHOLE                                                                                      \
    OLD "TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%\n"      \
        "TlsGateCutoff 2018-08-07T09:40Z\nTlsGateGrace 2018-08-08T00:00Z/P1D\n"                    \
        "TlsGateRefuse 2018-11-01T00:00Z\n"

/* A part of the document, its replacement, and what the fault says. */
static const struct {
    const char *what, *by, *says;
} faults[] = {
    { "{\"version\":1", "[{\"version\":1", "line 2, column" },
    { "{\"version\":1,", "{\"version\":2,", "version: it is 2, and only 1 can be read" },
    { "{\"version\":1,", "{\"version\":\"1\",", "version: it is not an integer" },
    { "{\"version\":1,", "{\"version\":1,\"version\":1,", "line 1, column" },
    { "{\"version\":1,", "{\"version\":1,\"more\":1,", "more: there is no such member" },
    { "\"state\":\"state.json\",", "", "state: it is missing" },
    { "\"ledger\":null", "\"ledger\":7", "ledger: it is not a string" },
    { "\"state\":\"state.json\"", "\"state\":7", "state: it is not a string" },
    { "\"state\":\"state.json\"", "\"state\":\"a\\u0000b\"", "line 1, column" },
    { "\"time\":\"2018-07-01T00:00:00Z\"", "\"time\":null", "time: it is not a string" },
    { "\"time\":\"2018-07-01T00:00:00Z\"", "\"time\":\"2018-07-01\"", "time: the instant has no" },
    { "\"schedules\":[", "\"schedules\":[7,", "schedules[0]: it is not an object" },
    { "\"name\":\"legacy\"", "\"name\":\"lega cy\"", "schedules[0].name: it is not a name" },
    { "\"name\":\"legacy\"", "\"name\":\"off\"", "schedules[0].name: it is not a name" },
    { "\"name\":\"legacy\"", "\"name\":\"\\u001b[1m\"", "schedules[0].name: it is not a name" },
    { "[\"TLSv1\",", "[\"TLSv0\",", "schedules[0].deprecates: it names a trait" },
    { "[\"TLSv1\",", "[1,", "schedules[0].deprecates: it names a trait" },
    { "[\"TLSv1\",", "[\"tlsv1\",", "schedules[0].deprecates: it contradicts the rest" },
    { "[\"TLSv1\",\"TLSv1.1\"]", "null", "schedules[0].deprecates: it is not a list" },
    { "[\"TLSv1\",\"TLSv1.1\"]", "[]",
      "schedules[0].<TlsGateSchedule legacy: the schedule has no" },
    { "\"phase\":\"announced\"", "\"phase\":\"cutoff\"",
      "schedules[0].phase: it contradicts the rest" },
    { "\"phase\":\"announced\",", "", "schedules[0].phase: it is missing" },
    { "\"announce\":null", "\"announce\":\"2019-01-01T00:00:00Z\"", "TlsGateAnnounce" },
    { "\"cutoff\":\"2018-08-07T09:40:00Z\"", "\"cutoff\":\"2018-12-07T09:40:00Z\"",
      "schedules[0].TlsGateRefuse 2018-11-01T00:00:00Z: it is before" },
    { "\"cutoff\":\"2018-08-07T09:40:00Z\"", "\"cutoff\":\"2018-08-07T09:40Z\"",
      "schedules[0].cutoff: it contradicts the rest" },
    { "\"cutoff\":\"2018-08-07T09:40:00Z\"", "\"cutoff\":true",
      "schedules[0].cutoff: it is not a string" },
    { "\"share_percent\":25", "\"share_percent\":101", "schedules[0].trials[0].share_percent" },
    { "\"share_percent\":25", "\"share_percent\":0", "schedules[0].trials[0].share_percent" },
    { "\"share_percent\":25", "\"share_percent\":null", "schedules[0].trials[0].start: share=0%" },
    { "\"share_percent\":25", "\"share_percent\":25.0", "schedules[0].trials[0].share_percent" },
    { "\"every_seconds\":3600", "\"every_seconds\":-1", "schedules[0].trials[0].every_seconds" },
    { "\"every_seconds\":3600", "\"every_seconds\":null", "schedules[0].trials[0].start: every=" },
    { "\"every_seconds\":3600", "\"every_seconds\":60", "the repeating window is longer" },
    { "\"every_seconds\":3600", "\"every_seconds\":3600,\"x\":1",
      "schedules[0].trials[0].x: there is no such member" },
    { "\"end\":\"2018-07-20T14:10:00Z\"", "\"end\":\"2018-07-20T14:00:00Z\"",
      "the window is empty" },
    { "\"end\":\"2018-08-09T00:00:00Z\"", "\"end\":\"2018-08-07T00:00:00Z\"",
      "schedules[0].grace[0].start: the window ends before" },
    { "\"end\":\"2018-08-09T00:00:00Z\"", "\"end\":\"PT1H\"",
      "schedules[0].grace: it contradicts the rest" },
    { "\"rejected_for_good\":\"2018-08-09T00:00:00Z\"",
      "\"rejected_for_good\":\"2018-08-10T00:00:00Z\"",
      "schedules[0].rejected_for_good: it contradicts the rest" },
    { "\"trial\":null", "\"trial\":200",
      "schedules[0].status.trial: it is not between 400 and 599" },
    { "\"trial\":null", "\"tryal\":null", "schedules[0].status.trial: it is missing" },
    { "\"status\":{", "\"status\":7,\"x\":{", "schedules[0].x: there is no such member" },
    { "\"gates\":[{\"schedule\":\"legacy\"", "\"gates\":[{\"schedule\":\"other\"",
      "scopes[0].gates[0].schedule: there is no schedule" },
    { "\"as\":null", "\"as\":\"soon\"", "scopes[0].gates[0].as: there is no such phase" },
    { "\"report_only\":false", "\"report_only\":0", "scopes[0].gates[0].report_only" },
    { "\"server\":\"main server\"", "\"server\":null", "scopes[0].server: it is not a string" },
    { "\"regex\":false,", "", "scopes[0].regex: it is missing" },
    { "\"tls\":true", "\"tls\":1", "settings[0].tls: it is" },
    { "[\"TLSv1.2\",", "[\"cleartext\",", "settings[0].accepts: it names no TLS version" },
    { "[\"TLSv1.2\",", "[7,", "settings[0].accepts: it names no TLS version" },
    { "\"accepts\":null", "\"accepts\":7", "settings[1].accepts: it is neither" },
    { "\"protocol\":\"TLSv1\"", "\"protocol\":\"unknown\"",
      "settings[0].kept_out[0].protocol: it names no" },
    { "\"alert\":70", "\"alert\":256", "settings[0].kept_out[0].alert: it is not between" },
    { "\"peer\":\"proxy\"", "\"peer\":\"moon\"", "settings[0].peer: it is not known here" },
    { "\"hashed\":true", "\"hashed\":true,\"x\":1",
      "settings[0].identity[0].x: there is no such member" },
    { "\"log\":null", "\"log\":7", "settings[1].log: it is not a string" },
    { "[\"a.example.com\",", "[7,", "servers[1].names: it contains something other" },
    { "\"settings\":1", "\"settings\":2", "servers[0].settings: it is not between 0 and 1" },
};

static const char *whole_plan(void)
{
    return tg_json_print(unit_pool, document_of(given(WHOLE).schedule, at("2018-07-01T00:00Z")),
                         JSON_COMPACT);
}

static void a_fault_names_its_place(void **state)
{
    const char *text = whole_plan();
    tg_plan_t plan;
    tg_fault_t fault;
    size_t i;

    (void)state;
    CHECK(tg_plan_parse(unit_pool, text, strlen(text), &plan, &fault), "%s", fault.reason);
    for (i = 0; i < ROWS(faults); i++) {
        const char *found = strstr(text, faults[i].what), *broken;

        CHECK(found, "%s is not in %s", faults[i].what, text);
        broken = apr_pstrcat(unit_pool, apr_pstrmemdup(unit_pool, text, (size_t)(found - text)),
                             faults[i].by, found + strlen(faults[i].what), NULL);
        fault.reason[0] = '\0';
        CHECK(!tg_plan_parse(unit_pool, broken, strlen(broken), &plan, &fault), "%s was read",
              faults[i].by);
        has_text(fault.reason, faults[i].says, faults[i].by);
    }
}

static void half_of_it_is_refused(void **state)
{
    const char *text = whole_plan();
    size_t length = strlen(text) - 1; /* its newline may be missing */
    tg_plan_t plan;
    tg_fault_t fault;
    size_t i;

    (void)state;
    for (i = 0; i < length; i++) {
        CHECK(!tg_plan_parse(unit_pool, text, i, &plan, &fault), "%lu bytes were read",
              (unsigned long)i);
    }
    assert_false(tg_plan_parse(unit_pool, text, TG_PLAN_MAX + 1, &plan, &fault));
    has_text(fault.reason, "it has more than", "too long");
}

static void two_of_a_name_are_refused(void **state)
{
    json_t *document = document_of(given(OLD).schedule, 0);
    json_t *list = json_object_get(document, "schedules");
    tg_plan_t plan;
    tg_fault_t fault;

    (void)state;
    json_array_append(list, json_array_get(list, 0));
    assert_false(reads_plan(document, &plan, &fault));
    has_text(fault.reason, "schedules[1].name", "two of a name");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_schedule_is_the_same), cmocka_unit_test(a_postponement_moves_both_alike),
    cmocka_unit_test(keeps_statuses),           cmocka_unit_test(knows_who_uses_it),
    cmocka_unit_test(knows_the_servers),        cmocka_unit_test(a_fault_names_its_place),
    cmocka_unit_test(half_of_it_is_refused),    cmocka_unit_test(two_of_a_name_are_refused),
};

UNIT_MAIN(tests)
