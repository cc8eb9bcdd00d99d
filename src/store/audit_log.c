/* Reading the audit: see audit_log.h. */
#include "audit_log.h"

#include "base/json.h"
#include "base/json_read.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** The longest line that is read: two entries of the longest texts, all of it escaped. */
#define LINE_MAX_BYTES (128 * 1024)

tg_audit_log_t tg_audit_log(apr_pool_t *pool)
{
    const tg_audit_log_t log = { pool, apr_array_make(pool, 64, sizeof(tg_audit_change_t *)),
                                 apr_array_make(pool, 1, sizeof(const char *)),
                                 apr_hash_make(pool) };

    return log;
}

/* --- one line --- */

static const char *text_in(const json_t *line, const char *member)
{
    return json_string_value(json_object_get(line, member));
}

static int is_entry(const json_t *entry)
{
    return !entry || json_is_null(entry) || json_is_object(entry);
}

static int is_audit_line(const json_t *line, tg_instant_t *time)
{
    tg_fault_t ignored;

    return text_in(line, "time") && tg_instant_parse(text_in(line, "time"), time, &ignored) &&
           text_in(line, "by") && text_in(line, "command") && text_in(line, "reason") &&
           text_in(line, "outcome") && is_entry(json_object_get(line, "from")) &&
           is_entry(json_object_get(line, "to"));
}

/* What the lines of one change have in common. Without an id that is all but time and outcome. */
static const char *change_key(apr_pool_t *pool, const json_t *line)
{
    const char *id = text_in(line, "id");
    json_t *rest;

    if (id) {
        return apr_pstrcat(pool, "id ", id, NULL);
    }
    rest = json_copy((json_t *)line);
    json_object_del(rest, "time");
    json_object_del(rest, "outcome");
    return tg_json_print(pool, rest, JSON_COMPACT | JSON_SORT_KEYS);
}

static tg_audit_change_t *new_change(tg_audit_log_t *log, const json_t *line, tg_instant_t time)
{
    tg_audit_change_t *change = apr_pcalloc(log->pool, sizeof(*change));

    change->id = text_in(line, "id");
    change->time = time;
    change->by = text_in(line, "by");
    change->command = text_in(line, "command");
    change->reason = text_in(line, "reason");
    change->undoes = text_in(line, "undoes");
    change->store = text_in(line, "store");
    change->edits = tg_state_edit_list(log->pool);
    APR_ARRAY_PUSH(log->changes, tg_audit_change_t *) = change;
    return change;
}

static json_t *object_or_null(const json_t *line, const char *member)
{
    json_t *entry = json_object_get(line, member);

    return json_is_object(entry) ? entry : NULL;
}

/* The line that ends a change has its edit again. */
static void add_line_edit(tg_audit_change_t *change, const json_t *line)
{
    tg_state_edit_t edit = { text_in(line, "schedule"), object_or_null(line, "from"),
                             object_or_null(line, "to") };
    int i;

    for (i = 0; i < change->edits->nelts; i++) {
        const tg_state_edit_t *other = &APR_ARRAY_IDX(change->edits, i, tg_state_edit_t);

        if (strcmp(other->schedule ? other->schedule : "", edit.schedule ? edit.schedule : "") ==
                0 &&
            !other->from == !edit.from && !other->to == !edit.to &&
            (!edit.from || json_equal(edit.from, other->from)) &&
            (!edit.to || json_equal(edit.to, other->to))) {
            return;
        }
    }
    APR_ARRAY_PUSH(change->edits, tg_state_edit_t) = edit;
}

/* A change goes on until its outcome is known; what begins after that is another one. */
static int is_another(const tg_audit_change_t *last, const json_t *line)
{
    return !last || (strcmp(last->outcome, TG_AUDIT_BEGUN) != 0 &&
                     (!last->id || strcmp(text_in(line, "outcome"), TG_AUDIT_BEGUN) == 0));
}

void tg_audit_log_add(tg_audit_log_t *log, const char *place, const char *text)
{
    /* Its texts live as long as the log. */
    json_t *line = tg_json_keep(log->pool, json_loads(text, JSON_REJECT_DUPLICATES, NULL));
    tg_audit_change_t *change;
    tg_instant_t time;
    const char *key;

    if (!line || !is_audit_line(line, &time)) {
        APR_ARRAY_PUSH(log->damaged, const char *) = place;
        return;
    }
    key = change_key(log->pool, line);
    change = apr_hash_get(log->latest, key, APR_HASH_KEY_STRING);
    if (is_another(change, line)) {
        change = new_change(log, line, time);
        apr_hash_set(log->latest, key, APR_HASH_KEY_STRING, change);
    }
    add_line_edit(change, line);
    change->outcome = text_in(line, "outcome");
}

/* --- a file of them --- */

static int audit_fault(const char *path, int error, tg_fault_t *fault)
{
    return tg_fault_set(
        fault, error == EACCES ? "run as root, or as a member of its group" : "check the file",
        "the audit log %s cannot be read: %s", path, strerror(error));
}

/* Reads the rest of a line that is too long. */
static void skip_line(FILE *in)
{
    int c;

    while ((c = getc(in)) != EOF && c != '\n') {
    }
}

static int read_audit_lines(apr_pool_t *pool, FILE *in, tg_audit_log_t *log)
{
    char *line = apr_palloc(pool, LINE_MAX_BYTES);
    apr_uint64_t n;

    for (n = 1; fgets(line, LINE_MAX_BYTES, in); n++) {
        size_t length = strlen(line);

        if (length == LINE_MAX_BYTES - 1 && line[length - 1] != '\n') {
            skip_line(in);
        }
        tg_audit_log_add(log, apr_psprintf(pool, "line %" APR_UINT64_T_FMT, n), line);
    }
    return !ferror(in);
}

int tg_audit_log_read(apr_pool_t *pool, const char *path, tg_audit_log_t *log, tg_fault_t *fault)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), is_read;
    struct stat info;
    FILE *in;

    if (fd < 0) {
        return errno == ENOENT || audit_fault(path, errno, fault);
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || !(in = fdopen(fd, "r"))) {
        close(fd);
        return tg_fault_set(fault, "move it away", "the audit log %s is not a regular file", path);
    }
    is_read = read_audit_lines(pool, in, log);
    fclose(in);
    return is_read || audit_fault(path, EIO, fault);
}
