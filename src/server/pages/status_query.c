/* The query of tlsgate-status: see status_query.h. */
#include "status_query.h"

#include "base/nearest.h"
#include "base/rows.h"
#include "base/text.h"
#include "report/ledger_report.h"
#include "server/base/conf.h"
#include "server/ledger/straggler_memory.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <stdlib.h>

/** Schedules that are named to whoever asks for another one. */
#define NAMED_SCHEDULES_MAX 20

/* The value of a parameter, decoded; NULL: it is not there, or has none.
 * @param problem becomes what is wrong with its encoding */
static const char *given_value(request_rec *r, const char *name, const char **problem)
{
    const char *rest = r->args ? r->args : "";
    size_t length = strlen(name);

    while (*rest) {
        char *pair = ap_getword(r->pool, &rest, '&');
        char *value;

        if (strncmp(pair, name, length) != 0 || pair[length] != '=') {
            continue;
        }
        value = pair + length + 1;
        if (ap_unescape_urlencoded(value) != OK) {
            *problem = apr_pstrcat(r->pool, name,
                                   " has %00, or a % that does not begin the code of a character; "
                                   "leave %00 out, and write % itself as %25",
                                   NULL);
        }
        return *value ? value : NULL;
    }
    return NULL;
}

/* Where a value has to be one of some names: what is wrong otherwise. */
static const char *one_of(apr_pool_t *pool, const char *parameter, const char *const *names,
                          apr_size_t count)
{
    return apr_pstrcat(pool, "there is no such ", parameter, "; write ", parameter, "=",
                       tg_text_join(pool, names, count, ", ", " or "), NULL);
}

/* --- format --- */

static const struct {
    const char *name;
    tg_type_t type; /* of what is wrong with another parameter */
} formats[] = {
    { "html", TG_TYPE_HTML },       { "text", TG_TYPE_TEXT }, { "json", TG_TYPE_JSON },
    { "prometheus", TG_TYPE_TEXT }, { "csv", TG_TYPE_TEXT },
};
TG_ROWS_ARE(formats, TG_STATUS_FORMATS);

/* In the order of tg_type_t. */
static const tg_status_format_t format_of_type[] = { TG_STATUS_JSON, TG_STATUS_HTML,
                                                     TG_STATUS_TEXT };
TG_ROWS_ARE(format_of_type, TG_TYPES);

static const char *asked_format(request_rec *r, tg_status_query_t *query)
{
    const char *problem = NULL, *name = given_value(r, "format", &problem);
    const char *names[TG_STATUS_FORMATS];
    int i = 0;

    query->type = tg_negotiate_type(r);
    query->format = format_of_type[query->type];
    if (problem || !name) {
        return problem;
    }
    while (i < TG_STATUS_FORMATS && strcmp(formats[i].name, name) != 0) {
        names[i] = formats[i].name;
        i++;
    }
    if (i == TG_STATUS_FORMATS) {
        return one_of(r->pool, "format", names, TG_STATUS_FORMATS);
    }
    query->format = (tg_status_format_t)i;
    query->type = formats[i].type;
    return NULL;
}

/* --- schedule --- */

/* The page shows it again, so it must be as short and clean as a name that it looks for. */
static int is_name(request_rec *r, const char *value)
{
    int cut = 0;

    return strcmp(tg_text_clean_name(r->pool, value, TG_STRAGGLER_CLIENT_SIZE, &cut), value) == 0 &&
           !cut;
}

typedef struct {
    const char *name;
    int is_there;
} sought_schedule_t;

static void see_schedule(void *context, uint32_t place, const tg_straggler_t *entry)
{
    sought_schedule_t *sought = context;

    (void)place;
    sought->is_there |= strcmp(entry->schedule, sought->name) == 0;
}

/* A schedule that is no longer configured may have left clients in the table; while that is busy,
 * it cannot be told. */
static int is_schedule(const tg_main_conf_t *main_conf, const char *name)
{
    sought_schedule_t sought = { name, 0 };

    if (apr_hash_get(main_conf->by_name, name, APR_HASH_KEY_STRING)) {
        return 1;
    }
    return tg_straggler_memory_has_table() &&
           (!tg_straggler_memory_source.each(&sought, see_schedule) || sought.is_there);
}

static const char *no_schedule(apr_pool_t *pool, const apr_array_header_t *entries,
                               const char *typed)
{
    const char *names[NAMED_SCHEDULES_MAX];
    tg_nearest_t nearest = tg_nearest_to(typed);
    apr_size_t named = 0;
    int i;

    if (entries->nelts == 0) {
        return "there is no schedule; leave schedule out";
    }
    for (i = 0; i < entries->nelts; i++) {
        const char *name = APR_ARRAY_IDX(entries, i, const tg_server_schedule_t *)->schedule->name;

        tg_nearest_try(&nearest, name);
        if (named < NAMED_SCHEDULES_MAX) {
            names[named++] = name;
        }
    }
    return apr_pstrcat(pool, one_of(pool, "schedule", names, named),
                       (int)named < entries->nelts ? apr_psprintf(pool, ", or one of %d others",
                                                                  entries->nelts - (int)named)
                                                   : "",
                       tg_nearest_question(pool, &nearest), NULL);
}

