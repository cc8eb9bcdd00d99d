/* The acknowledgement: see ack.h. */
#include "ack.h"

#include "base/digest.h"
#include "base/json_line.h"
#include "base/json_read.h"
#include "base/rows.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <string.h>

#define FIX "httpd rewrites it at every check; if the error persists, restart httpd"

/** The longest text of a fault, before it is escaped: two of them fit into the line. */
#define TEXT_MAX (TG_FAULT_MAX - 1)

static const char *const condition_names[] = { "none", "acts", "gone", "refuses", "other" };
TG_ROWS_ARE(condition_names, TG_ACK_CONDITIONS);

const char *tg_ack_condition_name(tg_ack_condition_t condition)
{
    return condition_names[condition];
}

/* --- writing --- */

static void put_instant(tg_json_line_t *line, const tg_json_name_t *name, tg_instant_t t)
{
    char text[TG_INSTANT_STRLEN];

    tg_json_line_word(line, name, tg_instant_format(t, text));
}

static void put_positive(tg_json_line_t *line, const tg_json_name_t *name, int64_t n)
{
    tg_json_line_number(line, name, n > 0 ? (unsigned long)n : 0);
}

static void put_fault_text(tg_json_line_t *line, const tg_json_name_t *name, const char *text)
{
    if (*text) {
        tg_json_line_text(line, name, text, TEXT_MAX);
    }
    else {
        tg_json_line_literal(line, name, "null");
    }
}

static void put_document(tg_json_line_t *line, const tg_ack_document_t *d)
{
    if (d->generation == 0) {
        tg_json_line_literal(line, TG_JSON_NAME("document"), "null");
        return;
    }
    tg_json_line_open(line, TG_JSON_NAME("document"));
    tg_json_line_number(line, TG_JSON_NAME("generation"), d->generation);
    put_instant(line, TG_JSON_NAME("since"), d->since);
    tg_json_line_word(line, TG_JSON_NAME("sha256"), d->digest);
    put_positive(line, TG_JSON_NAME("offset"), d->offset);
    put_positive(line, TG_JSON_NAME("length"), d->length);
    tg_json_line_close(line);
}

/* Null for none. */
static void put_instant_or_null(tg_json_line_t *line, const tg_json_name_t *name, tg_instant_t t,
                                tg_instant_t none)
{
    if (t == none) {
        tg_json_line_literal(line, name, "null");
    }
    else {
        put_instant(line, name, t);
    }
}

static void put_trip_members(tg_json_line_t *line, const char *schedule,
                             const tg_guard_trip_t *trip)
{
    tg_json_line_word(line, TG_JSON_NAME("schedule"), schedule);
    put_instant(line, TG_JSON_NAME("at"), trip->at);
    put_instant_or_null(line, TG_JSON_NAME("until"), trip->until, TG_NEVER);
    put_positive(line, TG_JSON_NAME("requests"), (int64_t)trip->met.requests);
    put_positive(line, TG_JSON_NAME("rejected"), (int64_t)trip->met.rejected);
    tg_json_line_number(line, TG_JSON_NAME("share"), trip->share);
}

static void put_trips(tg_json_line_t *line, const tg_ack_t *ack)
{
    int i;

    tg_json_line_open_array(line, TG_JSON_NAME("trips"));
    for (i = 0; i < ack->trip_count; i++) {
        tg_json_line_open(line, TG_JSON_NO_NAME);
        put_trip_members(line, ack->trips[i].schedule, &ack->trips[i].trip);
        tg_json_line_close(line);
    }
    tg_json_line_close_array(line);
}

static void put_stops(tg_json_line_t *line, const tg_ack_t *ack)
{
    int i;

    tg_json_line_open_array(line, TG_JSON_NAME("stops"));
    for (i = 0; i < ack->stop_count; i++) {
        tg_json_line_open(line, TG_JSON_NO_NAME);
        put_trip_members(line, ack->stops[i].schedule, &ack->stops[i].stop.trip);
        put_instant_or_null(line, TG_JSON_NAME("back"), ack->stops[i].stop.back, 0);
        tg_json_line_close(line);
    }
    tg_json_line_close_array(line);
}

