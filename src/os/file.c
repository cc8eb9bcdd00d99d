/* Reading a whole file: see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fill(int fd, char *buffer, apr_size_t size, apr_size_t *length)
{
    ssize_t n = 1;

    for (*length = 0; *length < size && n != 0;) {
        n = read(fd, buffer + *length, size - *length);
        if (n < 0 && errno != EINTR) {
            return 0;
        }
        *length += n > 0 ? (apr_size_t)n : 0;
    }
    buffer[*length] = '\0';
    return 1;
}

static int read_open(apr_pool_t *pool, int fd, apr_size_t most, const char **text,
                     apr_size_t *length, tg_fault_t *fault)
{
    struct stat info;
    char *buffer;

    if (fstat(fd, &info) != 0) {
        return tg_fault_set(fault, "see to the file", "%s", strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return tg_fault_set(fault, "name a regular file", "it is no regular file");
    }
    if (info.st_size > (off_t)most) {
        return tg_fault_set(fault, "remove what is over", "it has more than %lu bytes",
                            (unsigned long)most);
    }
    buffer = apr_palloc(pool, (apr_size_t)info.st_size + 1);
    *text = buffer;
    return fill(fd, buffer, (apr_size_t)info.st_size, length) ||
           tg_fault_set(fault, "see to the file", "%s", strerror(errno));
}

tg_file_result_t tg_file_read(apr_pool_t *pool, const char *path, apr_size_t most,
                              const char **text, apr_size_t *length, tg_fault_t *fault)
{
    /* Not blocking: it may be a pipe that somebody put there. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int ok;

    if (fd < 0 && errno == ENOENT) {
        return TG_FILE_ABSENT;
    }
    if (fd < 0) {
        tg_fault_set(fault, "let yourself read it, or be root", "%s", strerror(errno));
        return TG_FILE_FAILED;
    }
    ok = read_open(pool, fd, most, text, length, fault);
    close(fd);
    return ok ? TG_FILE_READ : TG_FILE_FAILED;
}

int tg_file_write(int fd, const char *text, apr_size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);

        if (n < 0 && errno != EINTR) {
            return 0;
        }
        text += n > 0 ? n : 0;
        length -= n > 0 ? (apr_size_t)n : 0;
    }
    return 1;
}
