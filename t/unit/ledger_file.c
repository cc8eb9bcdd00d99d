/* The file of the ledger: what is written is read back, and whatever else is in it is refused, or
 * read without harm. */
#include "unit.h"

#include "ledger/ledger_file.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define NOW INT64_C(1531213200)
#define DAY INT64_C(86400)
#define STRAGGLERS 5

static tg_ledger_t *empty_ledger(void)
{
    tg_ledger_t *ledger = aligned_alloc(_Alignof(tg_ledger_t), sizeof(*ledger));

    assert_non_null(ledger);
    memset(ledger, 0, sizeof(*ledger));
    return ledger;
}

static tg_stragglers_t *empty_table(uint32_t capacity, uint64_t seed)
{
    tg_stragglers_t *table = calloc(1, tg_stragglers_size(capacity));

    assert_non_null(table);
    tg_stragglers_set_up(table, capacity, seed);
    return table;
}

static void count_at(tg_ledger_t *ledger, int64_t time, int group, int schedule)
{
    tg_ledger_numbers_t *numbers = tg_ledger_numbers_at(ledger, 3, time / TG_HISTORY_PERIOD);
    tg_census_kind_t kind = { TG_PROTOCOL_TLS1_3, 1, TG_PROTOCOL_TLS1_2, 29 };

    tg_ledger_count(&numbers->groups[group].n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE]);
    tg_ledger_count(&numbers->groups[group].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN]);
    tg_ledger_count(&numbers->schedules[schedule].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN]);
    tg_ledger_count(&numbers->kinds[tg_ledger_kind(ledger, kind)]);
    tg_ledger_count(&numbers->kinds[0]);
    tg_ledger_collect(ledger, time);
}

static tg_ledger_t *some_ledger(void)
{
    tg_ledger_t *ledger = empty_ledger();
    int old, first, second;

    ledger->since = NOW - 100 * DAY;
    old = tg_ledger_schedule(ledger, "old");
    first = tg_ledger_schedule(ledger, "first");
    second = tg_ledger_schedule(ledger, "second");
    count_at(ledger, NOW - 95 * DAY, tg_ledger_group(ledger, 1U << old), old);
    count_at(ledger, NOW - DAY, tg_ledger_group(ledger, 1U << first), first);
    count_at(ledger, NOW, tg_ledger_group(ledger, 1U << second), second);
    ledger->alerts[40] = 7;
    ledger->ignored_requests = 8;
    ledger->ignored_connections = 9;
    ledger->ignored_failures = 10;
    return ledger;
}

static void see(tg_stragglers_t *table, int client, int64_t time)
{
    tg_straggler_sight_t sight = { .client = apr_psprintf(unit_pool, "account:%d", client),
                                   .schedule = "first",
                                   .user_agent = "agent\t1",
                                   .host = "api.example.com",
                                   .ja4 = "t10d230100_6a57a6f57151_000000000000",
                                   .protocol = TG_PROTOCOL_TLS1_0,
                                   .cause = TG_CAUSE_OLD,
                                   .time = time,
                                   .rejected = client & 1 };

    tg_stragglers_add(table, &sight);
}

static tg_stragglers_t *some_table(void)
{
    tg_stragglers_t *table = empty_table(STRAGGLERS, 1);
    int i;

    for (i = 0; i < STRAGGLERS + 2; i++) { /* two have to leave */
        see(table, i, NOW + i);
    }
    table->entries[3].moved_at = NOW + 20;
    table->entries[3].is_probable = 1;
    table->entries[4].failed = 300;
    strcpy(table->entries[3].agents[0], "agent/before");
    strcpy(table->entries[4].agents[0], "agent/2");
    strcpy(table->entries[4].agents[1], "agent/1");
    strcpy(table->entries[4].agents[TG_STRAGGLER_AGENTS - 1], "agent/0");
    table->missed = 6;
    return table;
}

/* As httpd hands them over: seen least recently first. */
static const apr_array_header_t *entries_of(const tg_stragglers_t *table)
{
    apr_array_header_t *list = apr_array_make(unit_pool, 8, sizeof(tg_straggler_t));
    uint32_t link = table->oldest;

    for (; link; link = table->entries[link - 1].newer) {
        APR_ARRAY_PUSH(list, tg_straggler_t) = table->entries[link - 1];
    }
    return list;
}

static const char *bytes_of(tg_ledger_t *ledger, tg_stragglers_t *table, size_t *length)
{
    tg_ledger_file_t what = { .ledger = ledger,
                              .kept = tg_ledger_read(ledger, unit_pool, NOW),
                              .stragglers = table ? entries_of(table) : NULL,
                              .table = table,
                              .time = NOW };
    const char *bytes = tg_ledger_file_write(unit_pool, &what, length);

    assert_non_null(bytes);
    return bytes;
}

