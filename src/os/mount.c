/* Mounts: see mount.h. */
#include "mount.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A line of proc_pid_mountinfo(5), as far as it matters here. */
typedef struct {
    char id[16];
    char device[32];
    char root[PATH_MAX]; /* which directory of the file system */
    char options[256];
} mount_line_t;

static int read_mount(FILE *in, mount_line_t *m)
{
    char *line = NULL;
    size_t size = 0;
    int ok = getline(&line, &size, in) > 0 && sscanf(line, "%15s %*s %31s %4095s %*s %255s", m->id,
                                                     m->device, m->root, m->options) == 4;

    free(line);
    return ok;
}

static int is_read_only(const mount_line_t *m)
{
    return strncmp(m->options, "ro", 2) == 0 && (m->options[2] == ',' || m->options[2] == '\0');
}

/* 1 if a path is that one, or below it. */
static int is_path_within(const char *path, const char *above)
{
    size_t length = strlen(above);

    length -= length > 0 && above[length - 1] == '/';
    return strncmp(path, above, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int find_mount(FILE *in, const char *id, mount_line_t *found)
{
    rewind(in);
    while (read_mount(in, found)) {
        if (strcmp(found->id, id) == 0) {
            return 1;
        }
    }
    return 0;
}

/* 1 if some of it is also mounted so that it can be written. */
static int is_writable_elsewhere(FILE *in, const mount_line_t *sealed)
{
    mount_line_t m;

    rewind(in);
    while (read_mount(in, &m)) {
        if (strcmp(m.device, sealed->device) == 0 && !is_read_only(&m) &&
            (is_path_within(sealed->root, m.root) || is_path_within(m.root, sealed->root))) {
            return 1;
        }
    }
    return !feof(in);
}

/* The kernel's number of the mount that an open file is on. A search by the path would find a mount
 * that another one hides. 1, or 0: not known. */
static int mount_of(int fd, char id[16])
{
    char path[64], line[128];
    int is_known = 0;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    in = fopen(path, "re");
    while (in && !is_known && fgets(line, sizeof(line), in)) {
        is_known = sscanf(line, "mnt_id: %15s", id) == 1;
    }
    if (in) {
        fclose(in);
    }
    return is_known;
}

static int is_sealed_mount(const char *id)
{
    FILE *in = fopen("/proc/self/mountinfo", "re");
    mount_line_t mount;
    int sealed = in && find_mount(in, id, &mount) && is_read_only(&mount) &&
                 !is_writable_elsewhere(in, &mount);

    if (in) {
        fclose(in);
    }
    return sealed;
}

int tg_mount_is_sealed(const char *directory)
{
    struct statvfs info;
    char id[16];
    int fd, sealed;

    if (statvfs(directory, &info) != 0 || !(info.f_flag & ST_RDONLY)) {
        return 0;
    }
    fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    sealed = fd >= 0 && mount_of(fd, id) && is_sealed_mount(id);
    if (fd >= 0) {
        close(fd);
    }
    return sealed;
}
