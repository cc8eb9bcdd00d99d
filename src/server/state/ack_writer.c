/* What this httpd says of the state file: see ack_writer.h. */
#include "ack_writer.h"

#include "ack_stops.h"

#include "os/file.h"
#include "os/lock.h"
#include "server/base/log.h"
#include "server/base/shared.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <http_core.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/** How often another name is tried: somebody else may remove the file before it is locked. */
#define TRIES_MAX 10

/* The file that is open. Of the parent, in memory that outlives a restart. A module of another
 * version finds it by its size, and can remove the file. */
typedef struct {
    pid_t pid; /* of the parent, while it is open */
    int fd;
    int directory; /* which was checked */
    char name[NAME_MAX + 1];
    char state[PATH_MAX];
} open_record_t;
_Static_assert(sizeof(open_record_t) == 3 * sizeof(int) + NAME_MAX + 1 + PATH_MAX, "its size");

/* Written by the process that looks; of the state file of that name. */
typedef struct {
    tg_ack_t ack;
    int was_said;        /* that it cannot be written */
    apr_uint32_t record; /* which file it is for: how many there were */
} said_t;

/* Set in the parent before any child exists. Children of a configuration with another state file
 * go on with theirs. */
static int record_fd = -1;
static said_t *said;
static const open_record_t *open_file; /* or NULL */

/* Which file that is. If the file was removed and a restart made a new one, older children still
 * have the old one open: what they would say is not true of the new one. */
static apr_uint32_t record_number;

static int is_open_record(void)
{
    return record_fd >= 0 && said && said->record == record_number;
}

/* --- making it --- */

static tg_instant_t this_second(void)
{
    return apr_time_sec(apr_time_now());
}

static void remove_if_stale(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat info;
    int is_stale;

    if (fd < 0) {
        return;
    }
    is_stale = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && tg_lock_take(fd);
    if (is_stale) { /* locked meanwhile, so that nobody takes it for theirs */
        unlinkat(directory, name, 0);
    }
    close(fd);
}

