/* Reading the logs of a report: see report.h. What is damaged is counted and named, never fatal. */
#include "report.h"

#include "report_doubts.h"

#include "base/text.h"
#include "os/clock.h"
#include "os/processors.h"
#include "source/log_parts.h"
#include "term/term.h"

#include <apr_strings.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* How often the progress is shown, in lines and in milliseconds. */
#define PROGRESS_LINES 65536
#define PROGRESS_EVERY 250

/* What is known of a log that was read. */
enum {
    KNOWN_FAILED = 1, /* not to its end, which was said */
    KNOWN_HAS_ALL =
        2,         /* it has requests that nothing deprecates: from them is known who moved on */
    KNOWN_OWN = 4, /* it is one of this module */
};

/* All logs while they are read. */
typedef struct {
    tg_ctl_report_t *report;
    apr_pool_t *pool; /* of one log */
    const char *file;
    tg_input_t *input;
    const tg_log_format_t *format; /* NULL: not known yet */
    tg_log_reader_t *reader;
    int is_again;          /* once more, for what depends on the order */
    int *known;            /* of each log, from the first reading: see below */
    int number;            /* of the log */
    uint64_t unknown;      /* lines before the format was known */
    const char *odd;       /* the first of them, printable; of the pool of the log */
    uint64_t unfinished;   /* of the logs before this one */
    uint64_t position;     /* bytes of it that were read */
    uint64_t lines;        /* of it, before the part that is next */
    uint64_t before, size; /* bytes of the logs before this one, and of all; 0: not known */
    int64_t started, shown;
} log_reading_t;

/* --- what is said on the way --- */

/* The first ones by file and line, in whatever order the logs are read. */
static void keep_place(apr_array_header_t *places, const char *file, uint64_t line)
{
    tg_ctl_report_place_t place = { file, line }, *other;
    int i;

    for (i = 0; i < places->nelts; i++) {
        int order = strcmp(file, (other = &APR_ARRAY_IDX(places, i, tg_ctl_report_place_t))->file);

        if (order < 0 || (order == 0 && place.line < other->line)) {
            tg_ctl_report_place_t next = *other;

            *other = place;
            place = next;
            file = place.file;
        }
    }
    if (places->nelts < TG_CTL_REPORT_NAMED_MAX) {
        APR_ARRAY_PUSH(places, tg_ctl_report_place_t) = place;
    }
}

static void name_damaged(log_reading_t *r, uint64_t line)
{
    tg_ctl_report_t *report = r->report;

    keep_place(report->places, r->file, line);
    if (++report->damaged <= TG_CTL_REPORT_NAMED_MAX) {
        tg_term_progress(NULL);
        tg_term_warning(
            "%s:%" APR_UINT64_T_FMT ": a damaged line is left out%s", r->file, (apr_uint64_t)line,
            report->damaged == TG_CTL_REPORT_NAMED_MAX ? "; more are counted, not named" : "");
    }
}

static void show_progress(log_reading_t *r)
{
    int64_t now = tg_clock_milliseconds();
    uint64_t done = r->before + r->position;
    double seconds = (double)(now - r->started) / 1000, rate;

    if (now - r->shown < PROGRESS_EVERY) {
        return;
    }
    r->shown = now;
    rate = (double)done / (seconds > 0 ? seconds : 1);
    if (r->size > done && rate > 0) {
        tg_term_progress("%3.0f %%, %.0f MB/s, %.0f s left: %s",
                         100 * (double)done / (double)r->size, rate / 1e6,
                         (double)(r->size - done) / rate, r->file);
    }
    else {
        tg_term_progress("%.0f MB, %.0f MB/s: %s", (double)done / 1e6, rate / 1e6, r->file);
    }
}

/* In the second reading. What the first one said is not said again. */
static void say_not_again(log_reading_t *r, const char *file, const char *reason, const char *fix)
{
    int known = r->known[r->number];

    if ((known & KNOWN_HAS_ALL) && !(known & KNOWN_FAILED)) {
        r->report->problems = 1;
        tg_term_progress(NULL);
        tg_term_warning(
            "%s: the logs are not in chronological order, so they are read twice, and this one "
            "could not be read again: %s; it does not show which clients moved on; %s",
            strcmp(file, TG_CTL_INPUT) == 0 ? "-" : file, reason, fix);
    }
}

/* --- a line --- */

