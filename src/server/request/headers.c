/* Deprecation (RFC 9745), Sunset (RFC 8594) and Link, for served clients. An output filter after
 * mod_cache's: stored responses never have these headers, and responses from the cache get them. */
#include "headers.h"

#include "answerer.h"

#include <apr_date.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>

#define FILTER_NAME "TLSGATE_HEADERS"

/* Set once, while hooks are registered; read-only then. */
static ap_filter_rec_t *filter_handle;

static void add_link(request_rec *r, const char *info, const char *rel)
{
    apr_table_addn(r->headers_out, "Link",
                   apr_psprintf(r->pool, "<%s>; rel=\"%s\"; type=\"text/html\"", info, rel));
}

/* The application may deprecate the resource as well: the earlier date is the one that concerns
 * the client. What cannot be read as a date is later than any. */
typedef struct {
    tg_instant_t (*parse)(const char *value);
    tg_instant_t earliest;
} own_dates_t;

/* APR returns the beginning of time for what it cannot read, too. */
static tg_instant_t parse_one_date(const char *value)
{
    apr_time_t t = apr_date_parse_http(value);
    char beginning[TG_INSTANT_STRLEN];

    if (t != APR_DATE_BAD) {
        return apr_time_sec(t);
    }
    tg_instant_format_http(0, beginning);
    return strncmp(value, beginning, strlen(beginning)) == 0 ? 0 : TG_NEVER;
}

/* One date by RFC 8594; several in one field are several fields that something has joined. */
static tg_instant_t parse_http_date(const char *value)
{
    static const char between[] = "GMT,";
    tg_instant_t earliest = TG_NEVER;

    while (value) {
        tg_instant_t t = parse_one_date(value + strspn(value, " \t"));

        earliest = t < earliest ? t : earliest;
        value = strstr(value, between);
        value = value ? value + strlen(between) : NULL;
    }
    return earliest;
}

/* RFC 9745 section 2.1: a date of RFC 9651 section 3.3.7, which may have parameters. Its drafts
 * had an HTTP date, or "true" without one. */
static tg_instant_t parse_deprecation(const char *value)
{
    tg_instant_t t;
    char *end;

    if (*value != '@') {
        return parse_http_date(value);
    }
    if (!apr_isdigit(value[1]) && !(value[1] == '-' && apr_isdigit(value[2]))) {
        return TG_NEVER;
    }
    errno = 0;
    t = apr_strtoi64(value + 1, &end, 10);
    end += strspn(end, " \t");
    return errno == 0 && (*end == '\0' || *end == ';') ? t : TG_NEVER;
}

static int note_own_date(void *baton, const char *name, const char *value)
{
    own_dates_t *dates = baton;
    tg_instant_t t = dates->parse(value + strspn(value, " \t"));

    (void)name;
    dates->earliest = t < dates->earliest ? t : dates->earliest;
    return 1;
}

/* Programs and "Header always" write to the table that is sent with errors too. */
static tg_instant_t own_date(request_rec *r, const char *name, tg_instant_t (*parse)(const char *))
{
    own_dates_t dates = { parse, TG_NEVER };

    apr_table_do(note_own_date, &dates, r->err_headers_out, name, NULL);
    apr_table_do(note_own_date, &dates, r->headers_out, name, NULL);
    return dates.earliest;
}

static void set_headers(request_rec *r, const tg_decision_t *d)
{
    tg_instant_t deprecation = TG_NEVER, sunset = TG_NEVER;
    char buf[TG_INSTANT_STRLEN];
    int i;

    for (i = 0; i < d->count; i++) {
        const tg_outcome_t *o = &d->outcomes[i];
        const tg_schedule_t *schedule = o->binding->schedule;
        tg_instant_t ends;

        if (!tg_outcome_warns(o)) {
            continue;
        }
        ends = tg_outcome_sunset(o, &d->subject);
        sunset = ends < sunset ? ends : sunset;
        if (schedule->announce != TG_ALWAYS && schedule->announce < deprecation) {
            deprecation = schedule->announce;
        }
        if (schedule->info) {
            add_link(r, schedule->info, "deprecation");
            add_link(r, schedule->info, "sunset");
        }
    }
    if (deprecation < own_date(r, "Deprecation", parse_deprecation)) {
        apr_table_unset(r->err_headers_out, "Deprecation");
        apr_table_setn(r->headers_out, "Deprecation",
                       apr_psprintf(r->pool, "@%" APR_INT64_T_FMT, deprecation));
    }
    if (sunset < own_date(r, "Sunset", parse_http_date)) {
        apr_table_unset(r->err_headers_out, "Sunset");
        apr_table_set(r->headers_out, "Sunset", tg_instant_format_http(sunset, buf));
    }
}

/* A hook before the handler's answers, where only some may: the header filter makes an error of
 * the status in its place. */
static void refuse_answer(request_rec *r, tg_decision_t *d, apr_bucket_brigade *brigade)
{
    int status = tg_answerer_refuse(r, d);

    if (status != DECLINED) {
        apr_brigade_cleanup(brigade);
        APR_BRIGADE_INSERT_TAIL(
            brigade, ap_bucket_error_create(status, NULL, r->pool, brigade->bucket_alloc));
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(brigade->bucket_alloc));
    }
}

static apr_status_t add_headers(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    tg_decision_t *d = tg_decision_of(f->r);

    if (d && d->spared && !d->answered && f->r->status != HTTP_SWITCHING_PROTOCOLS) {
        ap_remove_output_filter(f);
        refuse_answer(f->r, d, brigade);
        return ap_pass_brigade(f->next, brigade);
    }
    if (d) {
        d->sent_by = f->r;
        /* Here and not on the request, since an ErrorDocument is another one. */
        if (d->status_line && d->status == f->r->status) {
            f->r->status_line = d->status_line;
        }
    }
    if (d && d->content_type) {
        /* httpd sends our body as an error text, which it declares to be HTML. */
        ap_set_content_type(f->r, d->content_type);
        if (f->r->header_only) { /* there is no body whose length httpd could count */
            ap_set_content_length(f->r, (apr_off_t)d->body_length);
        }
    }
    else if (d && !d->status) {
        set_headers(f->r, d);
    }
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, brigade);
}

void tg_headers_register(void)
{
    filter_handle = ap_register_output_filter(FILTER_NAME, add_headers, NULL,
                                              (ap_filter_type)(AP_FTYPE_PROTOCOL - 1));
}

void tg_headers_add_filter(request_rec *r)
{
    const tg_decision_t *d = tg_decision_of(r);
    const ap_filter_t *f;

    if (r->main || !d || d->count == 0) {
        return;
    }
    for (f = r->output_filters; f; f = f->next) {
        if (f->frec == filter_handle) {
            return;
        }
    }
    ap_add_output_filter_handle(filter_handle, NULL, r, r->connection);
}
