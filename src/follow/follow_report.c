/* What this machine reports: see follow_report.h. */
#include "follow_report.h"

#include "base/message.h"
#include "format/ack_text.h"
#include "format/machine.h"
#include "os/clock.h"
#include "os/file.h"
#include "store/ack_records.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>
#include <sys/stat.h>

#define REPORT_MILLISECONDS (INT64_C(1000) * TG_STORE_REPORT_SECONDS)

/** The pause between two looks at the acknowledgements, in milliseconds. After SHORT_MOST short
 * ones httpd is no longer expected to follow at once. */
#define PAUSE_USUAL 2000
#define PAUSE_SHORT 250
#define SHORT_MOST 40

struct tg_follow_report_t {
    const tg_store_feed_t *feed;
    const char *state, *name;
    apr_pool_t *pool;           /* of what was sent last; cleared for the next */
    tg_machine_t sent;          /* its texts are in that pool */
    int64_t sent_at;            /* by the monotonic clock; 0: never */
    int64_t revision;           /* that was received last */
    struct stat info;           /* of the state file, when it was read last */
    char digest[TG_ACK_DIGEST]; /* of what it had; "": there was none */
    int waits;                  /* how often httpd was found not to act on it; 0: it does */
    int has_failed;             /* which was said */
};

tg_follow_report_t *tg_follow_report_open(apr_pool_t *pool, const tg_store_feed_t *feed,
                                          const char *state, const char *name)
{
    tg_follow_report_t *r = apr_pcalloc(pool, sizeof(*r));

    r->feed = feed;
    r->state = state;
    r->name = name;
    apr_pool_create(&r->pool, pool);
    r->sent.digest = r->sent.text = "";
    return r;
}

/* --- what is reported --- */

/* Without a file: there is nothing to act on. @p digest of the file, or "" */
static int acts_on_file(const tg_ack_t *ack, const char *digest)
{
    if (!*digest) {
        return ack->condition == TG_ACK_NONE;
    }
    return ack->condition == TG_ACK_ACTS && strcmp(ack->document.digest, digest) == 0;
}

/* Of several httpds the one that does not follow. */
static void report_records(apr_pool_t *pool, const apr_array_header_t *records, const char *digest,
                           tg_machine_t *out)
{
    int i;

    out->acts = records->nelts > 0;
    out->text = "no httpd runs with this state file";
    for (i = 0; i < records->nelts && out->acts; i++) {
        const tg_ack_t *ack = &APR_ARRAY_IDX(records, i, tg_ack_record_t).ack;

        out->acts = acts_on_file(ack, digest);
        out->text =
            out->acts || ack->condition != TG_ACK_ACTS
                ? tg_ack_text(pool, ack)
                : apr_psprintf(pool, "httpd (pid %" APR_INT64_T_FMT ") has not looked at it yet",
                               ack->pid);
        out->digest = ack->document.generation ? apr_pstrdup(pool, ack->document.digest) : "";
    }
}

/* It may be large, and is seldom another one. */
static void read_if_changed_file(tg_follow_report_t *r, apr_pool_t *pool)
{
    struct stat info;
    tg_fault_t ignored;
    tg_file_t file;

    if (stat(r->state, &info) != 0) {
        memset(&r->info, 0, sizeof(r->info));
        r->digest[0] = '\0';
        return;
    }
    if (tg_file_is_same(&info, &r->info)) {
        return;
    }
    r->info = info;
    r->digest[0] = '\0';
    if (tg_file_read(pool, r->state, TG_STATE_MAX, &file, &ignored) == TG_FILE_READ) {
        r->info = file.info;
        tg_ack_digest(file.text, file.length, r->digest);
    }
}

static tg_machine_t machine_now(tg_follow_report_t *r, apr_pool_t *pool, int64_t revision)
{
    tg_machine_t now = { .revision = revision, .digest = "", .time = apr_time_sec(apr_time_now()) };

    read_if_changed_file(r, pool);
    report_records(pool, tg_ack_records_read(pool, r->state), r->digest, &now);
    return now;
}

/* --- reporting it --- */

static int is_same_report(const tg_machine_t *a, const tg_machine_t *b)
{
    return a->revision == b->revision && a->acts == b->acts && strcmp(a->digest, b->digest) == 0 &&
           strcmp(a->text, b->text) == 0;
}

static void keep_sent(tg_follow_report_t *r, const tg_machine_t *machine)
{
    apr_pool_clear(r->pool);
    r->sent = *machine;
    r->sent.digest = apr_pstrdup(r->pool, machine->digest);
    r->sent.text = apr_pstrdup(r->pool, machine->text);
}

static void say_failure(tg_follow_report_t *r, const tg_fault_t *fault)
{
    if (!r->has_failed) {
        r->has_failed = 1;
        tg_message(TG_MESSAGE_WARNING,
                   "cannot report what httpd acts on, so status --store does not show this "
                   "machine: %s; %s",
                   fault->reason, fault->fix);
    }
}

static int is_due_report(const tg_follow_report_t *r, int64_t now)
{
    return r->sent_at == 0 || now - r->sent_at >= REPORT_MILLISECONDS;
}

void tg_follow_report_send(tg_follow_report_t *r, apr_pool_t *pool, int64_t revision)
{
    int64_t clock = tg_clock_milliseconds();
    tg_machine_t now = machine_now(r, pool, revision);
    int is_new = !is_same_report(&now, &r->sent);
    tg_fault_t fault;

    r->waits = now.acts ? 0 : r->revision != revision ? 1 : r->waits + 1;
    r->revision = revision;
    if ((!is_new || r->has_failed) && !is_due_report(r, clock)) {
        return;
    }
    r->sent_at = clock;
    if (is_new) {
        keep_sent(r, &now);
    }
    if (!r->feed->report(r->feed, pool, r->name, tg_machine_print(pool, &r->sent), &fault)) {
        say_failure(r, &fault);
        return;
    }
    if (r->has_failed) {
        r->has_failed = 0;
        tg_message(TG_MESSAGE_NOTE, "what httpd acts on is reported again");
    }
}

int tg_follow_report_pause(const tg_follow_report_t *r)
{
    return r->waits > 0 && r->waits < SHORT_MOST ? PAUSE_SHORT : PAUSE_USUAL;
}
