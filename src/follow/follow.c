/* Following a store: see follow.h. */
#include "follow.h"

#include "follow_install.h"

#include "base/message.h"
#include "os/clock.h"
#include "store/etcd.h"
#include "store/etcd_watch.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/** How often the member is asked for the revision. */
#define CHECK_MILLISECONDS 2000

/** The pause after every member has failed, the first and the longest. */
#define PAUSE_FIRST 250
#define PAUSE_MOST 5000

/** How many changes' audit is read at a time. */
#define PAGE_MOST 100

/** A watch that held for so long is a good one. */
#define GOOD_WATCH 10000

/** So many in a row that did not are worth a word, as is one of which nothing is heard for
 * so many checks. */
#define BAD_WATCHES 5

/* The one that runs. Written by the one thread that there is. */
typedef struct {
    tg_etcd_t etcd;
    tg_follow_install_t installer;
    int signals;     /* can be read once it shall end */
    int failures;    /* of members, one after the other */
    int bad_watches; /* one after the other */
    int silence;     /* how often a watch that has not begun was waited for */
    int page;        /* how many changes' audit is read at a time */
    int is_over;
    int has_failed;
} follow_t;

/* What became of one member. */
typedef enum {
    MEMBER_GOES_ON,
    MEMBER_CLOSES, /* the watch has ended; the member may be well */
    MEMBER_FAILS
} member_t;

/* --- being told to end --- */

static int signal_pipe[2];

static void on_signal(int number)
{
    int saved = errno;
    char byte = (char)number;

    /* If it is full it is known already. */
    (void)!write(signal_pipe[1], &byte, 1);
    errno = saved;
}

static int catch_signals(void)
{
    struct sigaction action;

    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -1;
    }
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    return signal_pipe[0];
}

/* --- pauses --- */

static unsigned short random_number(void)
{
    unsigned short n = 0;

    apr_generate_random_bytes((unsigned char *)&n, sizeof(n));
    return n;
}

/* Doubled with each time but the first, and never twice the same: a fleet must not come all
 * at once. 0 times: none. Ends early if told to. */
static void pause_after(follow_t *f, int times, int most)
{
    struct pollfd polled = { f->signals, POLLIN, 0 };
    int milliseconds = times > 0 ? PAUSE_FIRST : 0;

    while (--times > 0 && milliseconds < most) {
        milliseconds *= 2;
    }
    milliseconds = milliseconds < most ? milliseconds : most;
    milliseconds = milliseconds / 2 + milliseconds / 2 * random_number() / USHRT_MAX;
    if (poll(&polled, 1, milliseconds) > 0) {
        f->is_over = 1;
    }
}

/* --- one member --- */

/* What was changed up to the document that is installed. Whether it can be read or kept or
 * not, the document is followed. A page that is too much is tried again as half of it. */
static void take_audit(follow_t *f, apr_pool_t *pool)
{
    const tg_follow_file_t *had = &f->installer.had;
    tg_fault_t fault;

    while (tg_follow_install_wants_audit(&f->installer)) {
        const apr_array_header_t *audit =
            tg_etcd_read_audit(&f->etcd, pool, had->audited, had->revision, f->page, &fault);

        if (!audit) {
            tg_follow_install_fails(&f->installer, TG_FOLLOW_FAILS_AUDIT, &fault);
            f->page = f->page > 1 ? f->page / 2 : 1;
            return;
        }
        if (!tg_follow_install_take_audit(&f->installer, pool, audit, f->page)) {
            return;
        }
        f->page = f->page < PAGE_MOST / 2 ? 2 * f->page : PAGE_MOST;
    }
}

/* The member does, whatever becomes of the watch. */
static void answers(follow_t *f, apr_pool_t *pool)
{
    f->failures = 0;
    tg_follow_install_connected(&f->installer, pool, tg_etcd_endpoint(&f->etcd));
}

/* Reads the document and installs it. */
static int take(follow_t *f, apr_pool_t *pool, int64_t *at, tg_fault_t *fault)
{
    tg_etcd_document_t document;

    if (!tg_etcd_read(&f->etcd, pool, &document, fault)) {
        return 0;
    }
    *at = document.at;
    answers(f, pool);
    tg_follow_install_take(&f->installer, pool, &document);
    /* Of another history, that of the last one cannot be told any more. */
    if (strcmp(document.cluster, f->installer.had.cluster) == 0) {
        take_audit(f, pool);
    }
    return 1;
}

/* Nothing was said for a while: is there something to do? */
static member_t check(follow_t *f, apr_pool_t *pool, tg_fault_t *fault)
{
    int64_t before = f->installer.looked_at, revision, at;

    if (!tg_follow_install_tend(&f->installer, pool)) {
        f->has_failed = 1;
        f->is_over = 1;
        return MEMBER_GOES_ON;
    }
    if (!tg_etcd_revision(&f->etcd, pool, &revision, fault)) {
        return MEMBER_FAILS;
    }
    answers(f, pool);
    if (f->silence >= 0 && ++f->silence == BAD_WATCHES) {
        tg_fault_set(fault, "see what is between this machine and etcd", "%s begins no watch",
                     tg_etcd_endpoint(&f->etcd));
        tg_follow_install_fails(&f->installer, TG_FOLLOW_FAILS_WATCH, fault);
    }
    if (tg_follow_install_is_done(&f->installer, revision)) {
        return MEMBER_GOES_ON;
    }
    if (!take(f, pool, &at, fault)) {
        return MEMBER_FAILS;
    }
    if (before != f->installer.looked_at && f->silence < 0) {
        tg_fault_set(fault, "see to etcd", "the watch did not tell of a change");
        return MEMBER_CLOSES;
    }
    return MEMBER_GOES_ON;
}

