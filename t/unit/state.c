/* The state document: read strictly, written so that it reads back the same, and turned
 * into what verdicts need.
 */
#include "state_text.h"

#include "base/json.h"

/* --- valid documents --- */

static const char *const good[] = {
    BOTH("", ""),
    "{'overrides':[],'exemptions':[],'version':1}\n",
    " {\t'version' : 1 , 'overrides' : [ ] , 'exemptions' : [ ] } ",
    WHOLE,
    BOTH(TRIAL "," POSTPONE, ""),
    BOTH(POSTPONE "," TRIAL, CLIENT "," CLIENT),
    BOTH("{'schedule':'a','kind':'suspend','until':'2018-08-21T10:00+01:00','reason':'r','by':'b',"
         "'since':'2018-08-08T12:00Z'}",
         ""),
    BOTH("", "{'schedule':'a','network':'2001:db8::/32','until':'2018-08-21T09:00Z','owner':'o',"
             "'reason':'r','by':'b','since':'2018-08-08T12:00Z'}"),
    BOTH("", "{'schedule':'a','network':'192.0.2.7','until':'2018-08-21T09:00Z','owner':'o',"
             "'reason':'r','by':'b','since':'2018-08-08T12:00Z'}"),
    BOTH("{'schedule':'a','kind':'suspend','until':'2018-08-21T09:00Z','reason':'\\u001b \xC3\xA9',"
         "'by':'b','since':'2018-08-08T12:00Z'}",
         ""),
};

static void a_schema_is_kept(void **state)
{
    tg_state_t read = read_well("{'$schema':'../docs/state.schema.json','version':1,'overrides':[],"
                                "'exemptions':[]}");

    (void)state;
    same_text(read.schema, "../docs/state.schema.json", "$schema");
    read = read_well(tg_state_print(unit_pool, &read));
    same_text(read.schema, "../docs/state.schema.json", "$schema, written and read");
    assert_null(read_well(WHOLE).schema);
}

/* Programs write them, whatever the digits; a part of a second is refused. */
static void a_fraction_of_zero_is_read(void **state)
{
    static const char *const written[] = { "2018-08-21T09:00:00.000Z", "2018-08-21T09:00:00.0Z",
                                           "2018-08-21T10:00:00.000000000+01:00" };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(written); i++) {
        char *text = apr_psprintf(unit_pool,
                                  BOTH("", "{'schedule':'a','client':'c','until':'%s','owner':'o',"
                                           "'reason':'r','by':'b','since':'%s'}"),
                                  written[i], written[i]);
        tg_state_t read = read_well(text);
        const tg_state_exemption_t *e = &APR_ARRAY_IDX(read.exemptions, 0, tg_state_exemption_t);

        same_number(e->exemption.until, at("2018-08-21T09:00:00Z"), written[i]);
        same_number(e->since, at("2018-08-21T09:00:00Z"), written[i]);
    }
}

static void reads_what_is_right(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(good); i++) {
        read_well(good[i]);
    }
}

/* --- what is refused, and the place that the fault names --- */

