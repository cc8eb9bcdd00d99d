/* A JSON document written straight into a buffer: see json_line.h. */
#include "json_line.h"

#include "json_copy.h"
#include "utf8.h"

#include <string.h>

/* Nothing fits any more, so one comparison tells of both. */
static void put_nothing(tg_json_line_t *line)
{
    line->is_full = 1;
    line->end = line->at;
}

static inline void put_bytes(tg_json_line_t *line, const char *bytes, size_t length)
{
    if (length > (size_t)(line->end - line->at)) {
        put_nothing(line);
        return;
    }
    line->at = tg_json_copy_bytes(line->at, bytes, length);
}

static inline void put_byte(tg_json_line_t *line, char byte)
{
    if (line->at == line->end) {
        put_nothing(line);
        return;
    }
    *line->at++ = byte;
}

/* Whether the longest name and that many bytes fit, so that the name need not be measured. */
static inline int has_room(const tg_json_line_t *line, size_t more)
{
    return (size_t)(line->end - line->at) >= TG_JSON_NAME_MAX + more;
}

/* The name, where there is room for any. */
static inline char *copy_name(char *at, const tg_json_name_t *name)
{
    memcpy(at, name->text, TG_JSON_NAME_MAX);
    return at + name->length;
}

static inline void put_name(tg_json_line_t *line, const tg_json_name_t *name)
{
    if (has_room(line, 0)) {
        line->at = copy_name(line->at, name);
    }
    else {
        put_bytes(line, name->text, name->length);
    }
}

/* A comma follows each value. In place of the last one is the bracket. */
static inline void put_bracket(tg_json_line_t *line, char bracket)
{
    line->at -= !line->is_full && line->at[-1] == ',';
    put_byte(line, bracket);
}

void tg_json_line_begin(tg_json_line_t *line, char *buffer, size_t size)
{
    line->start = line->at = buffer;
    line->end = buffer + size;
    line->object = NULL;
    line->is_full = 0;
    put_byte(line, '{');
}

size_t tg_json_line_end(tg_json_line_t *line)
{
    tg_json_line_at(line, NULL);
    put_bracket(line, '}');
    return line->is_full ? 0 : (size_t)(line->at - line->start);
}

/* Whether an object is another one or around it. */
static int is_around(const tg_json_object_t *object, const tg_json_object_t *other)
{
    while (other && other != object) {
        other = other->parent;
    }
    return other == object;
}

/* An object with a member: the comma after the last one moves on. */
static inline void close_filled(tg_json_line_t *line)
{
    if (!line->is_full) {
        line->at[-1] = '}';
        put_byte(line, ',');
    }
}

/* Opens an object, and before it those around it that are not open. */
static void open_objects(tg_json_line_t *line, const tg_json_object_t *object)
{
    if (object->parent != line->object) {
        open_objects(line, object->parent);
    }
    put_name(line, &object->opening);
    line->object = object;
}

/* The other object is in the same one: most are. */
static inline int is_beside(const tg_json_object_t *object, const tg_json_object_t *other)
{
    return object && other && object->parent == other->parent;
}

void tg_json_line_go(tg_json_line_t *line, const tg_json_object_t *object)
{
    if (is_beside(line->object, object)) {
        close_filled(line);
        put_name(line, &object->opening);
        line->object = object;
        return;
    }
    while (line->object && !is_around(line->object, object)) {
        close_filled(line);
        line->object = line->object->parent;
    }
    if (line->object != object) {
        open_objects(line, object);
    }
}

void tg_json_line_open(tg_json_line_t *line, const tg_json_name_t *name)
{
    put_name(line, name);
    put_byte(line, '{');
}

void tg_json_line_close(tg_json_line_t *line)
{
    put_bracket(line, '}');
    put_byte(line, ',');
}

void tg_json_line_open_array(tg_json_line_t *line, const tg_json_name_t *name)
{
    put_name(line, name);
    put_byte(line, '[');
}

void tg_json_line_close_array(tg_json_line_t *line)
{
    put_bracket(line, ']');
    put_byte(line, ',');
}

void tg_json_line_literal(tg_json_line_t *line, const tg_json_name_t *name, const char *literal)
{
    size_t length = strlen(literal);

    if (has_room(line, length + 1)) {
        line->at = tg_json_copy_bytes(copy_name(line->at, name), literal, length);
        *line->at++ = ',';
    }
    else {
        put_name(line, name);
        put_bytes(line, literal, length);
        put_byte(line, ',');
    }
}

void tg_json_line_number(tg_json_line_t *line, const tg_json_name_t *name, unsigned long number)
{
    char digits[3 * sizeof(number)], *end = digits + sizeof(digits), *first = end;

    *--first = ',';
    first = tg_json_digits(first, number);
    put_name(line, name);
    put_bytes(line, first, (size_t)(end - first));
}

/* One character that is not plain: how many bytes of @p s it takes, and in *@p used how many
 * of the limit. 0 if the limit is reached. */
static size_t put_character(tg_json_line_t *line, const unsigned char *s, size_t max, size_t *used)
{
    size_t length = tg_utf8_length(s);
    int is_replaced = length == 0 || tg_utf8_control(s, length) != 0;

    *used = is_replaced ? strlen(TG_UTF8_REPLACEMENT) : length;
    if (*used > max) {
        return 0;
    }
    if (tg_json_byte_kind(s[0]) == TG_JSON_BYTE_QUOTED) {
        put_byte(line, '\\');
    }
    put_bytes(line, is_replaced ? TG_UTF8_REPLACEMENT : (const char *)s, *used);
    return length ? length : 1;
}

/* The text in general, when there is more to it than plain bytes. */
static int put_text(tg_json_line_t *line, const char *s, size_t length, size_t max)
{
    put_byte(line, '"');
    while (!line->is_full) {
        size_t most = length < max ? length : max, room = (size_t)(line->end - line->at), used,
               taken;

        used = tg_json_copy_plain(line->at, s, most < room ? most : room);
        line->at += used;
        s += used;
        length -= used;
        max -= used;
        taken = length > 0 ? put_character(line, (const unsigned char *)s, max, &used) : 0;
        if (taken == 0) {
            break;
        }
        s += taken;
        length -= taken;
        max -= used;
    }
    put_bytes(line, "\",", 2);
    return length > 0;
}

int tg_json_line_text(tg_json_line_t *line, const tg_json_name_t *name, const char *text,
                      size_t max)
{
    size_t length = strlen(text);

    if (length <= max && has_room(line, length + 3)) {
        char *at = copy_name(line->at, name);

        *at++ = '"';
        if (tg_json_copy_plain(at, text, length) == length) {
            at[length] = '"';
            at[length + 1] = ',';
            line->at = at + length + 2;
            return 0;
        }
    }
    put_name(line, name);
    return put_text(line, text, length, max);
}

void tg_json_line_word(tg_json_line_t *line, const tg_json_name_t *name, const char *word)
{
    size_t length = strlen(word);

    if (has_room(line, length + 3)) {
        char *at = copy_name(line->at, name);

        *at++ = '"';
        at = tg_json_copy_bytes(at, word, length);
        *at++ = '"';
        *at++ = ',';
        line->at = at;
    }
    else {
        put_name(line, name);
        put_byte(line, '"');
        put_bytes(line, word, length);
        put_bytes(line, "\",", 2);
    }
}
