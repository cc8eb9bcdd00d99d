/* Following a store: see follow.h. */
#include "follow.h"

#include "follow_install.h"
#include "follow_report.h"

#include "os/clock.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/** How often the current member is asked for the revision. */
#define CHECK_MILLISECONDS 2000

/** The first and the longest pause after all members have failed. */
#define PAUSE_FIRST 250
#define PAUSE_MOST 5000

/** How many changes are read from the audit at a time, at most. */
#define PAGE_MOST 100

/** A watch that lasted this long has worked, in milliseconds. */
#define GOOD_WATCH 10000

/** A message is due after this many watches in a row that did not work, or if a watch has not
 * started for this many checks. */
#define BAD_WATCHES 5

typedef struct {
    const tg_store_feed_t *feed;
    tg_follow_install_t *installer;
    tg_follow_report_t *report;
    int64_t checked; /* when the revision was asked for */
    int signals;     /* readable once the program is told to end */
    int failures;    /* of members, in a row */
    int bad_watches; /* in a row */
    int silence;     /* how many checks the watch has not begun for; -1: it has begun */
    int page;        /* how many changes are read from the audit at a time */
    int is_over;
    int has_failed; /* is_over, with a fault */
    tg_fault_t *fault;
} follow_t;

/* How following one member ended, if it did. */
typedef enum {
    MEMBER_GOES_ON,
    MEMBER_CLOSES, /* the watch has ended; the member may be all right */
    MEMBER_FAILS
} member_t;

/* --- signals --- */

static int signal_pipe[2];

