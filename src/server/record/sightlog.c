/* The log of sightings: see sightlog.h. */
#include "sightlog.h"

#include "server/base/log.h"
#include "server/base/shared.h"

#include <apr_atomic.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/** Logs beyond this many share a mark for lines that were cut short. */
#define LOGS_MAX 64

struct tg_log_t {
    const char *spec; /* a full path, or "|program" */
    int index;        /* its place among the marks of counters_t */
    int fd;           /* written by the parent before it forks; -1 if not open */
};

/* In shared memory that graceful restarts keep. Any process adds; only the parent reports. */
typedef struct {
    apr_uint32_t lost;
    apr_uint32_t reported;
    apr_uint32_t alarmed;        /* 1 from the first loss to the next report */
    apr_uint32_t torn[LOGS_MAX]; /* per log: 1 if its last line was cut short */
} log_counters_t;

/* Set in the parent before any child exists. */
static log_counters_t *counters;

tg_log_t *tg_sightlog_target(apr_pool_t *pool, tg_main_conf_t *main_conf, const char *spec)
{
    const char *full = *spec == '|' ? spec : ap_server_root_relative(pool, spec);
    tg_log_t *log;

    if (!full) {
        return NULL;
    }
    log = apr_hash_get(main_conf->logs_by_spec, full, APR_HASH_KEY_STRING);
    if (log) {
        return log;
    }
    log = apr_pcalloc(pool, sizeof(*log));
    log->spec = full;
    log->index = main_conf->logs->nelts % LOGS_MAX;
    log->fd = -1;
    APR_ARRAY_PUSH(main_conf->logs, tg_log_t *) = log;
    apr_hash_set(main_conf->logs_by_spec, full, APR_HASH_KEY_STRING, log);
    return log;
}

const char *tg_sightlog_spec(const tg_log_t *log)
{
    return log->spec;
}