static void remove_stale_records(const tg_file_place_t *place)
{
    size_t length = strlen(place->name);
    int fd = openat(place->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    while (list && (entry = readdir(list)) != NULL) {
        if (strncmp(entry->d_name, place->name, length) == 0 &&
            strncmp(entry->d_name + length, TG_ACK_SUFFIX, strlen(TG_ACK_SUFFIX)) == 0) {
            remove_if_stale(place->directory, entry->d_name);
        }
    }
    if (list) {
        closedir(list);
    }
}

/* The pid is for people: in two containers it may be the same. */
static int create_record(const tg_file_place_t *place, open_record_t *record)
{
    unsigned int random = 0;

    apr_generate_random_bytes((unsigned char *)&random, sizeof(random));
    if (apr_snprintf(record->name, sizeof(record->name), "%s" TG_ACK_SUFFIX "%ld-%08x", place->name,
                     (long)getpid(), random) >= NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return openat(place->directory, record->name,
                  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Others may read it if they may read the state file, whose text it has; also before there is
 * one. */
static mode_t mode_of_record(const tg_file_place_t *place)
{
    struct stat info;

    return fstatat(place->directory, place->name, &info, 0) == 0 ? 0600 | (info.st_mode & 0044)
                                                                 : 0644;
}

/* By the descriptor: by now the name may be another file's. */
static int prepare_record(int fd, const said_t *what, mode_t mode)
{
    char line[TG_ACK_HEADER];

    tg_ack_print(&what->ack, line);
    errno = ENOSPC; /* what a short write means */
    return tg_lock_take(fd) && pwrite(fd, line, sizeof(line), 0) == (ssize_t)sizeof(line) &&
           fchmod(fd, mode) == 0;
}

/* 1, or 0 with errno set. Another httpd that starts may have removed it before it was locked. */
static int make_record(const tg_file_place_t *place, open_record_t *record)
{
    int tries;

    for (tries = 0; tries < TRIES_MAX; tries++) {
        int fd = create_record(place, record);
        struct stat info;
        int saved;

        if (fd < 0) {
            return 0;
        }
        if (prepare_record(fd, said, mode_of_record(place)) && fstat(fd, &info) == 0 &&
            info.st_nlink == 1) {
            record->fd = fd;
            return 1;
        }
        saved = errno;
        unlinkat(place->directory, record->name, 0);
        close(fd);
        errno = saved;
    }
    return 0;
}

/* What it is beside: the state file, once links are followed. Numbers come after the suffix. */
static const char *name_beside(const open_record_t *record, char *buf)
{
    const char *at = strrchr(record->name, '.');
    const size_t end = at ? (size_t)(at - record->name) + 1 : 0, cut = strlen(TG_ACK_SUFFIX);

    apr_cpystrn(buf, record->name, end > cut ? end - cut + 1 : 1);
    return buf;
}

/* The state may have been written since, and for fewer. Only the parent may change the mode. */
int tg_ack_writer_monitor(apr_pool_t *pool, server_rec *s)
{
    const open_record_t *r = open_file;
    struct stat state, info;
    char beside[NAME_MAX + 1];

    (void)pool;
    (void)s;
    if (r && r->pid == getpid() && fstatat(r->directory, name_beside(r, beside), &state, 0) == 0 &&
        fstat(r->fd, &info) == 0 && (info.st_mode & 0044 & ~state.st_mode) != 0) {
        fchmod(r->fd, 0600 | (info.st_mode & state.st_mode & 0044));
    }
    return DECLINED;
}

/* --- ending it --- */

/* As root, so by a directory that is still safe, and only what is open. */
static void unlink_record(const open_record_t *record)
{
    struct stat ours, there, directory;
    tg_fault_t ignored;

    if (fstat(record->directory, &directory) == 0 &&
        tg_file_is_trusted(&directory, geteuid(), "directory", "", &ignored) &&
        fstat(record->fd, &ours) == 0 &&
        fstatat(record->directory, record->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        ours.st_dev == there.st_dev && ours.st_ino == there.st_ino) {
        unlinkat(record->directory, record->name, 0);
    }
}

static void close_record(open_record_t *record)
{
    if (record->pid != getpid()) {
        return;
    }
    unlink_record(record);
    close(record->fd);
    close(record->directory);
    record->pid = 0;
}

/* A restart keeps it, for the children that go on. */
static apr_status_t end_record(void *data)
{
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING) {
        close_record(data);
    }
    return APR_SUCCESS;
}

/* --- start --- */

/* 1 if that is open already, and somebody can find it. */
static int is_open_already(const open_record_t *record, const char *state)
{
    struct stat info;

    return record->pid == getpid() && strcmp(record->state, state) == 0 &&
           fstat(record->fd, &info) == 0 && info.st_nlink == 1;
}

static void warn_not_made(server_rec *s, const char *state, const tg_fault_t *fault)
{
    TG_LOG(0040, APLOG_WARNING, 0, s,
           "TlsGateState \"%s\": httpd cannot acknowledge, so tlsgatectl cannot tell whether a "
           "change is in force: %s; %s",
           state, fault->reason, fault->fix);
}

/* The state file may be a link: beside what it leads to, where tlsgatectl looks as well. Where
 * others could have prepared what is done, also by a link on the way, or there is no directory,
 * state_cache.c says that of the state file. */
static void open_record(server_rec *s, const char *state, open_record_t *record)
{
    tg_file_place_t place;
    tg_fault_t fault;
    char at[PATH_MAX];

    if (!tg_state_file_place(state, geteuid(), at, &fault) ||
        !tg_file_place_open_trusted(at, geteuid(), &place, &fault)) {
        return;
    }
    remove_stale_records(&place);
    if (make_record(&place, record)) {
        record->directory = place.directory;
        record->pid = getpid();
        apr_cpystrn(record->state, state, sizeof(record->state));
        return;
    }
    tg_fault_set(&fault, "let the user that starts httpd write in its directory",
                 "cannot create a file beside it: %s", strerror(errno));
    warn_not_made(s, state, &fault);
    tg_file_place_close(&place);
}

static void begin_saying(void)
{
    if (said->ack.pid != getpid()) {
        memset(&said->ack, 0, sizeof(said->ack));
        said->ack.pid = getpid();
        said->ack.started = said->ack.since = said->ack.looked = this_second();
    }
    /* A new file has no document yet. */
    said->ack.document.generation = 0;
    said->was_said = 0;
    said->record++;
}

void tg_ack_writer_open(server_rec *s, apr_pool_t *pconf, apr_pool_t *ptemp, const char *state)
{
    open_record_t *record = tg_shared_piece(s, "open acknowledgement", sizeof(*record));

    record_fd = -1;
    open_file = record;
    if (!record) {
        return;
    }
    said = state ? tg_shared_piece(s, apr_pstrcat(ptemp, "acknowledgement of ", state, NULL),
                                   sizeof(*said))
                 : NULL;
    /* A module of another version may have left the file, and what it said elsewhere. */
    if (!said || said->ack.pid != getpid() || !is_open_already(record, state)) {
        close_record(record);
    }
    if (!said) {
        return;
    }
    if (record->pid != getpid()) {
        begin_saying();
        open_record(s, state, record);
    }
    if (record->pid == getpid()) {
        record_fd = record->fd;
        record_number = said->record;
        apr_pool_cleanup_register(pconf, record, end_record, apr_pool_cleanup_null);
    }
}

/* --- saying it --- */

void tg_ack_writer_found(tg_ack_condition_t condition, const tg_fault_t *fault)
{
    static const tg_fault_t none = { "", "" };
    tg_ack_t *ack;

    if (!is_open_record()) {
        return;
    }
    ack = &said->ack;
    fault = fault ? fault : &none;
    if (condition != ack->condition || strcmp(fault->reason, ack->fault.reason) != 0) {
        ack->since = this_second();
    }
    ack->condition = condition;
    ack->fault = *fault;
}

static int write_at(const char *text, apr_size_t length, int64_t offset)
{
    while (length > 0) {
        ssize_t n = pwrite(record_fd, text, length, (off_t)offset);

        errno = n == 0 ? ENOSPC : errno; /* it would be tried for ever */
        if (n <= 0 && errno != EINTR) {
            return 0;
        }
        n = n > 0 ? n : 0;
        text += n;
        length -= (apr_size_t)n;
        offset += n;
    }
    return 1;
}

/* Beside the one before, whose line may be read at this moment. */
static int write_document(uint32_t generation, const char *text, apr_size_t length)
{
    tg_ack_document_t next = { .generation = generation, .since = this_second() };
    const tg_ack_document_t *present = &said->ack.document;

    if (generation == 0 || generation == present->generation) {
        return 1;
    }
    next.offset = tg_ack_place(present, length);
    next.length = (int64_t)length;
    if (!tg_ack_digest(text, length, next.digest) || !write_at(text, length, next.offset)) {
        return 0;
    }
    /* Last: a process that is killed before it leaves an old generation, which is written again. */
    next.generation = present->generation;
    said->ack.document = next;
    __atomic_store_n(&said->ack.document.generation, generation, __ATOMIC_RELEASE);
    return 1;
}

static int write_record_line(void)
{
    char line[TG_ACK_HEADER];

    tg_ack_print(&said->ack, line);
    return write_at(line, sizeof(line), 0);
}

void tg_ack_writer_look(server_rec *s, const tg_state_file_id_t *seen, uint32_t generation,
                        const char *text, apr_size_t length)
{
    tg_ack_t *ack;

    if (!is_open_record()) {
        return;
    }
    ack = &said->ack;
    ack->looks++;
    ack->looked = this_second();
    tg_ack_stops_collect(ack);
    ack->seen.inode = (int64_t)seen->inode;
    ack->seen.changed = (int64_t)seen->changed.tv_sec * 1000000000 + seen->changed.tv_nsec;
    if (write_document(generation, text, length) && write_record_line()) {
        said->was_said = 0;
    }
    else if (!said->was_said) {
        said->was_said = 1;
        TG_LOG(0041, APLOG_WARNING, errno, s,
               "the acknowledgement beside TlsGateState cannot be written, so tlsgatectl cannot "
               "tell whether a change is in force");
    }
}
