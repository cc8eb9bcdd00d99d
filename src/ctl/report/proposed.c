/* Proposed trials as a document: see proposed.h. */
#include "proposed.h"

#include "base/json.h"
#include "base/text.h"

#include <apr_strings.h>

/* Whole requests, and at least 1 if there are any. */
static json_t *whole_requests_json(uint64_t thousandths)
{
    uint64_t requests = (thousandths + TG_WEEK_REQUEST / 2) / TG_WEEK_REQUEST;

    return json_integer((json_int_t)(thousandths > 0 && requests == 0 ? 1 : requests));
}

/* Those that no window before it meets. */
static json_t *new_names_json(const tg_ctl_proposed_t *p, const tg_proposed_window_t *w,
                              unsigned char *is_met)
{
    json_t *names = json_array();
    uint32_t i;

    for (i = 0; i < w->met; i++) {
        if (!is_met[w->clients[i]] && json_array_size(names) < TG_CTL_PROPOSED_NAMED) {
            json_array_append_new(
                names, json_string(tg_text_printable(p->ctl->pool, p->past->names[w->clients[i]])));
        }
        is_met[w->clients[i]] = 1;
    }
    return names;
}

static json_t *windows_json(const tg_ctl_proposed_t *p)
{
    unsigned char *is_met = apr_pcalloc(p->ctl->pool, p->question->week->clients + (apr_size_t)1);
    json_t *list = json_array();
    int i;

    for (i = 0; i < p->proposal->windows->nelts; i++) {
        const tg_proposed_window_t *w =
            &APR_ARRAY_IDX(p->proposal->windows, i, tg_proposed_window_t);
        json_t *window = json_object();

        json_object_set_new(window, "start", tg_json_instant(w->interval.start));
        json_object_set_new(window, "end", tg_json_instant(w->interval.end));
        json_object_set_new(window, "requests", whole_requests_json(w->requests));
        json_object_set_new(window, "clients", json_integer(w->met));
        json_object_set_new(window, "new_clients", json_integer(w->fresh));
        json_object_set_new(window, "first_new", new_names_json(p, w, is_met));
        json_array_append_new(list, window);
    }
    return list;
}

static int is_of_trial(const tg_trial_t *trial, const tg_proposed_window_t *w)
{
    int64_t since = w->interval.start - trial->first.start;

    return w->interval.end - w->interval.start == trial->first.end - trial->first.start &&
           since >= 0 &&
           (since == 0 ||
            (trial->every && since % trial->every == 0 && w->interval.start < trial->until));
}

/* Each line with the places of its windows. */
static json_t *trial_lines_json(const tg_ctl_proposed_t *p)
{
    json_t *list = json_array();
    int i, j;

    for (i = 0; i < p->proposal->trials->nelts; i++) {
        const tg_trial_t *trial = &APR_ARRAY_IDX(p->proposal->trials, i, tg_trial_t);
        json_t *places = json_array();

        for (j = 0; j < p->proposal->windows->nelts; j++) {
            if (is_of_trial(trial, &APR_ARRAY_IDX(p->proposal->windows, j, tg_proposed_window_t))) {
                json_array_append_new(places, json_integer(j));
            }
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:o}", "line",
                                        apr_pstrcat(p->ctl->pool, "TlsGateTrial ",
                                                    tg_proposal_line(p->ctl->pool, trial), NULL),
                                        "windows", places));
    }
    return list;
}

static json_t *history_json(const tg_ctl_proposed_t *p)
{
    const tg_week_t *week = p->question->week;

    return json_pack("{s:s, s:o, s:o, s:i, s:b, s:I}", "source",
                     p->past->is_estimated ? "ledger" : "log", "start",
                     tg_json_instant(week->history.start), "end",
                     tg_json_instant(week->history.end), "weeks", week->weeks, "estimated",
                     p->past->is_estimated, "moved", (json_int_t)p->past->moved);
}

static json_t *longer_json(int64_t seconds, uint32_t meets)
{
    return seconds ? json_pack("{s:I, s:I}", "window_seconds", (json_int_t)seconds, "clients",
                               (json_int_t)meets)
                   : json_null();
}

static void add_proposed_series(json_t *root, const tg_ctl_proposed_t *p)
{
    const tg_proposal_t *proposal = p->proposal;
    int is_found = p->result == TG_PROPOSAL_FOUND;
    uint64_t more = proposal->cost - proposal->least;
    uint64_t percent = proposal->least ? (more * 100 + proposal->least - 1) / proposal->least : 0;

    json_object_set_new(root, "found", json_boolean(is_found));
    json_object_set_new(root, "met", json_integer(is_found ? proposal->met : 0));
    json_object_set_new(root, "requests", whole_requests_json(is_found ? proposal->requests : 0));
    json_object_set_new(root, "percent_above_least",
                        is_found ? json_integer((json_int_t)percent) : json_null());
    json_object_set_new(root, "windows", is_found ? windows_json(p) : json_array());
    json_object_set_new(root, "trials", is_found ? trial_lines_json(p) : json_array());
    json_object_set_new(root, "possible",
                        json_integer(is_found ? proposal->met : proposal->reachable));
    json_object_set_new(root, "longer", longer_json(p->longer, p->longer_meets));
    json_object_set_new(root, "longest", longer_json(p->longest, p->longest_meets));
}

json_t *tg_ctl_proposed_document(const tg_ctl_proposed_t *p)
{
    const tg_proposal_question_t *q = p->question;
    json_t *root = json_object();

    json_object_set_new(root, "time", tg_json_instant(p->ctl->now));
    json_object_set_new(root, "schedule", tg_json_text(p->schedule));
    json_object_set_new(root, "held", json_boolean(p->is_held));
    json_object_set_new(root, "reach_percent", json_integer(p->reach));
    json_object_set_new(root, "from", tg_json_instant(q->from));
    json_object_set_new(root, "until", tg_json_instant(q->until));
    json_object_set_new(root, "max_window_seconds", json_integer(q->longest));
    json_object_set_new(root, "window_cost",
                        json_integer((json_int_t)(q->window_cost / TG_WEEK_REQUEST)));
    json_object_set_new(root, "grid_seconds", json_integer(p->proposal->grid));
    json_object_set_new(root, "history", history_json(p));
    json_object_set_new(root, "clients", json_integer(q->week->clients));
    json_object_set_new(root, "need", json_integer(q->need));
    add_proposed_series(root, p);
    return root;
}