static void count_record(log_reading_t *r, const tg_record_t *record)
{
    tg_ctl_report_t *report = r->report;

    if (report->question->take && record->time >= report->question->counted.since) {
        report->question->take(report->question->baton, record, r->format, 1, record->time);
    }
    else if (report->question->take) {
        return;
    }
    else if (!tg_ctl_report_excludes(report->question, record)) {
        (r->is_again ? tg_tally_again : tg_tally_add)(report->tally, record, r->format->has_all);
    }
}

/* @p is_part the line has no end. */
static void take_line(log_reading_t *r, tg_span_t line, int is_part)
{
    const tg_ctl_report_question_t *q = r->report->question;
    tg_record_t record;
    tg_line_t what = TG_LINE_DAMAGED;

    r->format = r->format
                    ? r->format
                    : tg_log_format_begin(r->pool, q->from, line, q->from_argument, &r->reader);
    if (r->format) {
        what = r->format->read(r->reader, line, &record);
    }
    else if (line.length == 0) {
        what = TG_LINE_NOTHING;
    }
    else if (r->unknown++ == 0) {
        r->odd = tg_text_printable(r->pool, apr_pstrmemdup(r->pool, line.at, line.length));
    }
    if (what == TG_LINE_RECORD) {
        count_record(r, &record);
    }
    else if (what == TG_LINE_DAMAGED && is_part) {
        r->report->unfinished += !r->is_again;
    }
    else if (what == TG_LINE_DAMAGED && !r->is_again) {
        name_damaged(r, tg_input_number(r->input));
    }
}

/* --- a log --- */

static int is_left_out(const void *context, const tg_record_t *record)
{
    return tg_ctl_report_excludes(context, record);
}

static void took_part(void *context, const tg_log_part_t *part)
{
    log_reading_t *r = context;
    uint64_t i;

    for (i = 0; i < part->damaged && !r->is_again; i++) {
        if (i < TG_LOG_PARTS_NAMED_MAX) {
            name_damaged(r, r->lines + part->places[i]);
        }
        else {
            r->report->damaged++;
        }
    }
    r->report->unfinished += part->is_unfinished && !r->is_again;
    r->lines += part->lines;
    r->position = part->end;
    show_progress(r);
}

/* The rest of a log whose format is known now, by several threads. 0: it is not for them. */
static int read_rest(log_reading_t *r, tg_span_t first, tg_input_result_t *result,
                     tg_fault_t *fault)
{
    const tg_ctl_report_question_t *q = r->report->question;
    tg_log_parts_t parts = { .format = r->format,
                             .argument = q->from_argument,
                             .tally = r->report->tally,
                             .is_again = r->is_again,
                             .is_left_out = is_left_out,
                             .context = q,
                             .threads = tg_processors() };

    /* The records are taken in one thread. */
    if (q->take || parts.threads < 2 || !r->format->is_apart ||
        !tg_input_plain(r->input, &parts.plain) || tg_log_parts_count(&parts) < 2) {
        return 0;
    }
    parts.first = (tg_span_t){ apr_pmemdup(r->pool, first.at, first.length), first.length };
    r->lines = tg_input_number(r->input);
    *result =
        tg_log_parts_read(r->pool, &parts, took_part, r, fault) ? TG_INPUT_END : TG_INPUT_FAILED;
    r->position = parts.plain.size;
    return 1;
}

static void say_not_whole(log_reading_t *r, tg_input_result_t result, const tg_fault_t *fault)
{
    int is_cut = result == TG_INPUT_CUT;

    if (r->is_again) {
        say_not_again(r, r->file, fault->reason, is_cut ? "run it again" : fault->fix);
        return;
    }
    r->known[r->number] |= KNOWN_FAILED;
    tg_term_progress(NULL);
    r->report->problems = 1;
    r->report->unfinished = is_cut ? r->unfinished + 1 : r->report->unfinished;
    tg_term_warning("%s: %s; %s; what was read is counted", r->file, fault->reason, fault->fix);
}

static void read_log_lines(log_reading_t *r)
{
    tg_input_result_t result;
    tg_span_t line;
    tg_fault_t fault;

    while ((result = tg_input_line(r->input, &line, &fault)) <= TG_INPUT_PART) {
        int was_known = r->format != NULL;

        take_line(r, line, result == TG_INPUT_PART);
        r->position = tg_input_position(r->input);
        if (r->format && !was_known && read_rest(r, line, &result, &fault)) {
            break;
        }
        if (tg_input_number(r->input) % PROGRESS_LINES == 0) {
            show_progress(r);
        }
    }
    if (result != TG_INPUT_END) {
        say_not_whole(r, result, &fault);
    }
}

