/* The acknowledgements beside a state file: see ack_records.h. */
#include "ack_records.h"

#include "os/file.h"
#include "os/link.h"
#include "os/lock.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/** How often a record is read again that was being written, and the pause. */
#define TRIES_MAX 20
#define TRY_PAUSE apr_time_from_msec(5)

/* --- one of them --- */

/* From that place; less than the length where the file ends. */
static int64_t read_from(int fd, char *buffer, int64_t length, int64_t offset)
{
    int64_t got = 0;
    ssize_t n = 1;

    while (got < length && n > 0) {
        n = pread(fd, buffer + got, (size_t)(length - got), (off_t)(offset + got));
        n = n < 0 && errno == EINTR ? 1 : n;
        got += n > 0 ? n : 0;
    }
    return got;
}

/* 1 if a running httpd holds it, which root started or whom the directory belongs to. */
static int is_live_record(int fd, uid_t owner)
{
    struct stat info;
    tg_fault_t ignored;

    return fstat(fd, &info) == 0 && tg_file_is_trusted(&info, owner, "file", "", &ignored) &&
           tg_lock_is_taken(fd) == 1;
}

static int read_line_once(apr_pool_t *pool, int fd, tg_ack_t *out, tg_fault_t *fault)
{
    char line[TG_ACK_HEADER];
    int64_t length = read_from(fd, line, TG_ACK_HEADER, 0);
    char *end = memchr(line, '\n', (size_t)length);

    if (!end && length < TG_ACK_HEADER) {
        return tg_fault_set(fault, "restart httpd", "it is cut");
    }
    if (end) { /* that of an older version is shorter, and its document may follow */
        memset(end, ' ', (size_t)(line + TG_ACK_HEADER - end));
    }
    return tg_ack_parse(pool, line, out, fault);
}

/* 1 if it can be read, also after some tries. */
static int read_record(apr_pool_t *pool, int fd, tg_ack_t *out, tg_fault_t *fault)
{
    int tries = TRIES_MAX;

    while (!read_line_once(pool, fd, out, fault)) {
        if (--tries == 0) {
            return 0;
        }
        apr_sleep(TRY_PAUSE);
    }
    return 1;
}

static void take_record(apr_pool_t *pool, const char *path, uid_t owner, apr_array_header_t *found)
{
    tg_ack_record_t record = { .path = path };
    int fd = tg_file_open_beside(path, O_RDONLY, 0);
    tg_fault_t ignored;

    if (fd < 0) {
        return;
    }
    if (is_live_record(fd, owner) && read_record(pool, fd, &record.ack, &ignored)) {
        APR_ARRAY_PUSH(found, tg_ack_record_t) = record;
    }
    close(fd);
}

/* --- all of them --- */

apr_array_header_t *tg_ack_records_read(apr_pool_t *pool, const char *state)
{
    apr_array_header_t *found = apr_array_make(pool, 2, sizeof(tg_ack_record_t));
    const char *end = tg_link_end(pool, state);
    const char *name = apr_pstrcat(pool, apr_filepath_name_get(end), TG_ACK_SUFFIX, NULL);
    const struct dirent *entry;
    char directory[PATH_MAX];
    struct stat info;
    DIR *list;

    list = opendir(tg_file_directory(end, directory));
    if (!list) {
        return found;
    }
    if (fstat(dirfd(list), &info) == 0) {
        while ((entry = readdir(list)) != NULL) {
            if (strncmp(entry->d_name, name, strlen(name)) == 0) {
                take_record(pool, apr_pstrcat(pool, directory, "/", entry->d_name, NULL),
                            info.st_uid, found);
            }
        }
    }
    closedir(list);
    return found;
}

const tg_ack_record_t *tg_ack_records_newest(const apr_array_header_t *records)
{
    const tg_ack_record_t *newest = &APR_ARRAY_IDX(records, 0, tg_ack_record_t);
    int i;

    for (i = 1; i < records->nelts; i++) {
        const tg_ack_record_t *r = &APR_ARRAY_IDX(records, i, tg_ack_record_t);

        newest = r->ack.started > newest->ack.started ? r : newest;
    }
    return newest;
}

