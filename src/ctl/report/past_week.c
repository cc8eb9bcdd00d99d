/* The week of the clients: see past_week.h. */
#include "past_week.h"

#include "ctl/base/document.h"
#include "forecast/forecast.h"
#include "os/file.h"
#include "term/term.h"

#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- from logs --- */

/* 1 if a trial with that share is for that client. */
static int is_in_share(const tg_ctl_past_question_t *q, const char *client)
{
    return !q->schedule || q->share == 0 || tg_phase_bucket(q->schedule->name, client) < q->share;
}

/* A truncated or hashed address is not an address, and must not be looked up as a name. */
static apr_sockaddr_t *named_address(apr_pool_t *pool, const char *client)
{
    apr_sockaddr_t *address = NULL;
    tg_network_t network;

    if (strncmp(client, "ip:", 3) == 0 && !strchr(client, '/') &&
        tg_network_parse(client + 3, &network) == TG_NETWORK_USABLE) {
        apr_sockaddr_info_get(&address, client + 3, APR_UNSPEC, 0, 0, pool);
    }
    return address;
}

/* 1 if it is exempt in all of the trial. By its name alone, as the page tlsgate-status has it: the
 * addresses of an account do not count. */
static int is_spared(const tg_ctl_past_question_t *q, const char *client, tg_ctl_past_t *past)
{
    const tg_exemption_t *e = NULL;

    if (q->overrides && q->schedule) {
        e = tg_exemption_find(q->overrides, q->schedule->name, client,
                              named_address(q->asked->ctl->pool, client), q->trial.start);
    }
    if (!e || e->until < q->trial.end) {
        return 0;
    }
    past->exempt++;
    return 1;
}

static const char *client_name(const tg_ctl_past_question_t *q, const tg_tally_t *tally,
                               uint32_t client)
{
    tg_span_t name = tg_tally_text(tally, tg_tally_client(tally, client)->client);

    return apr_pstrmemdup(q->asked->ctl->pool, name.at, name.length);
}

/* A client that counts. */
typedef struct {
    const char *name;
    uint32_t place; /* in the tally */
} past_client_t;

static int compare_past_clients(const void *a, const void *b)
{
    return strcmp(((const past_client_t *)a)->name, ((const past_client_t *)b)->name);
}

/* Those that came and have not moved. */
static apr_array_header_t *past_clients(const tg_ctl_past_question_t *q, const tg_tally_t *tally,
                                        const tg_visits_t *visits, tg_ctl_past_t *past)
{
    apr_array_header_t *clients = apr_array_make(q->asked->ctl->pool, 64, sizeof(past_client_t));
    size_t i;

    for (i = 0; i < visits->count; i++) {
        past_client_t client = { NULL, visits->list[i].client };

        if (i > 0 && client.place == visits->list[i - 1].client) {
            continue;
        }
        if (tg_tally_client(tally, client.place)->moved_at != TG_NEVER) {
            past->moved++;
            continue;
        }
        client.name = client_name(q, tally, client.place);
        if (is_in_share(q, client.name) && !is_spared(q, client.name, past)) {
            APR_ARRAY_PUSH(clients, past_client_t) = client;
        }
    }
    return clients;
}

/* Numbers them by their names, so that it does not matter in which order they were read. */
static uint32_t number_clients(const tg_ctl_past_question_t *q, const tg_tally_t *tally,
                               const tg_visits_t *visits, uint32_t *numbers, tg_ctl_past_t *past)
{
    apr_array_header_t *clients = past_clients(q, tally, visits, past);
    const char **names =
        apr_palloc(q->asked->ctl->pool, ((apr_size_t)clients->nelts + 1) * sizeof(const char *));
    uint32_t i;

    for (i = 0; i < tg_tally_clients(tally); i++) {
        numbers[i] = TG_WEEK_NOBODY;
    }
    if (clients->nelts > 0) {
        qsort(clients->elts, (size_t)clients->nelts, sizeof(past_client_t), compare_past_clients);
    }
    for (i = 0; i < (uint32_t)clients->nelts; i++) {
        names[i] = APR_ARRAY_IDX(clients, i, past_client_t).name;
        numbers[APR_ARRAY_IDX(clients, i, past_client_t).place] = i;
    }
    past->names = names;
    return (uint32_t)clients->nelts;
}

