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
#define LINE_MAX_BYTES 131072

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

static int is_same_entry(const json_t *a, const json_t *b)
{
    return a == b || (a && b && json_equal((json_t *)a, (json_t *)b));
}

static int is_same_edit(const tg_state_edit_t *a, const tg_state_edit_t *b)
{
    return strcmp(a->schedule ? a->schedule : "", b->schedule ? b->schedule : "") == 0 &&
           is_same_entry(a->from, b->from) && is_same_entry(a->to, b->to);
}

/* What was known after the wait. 1 if the line has that and no entry. */
static int add_line_outcome(tg_audit_change_t *change, const json_t *line)
{
    const json_t *acts = json_object_get(line, "acts"), *pending = json_object_get(line, "pending");

    if (!json_is_array(acts) || !json_is_array(pending)) {
        return 0;
    }
    change->acts = acts;
    change->pending = pending;
    return 1;
}

/* The lines that end a change have its edits again, in the same order. 1 if it is a new one. */
static int add_line_edit(tg_audit_change_t *change, const json_t *line)
{
    const tg_state_edit_t edit = { text_in(line, "schedule"), object_or_null(line, "from"),
                                   object_or_null(line, "to") };
    int is_begun = strcmp(text_in(line, "outcome"), TG_AUDIT_BEGUN) == 0;
    int i, count = change->edits->nelts;

    for (i = 0; i < count && !is_begun; i++) {
        int next = (change->ended + i) % count;

        if (is_same_edit(&APR_ARRAY_IDX(change->edits, next, tg_state_edit_t), &edit)) {
            change->ended = next + 1;
            return 0;
        }
    }
    APR_ARRAY_PUSH(change->edits, tg_state_edit_t) = edit;
    return 1;
}

/* A change goes on until its outcome is known; what begins after that is another one. */
static int is_another(const tg_audit_change_t *last, const json_t *line)
{
    return !last || (strcmp(last->outcome, TG_AUDIT_BEGUN) != 0 &&
                     (!last->id || strcmp(text_in(line, "outcome"), TG_AUDIT_BEGUN) == 0));
}

static tg_audit_change_t *change_of_line(tg_audit_log_t *log, const json_t *line, tg_instant_t time)
{
    const char *key = change_key(log->pool, line);
    tg_audit_change_t *change = apr_hash_get(log->latest, key, APR_HASH_KEY_STRING);

    if (is_another(change, line)) {
        change = new_change(log, line, time);
        apr_hash_set(log->latest, key, APR_HASH_KEY_STRING, change);
    }
    return change;
}

void tg_audit_log_add(tg_audit_log_t *log, const char *place, const char *text)
{
    json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    tg_audit_change_t *change;
    tg_instant_t time;

    if (!line || !is_audit_line(line, &time)) {
        json_decref(line);
        APR_ARRAY_PUSH(log->damaged, const char *) = place;
        return;
    }
    change = change_of_line(log, line, time);
    change->outcome = apr_pstrdup(log->pool, text_in(line, "outcome"));
    /* The texts of a line that is kept live as long as the log. */
    if (add_line_outcome(change, line) || add_line_edit(change, line)) {
        tg_json_keep(log->pool, line);
    }
    else {
        json_decref(line);
    }
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
