/* Shapes of lines: see log_template.h. */
#include "log_template.h"

#include <apr_strings.h>
#include <string.h>

#define FIX "write the whole format, as the configuration has it"

/* A field and the text after it; the first one is for the text before all fields. */
typedef struct {
    tg_log_value_t value;
    const char *after;
    size_t length;
} shape_part_t;

struct tg_log_template_t {
    apr_array_header_t *parts; /* of shape_part_t */
    int is_open;
    unsigned told; /* bits of the fields */
};

static shape_part_t *part_at(const tg_log_template_t *shape, int i)
{
    return &APR_ARRAY_IDX(shape->parts, i, shape_part_t);
}

tg_log_template_t *tg_log_template_make(apr_pool_t *pool)
{
    tg_log_template_t *shape = apr_pcalloc(pool, sizeof(*shape));

    shape->parts = apr_array_make(pool, 16, sizeof(shape_part_t));
    *(shape_part_t *)apr_array_push(shape->parts) = (shape_part_t){ .after = "" };
    return shape;
}

void tg_log_template_text(tg_log_template_t *shape, const char *text, size_t length)
{
    shape_part_t *part = part_at(shape, shape->parts->nelts - 1);
    char *joined = apr_palloc(shape->parts->pool, part->length + length + 1);

    memcpy(joined, part->after, part->length);
    memcpy(joined + part->length, text, length);
    joined[part->length + length] = '\0';
    part->after = joined;
    part->length += length;
}

void tg_log_template_field(tg_log_template_t *shape, const tg_log_value_t *value)
{
    shape_part_t *part = apr_array_push(shape->parts);
    tg_log_field_t field = value->field == TG_LOG_ADDRESS_PORT ? TG_LOG_ADDRESS : value->field;

    *part = (shape_part_t){ .value = *value, .after = "" };
    if (shape->told & 1U << field) {
        part->value.field = TG_LOG_IGNORED;
    }
    shape->told |= 1U << field;
}

void tg_log_template_open(tg_log_template_t *shape)
{
    shape->is_open = 1;
}

int tg_log_template_check(const tg_log_template_t *shape, const char *names, tg_fault_t *fault)
{
    unsigned needed = 1U << TG_LOG_ADDRESS | 1U << TG_LOG_TIME | 1U << TG_LOG_PROTOCOL;
    int i;

    if ((shape->told & needed) != needed) {
        return tg_fault_set(fault, FIX, "a line must contain %s", names);
    }
    for (i = 1; i < shape->parts->nelts - 1; i++) {
        if (part_at(shape, i)->length == 0) {
            return tg_fault_set(fault, FIX, "two fields must be separated by text");
        }
    }
    return 1;
}

tg_log_reader_t *tg_log_template_reader(apr_pool_t *pool, const tg_log_template_t *shape)
{
    tg_log_reader_t *reader = shape ? tg_log_reader_make(pool) : NULL;

    if (reader) {
        reader->shape = shape;
    }
    return reader;
}

/* Where the quote ends: the next one that no backslash escapes. */
static const char *find_quote(const char *at, const char *end)
{
    for (; at < end && *at != '"'; at++) {
        at += *at == '\\' && at + 1 < end;
    }
    return at < end ? at : NULL;
}

/* Where a field ends, which follows @p before. NULL if nowhere. */
static const char *find_end(const shape_part_t *before, const shape_part_t *part, const char *at,
                            const char *end)
{
    int is_quoted = before->length > 0 && before->after[before->length - 1] == '"' &&
                    part->length > 0 && part->after[0] == '"';
    const char *found;

    if (part->length == 0) {
        return end;
    }
    if (!is_quoted) {
        return memmem(at, (size_t)(end - at), part->after, part->length);
    }
    found = find_quote(at, end);
    return found && (size_t)(end - found) >= part->length &&
                   memcmp(found, part->after, part->length) == 0
               ? found
               : NULL;
}

int tg_log_template_read(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record)
{
    const tg_log_template_t *shape = reader->shape;
    const shape_part_t *before = part_at(shape, 0);
    const char *at = line.at, *end = line.at + line.length;
    int i;

    tg_log_reader_start(reader, line.length, record);
    if (line.length < before->length || memcmp(at, before->after, before->length) != 0) {
        return 0;
    }
    at += before->length;
    for (i = 1; i < shape->parts->nelts; i++, before++) {
        const shape_part_t *part = before + 1;
        const char *stop = find_end(before, part, at, end);

        if (!stop || !tg_log_reader_fill(reader, &part->value,
                                         (tg_span_t){ at, (uint32_t)(stop - at) }, record)) {
            return 0;
        }
        at = stop + part->length;
    }
    return shape->is_open || at == end;
}

tg_line_t tg_log_template_line(tg_log_reader_t *reader, tg_span_t line, tg_record_t *record)
{
    if (line.length == 0) {
        return TG_LINE_NOTHING;
    }
    return tg_log_template_read(reader, line, record) ? TG_LINE_RECORD : TG_LINE_DAMAGED;
}