static const char *asked_schedule(request_rec *r, const char *value, tg_straggler_query_t *query)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(r->server)->main_conf;

    query->schedule = value;
    return is_name(r, value) && is_schedule(main_conf, value)
               ? NULL
               : no_schedule(r->pool, main_conf->entries, value);
}

/* --- the other parameters --- */

static const char *asked_client(request_rec *r, const char *value, tg_straggler_query_t *query)
{
    query->client = value;
    return is_name(r, value)
               ? NULL
               : apr_psprintf(r->pool,
                              "client is no part of a name; write client= and letters, digits or "
                              "signs that can be printed, %d bytes at most",
                              TG_STRAGGLER_CLIENT_SIZE);
}

static const char *asked_since(request_rec *r, const char *value, tg_straggler_query_t *query)
{
    tg_instant_t hour_ago = apr_time_sec(r->request_time) - 3600;
    tg_fault_t fault;

    return tg_instant_parse(value, &query->since, &fault)
               ? NULL
               : apr_pstrcat(r->pool, "since is not an instant; ", fault.fix,
                             ", with %2B for each + of a URL. An hour ago it was since=",
                             tg_instant_text(r->pool, hour_ago), NULL);
}

static const char *asked_sort(request_rec *r, const char *value, tg_straggler_query_t *query)
{
    apr_array_header_t *names = apr_array_make(r->pool, 4, sizeof(const char *));
    const char *name;
    int i;

    query->sort = value;
    for (i = 0; (name = tg_straggler_sorts(i)) != NULL; i++) {
        if (strcmp(name, value) == 0) {
            return NULL;
        }
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    return one_of(r->pool, "sort", (const char *const *)(const void *)names->elts,
                  (apr_size_t)names->nelts);
}

static const char *asked_only(request_rec *r, const char *value, tg_straggler_query_t *query)
{
    const char *names[TG_STRAGGLERS_WHICH];
    apr_size_t n = 0;
    tg_straggler_which_t which;

    for (which = TG_STRAGGLERS_ALL + 1; which < TG_STRAGGLERS_WHICH; which++) {
        names[n++] = tg_straggler_which(which);
        if (strcmp(names[n - 1], value) == 0) {
            query->only = which;
            return NULL;
        }
    }
    return one_of(r->pool, "only", names, n);
}

static const char *asked_page_number(request_rec *r, const char *value, tg_straggler_query_t *query)
{
    const int last = TG_STRAGGLERS_MAX / TG_STRAGGLERS_A_PAGE;
    char *end;
    long page = strtol(value, &end, 10);

    query->page = (int)page;
    return !*end && page >= 0 && page <= last
               ? NULL
               : apr_psprintf(r->pool,
                              "there is no such page; write a number from page=0 to page=%d", last);
}

static const struct {
    const char *name;
    const char *(*read)(request_rec *r, const char *value, tg_straggler_query_t *query);
} parameters[] = {
    { "schedule", asked_schedule }, { "client", asked_client }, { "since", asked_since },
    { "sort", asked_sort },         { "only", asked_only },     { "page", asked_page_number },
};

/* --- names --- */

/* Each name once: of two that are the same, one would be left out without a word. */
static const char *unknown_name(request_rec *r)
{
    const char *names[TG_ROWS(parameters) + 1] = { "format" }, *rest = r->args ? r->args : "";
    int is_given[TG_ROWS(names)] = { 0 };
    size_t i;

    for (i = 0; i < TG_ROWS(parameters); i++) {
        names[i + 1] = parameters[i].name;
    }
    while (*rest) {
        char *pair = ap_getword(r->pool, &rest, '&');

        pair[strcspn(pair, "=")] = '\0';
        for (i = 0; i < TG_ROWS(names) && strcmp(names[i], pair) != 0; i++) {
        }
        if (*pair && i == TG_ROWS(names)) {
            return apr_pstrcat(r->pool, "a parameter of the query is unknown; write ",
                               tg_text_join(r->pool, names, TG_ROWS(names), ", ", " or "), NULL);
        }
        if (*pair && is_given[i]++) {
            return apr_pstrcat(r->pool, names[i], " comes twice; write it once", NULL);
        }
    }
    return NULL;
}

const char *tg_status_query_read(request_rec *r, tg_status_query_t *query)
{
    const char *problem;
    size_t i;

    memset(query, 0, sizeof(*query));
    query->stragglers.recent = tg_report_recent_start(apr_time_sec(r->request_time));
    problem = asked_format(r, query);
    problem = problem ? problem : unknown_name(r);
    for (i = 0; i < TG_ROWS(parameters) && !problem; i++) {
        const char *value = given_value(r, parameters[i].name, &problem);

        if (value && !problem) {
            problem = parameters[i].read(r, value, &query->stragglers);
        }
    }
    return problem;
}
