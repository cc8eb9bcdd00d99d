/* tlsgatectl letters: what to write to each straggler. It sends nothing. */
#include "commands.h"

#include "base/csv.h"
#include "ctl/base/output.h"
#include "ctl/report/letter_stamp_file.h"
#include "ctl/report/letters.h"
#include "ctl/report/letters_counted.h"
#include "ctl/report/report_question.h"
#include "letter/letter_template.h"
#include "letter/mail.h"
#include "os/file.h"
#include "term/term.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Written once, while the command line is read. */
static struct {
    const char *format, *addresses, *sender, *template, *print_template, *test_path, *since_last,
        *dry_run;
} letters_given;

static const tg_option_t letters_options[] = {
    { "format", "NAME", "mbox or csv; default: mbox", &letters_given.format, TG_COMPLETE_NOTHING },
    { "addresses", "FILE", "CSV with client,address, or JSON", &letters_given.addresses,
      TG_COMPLETE_FILE },
    { "sender", "ADDRESS", "who writes: support@example.com, also 'Name <...>'",
      &letters_given.sender, TG_COMPLETE_NOTHING },
    { "template", "FILE", "the text of a letter, with names in braces", &letters_given.template,
      TG_COMPLETE_FILE },
    { "print-template", NULL, "print the template that is built in, and end",
      &letters_given.print_template, TG_COMPLETE_NOTHING },
    { "test-path", "PATH", "of the page for tests; default: as the plan has it",
      &letters_given.test_path, TG_COMPLETE_NOTHING },
    { "since-last", NULL, "only to clients that came again since their last letter",
      &letters_given.since_last, TG_COMPLETE_NOTHING },
    { "dry-run", NULL, "write nothing; say how many letters, and who has no address",
      &letters_given.dry_run, TG_COMPLETE_NOTHING },
    { 0 },
};

/* One call. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_report_question_t question;
    tg_ctl_letters_t letters;
    tg_letter_template_t template;
    tg_mail_sender_t sender;
    int is_csv;
    const char *stamp_path; /* NULL: no place is known */
    tg_letter_stamp_t stamp;
    tg_ctl_letters_counted_t counted;
} letters_call_t;

/* --- reading the call --- */

static int read_letters_format(letters_call_t *l)
{
    const char *format = letters_given.format ? letters_given.format : "mbox";

    l->is_csv = strcmp(format, "csv") == 0;
    if (!l->is_csv && strcmp(format, "mbox") != 0) {
        tg_term_error("--format \"%s\": write mbox or csv", format);
        return 0;
    }
    if (!tg_ctl_output_is_text() && !letters_given.dry_run) {
        tg_term_error("--json: only --dry-run prints that; letters are --format mbox or csv");
        return 0;
    }
    return 1;
}

/* A mail needs both addresses; a table or a dry run does with fewer. */
static int read_mail_options(letters_call_t *l)
{
    tg_fault_t fault;

    if (!l->is_csv && !letters_given.dry_run && !letters_given.sender) {
        tg_term_error("a mail needs a sender: name it with --sender support@example.com");
        return 0;
    }
    if (!l->is_csv && !letters_given.addresses) {
        tg_term_error("mails need addresses: name the list with --addresses FILE, or write a table "
                      "with --format csv");
        return 0;
    }
    if (letters_given.sender &&
        !tg_mail_sender_parse(l->ctl->pool, letters_given.sender, &l->sender, &fault)) {
        tg_term_error("--sender \"%s\": %s; %s", letters_given.sender, fault.reason, fault.fix);
        return 0;
    }
    if (letters_given.addresses) {
        l->letters.book = tg_ctl_address_book_read(l->ctl->pool, letters_given.addresses);
        return l->letters.book != NULL;
    }
    return 1;
}

static int read_template(letters_call_t *l)
{
    apr_pool_t *pool = l->ctl->pool;
    const char *path = letters_given.template, *text = tg_letter_template_default(pool);
    tg_fault_t fault = { "there is no such file", "print one with --print-template" };
    tg_file_t file = { .text = text, .length = strlen(text) };
    int line;

    if (path && tg_file_read(pool, path, TG_LETTER_TEMPLATE_MAX, &file, &fault) != TG_FILE_READ) {
        tg_term_error("--template %s: %s; %s", path, fault.reason, fault.fix);
        return 0;
    }
    if (!tg_letter_template_parse(pool, file.text, file.length, &l->template, &line, &fault)) {
        tg_term_error("%s:%d: %s; %s", path ? path : "template", line, fault.reason, fault.fix);
        return 0;
    }
    return 1;
}

