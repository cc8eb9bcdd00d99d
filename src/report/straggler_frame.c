/* The stragglers on the status page: see straggler_frame.h. */
#include "straggler_frame.h"

#include "html.h"
#include "wording.h"

#include "base/rows.h"
#include "base/shell.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <string.h>

/* What a link changes of the query: one of these replaces the parameter of that name. */
typedef struct {
    const char *sort;
    tg_straggler_which_t only;
    int page;
} choice_t;

/* --- the URL of another view --- */

/* @param url empty, `?`, or with parameters */
static const char *add_parameter(apr_pool_t *pool, const char *url, const char *name,
                                 const char *value)
{
    const char *between = url[0] && url[1] ? "&" : "";

    return value ? apr_pstrcat(pool, *url ? url : "?", between, name, "=",
                               apr_pescape_urlencoded(pool, value), NULL)
                 : url;
}

/* Relative to the page, and never empty. */
static const char *view_url(apr_pool_t *pool, const tg_straggler_query_t *query,
                            const choice_t *choice)
{
    char since[TG_INSTANT_STRLEN];
    const char *url = "";

    url = add_parameter(pool, url, "schedule", query->schedule);
    url = add_parameter(pool, url, "client", query->client);
    url = add_parameter(pool, url, "since",
                        query->since ? tg_instant_format(query->since, since) : NULL);
    url = add_parameter(pool, url, "sort", choice->sort);
    url = add_parameter(pool, url, "only", tg_straggler_which(choice->only));
    url = add_parameter(pool, url, "page", choice->page ? apr_itoa(pool, choice->page) : NULL);
    return *url ? url : "?";
}

static void add_choice(tg_html_t *html, const tg_straggler_query_t *query, const choice_t *choice,
                       const char *label, int is_current)
{
    tg_html_raw(html, "<a href=\"");
    tg_html_text(html, view_url(html->pool, query, choice));
    tg_html_raw(html, is_current ? "\" aria-current=\"true\">" : "\">");
    tg_html_text(html, label);
    tg_html_raw(html, "</a>\n");
}

/* --- what to show --- */

/* In the order of tg_straggler_sorts(). */
static const char *const sort_labels[] = { "Seen last", "Seen first", "Most requests",
                                           "Most rejected" };

static const char *const which_labels[] = { "All", "Those that are left",
                                            "Those that a trial or cutoff rejects" };
TG_ROWS_ARE(which_labels, TG_STRAGGLERS_WHICH);

static void add_sorts(tg_html_t *html, const tg_straggler_query_t *query)
{
    const char *now = query->sort ? query->sort : tg_straggler_sorts(0);
    tg_straggler_which_t which;
    int i;

    tg_html_raw(html, "<nav class=\"choices\" aria-label=\"Order\">");
    for (i = 0; tg_straggler_sorts(i) && i < (int)TG_ROWS(sort_labels); i++) {
        const choice_t choice = { tg_straggler_sorts(i), query->only, 0 };

        add_choice(html, query, &choice, sort_labels[i], strcmp(now, choice.sort) == 0);
    }
    tg_html_raw(html, "</nav>\n<nav class=\"choices\" aria-label=\"Which\">");
    for (which = TG_STRAGGLERS_ALL; which < TG_STRAGGLERS_WHICH; which++) {
        const choice_t choice = { query->sort, which, 0 };

        add_choice(html, query, &choice, which_labels[which], which == query->only);
    }
    tg_html_raw(html, "</nav>\n");
}

/* Those that are shown here, on all pages. */
static void add_download(tg_html_t *html, const tg_straggler_list_t *list)
{
    const tg_straggler_query_t *query = &list->query;
    const choice_t all = { query->sort, query->only, 0 };

    if (list->found > 0) {
        tg_html_raw(html, "<p><a href=\"");
        tg_html_text(html,
                     add_parameter(html->pool, view_url(html->pool, query, &all), "format", "csv"));
        tg_html_raw(html, "\">Download as CSV</a></p>\n");
    }
}

static void add_field(tg_html_t *html, const char *name, const char *label, const char *value)
{
    tg_html_raw(html, "<label>");
    tg_html_raw(html, label);
    tg_html_raw(html, " <input name=\"");
    tg_html_raw(html, name);
    tg_html_raw(html, "\" value=\"");
    tg_html_text(html, value ? value : "");
    tg_html_raw(html, "\"></label>\n");
}