static const struct {
    const char *what, *by, *says;
} faults[] = {
    { "{'version'", "[{'version'", "line 1, column" },
    { "{'version':1", "{'version':1,'version':1", "line 1, column" },
    { "'version':1", "'version':0", "version: it is 0, and only 1" },
    { "'version':1", "'version':2", "version: it is 2, and only 1" },
    { "'version':1", "'version':1.0", "version: it is not an integer" },
    { "'version':1", "'version':'1'", "version: it is not an integer" },
    { "'version':1,", "", "version: it is missing" },
    { "'version':1", "'version':1,'comment':'x'", "comment: there is no such member" },
    { "'overrides':[", "'overrides':{},'more':[", "more: there is no such member" },
    { "'exemptions':[", "'exempted':[", "exemptions: it is missing" },
    { "'overrides':[", "'overrides':[7,", "overrides[0]: it is not an object" },
    { "'overrides':[", "'overrides':[null,", "overrides[0]: it is not an object" },
    { "'exemptions':[", "'exemptions':['x',", "exemptions[0]: it is not an object" },
    { "'schedule':'a','kind'", "'kind'", "overrides[0].schedule: it is missing" },
    { "'schedule':'a'", "'schedule':''", "overrides[0].schedule: it is empty" },
    { "'schedule':'a'", "'schedule':7", "overrides[0].schedule: it is not a string" },
    { "'schedule':'a'", "'schedule':null", "overrides[0].schedule: it is not a string" },
    { "'kind':'suspend'", "'kind':'pause'", "overrides[0].kind: use suspend" },
    { "'kind':'suspend'", "'kind':'Suspend'", "overrides[0].kind: use suspend" },
    { "'kind':'suspend'", "'kind':'postpone'", "overrides[0].until: there is no such member" },
    { "'kind':'suspend'", "'kind':'resume'", "overrides[0].until: there is no such member" },
    { "'kind':'suspend',", "", "overrides[0].kind: it is missing" },
    { "'kind':'postpone'", "'kind':'trial'", "overrides[1].from: there is no such member" },
    { "'until':'2018-08-21T09:00:00Z'", "'until':'2018-08-21'", "overrides[0].until: the instant" },
    { "'until':'2018-08-21T09:00:00Z'", "'until':'2018-08-21T09:00:00.001Z'",
      "overrides[0].until: schedules are exact to the second" },
    { "'until':'2018-08-21T09:00:00Z'", "'until':'2018-08-21T09:00:00.Z'",
      "overrides[0].until: schedules are exact to the second" },
    { "'until':'2018-08-21T09:00:00Z'", "'until':'2018-08-21T09:00.0Z'",
      "overrides[0].until: schedules are exact to the second" },
    { "'version':1", "'version':1,'$schema':7", "$schema: it is not a string" },
    { "'version':1", "'version':1,'$schema':''", "$schema: it is empty" },
    { "'until':'2018-08-21T09:00:00Z'", "'until':'never'", "overrides[0].until: this is not" },
    { "'until':'2018-08-21T09:00:00Z'", "'until':1534842000",
      "overrides[0].until: it is not a string" },
    { "'until':'2018-08-21T09:00:00Z'", "'until':null", "overrides[0].until: it is not a string" },
    { "'until':'2018-08-21T09:00:00Z',", "", "overrides[0].until: it is missing" },
    { "'reason':'r'", "'reason':''", "overrides[0].reason: it is empty" },
    { "'reason':'r'", "'reason':['r']", "overrides[0].reason: it is not a string" },
    { "'reason':'r','by'", "'reason':'a\\u0000b','by'", "line 1, column" },
    { "'reason':'r','by'", "'reason':'\xFF','by'", "line 1, column" },
    { "'reason':'r',", "", "overrides[0].reason: it is missing" },
    { "'by':'b',", "", "overrides[0].by: it is missing" },
    { ",'since':'2018-08-08T12:00:00Z'", "", "overrides[0].since: it is missing" },
    { "'by':'b'", "'by':'b','note':'x'", "overrides[0].note: there is no such member" },
    { "'from':'2018-08-07T08:40:00Z',", "", "overrides[1].from: it is missing" },
    { "'cutoff':'2018-09-07T08:40:00Z',", "", "overrides[1].cutoff: it is missing" },
    { "'cutoff':'2018-09-07T08:40:00Z'", "'cutoff':'2018-08-07T08:40:00Z'",
      "overrides[1].cutoff: it is not after" },
    { "'cutoff':'2018-09-07T08:40:00Z'", "'cutoff':'2018-08-07T08:39:59Z'",
      "overrides[1].cutoff: it is not after" },
    { "'overrides':[", "'overrides':[" SUSPEND ",", "overrides[1].kind: the schedule already has" },
    { "'overrides':[", "'overrides':[" TRIAL ",", "overrides[1].kind: the schedule already has" },
    { "'overrides':[", "'overrides':[" POSTPONE ",",
      "overrides[2].kind: the schedule already has" },
    { "'client':'account:acme'", "'client':'account:acme','network':'192.0.2.7'",
      "exemptions[0].client: give either a client or a network" },
    { "'client':'account:acme',", "", "exemptions[0].client: it is missing" },
    { "'client':'account:acme'", "'client':''", "exemptions[0].client: it is empty" },
    { "'192.0.2.0/24'", "'192.0.2.0/33'", "exemptions[1].network: write an address" },
    { "'192.0.2.0/24'", "'192.0.2.0/'", "exemptions[1].network: write an address" },
    { "'192.0.2.0/24'", "'192.0.2.256'", "exemptions[1].network: write an address" },
    { "'192.0.2.0/24'", "'example.com'", "exemptions[1].network: write an address" },
    { "'192.0.2.0/24'", "'2001:db8::/129'", "exemptions[1].network: write an address" },
    { "'192.0.2.0/24'", "7", "exemptions[1].network: it is not a string" },
    { "'owner':'o',", "", "exemptions[0].owner: it is missing" },
    { "'owner':'o'", "'owner':'o','kind':'suspend'", "exemptions[0].kind: there is no such" },
    { "]}", "]} ,", "line 1, column" },
    { "]}", "]", "line 1, column" },
};