static int read_test_path(letters_call_t *l)
{
    l->letters.test_path = letters_given.test_path;
    if (letters_given.test_path &&
        (*letters_given.test_path != '/' ||
         strspn(letters_given.test_path,
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                "0123456789-._~!$&'()*+,;=:@%/") != strlen(letters_given.test_path))) {
        tg_term_error("--test-path \"%s\": write it as in a URL, from its slash on: "
                      "/tlsverification",
                      letters_given.test_path);
        return 0;
    }
    return 1;
}

/* 1, or 0 after an error was printed. */
static int find_dates(letters_call_t *l)
{
    tg_ctl_report_question_t *q = &l->question;

    if (!tg_ctl_report_question(l->ctl, q)) {
        return 0;
    }
    if (!q->plan && q->at == TG_NEVER) {
        tg_term_error("there is no plan here that tells the dates; name its state file with "
                      "--state, or the date with --at");
        return 0;
    }
    if (q->plan) {
        q->counted.trials = tg_trials_create(l->ctl->pool, q->plan->schedules, l->ctl->now);
        tg_ctl_report_know_stops(q);
    }
    return 1;
}

/* 1, or 0 after an error was printed. */
static int read_stamp_of(letters_call_t *l)
{
    apr_pool_t *pool = l->ctl->pool;
    tg_fault_t fault;

    l->stamp = tg_letter_stamp_empty(pool);
    l->stamp_path = tg_ctl_letter_stamp_path(pool, l->question.state);
    if (!l->stamp_path) {
        if (letters_given.since_last) {
            tg_term_error("--since-last: no state file is known here, beside which a stamp would "
                          "be; name one with --stamp FILE");
        }
        return !letters_given.since_last;
    }
    if (!letters_given.dry_run && !tg_ctl_letter_stamp_lock(pool, l->stamp_path)) {
        return 0;
    }
    switch (tg_ctl_letter_stamp_read(pool, l->stamp_path, &l->stamp, &fault)) {
    case TG_CTL_STAMP_READ:
        break;
    case TG_CTL_STAMP_ABSENT:
        if (letters_given.since_last) {
            tg_term_note("%s does not exist yet: this is the first run, so all clients are new",
                         l->stamp_path);
        }
        break;
    default:
        if (letters_given.since_last || tg_ctl_letter_stamp_is_named()) {
            tg_term_error("--stamp %s: %s; %s", l->stamp_path, fault.reason, fault.fix);
            return 0;
        }
        tg_term_note("%s: %s: it is left as it is", l->stamp_path, fault.reason);
        l->stamp_path = NULL;
    }
    l->letters.told = letters_given.since_last ? &l->stamp : NULL;
    return 1;
}

/* --- writing --- */

static void print_mail(const letters_call_t *l, apr_pool_t *pool, const tg_ctl_letter_t *letter)
{
    tg_letter_t values = { { NULL } };
    tg_mail_t mail = { .sender = &l->sender, .to = letter->to->to, .date = l->ctl->now };

    tg_ctl_letter_fill(letter, pool, &values);
    mail.subject = tg_letter_subject(pool, &l->template, &values);
    mail.body = tg_letter_body(pool, &l->template, &values);
    fputs(tg_mail_entry(pool, &mail), stdout);
}

static void print_table_header(void)
{
    int i;

    fputs("address", stdout);
    for (i = 0; tg_letter_name(i); i++) {
        printf(",%s", tg_letter_name(i));
    }
    fputs(",subject,body\n", stdout);
}

static void print_table_row(const letters_call_t *l, apr_pool_t *pool,
                            const tg_ctl_letter_t *letter)
{
    const char *to = letter->to ? apr_array_pstrcat(pool, letter->to->to, ';') : "";
    tg_letter_t values = { { NULL } };
    int i;

    tg_ctl_letter_fill(letter, pool, &values);
    fputs(tg_csv_field(pool, to), stdout);
    for (i = 0; tg_letter_name(i); i++) {
        printf(",%s", tg_csv_field(pool, values.values[i]));
    }
    printf(",%s", tg_csv_field(pool, tg_letter_subject(pool, &l->template, &values)));
    printf(",%s\n", tg_csv_field(pool, tg_letter_body(pool, &l->template, &values)));
}

static void note_letter(letters_call_t *l, const tg_ctl_letter_t *letter)
{
    tg_letter_stamp_note(l->stamp.clients, letter->client, letter->last_seen);
}

