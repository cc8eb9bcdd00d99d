/* The tally of a log: what is counted apart, who moved, what is kept of a client, and whose handshake it
 * was.
 */
#include "unit.h"

#include "tally/tally_fill.h"
#include "tally/tally_memory.h"

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

static tg_texts_t *new_texts(uint32_t room)
{
    const tg_siphash_key_t key = { 1, 2 };

    return tg_texts_create(unit_pool, &key, room);
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
    same_number(tg_presence_gap(c->presence, (tg_presence_range_t){ c->first_seen, c->last_seen }),
                11, "how long it was away");
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
    tg_texts_t *texts;
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
    texts = new_texts(1);
    same_number(
        tg_texts_get(texts, tg_texts_put(texts, (tg_span_t){ agent, sizeof(agent) - 1 })).length,
        TG_TEXTS_LENGTH_MAX - 1, "cut between characters");
}

/* Text number @p i, of 500 bytes. */
static tg_span_t long_text(int i)
{
    static char text[501];

    (void)snprintf(text, sizeof(text), "%0500d", i);
    return span_of(text);
}

static void texts_have_a_limit(void **state)
{
    tg_texts_t *texts = new_texts(2);
    uint32_t first = tg_texts_put(texts, span_of("first")), last = 0, next;
    int i, count = 0;

    (void)state;
    same_number(tg_texts_put(texts, span_of("")), 0, "the empty text");
    *tg_texts_mark(texts, 0) = 7;
    same_text(tg_texts_get(texts, first).at, "first", "which has a head of its own");
    same_number(tg_texts_put(texts, span_of("first")), first, "the next one is found still");
    same_number(tg_texts_get(texts, 0).length, 0, "and stays empty");
    for (i = 0; (next = tg_texts_put(texts, long_text(i))) != 0; i++) {
        CHECK(next > last, "text %d has a number of its own", i);
        last = next;
        count++;
    }
    same_number(count, 2 * 1048576 / 512 - 1, "so many have room, then no more");
    same_number(tg_texts_put(texts, long_text(i - 1)), last, "those that are there are found");
    same_number(tg_texts_find(texts, long_text(i)), 0, "the other is not");
}

/* Nobody can make many texts that fall on one place: these did, whatever the key, while a hash was a
 * multiplication of each word. */
static void texts_cannot_be_chosen(void **state)
{
    unsigned char a[16] = "0123456789abcdef", b[16];
    uint64_t key;
    int i;

    (void)state;
    memcpy(b, a, sizeof(b));
    b[7] ^= 0x80;
    b[11] ^= 0x80;
    b[15] ^= 0x80;
    for (key = 0; key < 10; key++) {
        const tg_siphash_key_t keys = { key, key * 3 };

        CHECK(tg_siphash(&keys, a, 16) != tg_siphash(&keys, b, 16), "key %d", (int)key);
        for (i = 1; i < 10; i++) {
            const tg_siphash_key_t other = { key + (uint64_t)i, key * 3 };

            CHECK(tg_siphash(&keys, a, 16) != tg_siphash(&other, a, 16), "another key");
        }
    }
}

/* As CPython has it, which uses this hash too. */
static void the_hash_is_siphash(void **state)
{
    static const struct {
        const char *text;
        uint64_t hash;
    } rows[] = { { "a", 0x407448d2b89b1813U },
                 { "12345678", 0x3489982430560a87U },
                 { "account:4711 and more than two words", 0xa2eb0773cdb75U } };
    const tg_siphash_key_t none = { 0, 0 };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK(tg_siphash(&none, rows[i].text, strlen(rows[i].text)) == rows[i].hash, "%s",
              rows[i].text);
    }
}

/* Once there is no room for a client, nothing of its records is kept; they are left out. */
static void what_has_no_room_is_left_out(void **state)
{
    tg_tally_options_t options = {
        .since = TG_ALWAYS, .until = TG_NEVER, .clients_max = 2, .room_max = 1
    };
    tg_tally_t *tally = tg_tally_create(unit_pool, &options);
    tg_record_t r = record_at(1, "account:a", TG_PROTOCOL_TLS1_0);
    int i;

    (void)state;
    tg_tally_add(tally, &r, 0);
    r.client = span_of("account:b");
    tg_tally_add(tally, &r, 0);
    r.client = span_of("account:c");
    r.user_agent = span_of("of c");
    tg_tally_add(tally, &r, 0);
    same_number((int64_t)tg_tally_sums(tally)->left_out, 1, "the third client");
    same_number(tg_tally_clients(tally), 2, "is none");
    same_number(tg_texts_find(tally->texts, r.client), 0, "its name is not kept");
    same_number(tg_texts_find(tally->texts, r.user_agent), 0, "nor what it came with");
    r.client = span_of("account:modern");
    r.protocol = TG_PROTOCOL_TLS1_3;
    tg_tally_add(tally, &r, 1);
    same_number(tg_texts_find(tally->texts, r.client), 0, "nor one of another modern client");
    r = record_at(1, "account:a", TG_PROTOCOL_TLS1_0);
    for (i = 0; i < 4000; i++) {
        r.user_agent = long_text(i);
        tg_tally_add(tally, &r, 0);
    }
    same_number((int64_t)tg_tally_find(tally, r.client)->count, 4001, "a known client is counted");
    CHECK(tg_tally_sums(tally)->left_out > 1000 && tg_tally_sums(tally)->left_out < 4000,
          "the texts that found no room are told");
}

