/* The httpd that runs: see httpd_process.h. */
#include "httpd_process.h"

#include "httpd_query.h"

#include "os/file.h"
#include "os/link.h"

#include <apr_strings.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PID_FILE "PidFile: \""
#define PID_FILE_MAX 64

/* --- the PidFile --- */

/* What DUMP_RUN_CFG says; NULL: it says nothing of it. */
static const char *pid_file_name(apr_pool_t *pool, const char *dump)
{
    const char *start = strstr(dump, PID_FILE), *end;

    if (!start) {
        return NULL;
    }
    start += strlen(PID_FILE);
    end = strchr(start, '"');
    return end ? apr_pstrmemdup(pool, start, (apr_size_t)(end - start)) : NULL;
}

/* 0, with `why`, if no process runs by that file. */
static int64_t pid_of_file(apr_pool_t *pool, const char *path, tg_ctl_httpd_process_t *out)
{
    tg_file_t file;
    tg_fault_t fault;
    int64_t pid;

    switch (tg_file_read(pool, path, PID_FILE_MAX, &file, &fault)) {
    case TG_FILE_ABSENT:
        out->why = apr_pstrcat(pool, "there is no ", path, NULL);
        return 0;
    case TG_FILE_READ:
        break;
    case TG_FILE_DENIED:
    case TG_FILE_FAILED:
        out->why = apr_pstrcat(pool, path, ": ", fault.reason, NULL);
        return 0;
    }
    pid = strtol(file.text, NULL, 10);
    if (pid <= 0 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH)) {
        out->why =
            apr_psprintf(pool, "%s names process %" APR_INT64_T_FMT ", which is gone", path, pid);
        return 0;
    }
    return pid;
}

/* --- what /proc tells --- */

/* Files there have no size. */
static const char *read_proc(int64_t pid, const char *name, char *buffer, size_t size)
{
    char path[64];
    FILE *file;
    size_t n;

    apr_snprintf(path, sizeof(path), "/proc/%" APR_INT64_T_FMT "/%s", pid, name);
    file = fopen(path, "re");
    if (!file) {
        return "";
    }
    n = fread(buffer, 1, size - 1, file);
    fclose(file);
    buffer[n] = '\0';
    return buffer;
}

/* The name of its program, cut off as the kernel does; empty: nothing can be known. */
static const char *name_of_process(int64_t pid, char *name, size_t size)
{
    *name = '\0';
    read_proc(pid, "comm", name, size);
    name[strcspn(name, "\n")] = '\0';
    return name;
}

static int is_httpd_name(const char *name)
{
    return strstr(name, "httpd") || strstr(name, "apache");
}

/* What follows the name, which may have any byte: the state, and the process that it is a child
 * of. */
static int64_t parent_of(int64_t pid, char *state)
{
    char stat[512] = "";
    const char *name_end = strrchr(read_proc(pid, "stat", stat, sizeof(stat)), ')');

    *state = '\0';
    if (!name_end || name_end[1] != ' ' || !name_end[2]) {
        return 0;
    }
    *state = name_end[2];
    return strtol(name_end + 3, NULL, 10);
}

/* Why this is not the first process of an httpd, since another process may have its pid by now: one
 * of another program, a child of another httpd, or one that has ended and that its parent has not
 * waited for. NULL: it may be, also where nothing can be known. A script such as apache2ctl, which
 * waits for an httpd in the foreground, has another name. The time when it began proves nothing:
 * the clock may have been set since the file was written. */
static const char *why_no_httpd(apr_pool_t *pool, int64_t pid)
{
    char name[64], of_parent[64], state;
    int64_t parent = parent_of(pid, &state);

    name_of_process(pid, name, sizeof(name));
    if (state == 'Z') {
        return "which has ended";
    }
    if (*name && !is_httpd_name(name)) {
        return apr_pstrcat(pool, "which is ", name, NULL);
    }
    return parent > 0 && *name &&
                   strcmp(name_of_process(parent, of_parent, sizeof(of_parent)), name) == 0
               ? apr_psprintf(pool, "which is a child of another httpd (pid %" APR_INT64_T_FMT ")",
                              parent)
               : NULL;
}

static int may_be_httpd(apr_pool_t *pool, const char *path, tg_ctl_httpd_process_t *out)
{
    const char *why = why_no_httpd(pool, out->pid);

    if (why) {
        out->why =
            apr_psprintf(pool, "%s names process %" APR_INT64_T_FMT ", %s", path, out->pid, why);
        out->pid = 0;
    }
    return !why;
}

/* 1 if it certainly sees another directory there. Only root, or the user who started it, may
 * look. */
static int is_other_directory(apr_pool_t *pool, int64_t pid, const char *directory)
{
    const char *seen = apr_psprintf(pool, "/proc/%" APR_INT64_T_FMT "/root%s", pid, directory);
    struct stat ours, theirs;

    if (*directory != '/' || stat(directory, &ours) != 0) {
        return 0;
    }
    return stat(seen, &theirs) == 0 ? ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino
                                    : errno == ENOENT;
}

/* The second number, by which files are created. */
static uid_t uid_of_process(int64_t pid)
{
    char status[4096] = "", *end;
    const char *line = strstr(read_proc(pid, "status", status, sizeof(status)), "\nUid:");

    if (!line) {
        return 0;
    }
    strtoul(line + strlen("\nUid:"), &end, 10);
    return (uid_t)strtoul(end, NULL, 10);
}

/* By owner and mode, as far as they tell. */
static int may_not_create(const char *directory, uid_t uid)
{
    struct stat info;

    return uid != 0 && stat(directory, &info) == 0 &&
           !(info.st_uid == uid ? info.st_mode & S_IWUSR : info.st_mode & S_IWOTH);
}

int tg_ctl_httpd_process_find(const tg_ctl_t *ctl, const char *state, tg_ctl_httpd_process_t *out,
                              tg_fault_t *fault)
{
    char directory[PATH_MAX];
    tg_process_t dump;
    const char *path;

    memset(out, 0, sizeof(*out));
    if (!tg_ctl_httpd_test(ctl, "DUMP_RUN_CFG", &dump, fault)) {
        return 0;
    }
    path = pid_file_name(ctl->pool, dump.out);
    if (!path) {
        return tg_fault_set(fault,
                            ctl->config ? "see what it prints with -t -D DUMP_RUN_CFG"
                                        : "name its configuration with --config FILE, or see what "
                                          "it prints with -t -D DUMP_RUN_CFG",
                            "%s names no PidFile", tg_ctl_httpd_program(ctl));
    }
    out->pid = pid_of_file(ctl->pool, path, out);
    if (out->pid == 0 || !may_be_httpd(ctl->pool, path, out)) {
        return 1;
    }
    tg_file_directory(tg_link_end(ctl->pool, state), directory);
    out->uid = uid_of_process(out->pid);
    out->is_elsewhere = is_other_directory(ctl->pool, out->pid, directory);
    out->is_denied = may_not_create(directory, out->uid);
    return 1;
}