static void on_signal(int number)
{
    int saved = errno;
    char byte = (char)number;

    /* A full pipe is readable already. */
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

/* Exponential backoff with jitter, so that a fleet does not reconnect in step. times == 0: no
 * pause. A signal ends it early. */
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

/* Reads a page of the audit, and keeps it. A page that is too much is tried again with half of it.
 * 0 to leave it at that. */
static int follow_page(follow_t *f, apr_pool_t *pool, int64_t since, int64_t last)
{
    tg_fault_t fault;
    const apr_array_header_t *audit =
        f->feed->read_audit(f->feed, pool, since, last, f->page, &fault);

    if (!audit) {
        tg_follow_known_fails(f->installer, TG_FOLLOW_FAILS_AUDIT, &fault);
        f->page = f->page > 1 ? f->page / 2 : 1;
        return 0;
    }
    if (!tg_follow_install_keep_audit(f->installer, pool, audit, f->page)) {
        return 0;
    }
    f->page = f->page < PAGE_MOST / 2 ? 2 * f->page : PAGE_MOST;
    return 1;
}

/* Reads the audit up to the document that is installed, which may be long. The document is followed
 * even if its audit cannot be read or kept. */
static void follow_audit(follow_t *f, apr_pool_t *pool)
{
    int64_t since, last;
    int goes_on = 1;

    while (goes_on && tg_follow_install_wants_audit(f->installer, &since, &last)) {
        apr_pool_t *once;

        apr_pool_create(&once, pool);
        goes_on = follow_page(f, once, since, last);
        apr_pool_destroy(once);
    }
}

/* The member answered; the watch may still fail. */
static void note_answer(follow_t *f, apr_pool_t *pool)
{
    f->failures = 0;
    tg_follow_install_connected(f->installer, pool, f->feed->member(f->feed));
}

/* Reads the document and installs it. */
static int follow_document(follow_t *f, apr_pool_t *pool, int64_t *at, tg_fault_t *fault)
{
    tg_store_document_t document;

    if (!f->feed->read(f->feed, pool, &document, fault)) {
        return 0;
    }
    *at = document.at;
    note_answer(f, pool);
    if (tg_follow_install_receive(f->installer, pool, &document)) {
        follow_audit(f, pool);
    }
    return 1;
}

/* A watch that does not start may be held up on the way. */
static void count_silence(follow_t *f)
{
    tg_fault_t fault;

    if (f->silence >= 0 && ++f->silence == BAD_WATCHES) {
        tg_fault_set(&fault, "check proxies and firewalls between this machine and the store",
                     "%s did not start the watch", f->feed->member(f->feed));
        tg_follow_known_fails(f->installer, TG_FOLLOW_FAILS_WATCH, &fault);
    }
}

/* The watch was silent: poll the revision. */
static member_t check_revision(follow_t *f, apr_pool_t *pool, tg_fault_t *fault)
{
    const int64_t before = tg_follow_install_received(f->installer);
    int64_t revision, at;

    if (!tg_follow_install_tend(f->installer, pool, f->fault)) {
        f->has_failed = f->is_over = 1;
        return MEMBER_GOES_ON;
    }
    if (!f->feed->revision(f->feed, pool, &revision, fault)) {
        return MEMBER_FAILS;
    }
    note_answer(f, pool);
    count_silence(f);
    if (tg_follow_install_is_done(f->installer, revision)) {
        return MEMBER_GOES_ON;
    }
    if (!follow_document(f, pool, &at, fault)) {
        return MEMBER_FAILS;
    }
    if (before != tg_follow_install_received(f->installer) && f->silence < 0) {
        tg_fault_set(fault, "check the log of the store", "the watch has missed a change");
        return MEMBER_CLOSES;
    }
    return MEMBER_GOES_ON;
}

/* While httpd is expected to follow, the watch is left for its acknowledgement more often. */
static int is_check_due(follow_t *f)
{
    int64_t now = tg_clock_milliseconds();

    if (now - f->checked < CHECK_MILLISECONDS) {
        return 0;
    }
    f->checked = now;
    return 1;
}

/* Handles one event. */
static member_t handle_event(follow_t *f, apr_pool_t *pool, tg_store_watch_t *watch,
                             tg_fault_t *fault)
{
    const int64_t before = tg_follow_install_received(f->installer);
    int64_t at;

    switch (f->feed->wait(watch, tg_follow_report_pause(f->report), f->signals, fault)) {
    case TG_STORE_EVENT_BEGUN:
        f->silence = -1;
        return MEMBER_GOES_ON;
    case TG_STORE_EVENT_CHANGED:
        if (!follow_document(f, pool, &at, fault)) {
            return MEMBER_FAILS;
        }
        /* A member that reports changes where there are none must not cause an endless loop. */
        pause_after(f, before == tg_follow_install_received(f->installer), PAUSE_FIRST);
        return MEMBER_GOES_ON;
    case TG_STORE_EVENT_TIMEOUT:
        return is_check_due(f) ? check_revision(f, pool, fault) : MEMBER_GOES_ON;
    case TG_STORE_EVENT_WOKEN:
        f->is_over = 1;
        return MEMBER_GOES_ON;
    case TG_STORE_EVENT_ENDED:
        break;
    }
    return MEMBER_CLOSES;
}

/* Watches from that revision on, until the watch ends or the member fails. */
static member_t watch_member(follow_t *f, apr_pool_t *pool, int64_t from, tg_fault_t *fault)
{
    const int64_t begun = tg_clock_milliseconds();
    tg_store_watch_t *watch = f->feed->watch(f->feed, pool, from);
    member_t member = MEMBER_GOES_ON;

    if (!watch) {
        tg_fault_set(fault, "free some memory", "out of memory");
        return MEMBER_FAILS;
    }
    f->silence = 0;
    while (member == MEMBER_GOES_ON && !f->is_over) {
        apr_pool_t *once;

        apr_pool_create(&once, pool);
        member = handle_event(f, once, watch, fault);
        if (member == MEMBER_GOES_ON && !f->is_over) {
            tg_follow_report_send(f->report, once, tg_follow_install_received(f->installer));
        }
        apr_pool_destroy(once);
    }
    if (f->silence < 0 && tg_clock_milliseconds() - begun >= GOOD_WATCH) {
        f->bad_watches = 0;
        tg_follow_known_works(f->installer, TG_FOLLOW_FAILS_WATCH);
    }
    return member;
}

static member_t follow_member(follow_t *f, apr_pool_t *pool, tg_fault_t *fault)
{
    apr_pool_t *once;
    int64_t at;
    int ok;

    apr_pool_create(&once, pool);
    ok = follow_document(f, once, &at, fault);
    apr_pool_destroy(once);
    return ok ? watch_member(f, pool, at + 1, fault) : MEMBER_FAILS;
}

/* --- all members --- */

/* Goes on to the next member; after a pause once all have failed. */
static void leave_member(follow_t *f, apr_pool_t *pool, const tg_fault_t *fault)
{
    int members = f->feed->members;

    f->feed->next_member(f->feed);
    if (++f->failures % members == 0) {
        tg_follow_install_disconnected(f->installer, pool, fault);
        pause_after(f, f->failures / members, PAUSE_MOST);
    }
    else {
        pause_after(f, 0, 0);
    }
}

/* Returns to the same member: the next call shows whether it works. If watches never last, the
 * document is followed by these calls alone. */
static void return_to_member(follow_t *f, const tg_fault_t *fault)
{
    if (++f->bad_watches >= BAD_WATCHES) {
        tg_follow_known_fails(f->installer, TG_FOLLOW_FAILS_WATCH, fault);
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
            return_to_member(f, &fault);
        }
        apr_pool_destroy(pool);
    }
}

int tg_follow(apr_pool_t *pool, const tg_store_feed_t *feed, const char *state, const char *name,
              tg_fault_t *fault)
{
    follow_t *f = apr_pcalloc(pool, sizeof(*f));

    f->feed = feed;
    f->fault = fault;
    f->page = PAGE_MOST;
    f->installer = tg_follow_install_open(pool, feed, state, fault);
    if (!f->installer) {
        return 0;
    }
    f->report = tg_follow_report_open(pool, feed, state, name);
    f->signals = catch_signals();
    if (f->signals < 0) {
        return tg_fault_set(fault, "raise the limit of open files", "no pipe: %s", strerror(errno));
    }
    follow_all(f, pool);
    tg_follow_install_close(f->installer, pool);
    return !f->has_failed;
}
