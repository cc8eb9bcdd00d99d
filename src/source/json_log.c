/* Foreign logs in JSON: see json_log.h. */
#include "json_log.h"

#include "log_text.h"

#include "base/json_scan.h"
#include "tls/registry.h"

#include <string.h>

#define PATH_MAX_BYTES 128

/* One object while it is read. */
typedef struct {
    tg_log_reader_t *reader;
    const tg_json_log_t *log;
    tg_json_scan_t *scan;
    tg_record_t *record;
    unsigned told;
    char path[PATH_MAX_BYTES];
} object_reading_t;

/* A number from TLS; -1 if the text is not one. */
static int number_of(tg_span_t text)
{
    int number = 0;
    uint32_t i;

    for (i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || number > 0xFFFF) {
            return -1;
        }
        number = number * 10 + text.at[i] - '0';
    }
    return number;
}

static int fill_number(object_reading_t *o, tg_log_field_t field, tg_span_t text)
{
    int number = number_of(text);
    const char *name;

    if (number < 0) {
        return 0;
    }
    if (field == TG_LOG_PROTOCOL) {
        o->record->protocol = tg_protocol_of_wire((unsigned)number);
        return o->record->protocol < TG_PROTOCOLS;
    }
    name = tg_registry_cipher((unsigned)number);
    o->record->cipher = (tg_span_t){ name, name ? (uint32_t)strlen(name) : 0 };
    return 1;
}

static int fill_member(object_reading_t *o, const tg_json_log_row_t *row,
                       const tg_json_scan_value_t *value)
{
    tg_span_t text = { value->at, (uint32_t)value->length };

    if (value->kind != TG_JSON_SCAN_TEXT && value->kind != TG_JSON_SCAN_NUMBER) {
        return value->kind == TG_JSON_SCAN_NULL;
    }
    o->told |= 1U << row->value.field;
    if (o->log->has_numbers &&
        (row->value.field == TG_LOG_PROTOCOL || row->value.field == TG_LOG_CIPHER)) {
        return fill_number(o, row->value.field, text);
    }
    if (row->value.field == TG_LOG_TIME && value->kind == TG_JSON_SCAN_NUMBER) {
        tg_log_value_t unix_time = { .field = TG_LOG_TIME, .form = TG_LOG_TIME_UNIX };

        return tg_log_reader_fill(o->reader, &unix_time, text, o->record);
    }
    return tg_log_reader_fill(o->reader, &row->value, text, o->record);
}

static const tg_json_log_row_t *find_path_row(const object_reading_t *o)
{
    const tg_json_log_row_t *row = o->log->rows;

    while (row->path && strcmp(row->path, o->path) != 0) {
        row++;
    }
    return row->path ? row : NULL;
}

/* 1 if a member below this path tells something. */
static int leads_on(const object_reading_t *o)
{
    size_t length = strlen(o->path);
    const tg_json_log_row_t *row;

    for (row = o->log->rows; row->path; row++) {
        if (strncmp(row->path, o->path, length) == 0 && row->path[length] == '.') {
            return 1;
        }
    }
    return 0;
}

/* 0: no path that is looked for has it, and the path is as before. */
static int append_member_name(object_reading_t *o, size_t length, const tg_json_scan_value_t *name)
{
    if (length + name->length + 2 > sizeof(o->path) || memchr(name->at, '\0', name->length)) {
        return 0;
    }
    if (length > 0) {
        o->path[length++] = '.';
    }
    memcpy(o->path + length, name->at, name->length);
    o->path[length + name->length] = '\0';
    return 1;
}

/* The first text of a list, as headers are written; the rest is passed over. 0: not JSON. */
static int first_of_list(object_reading_t *o, tg_json_scan_value_t *value)
{
    tg_json_scan_t whole = *o->scan;

    if (!tg_json_scan_pass(&whole, TG_JSON_SCAN_ARRAY)) {
        return 0;
    }
    /* The list is right as a whole, so that an empty one is all that can be wrong here. */
    if (tg_json_scan_value(o->scan, value) != TG_JSON_SCAN_TEXT) {
        value->kind = TG_JSON_SCAN_NULL;
    }
    o->scan->at = whole.at;
    return 1;
}

