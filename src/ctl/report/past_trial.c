/* The last trial of a schedule: see past_trial.h. */
#include "past_trial.h"

#include "past_week.h"

#include "ctl/base/document.h"
#include "os/file.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* A new reference; NULL: that page has none of the schedule. */
static json_t *trial_of_page(apr_pool_t *pool, const char *path, const char *schedule)
{
    json_t *document, *found = NULL;
    const json_t *item;
    tg_file_t file;
    tg_fault_t ignored;
    size_t i;

    if (tg_file_read(pool, path, TG_CTL_PAGE_LENGTH_MAX, &file, &ignored) != TG_FILE_READ) {
        return NULL;
    }
    document = json_loadb(file.text, file.length, 0, NULL);
    json_array_foreach (json_object_get(document, "schedules"), i, item) {
        if (!found && strcmp(tg_ctl_document_text(item, "name", ""), schedule) == 0) {
            found = json_incref(json_object_get(item, "last_trial"));
        }
    }
    json_decref(document);
    return found;
}

json_t *tg_ctl_past_trial_document(apr_pool_t *pool, const char *pages, const char *schedule)
{
    char *rest = apr_pstrdup(pool, pages), *path, *last;
    json_t *latest = json_null();

    for (path = apr_strtok(rest, "\n", &last); path; path = apr_strtok(NULL, "\n", &last)) {
        json_t *trial = trial_of_page(pool, path, schedule);

        if (json_is_object(trial) && tg_ctl_document_instant(trial, "start", TG_ALWAYS) >
                                         tg_ctl_document_instant(latest, "start", TG_ALWAYS)) {
            json_decref(latest);
            latest = json_incref(trial);
        }
        json_decref(trial);
    }
    return latest;
}

/* `; TlsGateGuard stopped it at ...`, for each time. */
static const char *stops_words(apr_pool_t *pool, const json_t *trial)
{
    const json_t *stops = json_object_get(trial, "stops"), *stop;
    const tg_instant_t start = tg_ctl_document_instant(trial, "start", TG_ALWAYS);
    const char *text = "";
    size_t i;

    json_array_foreach (stops, i, stop) {
        const char *back = tg_ctl_document_text(stop, "taken_back_at", NULL);
        const int is_held = tg_ctl_document_instant(stop, "at", TG_NEVER) < start;

        text = apr_pstrcat(pool, text,
                           is_held ? "; TlsGateGuard held it" : "; TlsGateGuard stopped it at ",
                           is_held ? "" : tg_ctl_document_text(stop, "at", ""),
                           back ? ", and the stop was lifted at " : "", back ? back : "", NULL);
    }
    return text;
}

void tg_ctl_past_trial_print(FILE *out, apr_pool_t *pool, const json_t *document)
{
    if (json_is_object(document)) {
        tg_term_row(
            out, "last trial",
            apr_psprintf(pool,
                         "%s to %s: %" APR_INT64_T_FMT " of %" APR_INT64_T_FMT
                         " requests around it were rejected%s",
                         tg_ctl_document_text(document, "start", ""),
                         tg_ctl_document_text(document, "end", ""),
                         (apr_int64_t)json_integer_value(json_object_get(document, "rejected")),
                         (apr_int64_t)json_integer_value(json_object_get(document, "requests")),
                         stops_words(pool, document)));
    }
}
