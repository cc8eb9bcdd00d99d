/* Faults of the machine, for the programs that a test runs: some calls fail, as on a machine that
 * has run out of a resource, or on a file system without a feature. Preloaded. The file that
 * TLSGATE_FAULTS names has a line for each fault, CALL NUMBER ENDING, and may change at any time:
 *
 *     open 24 /state.json     opening a file whose path ends so fails with that errno
 *     read 5 /state.json      reading from it
 *     fsync 22 /state         flushing it
 *     write 9 /error_log      the first that writes to it gets that signal instead
 *     getaddrinfo 100 .test   looking up a name that ends so takes so many milliseconds, and fails
 *     optional 1 _instance    a module has no optional function whose name ends so
 *     apr_pool_tag 15 1234    taking a new state into use is interrupted by that signal, in that process
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int open64(const char *path, int flags, ...);

static int real_open(int at, const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, at, path, flags, mode);
}

/* The number of the fault of that call on that object, or 0. */
static int fault_of(const char *call, const char *object)
{
    const char *path = getenv("TLSGATE_FAULTS");
    char text[1024] = "", *line, *rest;
    int fd = path ? real_open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -1;
    ssize_t n = fd >= 0 ? syscall(SYS_read, fd, text, sizeof(text) - 1) : 0;

    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char name[32], ending[512] = "";
        size_t length;
        int number;

        if (sscanf(line, "%31s %d %511s", name, &number, ending) < 2 || strcmp(name, call) != 0) {
            continue;
        }
        length = strlen(ending);
        if (strlen(object) >= length && strcmp(object + strlen(object) - length, ending) == 0) {
            return number;
        }
    }
    return 0;
}

static int fault_of_file(const char *call, int fd)
{
    char link[64], path[1024];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    return n > 0 ? fault_of(call, path) : 0;
}

static int open_or_fail(int at, const char *path, int flags, mode_t mode)
{
    int fd = real_open(at, path, flags, mode);
    int fault = fd >= 0 ? fault_of_file("open", fd) : 0;

    if (fault) {
        close(fd);
        errno = fault;
        return -1;
    }
    return fd;
}

#define OPEN(name, at, ...)                                                                        \
    int name(__VA_ARGS__, ...)                                                                     \
    {                                                                                              \
        va_list more;                                                                              \
        mode_t mode;                                                                               \
                                                                                                   \
        va_start(more, flags);                                                                     \
        mode = (flags & O_CREAT) ? (mode_t)va_arg(more, int) : 0;                                  \
        va_end(more);                                                                              \
        return open_or_fail(at, path, flags, mode);                                                \
    }

OPEN(open, AT_FDCWD, const char *path, int flags)
OPEN(open64, AT_FDCWD, const char *path, int flags)
OPEN(openat, at, int at, const char *path, int flags)

ssize_t read(int fd, void *buffer, size_t size)
{
    int fault = fault_of_file("read", fd);

    if (fault) {
        errno = fault;
        return -1;
    }
    return syscall(SYS_read, fd, buffer, size);
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    int fault = fault_of_file("write", fd);

    if (fault && unlink(getenv("TLSGATE_FAULTS")) == 0) {
        raise(fault);
    }
    return syscall(SYS_write, fd, buffer, size);
}

int fsync(int fd)
{
    int fault = fault_of_file("fsync", fd);

    if (fault) {
        errno = fault;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    int fault = name ? fault_of("getaddrinfo", name) : 0;
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    if (fault) {
        const struct timespec pause = { fault / 1000, fault % 1000 * 1000000L };

        nanosleep(&pause, NULL);
        return EAI_NONAME;
    }
    *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
    return next(name, service, hints, out);
}

void apr_pool_tag(void *pool, const char *tag);
void apr_pool_tag(void *pool, const char *tag)
{
    void (*next)(void *, const char *);
    char pid[16];
    int fault = 0;

    if (strcmp(tag, "tlsgate_state") == 0) {
        snprintf(pid, sizeof(pid), "%d", (int)getpid());
        fault = fault_of("apr_pool_tag", pid);
    }
    if (fault) {
        raise(fault);
    }
    *(void **)&next = dlsym(RTLD_NEXT, "apr_pool_tag");
    next(pool, tag);
}

void *apr_dynamic_fn_retrieve(const char *name);
void *apr_dynamic_fn_retrieve(const char *name)
{
    void *(*next)(const char *);

    *(void **)&next = dlsym(RTLD_NEXT, "apr_dynamic_fn_retrieve");
    return next && !fault_of("optional", name) ? next(name) : NULL;
}
