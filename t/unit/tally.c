/* The tally of a log: what is counted apart, who moved, what is kept of a client, and whose handshake it
 * was.
 */
#include "unit.h"

#include "report/tally.h"

#include <apr_strings.h>

static tg_span_t span_of(const char *text)
{
    return (tg_span_t){ text, (uint32_t)strlen(text) };
}

static tg_tally_t *new_tally(tg_tally_group_t group)
{
    tg_tally_options_t options = { .group = group,
                                   .since = TG_ALWAYS,
                                   .until = TG_NEVER,
                                   .deprecated = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0) };

    return tg_tally_create(unit_pool, &options);
}

static tg_record_t record_at(int64_t time, const char *client, tg_protocol_t protocol)
{
    return (tg_record_t){ .time = time, .client = span_of(client), .protocol = protocol };
}

static void add(tg_tally_t *tally, int64_t time, const char *client, tg_protocol_t protocol,
                int has_all)
{
    tg_record_t r = record_at(time, client, protocol);

    tg_tally_add(tally, &r, has_all);
}

static void modern_requests_tell_who_moved(void **state)
{
    tg_tally_t *tally = new_tally(TG_TALLY_BY_ACCOUNT);
    const tg_tally_client_t *c;

    (void)state;
    add(tally, 5, "account:new", TG_PROTOCOL_TLS1_3, 1);
    add(tally, 10, "account:moved", TG_PROTOCOL_TLS1_0, 1);
    add(tally, 20, "account:moved", TG_PROTOCOL_TLS1_2, 1);
    add(tally, 30, "account:moved", TG_PROTOCOL_TLS1_2, 1);
    add(tally, 10, "account:both", TG_PROTOCOL_TLS1_0, 1);
    add(tally, 20, "account:both", TG_PROTOCOL_TLS1_2, 1);
    add(tally, 21, "account:both", TG_PROTOCOL_TLS1_0, 1);
    add(tally, 40, "account:ours", TG_PROTOCOL_TLS1_2, 0);
    same_number(tg_tally_clients(tally), 3, "who uses nothing old is no straggler");
    c = tg_tally_find(tally, span_of("account:moved"));
    same_number(c->moved_at, 20, "its first modern request since");
    same_number((int64_t)c->count, 1, "which does not count");
    c = tg_tally_find(tally, span_of("account:both"));
    same_number(c->moved_at, TG_NEVER, "it came back with the old one");
    same_number(c->longest_gap, 11, "how long it was away");
    same_number((int64_t)tg_tally_sums(tally)->all, 7, "requests of logs that have all");
    same_number((int64_t)tg_tally_sums(tally)->old, 3, "of which are old");
    same_number(tg_tally_sums(tally)->latest, 40, "the last record");
}

static void what_is_kept_is_bounded(void **state)
{
    tg_tally_t *tally = new_tally(TG_TALLY_BY_ACCOUNT);
    const tg_tally_client_t *c;
    const tg_tally_fact_t *fact;
    char agent[2 * TG_TEXTS_LENGTH_MAX];
    int i, kept = 0;

    (void)state;
    for (i = 0; i < 3 * TG_TALLY_KEPT_MAX; i++) {
        tg_record_t r = record_at(i, "account:a", TG_PROTOCOL_TLS1_0);

        r.user_agent = span_of(apr_psprintf(unit_pool, "agent %d", i));
        tg_tally_add(tally, &r, 0);
    }
    c = tg_tally_find(tally, span_of("account:a"));
    same_number((int64_t)c->count, 3 * TG_TALLY_KEPT_MAX, "all are counted");
    for (fact = tg_tally_fact(tally, c->facts, TG_TALLY_USER_AGENT); fact;
         fact = tg_tally_fact(tally, fact->next, TG_TALLY_USER_AGENT)) {
        kept++;
    }
    same_number(kept, TG_TALLY_KEPT_MAX, "so many are kept");
    /* The limit is within a character of two bytes. */
    for (i = 0; i < (int)sizeof(agent); i += 2) {
        memcpy(agent + i, "\xC3\xA9", 2);
    }
    agent[0] = 'x';
    agent[1] = 'y';
    memmove(agent + 1, agent + 2, sizeof(agent) - 2);
    {
        tg_texts_t *texts = tg_texts_create(unit_pool);
        tg_span_t cut =
            tg_texts_get(texts, tg_texts_put(texts, (tg_span_t){ agent, sizeof(agent) - 1 }));

        same_number(cut.length, TG_TEXTS_LENGTH_MAX - 1, "cut between characters");
    }
}

