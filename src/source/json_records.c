/* A document of records, cut into its records: see json_records.h. */
#include "json_records.h"

#include "base/rows.h"

#include <string.h>

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t blanks_of(const char *at, size_t length)
{
    size_t i = 0;

    while (i < length && is_blank(at[i])) {
        i++;
    }
    return i;
}

/* As tg_json_records_is(). @p used receives the length of the head. */
static int head_of_document(const char *at, size_t length, size_t *used)
{
    static const char *const words[] = { "{", "\"Records\"", ":", "[" };
    size_t i = 0, word, n;

    for (word = 0; word < TG_ROWS(words); word++) {
        i += blanks_of(at + i, length - i);
        n = strlen(words[word]);
        if (memcmp(at + i, words[word], n < length - i ? n : length - i) != 0) {
            return 0;
        }
        if (length - i < n) {
            return -1;
        }
        i += n;
    }
    *used = i;
    return 1;
}

int tg_json_records_is(const char *at, size_t length)
{
    size_t ignored;

    return head_of_document(at, length, &ignored);
}

/* --- a record --- */

/* 1 if the record ends with this byte, and -1 if it ended before it. */
static int take_byte(tg_json_records_t *r, char c)
{
    if (r->is_text) {
        r->is_text = r->is_escaped || c != '"';
        r->is_escaped = !r->is_escaped && c == '\\';
        return 0;
    }
    if (r->depth == 0 && (c == ',' || c == ']')) {
        return -1;
    }
    if (c == '"') {
        r->is_text = 1;
    }
    else if (c == '{' || c == '[') {
        r->depth++;
    }
    else if ((c == '}' || c == ']') && r->depth > 0) {
        return --r->depth == 0;
    }
    return 0;
}

/* 1 if its end is found, which is @p length then. */
static int find_record_end(tg_json_records_t *r, const char *at, size_t *length)
{
    int end = 0;

    while (r->looked < *length && (end = take_byte(r, at[r->looked])) == 0) {
        r->looked++;
    }
    if (end == 0) {
        return 0;
    }
    *length = r->looked + (end > 0);
    r->looked = 0;
    return 1;
}

/* What is outside a document, up to the end of its line. */
static int find_line_end(tg_json_records_t *r, const char *at, size_t *length)
{
    const char *newline = memchr(at + r->looked, '\n', *length - r->looked);

    r->looked = newline ? 0 : *length;
    *length = newline ? (size_t)(newline - at) : *length;
    return newline != NULL;
}

/* --- between records --- */

/* Passes what leads from one place to the next. 1 if something is to be given; 0: more is
 * needed. */
static int pass_to_record(tg_json_records_t *r, const char *at, size_t length, size_t *used)
{
    size_t head;
    int found;

    while ((*used += blanks_of(at + *used, length - *used)) < length) {
        if (r->place == TG_JSON_RECORDS_OUTSIDE) {
            found = head_of_document(at + *used, length - *used, &head);
            if (found <= 0) {
                return found == 0;
            }
            *used += head;
            r->place = TG_JSON_RECORDS_BETWEEN;
        }
        else if (r->place == TG_JSON_RECORDS_AFTER) {
            *used += at[*used] == '}';
            r->place = TG_JSON_RECORDS_OUTSIDE;
        }
        else if (at[*used] == ']') {
            ++*used;
            r->place = TG_JSON_RECORDS_AFTER;
        }
        else if (at[*used] == ',') {
            ++*used;
        }
        else {
            r->place = TG_JSON_RECORDS_WITHIN;
            return 1;
        }
    }
    return 0;
}

int tg_json_records_next(tg_json_records_t *r, const char *at, size_t length, size_t *used,
                         tg_span_t *record)
{
    size_t size;
    int is_found;

    *used = 0;
    if (r->looked == 0 && r->place != TG_JSON_RECORDS_WITHIN &&
        !pass_to_record(r, at, length, used)) {
        return 0;
    }
    size = length - *used;
    if (r->place == TG_JSON_RECORDS_WITHIN) {
        is_found = find_record_end(r, at + *used, &size);
        r->place = is_found ? TG_JSON_RECORDS_BETWEEN : r->place;
    }
    else {
        is_found = find_line_end(r, at + *used, &size);
    }
    if (is_found) {
        *record = (tg_span_t){ at + *used, (uint32_t)size };
        *used += size;
    }
    return is_found;
}