/* A pipe whose reader sleeps must not put the writer to sleep. */
static apr_status_t open_pipe(apr_pool_t *pconf, tg_log_t *log)
{
    piped_log *pipe = ap_open_piped_log(pconf, log->spec + 1);
    apr_file_t *file = pipe ? ap_piped_log_write_fd(pipe) : NULL;
    int flags;

    if (!file || apr_os_file_get(&log->fd, file) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    flags = fcntl(log->fd, F_GETFL);
    if (flags < 0 || fcntl(log->fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        return errno;
    }
    return APR_SUCCESS;
}

/* A new file gets the group of its directory, as it would with the set-group-ID bit: where a group
 * may read the logs, such as adm on Debian, it may read this one. Only in a directory where no one
 * but root could have put a link in its place meanwhile. Otherwise it stays as it is. */
static void share_with_group(apr_pool_t *pool, const tg_log_t *log)
{
    struct stat directory;

    if (geteuid() != 0 || stat(ap_make_dirstr_parent(pool, log->spec), &directory) != 0 ||
        directory.st_uid != 0 || (directory.st_mode & (S_IWGRP | S_IWOTH)) ||
        fchown(log->fd, (uid_t)-1, directory.st_gid) != 0) {
        return;
    }
}

/* Not readable by everyone: a sighting identifies a customer. Non-blocking: it may be a named
 * pipe. A pipe is opened for reading as well, so that it can be opened, and filled, while no
 * program reads it. */
static apr_status_t open_file(apr_pool_t *pconf, tg_log_t *log)
{
    apr_int32_t flags = APR_FOPEN_WRITE | APR_FOPEN_APPEND | APR_FOPEN_CREATE |
                        APR_FOPEN_LARGEFILE | APR_FOPEN_NONBLOCK;
    apr_finfo_t info;
    apr_file_t *file;
    apr_status_t rv = apr_stat(&info, log->spec, APR_FINFO_TYPE, pconf);
    int is_new = APR_STATUS_IS_ENOENT(rv);

    if (rv == APR_SUCCESS && info.filetype == APR_PIPE) {
        flags |= APR_FOPEN_READ;
    }
    rv = apr_file_open(&file, log->spec, flags,
                       APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_GREAD, pconf);
    if (rv == APR_SUCCESS) {
        apr_file_inherit_unset(file);
        rv = apr_os_file_get(&log->fd, file);
    }
    if (rv == APR_SUCCESS && is_new) {
        share_with_group(pconf, log);
    }
    return rv;
}

/* Directive, value, reason, right form. */
static int refuse_start(server_rec *s, apr_status_t rv, const tg_log_t *log)
{
    TG_LOG(0008, APLOG_STARTUP | APLOG_CRIT, rv, s, "TlsGateLog \"%s\": %s", log->spec,
           *log->spec == '|' ? "the program cannot be started; name it by its full path, or "
                               "write |$ before a command for the shell"
                             : "the file cannot be opened for writing; name a file in a directory "
                               "that httpd may write at start");
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* The program of a pipe; NULL where the shell is to find it. */
static const char *program_of(apr_pool_t *pool, const tg_log_t *log)
{
    const char *command = log->spec + strspn(log->spec, "|");

    return *command == '$' ? NULL : ap_getword_conf(pool, &command);
}

static apr_status_t check_log(apr_pool_t *pool, const tg_log_t *log)
{
    const char *path = *log->spec == '|' ? program_of(pool, log) : log->spec;
    apr_finfo_t info;
    apr_status_t rv;

    if (!path) {
        return APR_SUCCESS;
    }
    rv = apr_stat(&info, path, APR_FINFO_TYPE, pool);
    if (rv == APR_SUCCESS && info.filetype == APR_DIR) {
        return EISDIR;
    }
    if (*log->spec == '|') {
        return access(path, X_OK) == 0 ? APR_SUCCESS : errno;
    }
    /* The file does not exist yet. Permissions are not checked: httpd -t may run as another user
     * than the one that starts httpd. */
    return rv == APR_SUCCESS
               ? rv
               : apr_stat(&info, ap_make_dirstr_parent(pool, path), APR_FINFO_TYPE, pool);
}

int tg_sightlog_check(apr_pool_t *pool, server_rec *s)
{
    const apr_array_header_t *logs = tg_conf_of_server(s)->main_conf->logs;
    int i;

    for (i = 0; i < logs->nelts; i++) {
        const tg_log_t *log = APR_ARRAY_IDX(logs, i, const tg_log_t *);
        apr_status_t rv = check_log(pool, log);

        if (rv != APR_SUCCESS) {
            return refuse_start(s, rv, log);
        }
    }
    return OK;
}

int tg_sightlog_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const apr_array_header_t *logs = tg_conf_of_server(s)->main_conf->logs;
    apr_status_t rv;
    int i;

    (void)plog;
    (void)ptemp;
    counters = tg_shared_piece(s, "counters of the log", sizeof(*counters));
    /* jansson seeds its tables at first use otherwise, perhaps in two threads at once. */
    json_object_seed(0);
    if (!counters) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (i = 0; i < logs->nelts; i++) {
        tg_log_t *log = APR_ARRAY_IDX(logs, i, tg_log_t *);

        rv = *log->spec == '|' ? open_pipe(pconf, log) : open_file(pconf, log);
        if (rv != APR_SUCCESS) {
            return refuse_start(s, rv, log);
        }
    }
    return OK;
}

static void count_loss(int error, const tg_log_t *log, server_rec *s)
{
    apr_atomic_inc32(&counters->lost);
    if (apr_atomic_cas32(&counters->alarmed, 1, 0) == 0) {
        TG_LOG(0009, APLOG_ERR, error, s,
               "TlsGateLog \"%s\": sightings are being lost; requests go on", log->spec);
    }
}

/* One write for the line. A line that a full disk cut short is ended by the next
 * one, so that only the cut line is spoilt. */
static int write_line(const tg_log_t *log, const char *line, apr_size_t length)
{
    char ended[TG_SIGHTING_MAX + 1];
    ssize_t written;

    if (apr_atomic_read32(&counters->torn[log->index])) {
        ended[0] = '\n';
        memcpy(ended + 1, line, length);
        line = ended;
        length++;
    }
    do {
        written = write(log->fd, line, length);
    } while (written < 0 && errno == EINTR);
    if (written < 0) {
        return errno;
    }
    apr_atomic_set32(&counters->torn[log->index], (apr_size_t)written < length);
    return (apr_size_t)written < length ? ENOSPC : 0;
}

void tg_sightlog_write(server_rec *s, const tg_sighting_t *sighting)
{
    const tg_log_t *log = tg_conf_of_server(s)->log;
    char line[TG_SIGHTING_MAX + 1];
    apr_size_t length;
    int error;

    if (!log || log->fd < 0) {
        return;
    }
    length = tg_sighting_write(sighting, line);
    error = length > 0 ? write_line(log, line, length) : EMSGSIZE;
    if (error) {
        count_loss(error, log, s);
    }
}

int tg_sightlog_monitor(apr_pool_t *pool, server_rec *s)
{
    apr_uint32_t lost = tg_sightlog_lost();

    (void)pool;
    if (counters && lost != counters->reported) {
        TG_LOG(0010, APLOG_ERR, 0, s,
               "TlsGateLog: %u sightings were lost since the last report, %u "
               "since the start",
               lost - counters->reported, lost);
        counters->reported = lost;
        apr_atomic_set32(&counters->alarmed, 0);
    }
    return DECLINED;
}

apr_uint32_t tg_sightlog_lost(void)
{
    return counters ? apr_atomic_read32(&counters->lost) : 0;
}