/* However many addresses a customer has. */
static void pairs_are_bounded(void **state)
{
    tg_tally_options_t options = { .since = TG_ALWAYS, .until = TG_NEVER, .clients_max = 2 };
    tg_tally_t *tally = tg_tally_create(unit_pool, &options);
    tg_tally_t *part = tg_tally_part(unit_pool, tally);
    tg_record_t r = record_at(1, "account:a", TG_PROTOCOL_TLS1_0);
    int i;

    (void)state;
    for (i = 0; i < 10; i++) {
        r.address = span_of(apr_psprintf(unit_pool, "192.0.2.%d", i % 5));
        r.ja4 = span_of("t10");
        tg_tally_add(i < 5 ? tally : part, &r, 0);
    }
    same_number((int64_t)tg_tally_sums(tally)->left_out, 1, "the fifth pair of two clients");
    same_number((int64_t)tg_tally_find(tally, r.client)->count, 5, "all are counted");
    tg_tally_merge(tally, part);
    same_number((int64_t)tg_tally_sums(tally)->left_out, 2, "the part has the others");
    same_number((int64_t)tg_tally_find(tally, r.client)->count, 10, "and is counted");
}

/* Their texts are chosen by anybody. */
static void failed_handshakes_leave_room_for_customers(void **state)
{
    tg_tally_options_t options = { .since = TG_ALWAYS, .until = TG_NEVER, .room_max = 4 };
    tg_tally_t *tally = tg_tally_create(unit_pool, &options);
    tg_record_t r = record_at(1, "ip:192.0.2.1", TG_PROTOCOL_TLS1_0);
    const tg_tally_sum_t sum = { .count = 3, .first = 1, .last = 2 };
    uint64_t left_out;
    uint32_t failures;
    int i;

    (void)state;
    r.is_failed = 1;
    for (i = 0; i < 20000; i++) {
        r.host = long_text(i);
        tg_tally_add(tally, &r, 0);
    }
    left_out = tg_tally_sums(tally)->left_out;
    CHECK(left_out > 0 && left_out < 20000, "of failed handshakes some find no room");
    CHECK(tg_tally_failures(tally) > 1000, "and some do");
    failures = tg_tally_failures(tally);
    tg_tally_fill_failed(tally, r.client, r.ja4, long_text(20000), &sum);
    same_number(tg_tally_failures(tally), failures, "sums without room are under no other name");
    same_number((int64_t)tg_tally_sums(tally)->left_out, (int64_t)left_out + 3, "but left out");
    left_out += 3;
    for (i = 0; i < 1000; i++) {
        r = record_at(1, apr_psprintf(unit_pool, "account:%d", i), TG_PROTOCOL_TLS1_0);
        r.user_agent = long_text(-1 - i);
        tg_tally_add(tally, &r, 0);
    }
    same_number(tg_tally_clients(tally), 1000, "customers find theirs");
    same_number((int64_t)tg_tally_sums(tally)->left_out, (int64_t)left_out, "with all texts");
}

static void probable_handshakes_never_wrap(void **state)
{
    tg_tally_t *tally = new_tally(TG_TALLY_BY_ACCOUNT);
    tg_record_t r = record_at(1, "account:a", TG_PROTOCOL_TLS1_0);
    const tg_tally_sum_t sum = { .count = UINT32_MAX, .first = 1, .last = 2 };

    (void)state;
    r.address = span_of("192.0.2.1");
    r.ja4 = span_of("t10");
    tg_tally_add(tally, &r, 0);
    tg_tally_fill_failed(tally, span_of("ip:192.0.2.1"), r.ja4, span_of("a.example"), &sum);
    tg_tally_fill_failed(tally, span_of("ip:192.0.2.1"), r.ja4, span_of("b.example"), &sum);
    tg_tally_join(tally);
    same_number(tg_tally_find(tally, r.client)->probable, UINT32_MAX, "the most that fits");
}

