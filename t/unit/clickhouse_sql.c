/* The SQL of a report: texts from outside stay texts, and networks are numbers. */
#include "unit.h"

#include "clickhouse/sql.h"
#include "policy/network.h"

#include <apr_strings.h>

static void a_text_stays_a_text(void **state)
{
    static const struct {
        const char *text, *quoted;
    } rows[] = {
        { "", "''" },
        { "legacy", "'legacy'" },
        { "it's", "'it\\'s'" },
        { "'", "'\\''" },
        { "\\", "'\\\\'" },
        { "\\'", "'\\\\\\''" },
        { "'; DROP TABLE tlsgate; --", "'\\'; DROP TABLE tlsgate; --'" },
        { "\"`\n\t\x7F\xC3\xA9", "'\"`\n\t\x7F\xC3\xA9'" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        same_text(tg_sql_text(unit_pool, rows[i].text), rows[i].quoted, rows[i].text);
    }
}

/* The SQL for all records, with one network left out. */
static const char *records_without(const char *network, int has_or_default)
{
    static const tg_tally_options_t counted = { .since = 10, .until = 20 };
    apr_array_header_t *excluded = apr_array_make(unit_pool, 1, sizeof(tg_network_t));
    tg_sql_question_t question = { .table = "`d`.`t`",
                                   .counted = &counted,
                                   .excluded = excluded,
                                   .has_or_default = has_or_default };

    if (tg_network_parse(network, apr_array_push(excluded)) != TG_NETWORK_USABLE) {
        return "no network";
    }
    return tg_sql_records(unit_pool, &question, TG_SQL_REQUEST);
}

static void a_network_is_a_range(void **state)
{
    static const struct {
        const char *network;
        int has_or_default;
        const char *first, *last, *function;
    } rows[] = {
        { "192.0.2.0/24", 0, "IPv4StringToNum('192.0.2.0')", "IPv4StringToNum('192.0.2.255')",
          "IPv4StringToNum(if(" },
        { "192.0.2.7", 1, "IPv4StringToNum('192.0.2.7')", "IPv4StringToNum('192.0.2.7')",
          "IPv4StringToNumOrDefault(if(" },
        { "128.0.0.0/1", 0, "IPv4StringToNum('128.0.0.0')", "IPv4StringToNum('255.255.255.255')",
          "IPv4StringToNum(if(" },
        { "192.0.2.128/31", 0, "IPv4StringToNum('192.0.2.128')", "IPv4StringToNum('192.0.2.129')",
          "IPv4StringToNum(if(" },
        { "2001:db8::/33", 1, "IPv6StringToNum('2001:db8::')",
          "IPv6StringToNum('2001:db8:7fff:ffff:ffff:ffff:ffff:ffff')",
          "IPv6StringToNumOrDefault(if(" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const char *sql = records_without(rows[i].network, rows[i].has_or_default);

        same_number(strstr(sql, rows[i].first) != NULL, 1, sql);
        same_number(strstr(sql, rows[i].last) != NULL, 1, sql);
        same_number(strstr(sql, rows[i].function) != NULL, 1, sql);
        same_number(strstr(sql, "time >= toDateTime(10) AND time < toDateTime(20)") != NULL, 1,
                    "the time");
    }
}

/* Neither before 1970 nor after 2106 is there anything to leave out. */
static void times_without_end(void **state)
{
    const tg_tally_options_t counted = { .since = TG_ALWAYS, .until = TG_NEVER };
    tg_sql_question_t question = { .table = "`d`.`t`",
                                   .counted = &counted,
                                   .excluded = apr_array_make(unit_pool, 1, sizeof(tg_network_t)) };

    (void)state;
    same_text(tg_sql_records(unit_pool, &question, TG_SQL_FAILED),
              "FROM `d`.`t` WHERE kind = 'failed'", "of a kind");
    same_text(tg_sql_records(unit_pool, &question, NULL),
              "FROM `d`.`t` WHERE (kind = 'damaged' OR (1))", "all, also damaged ones");
}

/* The condition is moved, and a name may look like one. */
static void a_name_is_no_condition(void **state)
{
    const tg_tally_options_t counted = { .since = TG_ALWAYS, .until = TG_NEVER };
    tg_sql_question_t question = { .table = "`WHERE`.`NOWHERE`",
                                   .counted = &counted,
                                   .excluded = apr_array_make(unit_pool, 1, sizeof(tg_network_t)) };
    static const char begin[] = "SELECT address, ja4, client FROM (SELECT address, ja4, client "
                                "FROM `WHERE`.`NOWHERE` PREWHERE address IN (SELECT ";
    const char *sql = tg_sql_seen(unit_pool, &question);

    (void)state;
    same_text(apr_pstrndup(unit_pool, sql, sizeof(begin) - 1), begin, "the beginning");
    same_number(strstr(sql, " AND ja4 != '') WHERE kind = 'request' GROUP BY client, ") != NULL, 1,
                sql);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_text_stays_a_text),
    cmocka_unit_test(a_network_is_a_range),
    cmocka_unit_test(times_without_end),
    cmocka_unit_test(a_name_is_no_condition),
};

UNIT_MAIN(tests)