/* What is not known of its format. */
static void say_format(log_reading_t *r)
{
    const char *doubt, *fix;

    if (!r->format && r->unknown > 0) {
        r->report->problems = 1;
        tg_ctl_report_doubts_format(r->report->question, r->file, r->odd);
    }
    doubt = r->format && r->format->doubt ? r->format->doubt(r->reader, &fix) : NULL;
    if (doubt) {
        tg_term_warning("%s: read as %s: %s; %s", r->file, r->format->name, doubt, fix);
    }
}

static int read_log(log_reading_t *r, const char *file)
{
    tg_fault_t fault;

    r->file = strcmp(file, TG_CTL_INPUT) == 0 ? "-" : file;
    r->format = NULL;
    r->unknown = r->position = 0;
    r->unfinished = r->report->unfinished;
    r->input = tg_input_open(r->pool, r->file, &fault);
    if (!r->input) {
        tg_term_error("%s: %s; %s", r->file, fault.reason, fault.fix);
        return 0;
    }
    read_log_lines(r);
    r->before += r->position;
    if (!r->is_again) {
        if (r->format) {
            r->known[r->number] |= r->format->has_all ? KNOWN_HAS_ALL : KNOWN_OWN;
        }
        tg_term_progress(NULL);
        say_format(r);
    }
    return 1;
}

static uint64_t size_of_logs(const apr_array_header_t *logs)
{
    uint64_t size = 0;
    struct stat info;
    int i;

    for (i = 0; i < logs->nelts; i++) {
        if (stat(APR_ARRAY_IDX(logs, i, const char *), &info) != 0 || !S_ISREG(info.st_mode)) {
            return 0;
        }
        size += (uint64_t)info.st_size;
    }
    return size;
}

/* 0: it cannot be read once more, which was said. */
static int is_there_again(log_reading_t *r, const char *log)
{
    struct stat info;

    if (stat(log, &info) != 0) {
        say_not_again(r, log, strerror(errno), "run it again");
        return 0;
    }
    if (!S_ISREG(info.st_mode)) {
        say_not_again(r, log, "it is not a file",
                      "name the logs as files, or from the oldest to the newest");
        return 0;
    }
    return 1;
}

/* All of them, or once more those that can be read again. 0 after an error was printed. */
static int read_logs(log_reading_t *r, const apr_array_header_t *logs)
{
    int i, is_read = 1;

    r->before = 0;
    r->started = tg_clock_milliseconds();
    for (i = 0; i < logs->nelts && is_read; i++) {
        const char *log = APR_ARRAY_IDX(logs, i, const char *);

        r->number = i;
        if (!r->is_again || is_there_again(r, log)) {
            is_read = read_log(r, log);
        }
        apr_pool_clear(r->pool);
    }
    tg_term_progress(NULL);
    return is_read;
}

/* One server may have both. */
static void say_if_mixed(const log_reading_t *r, int count)
{
    int i, known = 0;

    for (i = 0; i < count; i++) {
        known |= r->known[i];
    }
    if ((known & KNOWN_HAS_ALL) && (known & KNOWN_OWN)) {
        tg_ctl_report_doubts_mixed();
    }
}

int tg_ctl_report_read(tg_ctl_report_t *report, const apr_array_header_t *logs)
{
    const tg_ctl_report_question_t *q = report->question;
    apr_pool_t *pool = q->ctl->pool;
    log_reading_t r = { .report = report, .size = q->database ? 0 : size_of_logs(logs) };
    tg_tally_options_t counted = q->counted;
    tg_fault_t fault;
    int is_read;

    if (q->database) {
        return tg_ctl_report_ask(report);
    }
    if (q->from && q->from->shape && q->from_argument &&
        !q->from->shape(pool, q->from_argument, &fault)) {
        tg_term_error("--from %s=\"%s\": %s; %s", q->from->name, q->from_argument, fault.reason,
                      fault.fix);
        return 0;
    }
    apr_generate_random_bytes((unsigned char *)&counted.key, sizeof(counted.key));
    report->tally = tg_tally_create(pool, &counted);
    report->places = apr_array_make(pool, 4, sizeof(tg_ctl_report_place_t));
    r.known = apr_pcalloc(pool, ((apr_size_t)logs->nelts + 1) * sizeof(int));
    apr_pool_create(&r.pool, pool);
    tg_ctl_report_doubts_twice(pool, logs);
    is_read = read_logs(&r, logs);
    say_if_mixed(&r, logs->nelts);
    if (is_read && tg_tally_is_unsure(report->tally)) {
        r.is_again = 1;
        is_read = read_logs(&r, logs);
    }
    apr_pool_destroy(r.pool);
    tg_tally_join(report->tally);
    return is_read;
}