static const char *some_bytes(size_t *length)
{
    return bytes_of(some_ledger(), some_table(), length);
}

static tg_ledger_file_t read_back(const char *bytes, size_t length, tg_ledger_t *ledger,
                                  tg_stragglers_t *table)
{
    tg_ledger_file_t what = { .ledger = ledger, .table = table };
    tg_fault_t fault;

    if (!tg_ledger_file_read(bytes, length, &what, &fault)) {
        fail_msg("%s; %s", fault.reason, fault.fix);
    }
    return what;
}

static void what_is_written_is_read(void **state)
{
    size_t length, again_length;
    const char *bytes = some_bytes(&length), *again;
    tg_ledger_t *ledger = empty_ledger();
    tg_stragglers_t *table = empty_table(STRAGGLERS, 2);
    tg_ledger_file_t what;
    const tg_ledger_kept_t *kept;
    int row;

    (void)state;
    tg_ledger_schedule(ledger, "new");
    what = read_back(bytes, length, ledger, table);
    same_number(what.time, NOW, "when it was written");
    same_number(ledger->since, NOW - 100 * DAY, "when it began");
    same_number(ledger->schedules_used, 3, "what is forgotten and not configured is left out");
    kept = tg_ledger_read(ledger, unit_pool, NOW);
    row = 1 + tg_ledger_schedule(ledger, "second");
    same_number((int64_t)kept->totals[0].n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE], 3, "all requests");
    same_number((int64_t)kept->totals[row].n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN], 1, "a schedule's");
    assert_non_null(tg_history_day(&kept->rows[0], (NOW - DAY) / DAY));
    assert_null(tg_history_day(&kept->rows[row], (NOW - DAY) / DAY));
    assert_non_null(tg_history_period(&kept->rows[row], NOW / TG_HISTORY_PERIOD));
    same_number((int64_t)kept->kinds[0], 3, "connections of no kind");
    same_number((int64_t)ledger->alerts[40], 7, "alerts");
    same_number(table->used, STRAGGLERS, "stragglers");
    same_number((int64_t)table->forgotten, 2, "those that left");
    same_number((int64_t)table->missed, 6, "those that were missed");
    see(table, 6, NOW + 60);
    same_number(table->used, STRAGGLERS, "who comes again is found");

    ledger = empty_ledger(); /* and all of it */
    table = empty_table(STRAGGLERS, 3);
    tg_ledger_schedule(ledger, "old");
    read_back(bytes, length, ledger, table);
    same_number(tg_stragglers_find(table, "account:4", "first")->failed, 300, "failed handshakes");
    same_text(tg_stragglers_find(table, "account:4", "first")->agents[0], "agent/2",
              "a user agent");
    same_text(tg_stragglers_find(table, "account:4", "first")->agents[TG_STRAGGLER_AGENTS - 1],
              "agent/0", "an earlier one");
    again = bytes_of(ledger, table, &again_length);
    same_number((int64_t)again_length, (int64_t)length, "as long");
    assert_memory_equal(again, bytes, length);
}

static void a_smaller_table_has_the_newest(void **state)
{
    size_t length;
    const char *bytes = some_bytes(&length);
    tg_stragglers_t *table = empty_table(2, 4);
    tg_ledger_file_t what = read_back(bytes, length, empty_ledger(), table);

    (void)state;
    same_number(what.found, STRAGGLERS, "in the file");
    same_number(table->used, 2, "in the table");
    same_number((int64_t)table->forgotten, 2 + STRAGGLERS - 2, "those that left");
    same_text(table->entries[table->newest - 1].client, "account:6", "the newest");
    same_text(table->entries[table->oldest - 1].client, "account:5", "the one before");
    table = empty_table(50, 5);
    read_back(bytes, length, empty_ledger(), table);
    same_number(table->used, STRAGGLERS, "in a larger table");
    read_back(bytes, length, empty_ledger(), NULL);
}

/* Configured schedules find room, whatever the file has. */
static void configured_schedules_come_first(void **state)
{
    size_t length;
    const char *bytes = some_bytes(&length);
    tg_ledger_t *ledger = empty_ledger();
    int i;

    (void)state;
    for (i = 0; i < TG_LEDGER_SCHEDULES - 1; i++) {
        tg_ledger_schedule(ledger, apr_psprintf(unit_pool, "other%d", i));
    }
    read_back(bytes, length, ledger, NULL);
    same_number(ledger->schedules_used, TG_LEDGER_SCHEDULES, "one found room");
    same_text(ledger->names[TG_LEDGER_SCHEDULES - 1], "first", "the first");
}