static void add_hidden(tg_html_t *html, const char *name, const char *value)
{
    if (value) {
        tg_html_raw(html, "<input type=\"hidden\" name=\"");
        tg_html_raw(html, name);
        tg_html_raw(html, "\" value=\"");
        tg_html_text(html, value);
        tg_html_raw(html, "\">\n");
    }
}

static void add_form(tg_html_t *html, const tg_straggler_query_t *query)
{
    tg_html_raw(html, "<form method=\"get\">\n");
    add_field(html, "client", "Client", query->client);
    add_field(html, "schedule", "Schedule", query->schedule);
    add_hidden(html, "sort", query->sort);
    add_hidden(html, "only", tg_straggler_which(query->only));
    tg_html_raw(html, "<button>Search</button>\n</form>\n");
}

static void add_pages(tg_html_t *html, const tg_straggler_list_t *list)
{
    const tg_straggler_query_t *query = &list->query;
    int last = tg_straggler_pages(list) - 1, page = query->page;
    const choice_t before = { query->sort, query->only, page - 1 < last ? page - 1 : last };
    const choice_t after = { query->sort, query->only, page + 1 };

    if (last <= 0 && page == 0) {
        return;
    }
    tg_html_raw(html, "<nav class=\"choices\" aria-label=\"Pages\">");
    if (page > 0) {
        add_choice(html, query, &before, page > last ? "Last page" : "Previous", 0);
    }
    if (page <= last) {
        tg_html_text(html, apr_psprintf(html->pool, "Page %d of %d", page + 1, last + 1));
        tg_html_raw(html, "\n");
    }
    if (page < last) {
        add_choice(html, query, &after, "Next", 0);
    }
    tg_html_raw(html, "</nav>\n");
}

/* Past the end nothing would be seen, and not why. */
static const char *beyond_text(apr_pool_t *pool, const tg_straggler_list_t *list)
{
    int pages = tg_straggler_pages(list);

    return list->query.page < pages || list->found == 0 ? NULL
           : pages == 1
               ? apr_psprintf(pool, "There is no page %d: all are on one, without page=.",
                              list->query.page + 1)
               : apr_psprintf(pool,
                              "There is no page %d: there are %d pages, and page=%d is the last.",
                              list->query.page + 1, pages, pages - 1);
}

static void add_markup_of(tg_frame_t *frame, const tg_straggler_list_t *list,
                          void (*add)(tg_html_t *html, const tg_straggler_list_t *list))
{
    tg_html_t html;

    tg_html_begin(&html, frame->pool, frame->now);
    add(&html, list);
    tg_frame_add(frame, TG_ITEM_MARKUP, NULL, tg_html_end(&html));
}

static void add_controls(tg_html_t *html, const tg_straggler_list_t *list)
{
    add_form(html, &list->query);
    add_sorts(html, &list->query);
}

/* --- one straggler --- */

static const char *breaks_text(apr_pool_t *pool, tg_instant_t breaks)
{
    if (breaks == TG_ALWAYS) {
        return " It is rejected now.";
    }
    return breaks == TG_NEVER ? " No date rejects it."
                              : apr_pstrcat(pool, " It is rejected from ",
                                            tg_instant_text(pool, breaks), ".", NULL);
}

static const char *exempt_text(apr_pool_t *pool, tg_instant_t until)
{
    return until == TG_ALWAYS
               ? ""
               : apr_pstrcat(pool, " It is exempt until ", tg_instant_text(pool, until), ".", NULL);
}

static const char *moved_text(apr_pool_t *pool, const tg_straggler_t *seen)
{
    return seen->moved_at ? apr_pstrcat(pool,
                                        seen->is_probable ? " It has probably moved on: at "
                                                          : " It has moved on: at ",
                                        tg_instant_text(pool, seen->moved_at),
                                        " it made a request without anything deprecated.", NULL)
                          : "";
}

/* `3 requests and 2 failed handshakes`, each only where there are some. */
static const char *seen_number(apr_pool_t *pool, const tg_straggler_t *seen)
{
    const char *failed = tg_wording_number(pool, seen->failed, "failed handshake");
    const char *requests = tg_wording_number(pool, seen->requests, "request");

    return seen->requests == 0 ? failed
           : seen->failed      ? apr_pstrcat(pool, requests, " and ", failed, NULL)
                               : requests;
}

/* `41 requests since ..., the last over TLSv1 at ...; 12 rejected.` Who never made a request is
 * not told when one would be rejected. */
