/* Running a program: its output, its end, and that it is gone at the time limit, whatever it
 * does with its outputs.
 */
#include "unit.h"

#include "os/process.h"

#include <apr_strings.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT 2

/* "PID" in its output becomes what is checked to be gone. */
static const struct {
    const char *what, *script;
    int seconds, ok, status;
    const char *out, *err;
} rows[] = {
    { "both outputs", "echo out; echo err >&2; exit 3", 60, 1, 3, "out\n", "err\n" },
    { "no output", "exit 0", 60, 1, 0, "", "" },
    { "ended by a signal", "kill -TERM $$", 60, 1, 128 + SIGTERM, "", "" },
    { "outputs closed, and ends later", "exec >&- 2>&-; sleep 0.2; exit 4", 60, 1, 4, "", "" },
    { "not there", NULL, 60, 1, 127, "", "" },
    { "goes on", "echo $$; exec sleep 600", LIMIT, 0, 128 + SIGKILL, NULL, "" },
    { "outputs closed, and continues", "echo $$; exec sleep 600 >&- 2>&-", LIMIT, 0, 128 + SIGKILL,
      NULL, "" },
    { "stopped", "echo $$; exec >&- 2>&-; kill -STOP $$", LIMIT, 0, 128 + SIGKILL, NULL, "" },
    { "has started another one", "sleep 600 & echo $!; exec >&- 2>&-; wait", LIMIT, 0,
      128 + SIGKILL, NULL, "" },
    { "writes too much", "echo $$; while echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do :; done", 60, 0,
      128 + SIGKILL, NULL, "" },
};

/* An orphan may be a zombie until it is collected. */
static int is_running(pid_t pid)
{
    char path[64], text[256] = "";
    const char *state;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (!file) {
        return 0;
    }
    state = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
    fclose(file);
    return state && state[2] != 'Z' && state[2] != 'X';
}

/* A signal may arrive with a delay. */
static int is_gone(pid_t pid)
{
    int tries;

    for (tries = 0; is_running(pid) && tries < 6000; tries++) {
        usleep(10000);
    }
    return !is_running(pid);
}

static void ends_within_its_limits(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const char *shell[] = { "/bin/sh", "-c", rows[i].script, NULL };
        const char *missing[] = { "/nonexistent/program", NULL };
        tg_process_t result;
        tg_fault_t fault;
        int ok = tg_process_run(unit_pool, rows[i].script ? shell : missing, rows[i].seconds, 4096,
                                &result, &fault);

        same_number(ok, rows[i].ok, rows[i].what);
        same_number(result.status, rows[i].status, rows[i].what);
        same_text(result.err, rows[i].err, rows[i].what);
        if (rows[i].out) {
            same_text(result.out, rows[i].out, rows[i].what);
        }
        else {
            same_number(is_gone((pid_t)atoi(result.out)), 1, rows[i].what);
            has_text(fault.reason, "was killed", rows[i].what);
        }
    }
}

/* The library calls this one. */
static int fork_fails;

pid_t fork(void)
{
    pid_t (*real_fork)(void) = NULL;

    if (fork_fails) {
        errno = EAGAIN;
        return -1;
    }
    *(void **)&real_fork = dlsym(RTLD_NEXT, "fork");
    return real_fork();
}

static void nothing_is_left_open_where_nothing_starts(void **state)
{
    const char *argv[] = { "/bin/true", NULL };
    int before = open("/dev/null", O_RDONLY), after;
    tg_process_t result;
    tg_fault_t fault;

    (void)state;
    close(before);
    fork_fails = 1;
    same_number(tg_process_run(unit_pool, argv, 60, 4096, &result, &fault), 0, "it starts");
    fork_fails = 0;
    has_text(fault.reason, strerror(EAGAIN), "why");
    after = open("/dev/null", O_RDONLY);
    close(after);
    same_number(after, before, "the next descriptor");
}

/* As of a program that was started with `>&-`: its pipes have the numbers of what is closed. */
static void closed_descriptors_are_no_obstacle(void **state)
{
    const char *argv[] = { "/bin/sh", "-c", "cat; echo out; echo err >&2", NULL };
    int closed, i, kept[3], ok;

    (void)state;
    for (closed = 1; closed < 8; closed++) {
        const char *row = apr_psprintf(unit_pool, "closed: %d", closed);
        tg_process_t result = { 0 };
        tg_fault_t fault;

        fflush(NULL);
        for (i = 0; i < 3; i++) {
            kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
            if (closed >> i & 1) {
                close(i);
            }
        }
        ok = tg_process_run(unit_pool, argv, 60, 4096, &result, &fault);
        for (i = 0; i < 3; i++) {
            dup2(kept[i], i);
            close(kept[i]);
        }
        CHECK(ok, "%s: %s", row, fault.reason);
        same_number(result.status, 0, row);
        same_text(result.err, "err\n", row);
        same_text(result.out, "out\n", row);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(ends_within_its_limits),
    cmocka_unit_test(nothing_is_left_open_where_nothing_starts),
    cmocka_unit_test(closed_descriptors_are_no_obstacle),
};

UNIT_MAIN(tests)
