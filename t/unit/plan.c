/* The plan: a schedule as a document. */
#include "given.h"

#include "base/json.h"
#include "format/plan.h"

#define OLD "TlsGateDeprecate TLSv1 TLSv1.1\n"
#define WHOLE                                                                                      \
    OLD "TlsGateAnnounce 2018-06-01T00:00Z\n"                                                      \
        "TlsGateTrial 2018-07-10T10:00+01:00/2018-07-10T11:23+01:00\n"                             \
        "TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%\n"      \
        "TlsGateCutoff 2018-08-07T09:40+01:00\n"                                                   \
        "TlsGateGrace 2018-08-07T16:25+01:00/2018-08-21T10:00+01:00\n"                             \
        "TlsGateRefuse 2018-11-01T00:00Z\n"                                                        \
        "TlsGateInfo https://developer.example.com/tls\n"

static const struct {
    const char *lines;
    const char *now;
    const char *json; /* with ' for " */
} rows[] = {
    { OLD, "2018-07-01T00:00Z",
      "{'name':'legacy','deprecates':['TLSv1','TLSv1.1'],'phase':'announced','next_change':null,"
      "'next_phase':null,'announce':null,'trials':[],'cutoff':null,'grace':[],'refuse':null,"
      "'rejected_for_good':null,'info':null}" },
    { WHOLE, "2018-07-01T00:00Z",
      "{'name':'legacy','deprecates':['TLSv1','TLSv1.1'],'phase':'announced',"
      "'next_change':'2018-07-10T09:00:00Z','next_phase':'trial',"
      "'announce':'2018-06-01T00:00:00Z','trials':["
      "{'start':'2018-07-10T09:00:00Z','end':'2018-07-10T10:23:00Z','share_percent':100,"
      "'every_seconds':null,'until':null},"
      "{'start':'2018-07-20T14:00:00Z','end':'2018-07-20T14:10:00Z','share_percent':25,"
      "'every_seconds':3600,'until':'2018-07-21T14:00:00Z'}],"
      "'cutoff':'2018-08-07T08:40:00Z','grace':[{'start':'2018-08-07T15:25:00Z',"
      "'end':'2018-08-21T09:00:00Z'}],'refuse':'2018-11-01T00:00:00Z',"
      "'rejected_for_good':'2018-08-21T09:00:00Z','info':'https://developer.example.com/tls'}" },
    { OLD "TlsGateCutoff 2018-08-07T09:40Z\nsuspend 2018-09-01T00:00Z", "2018-08-08T00:00Z",
      "{'name':'legacy','deprecates':['TLSv1','TLSv1.1'],'phase':'grace',"
      "'next_change':'2018-09-01T00:00:00Z','next_phase':'cutoff','announce':null,'trials':[],"
      "'cutoff':'2018-08-07T09:40:00Z','grace':[],'refuse':null,"
      "'rejected_for_good':'2018-09-01T00:00:00Z','info':null}" },
    { OLD "TlsGateCutoff 2018-08-07T09:40Z\nTlsGateGrace 2018-08-08T00:00Z/P1D\n"
          "TlsGateGrace 2018-09-07T09:40Z/P1D\nTlsGateRefuse 2019-01-01T00:00Z\n"
          "postpone 2018-08-07T09:40Z 2018-09-07T09:40Z",
      "2018-08-08T00:00Z",
      "{'name':'legacy','deprecates':['TLSv1','TLSv1.1'],'phase':'announced',"
      "'next_change':'2018-09-07T09:40:00Z','next_phase':'grace','announce':null,'trials':[],"
      "'cutoff':'2018-09-07T09:40:00Z','grace':[{'start':'2018-09-07T09:40:00Z',"
      "'end':'2018-09-08T09:40:00Z'}],'refuse':'2019-01-01T00:00:00Z',"
      "'rejected_for_good':'2018-09-08T09:40:00Z','info':null}" },
    { OLD "TlsGateRefuse 2018-11-01T00:00Z", "2018-11-01T00:00Z",
      "{'name':'legacy','deprecates':['TLSv1','TLSv1.1'],'phase':'refuse','next_change':null,"
      "'next_phase':null,'announce':null,'trials':[],'cutoff':'2018-11-01T00:00:00Z','grace':[],"
      "'refuse':'2018-11-01T00:00:00Z','rejected_for_good':'2018-11-01T00:00:00Z','info':null}" },
};

static void is_the_whole_schedule(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        lines_t l = given(rows[i].lines);
        json_t *got = tg_plan_json(l.schedule, lines_override(&l), at(rows[i].now));
        char *text = apr_pstrdup(unit_pool, rows[i].json), *quote;
        json_t *want;

        while ((quote = strchr(text, '\'')) != NULL) {
            *quote = '"';
        }
        want = json_loads(text, 0, NULL);
        assert_non_null(want);
        CHECK(json_equal(got, want), "%s\n%s\nnot\n%s", rows[i].lines,
              got ? json_dumps(got, JSON_COMPACT) : "(null)", text);
        json_decref(got);
        json_decref(want);
    }
}

static const struct {
    const char *lines;
    const char *traits;
} traits[] = {
    { "TlsGateDeprecate TLSv1.1 TLSv1", "TLSv1 TLSv1.1" },
    { "TlsGateDeprecate cleartext\nTlsGateDeprecate SSLv3", "cleartext SSLv3" },
    { "TlsGateDeprecate unknown kx=DHE TLSv1.3 kx=RSA", "unknown TLSv1.3 kx=RSA kx=DHE" },
    { "TlsGateDeprecate TLSv1 any", "any" },
    { "TlsGateDeprecate expr=true", "expr" },
    { "TlsGateDeprecate TLSv1 expr=true", "TLSv1 expr" },
    { "TlsGateDeprecate any expr=true", "any expr" },
};

static void names_the_traits(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(traits); i++) {
        lines_t l = given(traits[i].lines);

        same_text(tg_plan_traits(unit_pool, l.schedule), traits[i].traits, traits[i].lines);
    }
}

static void an_instant_is_text_or_null(void **state)
{
    json_t *always = tg_json_instant(TG_ALWAYS), *never = tg_json_instant(TG_NEVER);
    json_t *zero = tg_json_instant(0);

    (void)state;
    assert_true(json_is_null(always));
    assert_true(json_is_null(never));
    assert_string_equal(json_string_value(zero), "1970-01-01T00:00:00Z");
    json_decref(zero);
}

static const char *printed_plan(json_t *json)
{
    return tg_json_print(unit_pool, json, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void parts_are_printed_as_they_stand(void **state)
{
    tg_interval_t interval = { at("2018-07-10T09:00Z"), at("2018-07-10T10:23Z") };

    (void)state;
    assert_string_equal(printed_plan(tg_json_text(NULL)), "null\n");
    assert_string_equal(printed_plan(tg_json_text("a\"b")), "\"a\\\"b\"\n");
    assert_string_equal(printed_plan(tg_json_interval(&interval)),
                        "{\"start\":\"2018-07-10T09:00:00Z\",\"end\":\"2018-07-10T10:23:00Z\"}\n");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(is_the_whole_schedule),
    cmocka_unit_test(names_the_traits),
    cmocka_unit_test(an_instant_is_text_or_null),
    cmocka_unit_test(parts_are_printed_as_they_stand),
};

UNIT_MAIN(tests)
