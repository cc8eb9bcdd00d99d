/* Mounts: see mount.h. */
#include "mount.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

/* A line of proc_pid_mountinfo(5), as far as it matters here. */
typedef struct {
    char device[32];
    char root[PATH_MAX];  /* which directory of the file system */
    char point[PATH_MAX]; /* where it is mounted */
    char options[256];
} mount_line_t;

static int read_mount(FILE *in, mount_line_t *m)
{
    char *line = NULL;
    size_t size = 0;
    int ok = getline(&line, &size, in) > 0 && sscanf(line, "%*d %*d %31s %4095s %4095s %255s",
                                                     m->device, m->root, m->point, m->options) == 4;

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

/* The mount that a path is on: of those around it the longest, and of equal ones the last. */
static int find_mount(FILE *in, const char *path, mount_line_t *found)
{
    mount_line_t m;
    int is_found = 0;

    rewind(in);
    while (read_mount(in, &m)) {
        if (is_path_within(path, m.point) &&
            (!is_found || strlen(m.point) >= strlen(found->point))) {
            *found = m;
            is_found = 1;
        }
    }
    return is_found && feof(in);
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

static int is_sealed_at(const char *path)
{
    FILE *in = fopen("/proc/self/mountinfo", "re");
    mount_line_t mount;
    int sealed = in && !strpbrk(path, " \t\n\\") && find_mount(in, path, &mount) &&
                 is_read_only(&mount) && !is_writable_elsewhere(in, &mount);

    if (in) {
        fclose(in);
    }
    return sealed;
}

int tg_mount_is_sealed(const char *directory)
{
    struct statvfs info;
    char *path;
    int sealed;

    if (statvfs(directory, &info) != 0 || !(info.f_flag & ST_RDONLY)) {
        return 0;
    }
    path = realpath(directory, NULL);
    sealed = path && is_sealed_at(path);
    free(path);
    return sealed;
}
