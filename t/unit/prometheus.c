/* The metrics of the ledger: a series that was shown stays, whatever comes to it. */
#include "unit.h"

#include "report/ledger_report.h"

#include <apr_strings.h>

/** More than a server sees, of each version on offer. */
#define GROUPS 8

static const unsigned groups[GROUPS] = { 0, 0x17, 0x18, 0x19, 0x1D, 0x1E, 0x100, 0x11EC };

/* Kinds of connections in the order of their places; the first may be left out. */
static const char *metrics_of_kinds(int first)
{
    tg_report_kind_t kinds[GROUPS * TG_PROTOCOLS];
    tg_report_t report = { .since = 0, .kinds = kinds + first };
    unsigned offered, g;
    int n = 0;

    for (offered = 0; offered < TG_PROTOCOLS; offered++) {
        for (g = 0; g < GROUPS; g++) {
            kinds[n].kind = (tg_census_kind_t){ offered, 0, TG_PROTOCOL_TLS1_2, groups[g] };
            kinds[n++].total = 1000 + 10 * offered + g;
        }
    }
    report.kind_count = n - first;
    report.warnings = apr_array_make(unit_pool, 1, sizeof(void *));
    return tg_report_prometheus(unit_pool, &report);
}

static void a_series_once_shown_stays(void **state)
{
    const char *later = metrics_of_kinds(0), *line = metrics_of_kinds(1);
    int series = 0;

    (void)state;
    while ((line = strstr(line, "\ntlsgate_connections_total{")) != NULL) {
        const char *end = strchr(++line, '\n');

        has_text(later, apr_pstrmemdup(unit_pool, line, (apr_size_t)(end - line + 1)), "later");
        series++;
    }
    CHECK(series > 0, "there is no series");
    has_text(later, "tlsgate_connections_total{offered=\"unknown\",group=\"none\"} 1000\n", "new");
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(a_series_once_shown_stays) };

UNIT_MAIN(tests)