static void handshakes_have_names(void **state)
{
    static const struct {
        const char *row, *address, *ja4;
        int names;
    } rows[] = {
        { "one", "192.0.2.1", "t10d090600_c491f621fb4c_195413a0cc0f", 1 },
        { "other extensions", "192.0.2.1", "t10d090700_c491f621fb4c_000000000000", 1 },
        { "other ciphers", "192.0.2.1", "t10d090600_000000000000_195413a0cc0f", 0 },
        { "elsewhere", "192.0.2.9", "t10d090600_c491f621fb4c_195413a0cc0f", 0 },
        { "shared", "192.0.2.2", "t10d090600_c491f621fb4c_195413a0cc0f", 2 },
        { "known by its address only", "192.0.2.3", "t10d090600_c491f621fb4c_195413a0cc0f", 0 },
        { "no hello", "192.0.2.1", "", 0 },
    };
    static const char *const seen[][2] = { { "192.0.2.1", "account:a" },
                                           { "192.0.2.2", "account:b" },
                                           { "192.0.2.2", "cert:CN=c" },
                                           { "192.0.2.2", "account:b" },
                                           { "192.0.2.3", "ip:192.0.2.3" } };
    tg_tally_t *tally = new_tally(TG_TALLY_BY_ACCOUNT);
    size_t i;

    (void)state;
    /* The order does not matter: handshakes first. */
    for (i = 0; i < ROWS(rows); i++) {
        tg_record_t r =
            record_at(9, apr_pstrcat(unit_pool, "ip:", rows[i].address, NULL), TG_PROTOCOL_TLS1_0);

        r.ja4 = span_of(rows[i].ja4);
        r.is_failed = 1;
        tg_tally_add(tally, &r, 0);
    }
    for (i = 0; i < ROWS(seen); i++) {
        tg_record_t r = record_at(1, seen[i][1], TG_PROTOCOL_TLS1_0);

        r.address = span_of(seen[i][0]);
        r.ja4 = span_of("t10d090600_c491f621fb4c_195413a0cc0f");
        tg_tally_add(tally, &r, 0);
    }
    tg_tally_join(tally);
    same_number(tg_tally_failures(tally), ROWS(rows), "each is apart");
    for (i = 0; i < ROWS(rows); i++) {
        same_number(tg_tally_probable(tally, tg_tally_failed(tally, (uint32_t)i)).count,
                    rows[i].names, rows[i].row);
    }
    same_number(tg_tally_find(tally, span_of("account:a"))->probable, 2, "both are of this client");
    same_number(tg_tally_find(tally, span_of("account:b"))->probable, 0, "ambiguous is nobody's");
}

static void a_ja4_has_a_stem(void **state)
{
    char stem[TG_TALLY_STEM_SIZE];
    tg_span_t got = tg_tally_ja4_stem(span_of("t13d1516h2_8daaf6152771_02713d6af862"), stem);

    (void)state;
    same_text(apr_pstrmemdup(unit_pool, got.at, got.length), "t13d15h2_8daaf6152771", "a JA4");
    got = tg_tally_ja4_stem(span_of("something else"), stem);
    same_text(apr_pstrmemdup(unit_pool, got.at, got.length), "something else", "none");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(modern_requests_tell_who_moved),
    cmocka_unit_test(what_is_kept_is_bounded),
    cmocka_unit_test(handshakes_have_names),
    cmocka_unit_test(a_ja4_has_a_stem),
};

UNIT_MAIN(tests)