static void make_week_of_log(const tg_ctl_past_question_t *q, const tg_ctl_report_t *report,
                             tg_visits_t *visits, tg_ctl_past_t *past)
{
    apr_pool_t *pool = q->asked->ctl->pool;
    uint32_t *numbers, count;
    /* A line whose clock was ahead does not end the history. */
    const tg_instant_t latest = tg_tally_sums(report->tally)->latest;
    tg_interval_t history = { TG_NEVER, TG_ALWAYS };
    size_t i;

    tg_visits_sort(visits);
    numbers =
        apr_palloc(pool, (tg_tally_clients(report->tally) + (apr_size_t)1) * sizeof(*numbers));
    count = number_clients(q, report->tally, visits, numbers, past);
    for (i = 0; i < visits->count; i++) {
        tg_instant_t t = (tg_instant_t)visits->list[i].period * TG_HISTORY_PERIOD;

        history.start = t < history.start ? t : history.start;
        history.end = t >= history.end && t <= q->asked->ctl->now ? t + 1 : history.end;
    }
    if (latest <= q->asked->ctl->now || history.end == TG_ALWAYS) {
        history.end = latest + 1;
    }
    if (count > 0) {
        past->week = tg_week_make(pool, visits, numbers, count, &history, q->often);
    }
}

static int read_past_logs(const tg_ctl_past_question_t *q, tg_ctl_past_t *past)
{
    tg_visits_t *visits = tg_visits_create(q->asked->ctl->pool, q->schedule);
    tg_ctl_report_question_t asked = *q->asked;
    tg_ctl_report_t report = { .question = &asked };

    asked.counted.group = TG_TALLY_BY_ACCOUNT;
    asked.counted.visits = visits;
    if (q->schedule && q->schedule->traits) {
        asked.counted.deprecated = q->schedule->traits;
    }
    if (!tg_ctl_report_read(&report, q->logs)) {
        return 0;
    }
    past->grid = TG_WEEK_STEP;
    past->problems = report.damaged > 0 || report.problems;
    if (visits->left_out > 0) {
        tg_term_warning("%" APR_UINT64_T_FMT
                        " requests were too many to be kept; use --since to narrow the question",
                        (apr_uint64_t)visits->left_out);
        past->problems = 1;
    }
    make_week_of_log(q, &report, visits, past);
    return 1;
}

/* --- from the ledger --- */

/* A client that counts. */
typedef struct {
    const char *name;
    tg_week_hours_t hours;
} page_client_t;

/* All files while they are read. */
typedef struct {
    const tg_ctl_past_question_t *q;
    tg_ctl_past_t *past;
    apr_array_header_t *clients; /* of page_client_t */
    apr_hash_t *seen;            /* the names, since files may have the same page */
    tg_interval_t history;
    json_int_t kept; /* stragglers of the ledger */
    json_int_t read; /* of them, those that the files have */
} pages_t;

/* 1, or 0 if it is not what tlsgate-status writes. */
static int read_hours(apr_pool_t *pool, const json_t *straggler, tg_week_hours_t *client)
{
    const json_t *hours = json_object_get(straggler, "hours_of_week"), *hour;
    uint8_t *bits = apr_pcalloc(pool, TG_STRAGGLER_HOURS / 8);
    size_t i;

    json_array_foreach (hours, i, hour) {
        json_int_t n = json_is_integer(hour) ? json_integer_value(hour) : -1;

        if (n < 0 || n >= TG_STRAGGLER_HOURS) {
            return 0;
        }
        bits[n / 8] |= (uint8_t)(1U << n % 8);
    }
    client->hours = bits;
    client->requests = (uint64_t)json_integer_value(json_object_get(straggler, "requests"));
    client->first_seen = tg_ctl_document_instant(straggler, "first_seen", TG_NEVER);
    client->last_seen = tg_ctl_document_instant(straggler, "last_seen", TG_ALWAYS);
    return json_array_size(hours) > 0 && client->first_seen <= client->last_seen &&
           json_integer_value(json_object_get(straggler, "requests")) >= 0;
}

static int read_page_straggler(pages_t *p, const json_t *straggler)
{
    apr_pool_t *pool = p->q->asked->ctl->pool;
    const char *schedule = tg_ctl_document_text(straggler, "schedule", NULL);
    const char *name = tg_ctl_document_text(straggler, "client", NULL), *key;
    tg_week_hours_t client;

    if (!name || !schedule || !read_hours(pool, straggler, &client)) {
        return 0;
    }
    key = apr_pstrcat(pool, schedule, "\n", name, NULL);
    if (apr_hash_get(p->seen, key, APR_HASH_KEY_STRING)) {
        return 1;
    }
    apr_hash_set(p->seen, key, APR_HASH_KEY_STRING, key);
    p->read++;
    if ((p->q->schedule && strcmp(schedule, p->q->schedule->name) != 0) ||
        !is_in_share(p->q, name)) {
        return 1;
    }
    if (tg_ctl_document_text(straggler, "moved_at", NULL)) {
        p->past->moved++;
        return 1;
    }
    if (is_spared(p->q, name, p->past)) {
        return 1;
    }
    APR_ARRAY_PUSH(p->clients, page_client_t) = (page_client_t){ apr_pstrdup(pool, name), client };
    if (client.first_seen < p->history.start) {
        p->history.start = client.first_seen;
    }
    return 1;
}

