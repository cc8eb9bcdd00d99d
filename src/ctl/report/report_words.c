/* What the lines of a report are about, in words, and how many requests they are. */
#include "report.h"

#include "base/rows.h"

#include <apr_strings.h>

tg_ctl_report_words_t tg_ctl_report_words(const tg_ctl_report_t *report)
{
    static const tg_ctl_report_words_t words[] = {
        { "CLIENT", "Client", "client", "clients" },
        { "ADDRESS", "Address", "address", "addresses" },
        { "USER AGENT", "User agent", "user agent", "user agents" },
        { "JA4", "JA4", "JA4", "JA4s" },
        { "HOST", "Host", "host", "hosts" },
        { "CAUSE", "Cause", "cause", "causes" },
    };
    TG_ROWS_ARE(words, TG_TALLY_GROUPS);

    return words[report->question->counted.group];
}

int tg_ctl_report_tells_agent(const tg_ctl_report_t *report)
{
    return report->question->counted.group != TG_TALLY_BY_USER_AGENT;
}

uint64_t tg_ctl_report_requests(const tg_ctl_report_t *report, uint32_t count)
{
    uint64_t requests = 0;
    uint32_t i;

    for (i = 0; i < count; i++) {
        requests += tg_tally_client(report->tally, report->rows[i])->count;
    }
    return requests;
}

const char *tg_ctl_report_listed(const tg_ctl_report_t *report, apr_pool_t *pool)
{
    const uint64_t all = tg_tally_sums(report->tally)->requests;
    const uint64_t listed = tg_ctl_report_requests(report, report->row_count);
    const char *of_all =
        listed == all ? "" : apr_psprintf(pool, " of all %" APR_UINT64_T_FMT, (apr_uint64_t)all);

    return apr_psprintf(pool, "%u of %u %s, with %" APR_UINT64_T_FMT "%s requests",
                        report->row_count, report->found, tg_ctl_report_words(report).many,
                        (apr_uint64_t)listed, of_all);
}