void tg_ack_print(const tg_ack_t *ack, char line[TG_ACK_HEADER])
{
    tg_json_line_t l;
    size_t length;

    tg_json_line_begin(&l, line, TG_ACK_HEADER - 1);
    put_positive(&l, TG_JSON_NAME("looks"), ack->looks);
    tg_json_line_number(&l, TG_JSON_NAME("version"), TG_ACK_VERSION);
    put_positive(&l, TG_JSON_NAME("pid"), ack->pid);
    put_instant(&l, TG_JSON_NAME("started"), ack->started);
    put_instant(&l, TG_JSON_NAME("looked"), ack->looked);
    tg_json_line_word(&l, TG_JSON_NAME("condition"), condition_names[ack->condition]);
    put_instant(&l, TG_JSON_NAME("since"), ack->since);
    put_fault_text(&l, TG_JSON_NAME("reason"), ack->fault.reason);
    put_fault_text(&l, TG_JSON_NAME("fix"), ack->fault.fix);
    put_positive(&l, TG_JSON_NAME("inode"), ack->seen.inode);
    put_positive(&l, TG_JSON_NAME("changed"), ack->seen.changed);
    put_document(&l, &ack->document);
    put_trips(&l, ack);
    put_stops(&l, ack);
    put_positive(&l, TG_JSON_NAME("end"), ack->looks);
    length = tg_json_line_end(&l);
    memset(line + length, ' ', TG_ACK_HEADER - length);
    line[TG_ACK_HEADER - 1] = '\n';
}

int tg_ack_digest(const char *text, apr_size_t length, char digest[TG_ACK_DIGEST])
{
    const EVP_MD *md = tg_digest_get(TG_DIGEST_SHA256);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    if (!md || !EVP_Digest(text, length, bytes, &n, md, NULL)) {
        return 0;
    }
    apr_escape_hex(digest, bytes, n, 0, NULL);
    return 1;
}

/* Before the present one if it fits there, otherwise after it. */
int64_t tg_ack_place(const tg_ack_document_t *present, apr_size_t length)
{
    int64_t least = TG_ACK_HEADER;

    return present->generation == 0 || least + (int64_t)length <= present->offset
               ? least
               : present->offset + present->length;
}

/* --- reading --- */

static int read_condition(const tg_json_reader_t *r, tg_ack_t *ack)
{
    const char *name;
    size_t i;

    if (!tg_json_read_text(r, "condition", &name)) {
        return 0;
    }
    for (i = 0; i < TG_ACK_OTHER && strcmp(name, condition_names[i]) != 0; i++) {
    }
    ack->condition = (tg_ack_condition_t)i;
    return i < TG_ACK_OTHER || tg_json_wrong(r, "condition", "it is unknown");
}

static int read_fault_text(const tg_json_reader_t *r, const char *member, char text[TG_FAULT_MAX])
{
    const char *given;

    if (!tg_json_read_text_or_null(r, member, &given)) {
        return 0;
    }
    apr_cpystrn(text, given ? given : "", TG_FAULT_MAX);
    return 1;
}

static int read_count(const tg_json_reader_t *r, const char *member, int64_t *out)
{
    json_int_t n;

    if (!tg_json_read_integer(r, member, 0, INT64_MAX, &n)) {
        return 0;
    }
    *out = n;
    return 1;
}

static int read_acked_document(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = {
        "generation", "since", "sha256", "offset", "length", NULL
    };
    tg_ack_document_t *d = into;
    const char *digest;
    json_int_t generation;

    if (!tg_json_has_exactly(r, members) ||
        !tg_json_read_integer(r, "generation", 1, UINT32_MAX, &generation) ||
        !tg_json_read_instant(r, "since", &d->since) || !tg_json_read_text(r, "sha256", &digest) ||
        !read_count(r, "offset", &d->offset) || !read_count(r, "length", &d->length)) {
        return 0;
    }
    d->generation = (uint32_t)generation;
    apr_cpystrn(d->digest, digest, sizeof(d->digest));
    return 1;
}

static int read_if_document(const tg_json_reader_t *r, tg_ack_t *ack)
{
    return json_is_null(json_object_get(r->object, "document")) ||
           tg_json_read_object(r, "document", read_acked_document, &ack->document);
}

