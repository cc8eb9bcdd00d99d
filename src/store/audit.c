/* The audit log: see audit.h. */
#include "audit.h"

#include "base/json.h"
#include "os/file.h"

#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * How much of the end of the log is read: several changes of the longest kind, an import, which
 * lists its entries when it begins and again when it ends.
 */
#define END_BYTES 1048576

/* Without i, l, o and u. Each letter is five bits. */
static const char id_letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

/** With 35 bits, two of 10,000 changes have the same id once in 700 logs. */
#define ID_LENGTH 7

const char *tg_audit_id(apr_pool_t *pool)
{
    unsigned char random[ID_LENGTH];
    char *id = apr_palloc(pool, ID_LENGTH + 1);
    int i;

    if (apr_generate_random_bytes(random, sizeof(random)) != APR_SUCCESS) {
        return NULL;
    }
    for (i = 0; i < ID_LENGTH; i++) {
        id[i] = id_letters[random[i] % 32];
    }
    id[ID_LENGTH] = '\0';
    return id;
}

const char *tg_audit_id_typed(apr_pool_t *pool, const char *text)
{
    char *id = apr_pstrdup(pool, text), *s;

    for (s = id; *s; s++) {
        *s = (char)apr_tolower(*s);
        *s = *s == 'o' ? '0' : *s == 'i' || *s == 'l' ? '1' : *s;
    }
    return id;
}

static json_t *entry_or_null(json_t *json)
{
    return json ? json_incref(json) : json_null();
}

static json_t *audit_json(const tg_audit_t *audit, const tg_state_edit_t *edit, const char *outcome)
{
    json_t *root = json_object();

    json_object_set_new(root, "id", json_string(audit->id));
    json_object_set_new(root, "time", tg_json_instant(apr_time_sec(apr_time_now())));
    json_object_set_new(root, "by", json_string(audit->by));
    json_object_set_new(root, "command", json_string(audit->command));
    json_object_set_new(root, "schedule", tg_json_text(edit->schedule));
    json_object_set_new(root, "from", entry_or_null(edit->from));
    json_object_set_new(root, "to", entry_or_null(edit->to));
    json_object_set_new(root, "reason", json_string(audit->reason));
    if (audit->undoes) {
        json_object_set_new(root, "undoes", json_string(audit->undoes));
    }
    json_object_set_new(root, "outcome", json_string(outcome));
    return root;
}

static json_t *texts_json(const apr_array_header_t *texts)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < texts->nelts; i++) {
        json_array_append_new(list, json_string(APR_ARRAY_IDX(texts, i, const char *)));
    }
    return list;
}

const char *tg_audit_outcome_line(apr_pool_t *pool, const tg_audit_t *audit, const char *outcome,
                                  const apr_array_header_t *acts, const apr_array_header_t *pending)
{
    static const tg_state_edit_t none = { NULL, NULL, NULL };
    json_t *root = audit_json(audit, &none, outcome);

    json_object_set_new(root, "acts", texts_json(acts));
    json_object_set_new(root, "pending", texts_json(pending));
    return tg_json_print_line(pool, root);
}

const char *tg_audit_lines(apr_pool_t *pool, const tg_audit_t *audit, const char *outcome)
{
    apr_array_header_t *lines = apr_array_make(pool, audit->edits->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < audit->edits->nelts; i++) {
        APR_ARRAY_PUSH(lines, const char *) = tg_json_print_line(
            pool, audit_json(audit, &APR_ARRAY_IDX(audit->edits, i, tg_state_edit_t), outcome));
    }
    return apr_array_pstrcat(pool, lines, 0);
}

int tg_audit_tells(apr_pool_t *pool, const char *path)
{
    apr_size_t length;
    const char *end = tg_file_read_end(pool, path, END_BYTES, &length);

    return end && strstr(end, "\"outcome\":\"" TG_AUDIT_WRITTEN "\"") != NULL;
}

/* 1 if the last line has no newline. */
static int is_torn(int fd, off_t size)
{
    char last = '\n';

    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* One write, so that two programs that append never mix their lines. A short write is an error. */
static int append_once(int fd, const char *text, int flush)
{
    size_t length = strlen(text);
    ssize_t n = write(fd, text, length);

    if (n >= 0 && (size_t)n < length) {
        errno = ENOSPC;
        return 0;
    }
    return n >= 0 && (!flush || fdatasync(fd) == 0);
}

static int append_lines(apr_pool_t *pool, int fd, const char *text, int flush)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        return 0;
    }
    /* Whatever the umask. A mode that somebody has set later is kept. */
    if (info.st_size == 0 && fchmod(fd, 0640) != 0) {
        return 0;
    }
    return append_once(fd, is_torn(fd, info.st_size) ? apr_pstrcat(pool, "\n", text, NULL) : text,
                       flush);
}

int tg_audit_write(apr_pool_t *pool, const char *path, const tg_audit_t *audit, const char *outcome,
                   int flush, tg_fault_t *fault)
{
    return tg_audit_append(pool, path, tg_audit_lines(pool, audit, outcome), flush, fault);
}

int tg_audit_append(apr_pool_t *pool, const char *path, const char *lines, int flush,
                    tg_fault_t *fault)
{
    int fd = tg_file_open_beside(path, O_RDWR | O_APPEND | O_CREAT, 0640);
    int ok = fd >= 0 && append_lines(pool, fd, lines, flush);

    if (!ok) {
        const char *fix = tg_file_fix_beside(errno, "make it writable");

        tg_fault_set(fault,
                     apr_pstrcat(pool, fix, ": no change is made unless it can be audited", NULL),
                     "the audit log %s cannot be written: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}