static int read_page_document(pages_t *p, const json_t *document)
{
    const json_t *stragglers = json_object_get(document, "stragglers"), *straggler;
    const json_t *items = json_object_get(stragglers, "items");
    tg_instant_t time = tg_ctl_document_instant(document, "time", TG_ALWAYS);
    size_t i;

    if (!json_is_array(items) || time == TG_ALWAYS) {
        return 0;
    }
    p->history.end = time > p->history.end ? time : p->history.end;
    p->kept = json_integer_value(json_object_get(stragglers, "kept"));
    json_array_foreach (items, i, straggler) {
        if (!read_page_straggler(p, straggler)) {
            return 0;
        }
    }
    return 1;
}

static int read_page(pages_t *p, const char *path)
{
    json_t *document;
    tg_file_t file;
    tg_fault_t fault;
    int is_read;

    if (tg_file_read(p->q->asked->ctl->pool, path, TG_CTL_PAGE_LENGTH_MAX, &file, &fault) !=
        TG_FILE_READ) {
        tg_term_error(
            "--ledger %s: it cannot be read; name a file with what tlsgate-status says as "
            "JSON",
            path);
        return 0;
    }
    document = json_loadb(file.text, file.length, 0, NULL);
    is_read = document && read_page_document(p, document);
    json_decref(document);
    if (!is_read) {
        tg_term_error(
            "--ledger %s: it is not what tlsgate-status says as JSON, or has no stragglers; "
            "fetch it with ?format=json, and see TlsGateLedger",
            path);
    }
    return is_read;
}

static int compare_page_clients(const void *a, const void *b)
{
    return strcmp(((const page_client_t *)a)->name, ((const page_client_t *)b)->name);
}

/* By their names, so that clients of the same hour always have the same order, however the page was
 * sorted. */
static void make_week_of_pages(pages_t *p)
{
    apr_pool_t *pool = p->q->asked->ctl->pool;
    const apr_size_t room = (apr_size_t)p->clients->nelts + 1;
    const char **names = apr_palloc(pool, room * sizeof(*names));
    tg_week_hours_t *hours = apr_palloc(pool, room * sizeof(*hours));
    page_client_t *client = (page_client_t *)(void *)p->clients->elts;
    int i;

    qsort(client, (size_t)p->clients->nelts, sizeof(*client), compare_page_clients);
    for (i = 0; i < p->clients->nelts; i++) {
        names[i] = client[i].name;
        hours[i] = client[i].hours;
    }
    p->past->names = names;
    if (i > 0) {
        p->past->week = tg_week_of_hours(pool, hours, (uint32_t)i, &p->history);
    }
}

static int read_past_pages(const tg_ctl_past_question_t *q, tg_ctl_past_t *past)
{
    apr_pool_t *pool = q->asked->ctl->pool;
    pages_t p = { q,
                  past,
                  apr_array_make(pool, 64, sizeof(page_client_t)),
                  apr_hash_make(pool),
                  { TG_NEVER, TG_ALWAYS },
                  0,
                  0 };
    char *rest = apr_pstrdup(pool, q->pages), *path, *last;

    for (path = apr_strtok(rest, "\n", &last); path; path = apr_strtok(NULL, "\n", &last)) {
        if (!read_page(&p, path)) {
            return 0;
        }
    }
    past->grid = 3600;
    past->is_estimated = 1;
    past->missing = p.kept > p.read ? (uint32_t)(p.kept - p.read) : 0;
    if (past->missing > 0) {
        tg_term_warning(
            "the ledger has %d stragglers, and the files have %d: fetch the other pages "
            "as well, with &page=1 and so on",
            (int)p.kept, (int)p.read);
        past->problems = 1;
    }
    make_week_of_pages(&p);
    return 1;
}

int tg_ctl_past_read(const tg_ctl_past_question_t *question, tg_ctl_past_t *past)
{
    *past = (tg_ctl_past_t){ 0 };
    return question->pages ? read_past_pages(question, past) : read_past_logs(question, past);
}

const char *tg_ctl_past_short(apr_pool_t *pool, const json_t *history)
{
    const tg_interval_t span = { tg_ctl_document_instant(history, "start", TG_ALWAYS),
                                 tg_ctl_document_instant(history, "end", TG_NEVER) };

    return tg_forecast_short_history(pool, &span);
}

const char *tg_ctl_past_caveat(apr_pool_t *pool, const json_t *history)
{
    const char *length = tg_ctl_past_short(pool, history);

    return length ? apr_pstrcat(pool, "That is ", length,
                                ", less than a week: nothing is known of the other times.", NULL)
                  : NULL;
}

const char *tg_ctl_past_source(const tg_ctl_past_t *past)
{
    return past->is_estimated ? "the ledger" : "the log";
}