/* 1; 0: a value is wrong; -1: not JSON. */
static int read_members(object_reading_t *o, size_t length)
{
    tg_json_scan_value_t name, value;
    int count = 0, found, is_right = 1;

    while ((found = tg_json_scan_member(o->scan, &count, &name)) == 1) {
        int is_named = append_member_name(o, length, &name);
        const tg_json_log_row_t *row = is_named ? find_path_row(o) : NULL;
        tg_json_scan_kind_t kind = tg_json_scan_value(o->scan, &value);

        if (kind == TG_JSON_SCAN_WRONG) {
            return -1;
        }
        if (kind == TG_JSON_SCAN_OBJECT && is_named && leads_on(o)) {
            int below = read_members(o, strlen(o->path)); /* as deep as the paths of the rows */

            if (below < 0) {
                return -1;
            }
            is_right &= below;
        }
        else if (kind == TG_JSON_SCAN_ARRAY && row) {
            if (!first_of_list(o, &value)) {
                return -1;
            }
            is_right &= fill_member(o, row, &value);
        }
        else if (kind == TG_JSON_SCAN_OBJECT || kind == TG_JSON_SCAN_ARRAY) {
            if (!tg_json_scan_pass(o->scan, kind)) {
                return -1;
            }
        }
        else if (row) {
            is_right &= fill_member(o, row, &value);
        }
        o->path[length] = '\0';
    }
    return found < 0 ? -1 : is_right;
}

/* What became of an object that is open. */
static tg_line_t read_object(object_reading_t *o)
{
    int is_right = read_members(o, 0);

    if (is_right < 0) {
        return TG_LINE_DAMAGED;
    }
    if ((o->told & o->log->needed) != o->log->needed) {
        return TG_LINE_NOTHING;
    }
    if (!(o->told & 1U << TG_LOG_PROTOCOL)) {
        o->record->protocol = o->log->without;
    }
    return is_right ? TG_LINE_RECORD : TG_LINE_DAMAGED;
}

/* @p told receives the bits of what it tells. */
static tg_line_t read_json_line(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record,
                                unsigned *told)
{
    tg_json_scan_value_t value;
    tg_json_scan_t scan;
    object_reading_t o = { .reader = reader, .log = reader->json, .scan = &scan, .record = record };
    tg_line_t what;

    if (line.length == 0) {
        return TG_LINE_NOTHING;
    }
    tg_log_reader_start(reader, 2 * (size_t)line.length, record);
    tg_json_scan_begin(&scan, line.at, line.length, tg_log_text_room(reader, line.length));
    if (tg_json_scan_value(&scan, &value) != TG_JSON_SCAN_OBJECT) {
        return TG_LINE_DAMAGED;
    }
    what = read_object(&o);
    *told = o.told;
    return what != TG_LINE_DAMAGED && !tg_json_scan_is_end(&scan) ? TG_LINE_DAMAGED : what;
}

tg_line_t tg_json_log_read(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record)
{
    unsigned told;

    return read_json_line(reader, line, record, &told);
}

tg_log_reader_t *tg_json_log_begin(apr_pool_t *pool, const tg_json_log_t *log, tg_span_t line)
{
    tg_log_reader_t *reader;
    tg_record_t record;
    tg_line_t what;
    unsigned told = 0;

    if (line.length == 0 || line.at[0] != '{') {
        return NULL;
    }
    reader = tg_log_reader_make(pool);
    reader->json = log;
    what = read_json_line(reader, line, &record, &told);
    if (what == TG_LINE_RECORD) {
        return reader;
    }
    return what == TG_LINE_NOTHING && log->known_by && (told & log->known_by) == log->known_by
               ? reader
               : NULL;
}