static const char *requests_text(apr_pool_t *pool, const tg_straggler_row_t *row)
{
    const tg_straggler_t *seen = &row->seen;

    return apr_pstrcat(
        pool, seen_number(pool, seen), " since ", tg_instant_text(pool, seen->first_seen),
        ", the last over ",
        seen->protocol == TG_PROTOCOL_CLEARTEXT ? "plain HTTP" : tg_protocol_name(seen->protocol),
        " at ", tg_instant_text(pool, seen->last_seen), "; ",
        apr_psprintf(pool, "%" APR_UINT64_T_FMT, seen->rejected),
        seen->failed ? " rejected or refused." : " rejected.", moved_text(pool, seen),
        exempt_text(pool, row->exempt_until),
        seen->moved_at || seen->requests == 0 ? "" : breaks_text(pool, row->breaks), NULL);
}

/* `legacy-tls, api.example.com, Java/1.7.0_80, t10d...`: what is known beside the numbers. */
static const char *seen_text(apr_pool_t *pool, const tg_straggler_t *seen)
{
    const char *texts[] = { seen->host, seen->user_agent, seen->ja4 };
    const char *text = apr_pstrcat(pool, "Schedule ", seen->schedule, NULL);
    size_t i;

    for (i = 0; i < TG_ROWS(texts); i++) {
        if (*texts[i]) {
            text = apr_pstrcat(pool, text, " · ", texts[i], NULL);
        }
    }
    return text;
}

/* Until when is what the operator has to decide. */
static const char *exempt_command(apr_pool_t *pool, const tg_straggler_t *seen)
{
    return apr_pstrcat(pool, "tlsgatectl exempt add ", tg_shell_word(pool, seen->schedule), " ",
                       tg_shell_word(pool, seen->client), " --until DATE --reason TEXT", NULL);
}

static void add_straggler(tg_frame_t *frame, const tg_straggler_row_t *row)
{
    const tg_straggler_t *seen = &row->seen;
    tg_item_t entry = { TG_FRAME_DATE, .label = seen->client };
    const char *cause = row->advice ? row->advice : tg_wording_cause(seen->cause);

    entry.kind = TG_ITEM_ENTRY;
    entry.value = requests_text(frame->pool, row);
    tg_frame_add_date(frame, &entry);
    tg_frame_add(frame, TG_ITEM_ADVISED, NULL, cause);
    tg_frame_add(frame, TG_ITEM_DETAIL, NULL, seen_text(frame->pool, seen));
    tg_frame_add(frame, TG_ITEM_COMMAND,
                 row->exempt_until == TG_ALWAYS ? "Exempt it until a date"
                                                : "Exempt it until another date",
                 exempt_command(frame->pool, seen));
}

/* Of one schedule they are clients. */
static const char *found_number(apr_pool_t *pool, const tg_straggler_list_t *list)
{
    const char *number = tg_wording_count(pool, (uint64_t)list->found);

    if (list->query.schedule) {
        return tg_wording_number(pool, (uint64_t)list->found, "client");
    }
    return apr_pstrcat(pool, number, list->found == 1 ? " entry" : " entries",
                       ", one for each client and schedule", NULL);
}

static const char *found_text(apr_pool_t *pool, const tg_straggler_list_t *list)
{
    const tg_straggler_query_t *query = &list->query;

    if (list->found == 0) {
        return tg_straggler_query_is_plain(query) ? "No client has used anything deprecated yet."
                                                  : "No client matches this search.";
    }
    return apr_pstrcat(
        pool, found_number(pool, list),
        query->only ? "." : ", also of clients that have moved or are exempt.",
        list->forgotten
            ? apr_pstrcat(pool, " There is room for ", tg_wording_count(pool, list->capacity), "; ",
                          tg_wording_count(pool, list->forgotten), " older entr",
                          list->forgotten == 1 ? "y was dropped." : "ies were dropped.", NULL)
            : "",
        NULL);
}

void tg_straggler_frame(tg_frame_t *frame, const tg_straggler_list_t *list)
{
    int i;

    if (!list->rows) {
        return;
    }
    tg_frame_add_part(frame, TG_PART_SECTION, "Who is left");
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL, found_text(frame->pool, list));
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL, beyond_text(frame->pool, list));
    if (!list->is_complete) {
        tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                     "The list was in use, so some clients are missing. Reload the page.");
    }
    add_markup_of(frame, list, add_controls);
    for (i = 0; i < list->rows->nelts; i++) {
        add_straggler(frame, &APR_ARRAY_IDX(list->rows, i, const tg_straggler_row_t));
    }
    add_markup_of(frame, list, add_pages);
    add_markup_of(frame, list, add_download);
}