/* Each client once, in the order of the report. */
static void write_letters(letters_call_t *l)
{
    apr_pool_t *pool;
    uint32_t row;

    apr_pool_create(&pool, l->ctl->pool);
    if (l->is_csv && !letters_given.dry_run) {
        print_table_header();
    }
    for (row = 0; row < l->letters.report.row_count && !ferror(stdout); row++) {
        tg_ctl_letter_t letter;

        tg_ctl_letter_of(&l->letters, pool, row, &letter);
        tg_ctl_letters_count(&l->counted, &letter);
        if (letter.fate == TG_CTL_LETTER_WRITTEN && !letters_given.dry_run) {
            (l->is_csv ? print_table_row : print_mail)(l, pool, &letter);
            note_letter(l, &letter);
        }
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

/* 1 if all of it is where it was sent to, or 0: main() says so, unless the disk is full only
 * now. */
static int is_output_safe(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return 0;
    }
    if (fsync(STDOUT_FILENO) != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT)) {
        tg_term_error("cannot write to the standard output: %s", strerror(errno));
        return 0;
    }
    return 1;
}

/* 1, or 0 after an error was printed. Unless --stamp asked for it, a stamp that cannot be written
 * is no error: a user who may read the log may not be allowed to write beside the state. */
static int write_stamp(letters_call_t *l)
{
    tg_fault_t fault;

    l->stamp.time = l->ctl->now;
    tg_ctl_letters_note_schedules(&l->counted, &l->stamp, l->ctl->now);
    if (!l->stamp_path ||
        tg_ctl_letter_stamp_write(l->ctl->pool, l->stamp_path, &l->stamp, &fault)) {
        return 1;
    }
    if (letters_given.since_last || tg_ctl_letter_stamp_is_named()) {
        tg_term_error("%s: %s; the letters are written, but the next ones would be about the same: "
                      "%s",
                      l->stamp_path, fault.reason, fault.fix);
        return 0;
    }
    tg_term_note(
        "%s cannot be written, so %s check cannot know of these letters: name a place with "
        "--stamp",
        l->stamp_path, TG_PROGRAM_NAME);
    return 1;
}

static tg_exit_t letters_run(const tg_ctl_t *ctl)
{
    letters_call_t l = { .ctl = ctl };
    apr_array_header_t *logs;

    if (letters_given.print_template) {
        fputs(tg_letter_template_default(ctl->pool), stdout);
        return TG_EXIT_OK;
    }
    if (!read_letters_format(&l) || !read_mail_options(&l) || !read_template(&l) ||
        !read_test_path(&l) || !find_dates(&l) || !read_stamp_of(&l) ||
        !(logs = tg_ctl_report_logs(&l.question))) {
        return TG_EXIT_ERROR;
    }
    l.letters.report.question = &l.question;
    if (!tg_ctl_letters_begin(&l.letters, logs)) {
        return TG_EXIT_ERROR;
    }
    l.counted = tg_ctl_letters_counted(&l.letters);
    write_letters(&l);
    if (letters_given.dry_run) {
        tg_ctl_output(ctl, tg_ctl_letters_document(&l.counted), tg_ctl_letters_text);
    }
    else if (!is_output_safe() || !write_stamp(&l)) {
        return TG_EXIT_ERROR;
    }
    else {
        tg_ctl_letters_summary(&l.counted);
    }
    return tg_ctl_letters_is_complete(&l.counted) ? TG_EXIT_OK : TG_EXIT_FINDING;
}

const tg_command_t tg_command_letters = {
    .name = "letters",
    .usage = (const char *const[]){ "[LOG...] --addresses FILE --sender ADDRESS [--template FILE] "
                                    "[--since-last] [--stamp FILE] [--dry-run]",
                                    "[LOG...] --format csv [--addresses FILE] [--template FILE] "
                                    "[--since-last] [--stamp FILE] [--dry-run]",
                                    "--print-template", NULL },
    .summary = "Write a letter to each straggler, for a mail program to send",
    .more = "Prints an mbox, or a table for a mail merge; it sends nothing. Without a LOG, those "
            "that the\n"
            "running httpd writes. Failed handshakes and tests are no clients. The exit status is "
            "1 if\n"
            "somebody has no address, or a log was damaged or not read whole, 2 if letters are "
            "missing.\n",
    .examples =
        (const tg_example_t[]){
            { "How many, and who has no address",
              TG_PROGRAM_NAME " letters tlsgate.ndjson* --addresses addresses.csv --dry-run" },
            { "A template to edit", TG_PROGRAM_NAME " letters --print-template >letter.txt" },
            { "The letters", TG_PROGRAM_NAME
              " letters tlsgate.ndjson* --addresses addresses.csv --template letter.txt "
              "--sender support@example.com >letters.mbox" },
            { "A table of those who came again since the last time",
              TG_PROGRAM_NAME " letters tlsgate.ndjson* --format csv --since-last >letters.csv" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_FILE,
    .options =
        (const tg_option_t *const[]){ letters_options, tg_ctl_letter_stamp_options,
                                      tg_ctl_report_log_options, tg_ctl_report_client_options,
                                      tg_ctl_output_options, NULL },
    .run = letters_run,
};
