/* Lists of exemptions: see exempt_file.h. */
#include "exempt_file.h"

#include "base/buffer.h"
#include "base/csv.h"
#include "base/rows.h"
#include "base/text.h"
#include "ctl/base/client_operand.h"
#include "format/ack.h"
#include "term/term.h"

#include <apr_strings.h>
#include <errno.h>
#include <string.h>

/** The longest file, in bytes: as long as the state may be. */
#define LIST_MAX TG_STATE_MAX

/** How many lines are read between two signs of progress. */
#define LINES_PER_SIGN 10000

/* The columns, in the order in which they are exported. */
typedef enum {
    COLUMN_SCHEDULE,
    COLUMN_CLIENT,
    COLUMN_UNTIL,
    COLUMN_OWNER,
    COLUMN_REASON,
    COLUMN_BY,
    COLUMN_SINCE,
    COLUMNS
} column_t;
static const char *const column_names[] = {
    "schedule", "client", "until", "owner", "reason", "by", "since",
};
TG_ROWS_ARE(column_names, COLUMNS);

/* One file while it is read. */
typedef struct {
    const tg_ctl_t *ctl;
    const tg_ctl_exempt_defaults_t *defaults;
    tg_ctl_exempt_file_t *out;
    int places[COLUMNS];   /* of each column in a line; -1: there is none */
    int width;             /* the columns of a line */
    apr_hash_t *lines;     /* of int, by what identifies an entry: where it is */
    apr_hash_t *schedules; /* those in it */
    int line, wrong;
} exempt_reader_t;

const char *tg_ctl_exempt_file_key(apr_pool_t *pool, const tg_state_exemption_t *e)
{
    return apr_pstrcat(pool, e->exemption.schedule, e->network ? "\n/" : "\n",
                       e->network ? e->network : e->exemption.client, NULL);
}

static int wrong_line(exempt_reader_t *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns 0. */
static int wrong_line(exempt_reader_t *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tg_term_error("%s, line %d: %s", r->out->name, r->line,
                  apr_pvsprintf(r->ctl->pool, format, args));
    va_end(args);
    r->wrong++;
    return 0;
}

/* --- the file --- */

static char *read_stream(apr_pool_t *pool, FILE *in, apr_size_t *length)
{
    tg_buffer_t buffer = { .pool = pool, .most = LIST_MAX };
    char chunk[65536];
    size_t n;

    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0) {
        if (!tg_buffer_append(&buffer, chunk, n)) {
            errno = EFBIG;
            return NULL;
        }
    }
    *length = buffer.length;
    return ferror(in) ? NULL : buffer.text ? buffer.text : apr_pstrdup(pool, "");
}

static char *read_list(const tg_ctl_t *ctl, const char *path, apr_size_t *length)
{
    FILE *in = fopen(path, "re");
    char *text = in ? read_stream(ctl->pool, in, length) : NULL;

    if (!text) {
        tg_term_error("nothing was changed: %s: %s; name the list, or - for the standard input",
                      path, strerror(errno));
    }
    if (in) {
        fclose(in);
    }
    return text;
}

static const char *digest_of_list(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char digest[TG_ACK_DIGEST];

    return tg_ack_digest(text, length, digest) ? apr_pstrdup(pool, digest) : "unavailable";
}

/* --- the header --- */

static int read_column(exempt_reader_t *r, const char *name, int place)
{
    int column = 0;

    while (column < COLUMNS && strcmp(column_names[column], name) != 0) {
        column++;
    }
    if (column == COLUMNS) {
        return wrong_line(r, "there is no column \"%s\"; the columns are %s", name,
                          tg_text_join(r->ctl->pool, column_names, COLUMNS, ", ", " and "));
    }
    if (r->places[column] >= 0) {
        return wrong_line(r, "the column \"%s\" appears twice", name);
    }
    r->places[column] = place;
    return 1;
}

static int read_columns(exempt_reader_t *r, const apr_array_header_t *fields)
{
    int i;

    for (i = 0; i < COLUMNS; i++) {
        r->places[i] = -1;
    }
    for (i = 0; i < fields->nelts; i++) {
        read_column(r, APR_ARRAY_IDX(fields, i, const char *), i);
    }
    r->width = fields->nelts;
    r->out->keeps_authors = r->places[COLUMN_BY] >= 0 && r->places[COLUMN_SINCE] >= 0;
    if (!r->wrong && r->places[COLUMN_CLIENT] < 0) {
        wrong_line(r, "there is no column \"client\"; the first line names the columns");
    }
    if (!r->wrong && r->places[COLUMN_SCHEDULE] < 0 && !r->defaults->schedule) {
        wrong_line(r, "there is no column \"schedule\"; add it, or name the schedule after the "
                      "file");
    }
    if (!r->wrong && r->places[COLUMN_UNTIL] < 0 && r->defaults->until == TG_NEVER) {
        wrong_line(r, "there is no column \"until\"; add it, or give --until or --for");
    }
    return !r->wrong;
}

