/* The entries of the last change of many: see kept.h.
 *
 * A line of JSON with the id and the length of the first of two documents of the state, and both.
 */
#include "kept.h"

#include "base/json.h"
#include "os/file.h"

#include <apr_strings.h>
#include <string.h>

/** Of the first line, in bytes. */
#define HEAD_MAX 256

const char *tg_kept_print(apr_pool_t *pool, const char *id, const tg_kept_t *kept)
{
    const char *before = tg_state_print(pool, &kept->before);
    const char *after = tg_state_print(pool, &kept->after);
    const char *head;

    if (!before || !after) {
        return NULL;
    }
    head = tg_json_print_line(
        pool, json_pack("{s:s, s:I}", "id", id, "before", (json_int_t)strlen(before)));
    return apr_pstrcat(pool, head, before, after, NULL);
}

#define UNDO_BY_HAND "undo is not possible; make the opposite change by hand"

/* A file that something else has written. */
static int fail_as_damaged(const char *path, tg_fault_t *fault)
{
    return tg_fault_set(fault, UNDO_BY_HAND, "%s is damaged", path);
}

static int parse_kept(apr_pool_t *pool, const char *path, const char *id, const tg_file_t *file,
                      tg_kept_t *out, tg_fault_t *fault)
{
    const char *end = memchr(file->text, '\n', file->length), *kept_id;
    json_t *head = end ? json_loadb(file->text, (size_t)(end - file->text), 0, NULL) : NULL;
    apr_size_t before, rest = end ? file->length - (apr_size_t)(end + 1 - file->text) : 0;

    if (!head) {
        return fail_as_damaged(path, fault);
    }
    tg_json_keep(pool, head);
    kept_id = json_string_value(json_object_get(head, "id"));
    if (!kept_id || strcmp(kept_id, id) != 0) {
        return tg_fault_set(
            fault,
            "to end its exemptions, import its list again with an until in the past, such as "
            "2000-01-01T00:00Z; add the exemptions that it replaced by hand",
            "%s has the entries of another change of that size", path);
    }
    before = (apr_size_t)json_integer_value(json_object_get(head, "before"));
    return before <= rest &&
                   (tg_state_parse(pool, end + 1, before, &out->before, fault) &&
                    tg_state_parse(pool, end + 1 + before, rest - before, &out->after, fault))
               ? 1
               : fail_as_damaged(path, fault);
}

int tg_kept_read(apr_pool_t *pool, const char *path, const char *id, tg_kept_t *out,
                 tg_fault_t *fault)
{
    tg_fault_t why = { "there is no such file", UNDO_BY_HAND };
    tg_file_t file;

    switch (tg_file_read(pool, path, 2 * TG_STATE_MAX + HEAD_MAX, &file, &why)) {
    case TG_FILE_READ:
        return parse_kept(pool, path, id, &file, out, fault);
    case TG_FILE_ABSENT:
    case TG_FILE_DENIED:
    case TG_FILE_FAILED:
        break;
    }
    return tg_fault_set(fault, why.fix, "%s, which has the entries of that change: %s", path,
                        why.reason);
}