/* Nothing is written to before the checksum is right. */
static int is_refused(const char *bytes, size_t length, const char *like)
{
    tg_ledger_file_t what = { 0 };
    tg_fault_t fault = { "", "" };
    int refused = !tg_ledger_file_read(bytes, length, &what, &fault);

    if (refused && like && !strstr(fault.reason, like)) {
        fail_msg("%s, and not: %s", like, fault.reason);
    }
    assert_true(!refused || (fault.reason[0] && fault.fix[0]));
    return refused;
}

static void every_changed_byte_is_seen(void **state)
{
    static const unsigned char changes[] = { 0x01, 0x80, 0xFF };
    size_t length, i, c;
    const char *bytes = some_bytes(&length);
    char *changed = apr_pmemdup(unit_pool, bytes, length);

    (void)state;
    for (i = 0; i < length; i++) {
        for (c = 0; c < ROWS(changes); c++) {
            changed[i] = (char)(bytes[i] ^ changes[c]);
            if (!is_refused(changed, length, NULL)) {
                fail_msg("byte %d", (int)i);
            }
        }
        changed[i] = bytes[i];
    }
}

static void every_other_length_is_seen(void **state)
{
    size_t length, i;
    const char *bytes = some_bytes(&length);
    char *longer = apr_pcalloc(unit_pool, length + 1);

    (void)state;
    memcpy(longer, bytes, length);
    for (i = 0; i < length; i++) {
        char *shorter = malloc(i + 1); /* of its own, so that reading past it is seen */

        memcpy(shorter, bytes, i);
        assert_true(is_refused(shorter, i, NULL));
        free(shorter);
    }
    assert_true(is_refused(longer, length + 1, "length does not match its header"));
    assert_true(is_refused("{}", 2, "not a ledger file"));
    assert_true(is_refused("", 0, "not a ledger file"));
    longer[16]++;
    assert_true(is_refused(longer, length, "another version"));
    longer[16]--;
    longer[length - 1]++;
    assert_true(is_refused(longer, length, "checksum"));
}

/* With a checksum that is right, as a program with a mistake would write it. */
static void sign(char *bytes, size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestUpdate(context, bytes, 32);
    EVP_DigestUpdate(context, bytes + TG_LEDGER_FILE_HEADER, length - TG_LEDGER_FILE_HEADER);
    EVP_DigestFinal_ex(context, (unsigned char *)bytes + 32, NULL);
    EVP_MD_CTX_free(context);
}

/* As a version wrote it that kept one user agent of each. */
static void a_file_without_user_agents_is_read(void **state)
{
    size_t length, i;
    const char *written = some_bytes(&length);
    char *bytes = apr_pmemdup(unit_pool, written, length);
    tg_stragglers_t *table = empty_table(STRAGGLERS, 6);

    (void)state;
    do {
        length--;
    } while (memcmp(bytes + length, "AGEN", 4) != 0);
    for (i = 0; i < 8; i++) {
        bytes[24 + i] = (char)((length - TG_LEDGER_FILE_HEADER) >> 8 * i);
    }
    sign(bytes, length);
    read_back(bytes, length, empty_ledger(), table);
    same_number(table->used, STRAGGLERS, "stragglers");
    for (i = 0; i < STRAGGLERS; i++) {
        same_text(table->entries[i].agents[0], "", "one before");
    }
}

static void another_section_is_another_version(void **state)
{
    size_t length;
    const char *written = some_bytes(&length);
    char *bytes = apr_pmemdup(unit_pool, written, length);
    char *section = bytes + TG_LEDGER_FILE_HEADER;
    tg_ledger_file_t what = { .ledger = empty_ledger() };
    tg_fault_t fault;

    (void)state;
    section[4]++;
    sign(bytes, length);
    assert_false(tg_ledger_file_read(bytes, length, &what, &fault));
    same_text(fault.reason, "it was written by another version of mod_tlsgate", "its version");
    section[4]--;
    section[0] = 'X';
    sign(bytes, length);
    assert_false(tg_ledger_file_read(bytes, length, &what, &fault));
    same_text(fault.reason, "it was written by another version of mod_tlsgate", "its name");
}

/* The numbers of version 1, in which 7 was a hello, and a version that is not known. */
#define KIND_BEFORE (1 + (7U | 1U << 4 | 7U << 5))