/* One thing that happens. */
static member_t step(follow_t *f, apr_pool_t *pool, tg_etcd_watch_t *watch, tg_fault_t *fault)
{
    const int64_t before = f->installer.looked_at;
    int64_t at;

    switch (tg_etcd_watch_wait(watch, CHECK_MILLISECONDS, f->signals, fault)) {
    case TG_ETCD_WATCH_BEGUN:
        f->silence = -1;
        return MEMBER_GOES_ON;
    case TG_ETCD_WATCH_CHANGED:
        if (!take(f, pool, &at, fault)) {
            return MEMBER_FAILS;
        }
        /* A member that tells of changes that are none must not be asked without end. */
        pause_after(f, before == f->installer.looked_at, PAUSE_FIRST);
        return MEMBER_GOES_ON;
    case TG_ETCD_WATCH_TIMEOUT:
        return check(f, pool, fault);
    case TG_ETCD_WATCH_WOKEN:
        f->is_over = 1;
        return MEMBER_GOES_ON;
    case TG_ETCD_WATCH_ENDED:
        break;
    }
    return MEMBER_CLOSES;
}

/* Watches from that revision on, as long as it goes well. */
static member_t watch_member(follow_t *f, apr_pool_t *pool, int64_t from, tg_fault_t *fault)
{
    const int64_t begun = tg_clock_milliseconds();
    tg_etcd_watch_t *watch = tg_etcd_watch_open(pool, &f->etcd, from);
    member_t member = MEMBER_GOES_ON;

    if (!watch) {
        tg_fault_set(fault, "make some", "no memory");
        return MEMBER_FAILS;
    }
    f->silence = 0;
    while (member == MEMBER_GOES_ON && !f->is_over) {
        apr_pool_t *once;

        apr_pool_create(&once, pool);
        member = step(f, once, watch, fault);
        apr_pool_destroy(once);
    }
    if (f->silence < 0 && tg_clock_milliseconds() - begun >= GOOD_WATCH) {
        f->bad_watches = 0;
        tg_follow_install_works(&f->installer, TG_FOLLOW_FAILS_WATCH);
    }
    return member;
}

static member_t follow_member(follow_t *f, apr_pool_t *pool, tg_fault_t *fault)
{
    apr_pool_t *once;
    int64_t at;
    int ok;

    apr_pool_create(&once, pool);
    ok = take(f, once, &at, fault);
    apr_pool_destroy(once);
    return ok ? watch_member(f, pool, at + 1, fault) : MEMBER_FAILS;
}

/* --- all of them --- */

/* Goes on to the next one; once all have failed, after a pause. */
static void leave_member(follow_t *f, apr_pool_t *pool, const tg_fault_t *fault)
{
    int members = f->etcd.url->endpoints->nelts;

    tg_etcd_move(&f->etcd);
    if (++f->failures % members == 0) {
        tg_follow_install_disconnected(&f->installer, pool, fault);
        pause_after(f, f->failures / members, PAUSE_MOST);
    }
    else {
        pause_after(f, 0, 0);
    }
}

/* Comes back to the same one: it tells whether it is well. If watches never hold, that is
 * how it is followed, as often as the revision is asked for. */
static void come_back(follow_t *f, const tg_fault_t *fault)
{
    if (++f->bad_watches >= BAD_WATCHES) {
        tg_follow_install_fails(&f->installer, TG_FOLLOW_FAILS_WATCH, fault);
    }
    pause_after(f, f->bad_watches - 1, CHECK_MILLISECONDS);
}

static void follow_all(follow_t *f, apr_pool_t *parent)
{
    while (!f->is_over) {
        apr_pool_t *pool;
        tg_fault_t fault;
        member_t member;

        apr_pool_create(&pool, parent);
        member = follow_member(f, pool, &fault);
        if (!f->is_over && member == MEMBER_FAILS) {
            leave_member(f, pool, &fault);
        }
        else if (!f->is_over) {
            come_back(f, &fault);
        }
        apr_pool_destroy(pool);
    }
}

int tg_follow(apr_pool_t *pool, const tg_store_url_t *url, const char *state)
{
    follow_t *f = apr_pcalloc(pool, sizeof(*f));
    tg_fault_t fault;

    if (!tg_etcd_open(pool, url, &f->etcd, &fault) ||
        !tg_follow_install_open(pool, url, state, &f->installer, &fault)) {
        tg_message(TG_MESSAGE_ERROR, "%s; %s", fault.reason, fault.fix);
        return 0;
    }
    f->signals = catch_signals();
    if (f->signals < 0) {
        tg_message(TG_MESSAGE_ERROR, "no pipe: %s", strerror(errno));
        return 0;
    }
    f->etcd.is_patient = 0;
    f->page = PAGE_MOST;
    f->etcd.at = random_number() % url->endpoints->nelts;
    follow_all(f, pool);
    tg_follow_install_close(&f->installer, pool);
    return !f->has_failed;
}