static void a_fault_names_its_place(void **state)
{
    const char *text = with_quotes(WHOLE);
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(faults); i++) {
        const char *what = with_quotes(faults[i].what), *found = strstr(text, what), *broken;
        tg_state_t read;
        tg_fault_t fault;

        CHECK(found, "%s is not in %s", what, text);
        broken = apr_pstrcat(unit_pool, apr_pstrmemdup(unit_pool, text, (size_t)(found - text)),
                             with_quotes(faults[i].by), found + strlen(what), NULL);
        CHECK(!reads_state(broken, &read, &fault), "%s was read", broken);
        has_text(fault.reason, faults[i].says, broken);
        CHECK(fault.fix[0], "%s: the fault has no fix", broken);
    }
}

static void half_of_it_is_refused(void **state)
{
    const char *text = with_quotes(WHOLE);
    size_t i;

    (void)state;
    for (i = 0; i < strlen(text); i++) {
        tg_state_t read;
        tg_fault_t fault;

        CHECK(!tg_state_parse(unit_pool, text, i, &read, &fault), "%lu bytes were read",
              (unsigned long)i);
    }
}

/* --- limits, each on both sides --- */

static char *repeated_char(char c, size_t n)
{
    char *text = apr_palloc(unit_pool, n + 1);

    memset(text, c, n);
    text[n] = '\0';
    return text;
}

static void a_text_has_at_most_so_many_bytes(void **state)
{
    const char *format = with_quotes("{'version':1,'exemptions':[],'overrides':[{'schedule':'a',"
                                     "'kind':'suspend','until':'2018-08-21T09:00Z','reason':'%s',"
                                     "'by':'b','since':'2018-08-08T12:00Z'}]}");
    tg_state_t read;
    tg_fault_t fault;

    (void)state;
    assert_true(reads_state(apr_psprintf(unit_pool, format, repeated_char('x', TG_STATE_TEXT_MAX)),
                            &read, &fault));
    assert_false(reads_state(
        apr_psprintf(unit_pool, format, repeated_char('x', TG_STATE_TEXT_MAX + 1)), &read, &fault));
    has_text(fault.reason, "overrides[0].reason: it is empty or too long", "a long reason");
}

static void a_document_has_at_most_so_many_bytes(void **state)
{
    const char *text = with_quotes(BOTH("", ""));
    const char *full =
        apr_pstrcat(unit_pool, text, repeated_char(' ', TG_STATE_MAX - strlen(text)), NULL);
    tg_state_t read;
    tg_fault_t fault;

    (void)state;
    assert_true(reads_state(full, &read, &fault));
    assert_false(reads_state(apr_pstrcat(unit_pool, full, " ", NULL), &read, &fault));
    has_text(fault.reason, "it has more than 33554432 bytes", "a long document");
}