/* A file with one hello of a newer version, its key as given. */
static char *bytes_with_kind(char version, uint32_t key, size_t *length)
{
    tg_ledger_t *ledger = empty_ledger();
    tg_census_kind_t kind = { TG_CENSUS_NEWER, 1, TG_CENSUS_HELLO, 0 };
    uint32_t written = tg_census_pack(kind);
    const char *made;
    char *bytes, *section;
    int found = 0;

    tg_ledger_count(&tg_ledger_numbers_at(ledger, 0, NOW / TG_HISTORY_PERIOD)
                         ->kinds[tg_ledger_kind(ledger, kind)]);
    tg_ledger_collect(ledger, NOW);
    made = bytes_of(ledger, NULL, length);
    bytes = apr_pmemdup(unit_pool, made, *length);
    section = memmem(bytes, *length, "CONN", 4);
    section[4] = version;
    for (; section + 4 <= bytes + *length; section++) {
        if (memcmp(section, &written, 4) == 0) {
            memcpy(section, &key, 4);
            found++;
        }
    }
    same_number(found, 2, "in all, and of the day");
    sign(bytes, *length);
    free(ledger);
    return bytes;
}

static void kinds_of_the_version_before_are_read(void **state)
{
    tg_ledger_t *ledger = empty_ledger();
    size_t length;
    const char *bytes = bytes_with_kind(1, KIND_BEFORE, &length);
    tg_census_kind_t kind = { TG_CENSUS_NEWER, 1, TG_CENSUS_HELLO, 0 };
    int place;

    (void)state;
    read_back(bytes, length, ledger, NULL);
    place = tg_ledger_kind(ledger, kind);
    same_number((int64_t)ledger->kept.kinds[place], 1, "a hello");
    same_number((int64_t)ledger->kept.days[NOW / DAY % TG_HISTORY_DAYS].kinds[place], 1, "its day");
    free(ledger);
}

static void a_kind_that_nothing_is_is_refused(void **state)
{
    static const tg_census_kind_t kinds[] = {
        { TG_PROTOCOLS, 0, TG_PROTOCOL_TLS1_2, 0 },
        { TG_CENSUS_HELLO, 0, TG_PROTOCOL_TLS1_2, 0 },
        { TG_PROTOCOL_TLS1_2, 0, TG_PROTOCOLS, 0 },
        { TG_PROTOCOL_TLS1_2, 0, TG_CENSUS_NEWER, 0 },
        { TG_PROTOCOL_TLS1_2, 0, TG_PROTOCOL_TLS1_2, 0x10000 },
    };
    size_t i, length;

    (void)state;
    for (i = 0; i < ROWS(kinds); i++) {
        const char *bytes = bytes_with_kind(2, tg_census_pack(kinds[i]), &length);
        tg_ledger_file_t what = { .ledger = empty_ledger() };
        tg_fault_t fault;

        CHECK(!tg_ledger_file_read(bytes, length, &what, &fault), "row %d is read", (int)i);
        free(what.ledger);
    }
}

/* Whatever it has: refused, or read into a table that is whole. */
static void nonsense_with_a_checksum_does_no_harm(void **state)
{
    size_t length;
    const char *bytes = some_bytes(&length);
    char *changed = malloc(length);
    int round, read = 0;

    (void)state;
    srand(1);
    for (round = 0; round < 1500; round++) {
        tg_ledger_file_t what = { .ledger = empty_ledger(), .table = empty_table(3, 7) };
        tg_fault_t fault;
        int changes = 1 + rand() % 4;

        memcpy(changed, bytes, length);
        while (changes-- > 0) {
            size_t at = TG_LEDGER_FILE_HEADER + (size_t)rand() % (length - TG_LEDGER_FILE_HEADER);

            changed[at] = (char)rand();
        }
        sign(changed, length);
        if (tg_ledger_file_read(changed, length, &what, &fault)) {
            read++;
            assert_true(what.table->used <= 3);
            tg_ledger_read(what.ledger, unit_pool, NOW);
        }
        free(what.ledger);
        free(what.table);
        if (round % 50 == 0) {
            apr_pool_clear(unit_pool);
            bytes = some_bytes(&length);
        }
    }
    free(changed);
    assert_true(read > 0 && read < 1500);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_written_is_read),
    cmocka_unit_test(a_smaller_table_has_the_newest),
    cmocka_unit_test(configured_schedules_come_first),
    cmocka_unit_test(every_changed_byte_is_seen),
    cmocka_unit_test(every_other_length_is_seen),
    cmocka_unit_test(a_file_without_user_agents_is_read),
    cmocka_unit_test(another_section_is_another_version),
    cmocka_unit_test(kinds_of_the_version_before_are_read),
    cmocka_unit_test(a_kind_that_nothing_is_is_refused),
    cmocka_unit_test(nonsense_with_a_checksum_does_no_harm),
};

UNIT_MAIN(tests)