/* --- a line --- */

/* NULL: the line does not say it. */
static const char *csv_text(const exempt_reader_t *r, const apr_array_header_t *fields,
                            column_t column)
{
    const char *text =
        r->places[column] < 0 ? "" : APR_ARRAY_IDX(fields, r->places[column], const char *);

    return *text ? text : NULL;
}

static int take_text(exempt_reader_t *r, const apr_array_header_t *fields, column_t column,
                     const char *otherwise, const char **out)
{
    const char *text = csv_text(r, fields, column);

    *out = text ? text : otherwise;
    if (!*out) {
        return wrong_line(r, "it has no %s", column_names[column]);
    }
    if (strlen(*out) > TG_STATE_TEXT_MAX) {
        return wrong_line(r, "%s: it has more than %d bytes", column_names[column],
                          TG_STATE_TEXT_MAX);
    }
    return tg_text_is_printable(r->ctl->pool, *out) ||
           wrong_line(r, "%s \"%s\": it is not one line of UTF-8", column_names[column], *out);
}

static int take_instant(exempt_reader_t *r, const apr_array_header_t *fields, column_t column,
                        tg_instant_t otherwise, tg_instant_t *out)
{
    const char *text = csv_text(r, fields, column);
    tg_fault_t fault;

    *out = otherwise;
    if (!text) {
        return otherwise != TG_NEVER || wrong_line(r, "it has no %s", column_names[column]);
    }
    return tg_instant_parse_written(text, out, &fault) ||
           wrong_line(r, "%s \"%s\": %s; %s", column_names[column], text, fault.reason, fault.fix);
}

static int take_schedule(exempt_reader_t *r, const apr_array_header_t *fields, const char **out)
{
    const tg_plan_t *plan = r->defaults->plan;

    if (!take_text(r, fields, COLUMN_SCHEDULE, r->defaults->schedule, out)) {
        return 0;
    }
    if (!tg_schedule_is_name(*out) || (plan && !tg_plan_schedule(plan, *out))) {
        return wrong_line(r, "there is no schedule \"%s\"", *out);
    }
    apr_hash_set(r->schedules, *out, APR_HASH_KEY_STRING, *out);
    return 1;
}

static int take_client(exempt_reader_t *r, const apr_array_header_t *fields,
                       tg_state_exemption_t *e)
{
    tg_ctl_client_t who;
    tg_network_t network;
    const char *text;

    if (!take_text(r, fields, COLUMN_CLIENT, NULL, &text)) {
        return 0;
    }
    if (!tg_ctl_client_parse(r->ctl->pool, text, &who)) {
        return wrong_line(r,
                          "\"%s\" is not a client: write account:NAME, cert:SUBJECT, an address, "
                          "or a network such as 192.0.2.0/24",
                          text);
    }
    e->exemption.client = who.client;
    e->network = who.network;
    if (!who.network) {
        return 1;
    }
    if (tg_network_parse(who.network, &network) != TG_NETWORK_USABLE) {
        return wrong_line(r, "\"%s\": such a network cannot be used", text);
    }
    e->exemption.network = apr_pmemdup(r->ctl->pool, &network, sizeof(network));
    return 1;
}

static int is_first(exempt_reader_t *r, const tg_state_exemption_t *e)
{
    const char *key = tg_ctl_exempt_file_key(r->ctl->pool, e);
    const int *before = apr_hash_get(r->lines, key, APR_HASH_KEY_STRING);

    if (before) {
        return wrong_line(r, "%s is exempt from %s in line %d already",
                          e->network ? e->network : e->exemption.client, e->exemption.schedule,
                          *before);
    }
    apr_hash_set(r->lines, key, APR_HASH_KEY_STRING,
                 apr_pmemdup(r->ctl->pool, &r->line, sizeof(r->line)));
    return 1;
}