/* That of the httpd that serves; NULL if none says anything that can be read. */
static const tg_ack_record_t *serving_record(apr_pool_t *pool, const char *state)
{
    const apr_array_header_t *records = state ? tg_ack_records_read(pool, state) : NULL;
    const tg_ack_record_t *newest =
        records && records->nelts > 0 ? tg_ack_records_newest(records) : NULL;

    return newest && newest->ack.condition != TG_ACK_OTHER ? newest : NULL;
}

apr_array_header_t *tg_ack_record_trips(apr_pool_t *pool, const tg_ack_record_t *record)
{
    apr_array_header_t *trips = apr_array_make(pool, 2, sizeof(tg_state_trip_t));
    int i;

    for (i = 0; i < record->ack.trip_count; i++) {
        const tg_ack_trip_t *t = &record->ack.trips[i];

        APR_ARRAY_PUSH(trips, tg_state_trip_t) =
            (tg_state_trip_t){ apr_pstrdup(pool, t->schedule), t->trip };
    }
    return trips;
}

apr_array_header_t *tg_ack_records_trips(apr_pool_t *pool, const char *state)
{
    const tg_ack_record_t *record = serving_record(pool, state);

    return record ? tg_ack_record_trips(pool, record) : NULL;
}

apr_array_header_t *tg_ack_record_stops(apr_pool_t *pool, const tg_ack_record_t *record)
{
    apr_array_header_t *stops = apr_array_make(pool, 2, sizeof(tg_state_stop_t));
    int i;

    for (i = 0; i < record->ack.stop_count; i++) {
        const tg_ack_stop_t *s = &record->ack.stops[i];

        APR_ARRAY_PUSH(stops, tg_state_stop_t) =
            (tg_state_stop_t){ apr_pstrdup(pool, s->schedule), s->stop };
    }
    return stops;
}

apr_array_header_t *tg_ack_records_stops(apr_pool_t *pool, const char *state)
{
    const tg_ack_record_t *record = serving_record(pool, state);

    return record ? tg_ack_record_stops(pool, record) : NULL;
}

/* --- the document --- */

static int is_whole(const char *text, const tg_ack_document_t *d)
{
    char digest[TG_ACK_DIGEST];

    return tg_ack_digest(text, (apr_size_t)d->length, digest) && strcmp(digest, d->digest) == 0;
}

/* The line may name another document by now, and the text of this one be overwritten. */
static int read_text_of(apr_pool_t *pool, int fd, tg_ack_held_t *out, tg_fault_t *fault)
{
    tg_ack_t ack;
    char *text;

    if (!read_line_once(pool, fd, &ack, fault)) {
        return 0;
    }
    if (ack.condition == TG_ACK_OTHER) {
        return tg_fault_set(fault, "reload httpd", "it runs another version of the module");
    }
    if (ack.document.generation == 0) {
        return 1;
    }
    if (ack.document.length > (int64_t)TG_STATE_MAX) {
        return tg_fault_set(fault, "restart httpd", "its document is too long");
    }
    text = apr_palloc(pool, (apr_size_t)ack.document.length + 1);
    text[ack.document.length] = '\0';
    if (read_from(fd, text, ack.document.length, ack.document.offset) != ack.document.length ||
        !is_whole(text, &ack.document)) {
        return tg_fault_set(fault, "try again", "its document is not whole");
    }
    out->text = text;
    out->length = (apr_size_t)ack.document.length;
    return 1;
}

int tg_ack_records_held(apr_pool_t *pool, const tg_ack_record_t *record, tg_ack_held_t *out,
                        tg_fault_t *fault)
{
    int fd = tg_file_open_beside(record->path, O_RDONLY, 0);
    int tries = TRIES_MAX, ok;
    apr_pool_t *once; /* a document may be large, and is not read in vain twice */

    memset(out, 0, sizeof(*out));
    out->state = tg_state_empty(pool);
    if (fd < 0) {
        return tg_fault_set(fault, "run as root", "%s: %s", record->path, strerror(errno));
    }
    for (;;) {
        apr_pool_create(&once, pool);
        ok = read_text_of(once, fd, out, fault);
        if (ok || --tries == 0) {
            break;
        }
        apr_pool_destroy(once);
        apr_sleep(TRY_PAUSE);
    }
    close(fd);
    return ok && (!out->text || tg_state_parse(pool, out->text, out->length, &out->state, fault));
}