static int read_trip_members(const tg_json_reader_t *r, char schedule[TG_SCHEDULE_NAME_MAX + 1],
                             tg_guard_trip_t *trip)
{
    const char *name;
    int64_t requests, rejected;
    json_int_t share;

    if (!tg_json_read_text(r, "schedule", &name) || !tg_json_read_instant(r, "at", &trip->at) ||
        !tg_json_read_instant_or_null(r, "until", TG_NEVER, &trip->until) ||
        !read_count(r, "requests", &requests) || !read_count(r, "rejected", &rejected) ||
        !tg_json_read_integer(r, "share", 0, TG_GUARD_WHOLE, &share)) {
        return 0;
    }
    apr_cpystrn(schedule, name, TG_SCHEDULE_NAME_MAX + 1);
    trip->met.requests = (uint64_t)requests;
    trip->met.rejected = (uint64_t)rejected;
    trip->share = (uint32_t)share;
    return 1;
}

static int read_trip_of(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "schedule", "at",    "until", "requests",
                                           "rejected", "share", NULL };
    tg_ack_t *ack = into;
    tg_ack_trip_t *t = &ack->trips[ack->trip_count];

    if (ack->trip_count == TG_ACK_TRIPS_MAX) {
        return tg_json_wrong(r, "schedule", "there are too many");
    }
    ack->trip_count++;
    return tg_json_has_exactly(r, members) && read_trip_members(r, t->schedule, &t->trip);
}

static int read_stop_of(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "schedule", "at",    "until", "requests",
                                           "rejected", "share", "back",  NULL };
    tg_ack_t *ack = into;
    tg_ack_stop_t *s = &ack->stops[ack->stop_count];

    if (ack->stop_count == TG_ACK_STOPS_MAX) {
        return tg_json_wrong(r, "schedule", "there are too many");
    }
    ack->stop_count++;
    return tg_json_has_exactly(r, members) && read_trip_members(r, s->schedule, &s->stop.trip) &&
           tg_json_read_instant_or_null(r, "back", 0, &s->stop.back);
}

/* 1 if the members are those of that version: the last one was new in 3. */
static int has_members_of(const tg_json_reader_t *r, json_int_t version)
{
    static const char *const members[] = { "looks",  "version",   "pid",     "started",
                                           "looked", "condition", "since",   "reason",
                                           "fix",    "inode",     "changed", "document",
                                           "trips",  "end",       "stops",   NULL };
    const char *older[TG_ROWS(members) - 1];

    memcpy(older, members, sizeof(older));
    older[TG_ROWS(older) - 1] = NULL;
    return tg_json_has_exactly(r, version < TG_ACK_VERSION ? older : members);
}

/* Who wrote it, which all versions tell so. */
static int read_other_version(const tg_json_reader_t *r, tg_ack_t *ack)
{
    ack->condition = TG_ACK_OTHER;
    ack->since = ack->looked = TG_ALWAYS;
    return read_count(r, "pid", &ack->pid) && tg_json_read_instant(r, "started", &ack->started);
}

static int read_ack(const tg_json_reader_t *r, void *into)
{
    tg_ack_t *ack = into;
    json_int_t version;
    int64_t end;

    if (!tg_json_read_integer(r, "version", 0, INT64_MAX, &version)) {
        return 0;
    }
    if (version < TG_ACK_VERSION_LEAST || version > TG_ACK_VERSION) {
        return read_other_version(r, ack);
    }
    if (!has_members_of(r, version) || !read_count(r, "looks", &ack->looks) ||
        !read_count(r, "end", &end) || !read_count(r, "pid", &ack->pid) ||
        !tg_json_read_instant(r, "started", &ack->started) ||
        !tg_json_read_instant(r, "looked", &ack->looked) || !read_condition(r, ack) ||
        !tg_json_read_instant(r, "since", &ack->since) ||
        !read_fault_text(r, "reason", ack->fault.reason) ||
        !read_fault_text(r, "fix", ack->fault.fix) || !read_count(r, "inode", &ack->seen.inode) ||
        !read_count(r, "changed", &ack->seen.changed) || !read_if_document(r, ack) ||
        !tg_json_read_list(r, "trips", read_trip_of, ack) ||
        (version == TG_ACK_VERSION && !tg_json_read_list(r, "stops", read_stop_of, ack))) {
        return 0;
    }
    return end == ack->looks || tg_json_wrong(r, "end", "it was read while it was written");
}

int tg_ack_parse(apr_pool_t *pool, const char line[TG_ACK_HEADER], tg_ack_t *out, tg_fault_t *fault)
{
    memset(out, 0, sizeof(*out));
    return tg_json_read(pool, line, TG_ACK_HEADER, TG_ACK_HEADER, FIX, read_ack, out, fault);
}