static void names_of_a_pair_are_bounded(void **state)
{
    const tg_siphash_key_t none = { 0, 0 };
    tg_texts_t *texts = new_texts(1);
    tg_seen_with_t *seen = tg_seen_with_create(unit_pool, texts, &none, 1000);
    uint32_t address = tg_texts_put(texts, span_of("192.0.2.1"));
    uint32_t ja4 = tg_texts_put(texts, span_of("t10"));
    tg_seen_pair_t pair = { address, ja4, 0 };
    tg_tally_probable_t names;
    int i;

    (void)state;
    for (i = 3 * TG_TALLY_KEPT_MAX - 1; i >= 0; i--) {
        pair.client = tg_texts_put(texts, span_of(apr_psprintf(unit_pool, "account:%02d", i)));
        same_number(tg_seen_with_add(seen, &pair), 1, "it is one pair");
    }
    names = tg_seen_with_find(seen, address, ja4);
    same_number(names.count, TG_TALLY_KEPT_MAX, "so many are kept");
    for (i = 0; i < names.count; i++) {
        tg_span_t name = tg_texts_get(texts, names.names[i]);

        same_text(apr_pstrmemdup(unit_pool, name.at, name.length),
                  apr_psprintf(unit_pool, "account:%02d", i), "the least, in their order");
    }
}

/* How many names a failed handshake has; -1: there is none like that. */
static int names_of_handshake(tg_tally_t *tally, const char *address, const char *ja4)
{
    uint32_t i;

    for (i = 0; i < tg_tally_failures(tally); i++) {
        const tg_tally_failed_t *f = tg_tally_failed(tally, i);

        if (tg_texts_compare(tg_tally_without_kind(tg_tally_text(tally, f->client)),
                             span_of(address)) == 0 &&
            tg_texts_compare(tg_tally_text(tally, f->ja4), span_of(ja4)) == 0) {
            return tg_tally_probable(tally, f).count;
        }
    }
    return -1;
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
        same_number(names_of_handshake(tally, rows[i].address, rows[i].ja4), rows[i].names,
                    rows[i].row);
    }
    same_number(tg_tally_find(tally, span_of("account:a"))->probable, 2, "both are of this client");
    same_number(tg_tally_find(tally, span_of("account:b"))->probable, 0, "ambiguous is nobody's");
}

/* What a client came with before is not looked for again: here one thing changes each time. */
static void each_change_of_a_client_is_noted(void **state)
{
    static const char *const came[][3] = {
        { "192.0.2.1", "1", "account:a" }, { "192.0.2.1", "2", "account:a" },
        { "192.0.2.2", "2", "account:a" }, { "192.0.2.2", "2", "account:b" },
        { "192.0.2.2", "1", "account:b" }, { "192.0.2.1", "1", "account:b" }
    };
    static const char *const pairs[][2] = {
        { "192.0.2.1", "1" }, { "192.0.2.1", "2" }, { "192.0.2.2", "1" }, { "192.0.2.2", "2" }
    };
    static const int names[] = { 2, 1, 1, 2 };
    tg_tally_group_t group;

    (void)state;
    for (group = TG_TALLY_BY_ACCOUNT; group < TG_TALLY_GROUPS; group++) {
        tg_tally_t *tally = new_tally(group);
        size_t i;

        for (i = 0; i < ROWS(came) + ROWS(pairs); i++) {
            int is_failed = i >= ROWS(came);
            const char *const *from = is_failed ? pairs[i - ROWS(came)] : came[i];
            tg_record_t r =
                record_at(1, is_failed ? apr_pstrcat(unit_pool, "ip:", from[0], NULL) : from[2],
                          TG_PROTOCOL_TLS1_0);

            r.address = span_of(from[0]);
            r.ja4 = span_of(from[1]);
            r.is_failed = is_failed;
            tg_tally_add(tally, &r, 0);
        }
        tg_tally_join(tally);
        for (i = 0; i < ROWS(pairs); i++) {
            same_number(names_of_handshake(tally, pairs[i][0], pairs[i][1]), names[i],
                        tg_tally_group_name(group));
        }
    }
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
    cmocka_unit_test(texts_have_a_limit),
    cmocka_unit_test(texts_cannot_be_chosen),
    cmocka_unit_test(the_hash_is_siphash),
    cmocka_unit_test(what_has_no_room_is_left_out),
    cmocka_unit_test(pairs_are_bounded),
    cmocka_unit_test(failed_handshakes_leave_room_for_customers),
    cmocka_unit_test(probable_handshakes_never_wrap),
    cmocka_unit_test(names_of_a_pair_are_bounded),
    cmocka_unit_test(handshakes_have_names),
    cmocka_unit_test(each_change_of_a_client_is_noted),
    cmocka_unit_test(a_ja4_has_a_stem),
};

UNIT_MAIN(tests)