static void read_entry(exempt_reader_t *r, const apr_array_header_t *fields)
{
    const tg_ctl_exempt_defaults_t *d = r->defaults;
    tg_state_exemption_t e = { { 0 }, NULL, NULL, 0 };
    int ok;

    if (fields->nelts != r->width) {
        wrong_line(r, "it has %d columns, and the first line has %d", fields->nelts, r->width);
        return;
    }
    /* All that is wrong in it is said. */
    ok = take_schedule(r, fields, &e.exemption.schedule);
    ok &= take_client(r, fields, &e);
    ok &= take_instant(r, fields, COLUMN_UNTIL, d->until, &e.exemption.until);
    ok &= take_text(r, fields, COLUMN_OWNER, d->owner, &e.exemption.owner);
    ok &= take_text(r, fields, COLUMN_REASON, d->reason, &e.exemption.reason);
    ok &= take_text(r, fields, COLUMN_BY, d->by, &e.by);
    ok &= take_instant(r, fields, COLUMN_SINCE, r->ctl->now, &e.since);
    if (ok && is_first(r, &e)) {
        APR_ARRAY_PUSH(r->out->entries, tg_state_exemption_t) = e;
    }
}

/* --- all of it --- */

static void read_lines(exempt_reader_t *r, tg_csv_t *csv)
{
    apr_array_header_t *fields = apr_array_make(r->ctl->pool, COLUMNS, sizeof(const char *));
    int lines = 0;

    while (tg_csv_next(csv, fields)) {
        r->line = csv->line;
        if (csv->problem) {
            wrong_line(r, "%s", csv->problem);
        }
        else if (lines > 0) {
            read_entry(r, fields);
        }
        else if (!read_columns(r, fields)) {
            return;
        }
        if (++lines % LINES_PER_SIGN == 0) {
            tg_term_progress("%d lines are read", lines);
        }
    }
    tg_term_progress(NULL);
    if (lines == 0) {
        wrong_line(r, "it is empty; the first line names the columns");
    }
}

static void take_schedules(exempt_reader_t *r)
{
    const char **names =
        apr_palloc(r->ctl->pool, (apr_hash_count(r->schedules) + 1) * sizeof(*names));
    apr_hash_index_t *i;

    for (i = apr_hash_first(r->ctl->pool, r->schedules); i; i = apr_hash_next(i)) {
        names[r->out->count++] = apr_hash_this_val(i);
    }
    r->out->schedules = names;
}

int tg_ctl_exempt_file_read(const tg_ctl_t *ctl, const char *path,
                            const tg_ctl_exempt_defaults_t *defaults, tg_ctl_exempt_file_t *out)
{
    exempt_reader_t r = { .ctl = ctl, .defaults = defaults, .out = out, .line = 1 };
    apr_size_t length;
    char *text = read_list(ctl, path, &length);
    tg_csv_t csv;

    if (!text) {
        return 0;
    }
    memset(out, 0, sizeof(*out));
    out->name = strcmp(path, TG_CTL_INPUT) == 0 ? "standard input" : path;
    out->digest = digest_of_list(ctl->pool, text, length);
    out->entries = apr_array_make(ctl->pool, 64, sizeof(tg_state_exemption_t));
    r.lines = apr_hash_make(ctl->pool);
    r.schedules = apr_hash_make(ctl->pool);
    csv = tg_csv_begin(text, length);
    read_lines(&r, &csv);
    if (r.wrong) {
        tg_term_error("nothing was changed: %d mistake%s", r.wrong, r.wrong == 1 ? "" : "s");
    }
    else if (out->entries->nelts == 0) {
        tg_term_error("nothing was changed: %s names no client", out->name);
    }
    take_schedules(&r);
    return !r.wrong && out->entries->nelts > 0;
}

/* --- export --- */

/* @p is_seen on a terminal, which acts on characters that a file keeps as they are. */
static void print_csv_line(apr_pool_t *pool, const tg_state_exemption_t *e, int is_seen, FILE *out)
{
    char until[TG_INSTANT_STRLEN], since[TG_INSTANT_STRLEN];
    const char *const texts[] = {
        e->exemption.schedule,
        e->network ? e->network : e->exemption.client,
        tg_instant_format(e->exemption.until, until),
        e->exemption.owner,
        e->exemption.reason,
        e->by,
        tg_instant_format(e->since, since),
    };
    int i;

    TG_ROWS_ARE(texts, COLUMNS);
    for (i = 0; i < COLUMNS; i++) {
        const char *field = tg_csv_field(pool, texts[i]);

        fprintf(out, "%s%s", i ? "," : "", is_seen ? tg_text_printable(pool, field) : field);
    }
    fputc('\n', out);
}

void tg_ctl_exempt_file_print(apr_pool_t *pool, const tg_state_t *state, const char *schedule,
                              FILE *out)
{
    int i, is_seen = isatty(fileno(out));

    fprintf(out, "%s\n", tg_text_join(pool, column_names, COLUMNS, ",", ","));
    for (i = 0; i < state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = &APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t);

        if (!schedule || strcmp(schedule, e->exemption.schedule) == 0) {
            print_csv_line(pool, e, is_seen, out);
        }
    }
}