static const char *with_exemptions(int n)
{
    const char *one = with_quotes("{'schedule':'a','client':'c','until':'2018-08-21T09:00Z',"
                                  "'owner':'o','reason':'r','by':'b','since':'2018-08-08T12:00Z'}");
    char *text = apr_palloc(unit_pool, (size_t)n * (strlen(one) + 1) + 64), *end = text;
    int i;

    end += sprintf(end, "{\"version\":1,\"overrides\":[],\"exemptions\":[");
    for (i = 0; i < n; i++) {
        end += sprintf(end, "%s%s", i ? "," : "", one);
    }
    sprintf(end, "]}");
    return text;
}

static void a_list_has_at_most_so_many_entries(void **state)
{
    tg_state_t read;
    tg_fault_t fault;

    (void)state;
    assert_true(reads_state(with_exemptions(TG_STATE_EXEMPTIONS_MAX), &read, &fault));
    assert_int_equal(read.exemptions->nelts, TG_STATE_EXEMPTIONS_MAX);
    assert_false(reads_state(with_exemptions(TG_STATE_EXEMPTIONS_MAX + 1), &read, &fault));
    has_text(fault.reason, "exemptions: it has more than 100000 entries", "many entries");
}

/* --- written and read back --- */

static void what_is_written_is_read_as_the_same(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(good); i++) {
        tg_state_t first = read_well(good[i]), second;
        const char *once = tg_state_print(unit_pool, &first);
        tg_fault_t fault;

        CHECK(reads_state(once, &second, &fault), "%s\n%s", once, fault.reason);
        assert_string_equal(tg_state_print(unit_pool, &second), once);
        CHECK(once[strlen(once) - 1] == '\n', "%s", once);
    }
}

static void nothing_of_it_is_lost(void **state)
{
    tg_state_t read = read_well(WHOLE);
    json_t *want = json_loads(with_quotes(WHOLE), 0, NULL);
    json_t *got = json_loads(tg_state_print(unit_pool, &read), 0, NULL);

    (void)state;
    assert_true(json_equal(got, want));
    json_decref(got);
    json_decref(want);
}

static void an_empty_state_is_a_document(void **state)
{
    const tg_state_t empty = tg_state_empty(unit_pool);
    tg_state_t read;
    tg_fault_t fault;

    (void)state;
    assert_true(reads_state(tg_state_print(unit_pool, &empty), &read, &fault));
    assert_int_equal(read.overrides->nelts + read.exemptions->nelts, 0);
}

static void an_entry_is_what_stands_in_the_document(void **state)
{
    tg_state_t read = read_well(WHOLE);
    json_t *o = tg_state_override_json(&APR_ARRAY_IDX(read.overrides, 0, tg_state_override_t));
    json_t *e = tg_state_exemption_json(&APR_ARRAY_IDX(read.exemptions, 1, tg_state_exemption_t));

    (void)state;
    assert_string_equal(tg_json_print(unit_pool, o, JSON_COMPACT),
                        apr_pstrcat(unit_pool, with_quotes(SUSPEND), "\n", NULL));
    assert_string_equal(tg_json_print(unit_pool, e, JSON_COMPACT),
                        apr_pstrcat(unit_pool, with_quotes(NETWORK), "\n", NULL));
}

static void an_override_is_found_by_kind(void **state)
{
    tg_state_t read = read_well(WHOLE);
    const unsigned timed = TG_STATE_BIT(TG_STATE_SUSPEND) | TG_STATE_BIT(TG_STATE_TRIAL);

    (void)state;
    assert_int_equal(tg_state_find(&read, "a", timed)->kind, TG_STATE_SUSPEND);
    assert_int_equal(tg_state_find(&read, "b", timed)->kind, TG_STATE_TRIAL);
    assert_int_equal(tg_state_find(&read, "a", TG_STATE_BIT(TG_STATE_POSTPONE))->kind,
                     TG_STATE_POSTPONE);
    assert_null(tg_state_find(&read, "a", TG_STATE_BIT(TG_STATE_TRIAL)));
    assert_null(tg_state_find(&read, "b", TG_STATE_BIT(TG_STATE_POSTPONE)));
    assert_null(tg_state_find(&read, "c", ~0U));
}

