/* Running another program: see process.h.
 *
 * Not apr_proc: the program gets a process group of its own, so that a control script and
 * the httpd that it starts end together.
 */
#include "process.h"

#include "clock.h"

#include "base/buffer.h"
#include "base/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK 4096

/** Between two looks whether a program that writes no more has ended. */
#define PAUSE_MILLISECONDS 5

/** After this time a message says that we wait. */
#define SLOW_SECONDS 3
#define SLOW_MILLISECONDS (INT64_C(1000) * SLOW_SECONDS)

/* One pipe, and what was read from it. */
typedef struct {
    int fd; /* -1 once it is closed */
    tg_buffer_t buffer;
} stream_t;

static void run_child(const char *const *argv, const int *out, const int *err)
{
    int fds[3] = { open("/dev/null", O_RDONLY | O_CLOEXEC), out[1], err[1] }, i;

    setpgid(0, 0);
    /* First away from these numbers: a pipe has one of them where it was closed before. */
    for (i = 0; i < 3; i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    }
    for (i = 0; i < 3 && fds[i] >= 0 && dup2(fds[i], i) >= 0; i++) {
    }
    if (i == 3) {
        execvp(argv[0], (char *const *)argv);
    }
    _exit(127);
}

static int open_pipes(int *out, int *err)
{
    if (pipe2(out, O_CLOEXEC) != 0) {
        return 0;
    }
    if (pipe2(err, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return 0;
    }
    return 1;
}

static pid_t start_program(const char *const *argv, stream_t *out, stream_t *err)
{
    int out_pipe[2], err_pipe[2], error;
    pid_t pid;

    if (!open_pipes(out_pipe, err_pipe)) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        run_child(argv, out_pipe, err_pipe);
    }
    error = errno;
    close(out_pipe[1]);
    close(err_pipe[1]);
    if (pid < 0) {
        close(out_pipe[0]);
        close(err_pipe[0]);
        errno = error;
        return -1;
    }
    setpgid(pid, pid); /* here too, in case it is killed before it has done so itself */
    out->fd = out_pipe[0];
    err->fd = err_pipe[0];
    return pid;
}

/* 0 if the program writes too much. */
static int read_chunk(stream_t *s)
{
    char chunk[CHUNK];
    ssize_t n = read(s->fd, chunk, sizeof(chunk));

    if (n > 0) {
        return tg_buffer_append(&s->buffer, chunk, (apr_size_t)n);
    }
    if (n == 0 || errno != EINTR) {
        close(s->fd);
        s->fd = -1;
    }
    return 1;
}

/* How long it may take. */
typedef struct {
    const char *name; /* of the program */
    int seconds;
    int64_t begun;
    int was_said;
} patience_t;

/* Milliseconds until the limit, or until the message that we wait. */
static int64_t time_left(patience_t *p)
{
    int64_t passed = tg_clock_milliseconds() - p->begun;

    if (!p->was_said && passed >= SLOW_MILLISECONDS) {
        p->was_said = 1;
        tg_message(TG_MESSAGE_NOTE, "waiting for %s, up to %d seconds", p->name, p->seconds);
    }
    return (p->was_said ? (int64_t)p->seconds * 1000 : SLOW_MILLISECONDS) - passed;
}

/* Reads until both pipes are closed. 0 after the time limit, or if it writes too much. */
static int read_both(stream_t *streams, patience_t *p)
{
    int i;

    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        struct pollfd polled[2] = { { streams[0].fd, POLLIN, 0 }, { streams[1].fd, POLLIN, 0 } };
        int64_t left = time_left(p);

        if (left <= 0 || (poll(polled, 2, (int)left) < 0 && errno != EINTR)) {
            return 0;
        }
        for (i = 0; i < 2; i++) {
            if (polled[i].revents && !read_chunk(&streams[i])) {
                return 0;
            }
        }
    }
    return 1;
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A program may close its outputs long before it ends. 0 after the time limit. */
static int wait_until(pid_t pid, patience_t *p, int *status)
{
    pid_t ended = waitpid(pid, status, WNOHANG);

    while (ended != pid && time_left(p) > 0) {
        poll(NULL, 0, PAUSE_MILLISECONDS);
        ended = waitpid(pid, status, WNOHANG);
    }
    return ended == pid;
}

static void kill_all(pid_t pid, int *status)
{
    kill(-pid, SIGKILL);
    while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
    }
}

static int fault_of_killed(const patience_t *p, apr_size_t most, tg_fault_t *fault)
{
    static const char fix[] = "run it by hand to see why";

    if (tg_clock_milliseconds() - p->begun >= (int64_t)p->seconds * 1000) {
        return tg_fault_set(fault, fix, "%s was killed: it took more than %d seconds", p->name,
                            p->seconds);
    }
    return tg_fault_set(fault, fix, "%s was killed: it wrote more than %" APR_SIZE_T_FMT " bytes",
                        p->name, most);
}

int tg_process_run(apr_pool_t *pool, const char *const *argv, int seconds, apr_size_t most,
                   tg_process_t *result, tg_fault_t *fault)
{
    stream_t streams[2] = { { -1, { pool, most, NULL, 0, 0 } },
                            { -1, { pool, most, NULL, 0, 0 } } };
    patience_t patience = { argv[0], seconds, tg_clock_milliseconds(), seconds < SLOW_SECONDS };
    pid_t pid = start_program(argv, &streams[0], &streams[1]);
    int i, ended, status = 0;

    if (pid < 0) {
        return tg_fault_set(fault, "name another program", "%s: %s", argv[0], strerror(errno));
    }
    ended = read_both(streams, &patience) && wait_until(pid, &patience, &status);
    if (!ended) {
        kill_all(pid, &status);
    }
    for (i = 0; i < 2; i++) {
        if (streams[i].fd >= 0) {
            close(streams[i].fd);
        }
    }
    result->status = exit_status(status);
    result->out = streams[0].buffer.text ? streams[0].buffer.text : "";
    result->out_length = streams[0].buffer.length;
    result->err = streams[1].buffer.text ? streams[1].buffer.text : "";
    return ended || fault_of_killed(&patience, most, fault);
}
