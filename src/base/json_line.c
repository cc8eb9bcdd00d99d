/* A JSON document written straight into a buffer: see json_line.h. */
#include "json_line.h"

#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* What one byte of a text needs. */
typedef enum {
    BYTE_PLAIN,  /* copied as it is */
    BYTE_QUOTED, /* after a backslash (RFC 8259 section 7) */
    BYTE_SPECIAL /* part of a longer character, a control, or the end */
} byte_kind_t;

/* 0x00-0x1F and 0x7F-0xFF are special, `"` and `\` are quoted. */
static byte_kind_t kind_of_byte(unsigned char c)
{
    if (c < 0x20 || c >= 0x7F) {
        return BYTE_SPECIAL;
    }
    return c == '"' || c == '\\' ? BYTE_QUOTED : BYTE_PLAIN;
}

/* Nothing fits any more, so one comparison tells of both. */
static void put_nothing(tg_json_line_t *line)
{
    line->is_full = 1;
    line->end = line->at;
}

/* Copies without a call: most pieces are a few bytes. The last bytes of a longer one are copied
 * together with some before them. */
static inline char *copy_bytes(char *at, const char *bytes, size_t length)
{
    size_t i;

    if (length >= 8) {
        for (i = 0; i + 8 < length; i += 8) {
            memcpy(at + i, bytes + i, 8);
        }
        memcpy(at + length - 8, bytes + length - 8, 8);
    }
    else if (length >= 4) {
        memcpy(at, bytes, 4);
        memcpy(at + length - 4, bytes + length - 4, 4);
    }
    else {
        for (i = 0; i < length; i++) {
            at[i] = bytes[i];
        }
    }
    return at + length;
}

static inline void put_bytes(tg_json_line_t *line, const char *bytes, size_t length)
{
    if (length > (size_t)(line->end - line->at)) {
        put_nothing(line);
        return;
    }
    line->at = copy_bytes(line->at, bytes, length);
}

static inline void put_byte(tg_json_line_t *line, char byte)
{
    if (line->at == line->end) {
        put_nothing(line);
        return;
    }
    *line->at++ = byte;
}

/* Whether there is room for a name and so many bytes, without a look at the name. */
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
        line->at = copy_bytes(copy_name(line->at, name), literal, length);
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
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put_name(line, name);
    put_bytes(line, first, (size_t)(end - first));
}

/* Sixteen bytes at once, by what gcc and clang make of it on each processor. */
#define STEP 16
typedef signed char step_t __attribute__((vector_size(STEP)));
typedef unsigned char wrapping_t __attribute__((vector_size(STEP)));
typedef int64_t halves_t __attribute__((vector_size(STEP)));

/* As signed numbers 0x80-0xFF are below 0x20, and so is what follows 0x7F. */
static inline int are_plain(halves_t halves)
{
    step_t bytes = (step_t)halves, next = (step_t)((wrapping_t)halves + 1);

    halves = (halves_t)((next > 0x20) & ~((bytes == '"') | (bytes == '\\')));
    return (halves[0] & halves[1]) == -1;
}

/* Copies one step. Returns 1 if all of its bytes are plain. */
static inline int copy_step(char *at, const char *s)
{
    halves_t halves;

    memcpy(&halves, s, STEP);
    memcpy(at, &halves, STEP);
    return are_plain(halves);
}

/* The same for a text that is shorter, as two parts that may overlap. The shortest are left to
 * the caller. */
static inline int copy_short(char *at, const char *s, size_t length)
{
    uint64_t first, last;
    uint32_t first_4, last_4;

    if (length >= 8) {
        memcpy(&first, s, 8);
        memcpy(&last, s + length - 8, 8);
        memcpy(at, &first, 8);
        memcpy(at + length - 8, &last, 8);
    }
    else if (length >= 4) {
        memcpy(&first_4, s, 4);
        memcpy(&last_4, s + length - 4, 4);
        memcpy(at, &first_4, 4);
        memcpy(at + length - 4, &last_4, 4);
        first = last = (uint64_t)first_4 << 32 | last_4;
    }
    else {
        return 0;
    }
    return are_plain((halves_t){ (int64_t)first, (int64_t)last });
}

/* Copies the plain bytes at the head of @p s, and returns how many. There is room for all. A call
 * would cost a tenth of it. */
static inline __attribute__((always_inline)) size_t copy_plain(char *at, const char *s,
                                                               size_t length)
{
    size_t n = 0;

    if (length < STEP) {
        if (copy_short(at, s, length)) {
            return length;
        }
    }
    else {
        while (n + STEP <= length && copy_step(at + n, s + n)) {
            n += STEP;
        }
        /* The last bytes together with some that were looked at already. */
        if (n + STEP > length && copy_step(at + length - STEP, s + length - STEP)) {
            return length;
        }
    }
    while (n < length && kind_of_byte((unsigned char)s[n]) == BYTE_PLAIN) {
        at[n] = s[n];
        n++;
    }
    return n;
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
    if (kind_of_byte(s[0]) == BYTE_QUOTED) {
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

        used = copy_plain(line->at, s, most < room ? most : room);
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
        if (copy_plain(at, text, length) == length) {
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
        at = copy_bytes(at, word, length);
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
