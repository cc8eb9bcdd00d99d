/* Waiting until the running httpd acts on a change: see change_wait.h. */
#include "change_wait.h"

#include "base/interval.h"
#include "ctl/base/acknowledgement.h"
#include "format/ack_text.h"
#include "os/clock.h"
#include "os/file.h"

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** Between two looks at the acknowledgements. */
#define PAUSE apr_time_from_msec(50)

/** The longest --wait, in seconds. */
#define WAIT_MAX 3600

/** httpd must count this many more looks: the first of them may have begun before the change. */
#define LOOKS_LATER 2

/* --- how long --- */

/* `10s`, `2m`, `10`, or a duration of ISO 8601. 0: it is not a duration. */
int tg_ctl_change_wait_read(const char *text, int64_t *seconds)
{
    tg_fault_t ignored;
    char *unit;

    if (!apr_isdigit(*text)) {
        return tg_duration_parse(text, seconds, &ignored) && *seconds <= WAIT_MAX;
    }
    *seconds = strtol(text, &unit, 10);
    if (*seconds <= 0 || *seconds > WAIT_MAX) {
        return 0;
    }
    *seconds *= strcmp(unit, "m") == 0 ? 60 : 1;
    return (*unit == '\0' || strcmp(unit, "s") == 0 || strcmp(unit, "m") == 0) &&
           *seconds <= WAIT_MAX;
}

/* --- what httpd says --- */

/* One file, while it is waited for. */
typedef struct {
    const tg_ctl_t *ctl;
    const char *state;
    char digest[TG_ACK_DIGEST]; /* of what is in it */
    struct stat info;           /* of the file */
    apr_hash_t *looks;          /* by the name of a record: its looks when the wait began */
    apr_pool_t *look;           /* of the last look */
    apr_array_header_t *found;  /* of tg_ack_record_t; in that pool */
} file_wait_t;

typedef enum { SAYS_ACTS, SAYS_NOT, SAYS_NOTHING } says_t;

/* Somebody may have changed it once more. */
static void follow_file(file_wait_t *w)
{
    struct stat info;
    tg_file_t file;
    tg_fault_t ignored;
    apr_pool_t *once;

    if (stat(w->state, &info) != 0 || tg_file_is_same(&info, &w->info)) {
        return;
    }
    w->info = info;
    apr_pool_create(&once, w->ctl->pool);
    if (tg_file_read(once, w->state, TG_STATE_MAX, &file, &ignored) == TG_FILE_READ) {
        tg_ack_digest(file.text, file.length, w->digest);
    }
    apr_pool_destroy(once);
}

static int has_seen(const file_wait_t *w, const tg_ack_record_t *r)
{
    const int64_t *before = apr_hash_get(w->looks, r->path, APR_HASH_KEY_STRING);
    int64_t changed = (int64_t)w->info.st_ctim.tv_sec * 1000000000 + w->info.st_ctim.tv_nsec;

    return (r->ack.seen.inode == (int64_t)w->info.st_ino && r->ack.seen.changed == changed) ||
           (before && r->ack.looks >= *before + LOOKS_LATER);
}

static says_t judge_record(const file_wait_t *w, const tg_ack_record_t *r)
{
    if (r->ack.condition == TG_ACK_ACTS && strcmp(w->digest, r->ack.document.digest) == 0) {
        return SAYS_ACTS;
    }
    if (r->ack.condition == TG_ACK_OTHER) {
        return SAYS_NOT; /* waiting makes it no clearer */
    }
    return has_seen(w, r) ? SAYS_NOT : SAYS_NOTHING;
}

static void note_looks(file_wait_t *w)
{
    int i;

    for (i = 0; i < w->found->nelts; i++) {
        const tg_ack_record_t *r = &APR_ARRAY_IDX(w->found, i, tg_ack_record_t);

        if (!apr_hash_get(w->looks, r->path, APR_HASH_KEY_STRING)) {
            apr_hash_set(w->looks, apr_pstrdup(w->ctl->pool, r->path), APR_HASH_KEY_STRING,
                         apr_pmemdup(w->ctl->pool, &r->ack.looks, sizeof(r->ack.looks)));
        }
    }
}

/* 1 once each has said something, also if there is none. */
static int have_all_said(file_wait_t *w)
{
    int i;

    follow_file(w);
    if (w->look) {
        apr_pool_destroy(w->look);
    }
    apr_pool_create(&w->look, w->ctl->pool);
    w->found = tg_ack_records_read(w->look, w->state);
    note_looks(w);
    for (i = 0; i < w->found->nelts; i++) {
        if (judge_record(w, &APR_ARRAY_IDX(w->found, i, tg_ack_record_t)) == SAYS_NOTHING) {
            return 0;
        }
    }
    return 1;
}

static const char *silence_text(apr_pool_t *pool, const tg_ack_t *ack)
{
    return apr_psprintf(pool,
                        "httpd (pid %" APR_INT64_T_FMT ") has not looked at it since %s; see "
                        "whether its processes hang, or wait longer with --wait",
                        ack->pid, tg_instant_text(pool, ack->looked));
}

static void add_says(const file_wait_t *w, const tg_ack_record_t *r, tg_ctl_change_outcome_t *out)
{
    switch (judge_record(w, r)) {
    case SAYS_ACTS:
        APR_ARRAY_PUSH(out->acts, const char *) = tg_ack_text(w->ctl->pool, &r->ack);
        return;
    case SAYS_NOT:
        APR_ARRAY_PUSH(out->idles, const char *) = tg_ack_text(w->ctl->pool, &r->ack);
        break;
    case SAYS_NOTHING:
        APR_ARRAY_PUSH(out->idles, const char *) = silence_text(w->ctl->pool, &r->ack);
        break;
    }
    out->force = TG_CTL_CHANGE_PENDING;
}

tg_ctl_change_outcome_t tg_ctl_change_wait_file(const tg_ctl_t *ctl, const char *state,
                                                const char *text, int64_t milliseconds)
{
    file_wait_t w = { .ctl = ctl, .state = state, .looks = apr_hash_make(ctl->pool) };
    tg_ctl_change_outcome_t out = { TG_CTL_CHANGE_UNKNOWN,
                                    apr_array_make(ctl->pool, 1, sizeof(const char *)),
                                    apr_array_make(ctl->pool, 1, sizeof(const char *)) };
    int64_t end = tg_clock_milliseconds() + milliseconds;
    tg_ctl_absence_t absence;
    int i;

    tg_ack_digest(text, strlen(text), w.digest);
    while (!have_all_said(&w) && tg_clock_milliseconds() < end) {
        apr_sleep(PAUSE);
    }
    out.force = TG_CTL_CHANGE_IN_FORCE;
    for (i = 0; i < w.found->nelts; i++) {
        add_says(&w, &APR_ARRAY_IDX(w.found, i, tg_ack_record_t), &out);
    }
    if (w.found->nelts == 0) {
        absence = tg_ctl_acknowledgement_absence(ctl, state);
        APR_ARRAY_PUSH(out.idles, const char *) =
            apr_pstrcat(ctl->pool, absence.reason, "; ", absence.fix, NULL);
        out.force = TG_CTL_CHANGE_PENDING;
    }
    return out;
}
