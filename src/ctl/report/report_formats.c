/* The formats of a report: one row each, and a source of its own. */
#include "report.h"

#include "base/rows.h"
#include "base/text.h"

#include <string.h>

static const struct {
    const char *name;
    tg_ctl_report_print_t *print;
} report_formats[] = {
    { "table", tg_ctl_report_print_table },       { "json", tg_ctl_report_print_json },
    { "csv", tg_ctl_report_print_csv },           { "html", tg_ctl_report_print_html },
    { "markdown", tg_ctl_report_print_markdown },
};

tg_ctl_report_print_t *tg_ctl_report_format(const char *name)
{
    size_t i;

    for (i = 0; i < TG_ROWS(report_formats); i++) {
        if (strcmp(name, report_formats[i].name) == 0) {
            return report_formats[i].print;
        }
    }
    return NULL;
}

const char *tg_ctl_report_formats(apr_pool_t *pool)
{
    const char *names[TG_ROWS(report_formats)];
    size_t i;

    for (i = 0; i < TG_ROWS(report_formats); i++) {
        names[i] = report_formats[i].name;
    }
    return tg_text_join(pool, names, TG_ROWS(report_formats), ", ", " or ");
}