/* --- conversion for verdicts --- */

static void the_overrides_of_a_schedule_are_one(void **state)
{
    const tg_state_t read = read_well(WHOLE);
    const tg_override_set_t *set = tg_state_set(unit_pool, &read);
    const tg_override_t *a = tg_override_find(set, "a"), *b = tg_override_find(set, "b");

    (void)state;
    assert_int_equal(apr_hash_count(set->overrides), 2);
    assert_int_equal(a->kind, TG_OVERRIDE_SUSPEND);
    same_number(a->until, at("2018-08-21T09:00Z"), "suspend");
    same_number(a->postponed_from, at("2018-08-07T08:40Z"), "postponed from");
    same_number(a->postponed_to, at("2018-09-07T08:40Z"), "postponed to");
    assert_int_equal(b->kind, TG_OVERRIDE_TRIAL);
    same_number(b->until, at("2018-08-22T09:00Z"), "trial");
    same_number(b->postponed_from, TG_NEVER, "not postponed");
    assert_null(tg_override_find(set, "c"));
}

static void a_postponement_alone_is_no_suspend(void **state)
{
    const tg_state_t read = read_well(BOTH(POSTPONE, ""));
    const tg_override_t *a = tg_override_find(tg_state_set(unit_pool, &read), "a");

    (void)state;
    assert_int_equal(a->kind, TG_OVERRIDE_NONE);
    same_number(a->postponed_to, at("2018-09-07T08:40Z"), "postponed to");
}

static void exemptions_find_their_clients(void **state)
{
    const tg_state_t read = read_well(WHOLE);
    const tg_override_set_t *set = tg_state_set(unit_pool, &read);
    tg_instant_t end = at("2018-08-21T09:00Z");
    apr_sockaddr_t *inside, *outside;

    (void)state;
    apr_sockaddr_info_get(&inside, "192.0.2.255", APR_INET, 0, 0, unit_pool);
    apr_sockaddr_info_get(&outside, "192.0.3.0", APR_INET, 0, 0, unit_pool);
    assert_non_null(tg_exemption_find(set, "a", "account:acme", NULL, end - 1));
    assert_null(tg_exemption_find(set, "a", "account:acme", NULL, end));
    assert_null(tg_exemption_find(set, "a", "account:acm", NULL, end - 1));
    assert_null(tg_exemption_find(set, "b", "account:acme", NULL, end - 1));
    assert_string_equal(tg_exemption_find(set, "a", "ip:x", inside, end - 1)->owner, "o");
    assert_null(tg_exemption_find(set, "a", "ip:x", outside, end - 1));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_what_is_right),
    cmocka_unit_test(a_schema_is_kept),
    cmocka_unit_test(a_fraction_of_zero_is_read),
    cmocka_unit_test(a_fault_names_its_place),
    cmocka_unit_test(half_of_it_is_refused),
    cmocka_unit_test(a_text_has_at_most_so_many_bytes),
    cmocka_unit_test(a_document_has_at_most_so_many_bytes),
    cmocka_unit_test(a_list_has_at_most_so_many_entries),
    cmocka_unit_test(what_is_written_is_read_as_the_same),
    cmocka_unit_test(nothing_of_it_is_lost),
    cmocka_unit_test(an_empty_state_is_a_document),
    cmocka_unit_test(an_entry_is_what_stands_in_the_document),
    cmocka_unit_test(an_override_is_found_by_kind),
    cmocka_unit_test(the_overrides_of_a_schedule_are_one),
    cmocka_unit_test(a_postponement_alone_is_no_suspend),
    cmocka_unit_test(exemptions_find_their_clients),
};

UNIT_MAIN(tests)
