/* A JSON document given away as it is made: see json_stream.h. */
#include "json_stream.h"

#include "json_copy.h"
#include "utf8.h"

#include <string.h>

#define BUFFER_SIZE 65536

/* The most that one character becomes: both halves of a pair. */
#define ESCAPED_MAX (sizeof("\\uD83D\\uDE00") - 1)

/* --- bytes --- */

static void flush_stream(tg_json_stream_t *s)
{
    s->take(s->taker, s->start, (size_t)(s->at - s->start));
    s->at = s->start;
}

/* Room for so many bytes, which are less than the buffer has. */
static inline void keep_room(tg_json_stream_t *s, size_t length)
{
    if ((size_t)(s->end - s->at) < length) {
        flush_stream(s);
    }
}

static void put_piece(tg_json_stream_t *s, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t piece = length < BUFFER_SIZE ? length : BUFFER_SIZE;

        keep_room(s, piece);
        s->at = tg_json_copy_bytes(s->at, bytes, piece);
        bytes += piece;
        length -= piece;
    }
}

static inline void put_sign(tg_json_stream_t *s, char sign)
{
    keep_room(s, 1);
    *s->at++ = sign;
}

/* --- objects and arrays --- */

static void put_new_line(tg_json_stream_t *s, int depth)
{
    size_t indent = 2 * (size_t)depth;

    keep_room(s, 1 + indent);
    *s->at++ = '\n';
    memset(s->at, ' ', indent);
    s->at += indent;
}

/* What stands before a value. */
static void put_before(tg_json_stream_t *s, const char *name)
{
    tg_json_stream_level_t *level = &s->levels[s->depth];

    if (level->is_filled) {
        put_sign(s, ',');
    }
    level->is_filled = 1;
    if (level->has_lines) {
        put_new_line(s, s->depth + 1);
    }
    if (name) {
        put_sign(s, '"');
        put_piece(s, name, strlen(name));
        put_piece(s, "\": ", level->has_lines ? 3 : 2);
    }
}

static void open_level(tg_json_stream_t *s, char opening, tg_json_stream_level_t level)
{
    put_sign(s, opening);
    s->levels[++s->depth] = level;
}

static void close_level(tg_json_stream_t *s)
{
    if (s->levels[s->depth].has_lines) {
        put_new_line(s, s->depth);
    }
    put_sign(s, s->levels[s->depth--].bracket);
}

void tg_json_stream_begin(tg_json_stream_t *s, apr_pool_t *pool, tg_json_stream_take_t *take,
                          void *taker)
{
    s->take = take;
    s->taker = taker;
    s->start = s->at = apr_palloc(pool, BUFFER_SIZE);
    s->end = s->start + BUFFER_SIZE;
    s->depth = -1;
    open_level(s, '{', (tg_json_stream_level_t){ '}', 1, 0 });
}

void tg_json_stream_end(tg_json_stream_t *s)
{
    close_level(s);
    put_sign(s, '\n');
    flush_stream(s);
}

void tg_json_stream_open_object(tg_json_stream_t *s, const char *name)
{
    put_before(s, name);
    open_level(s, '{', (tg_json_stream_level_t){ '}', 0, 0 });
}

void tg_json_stream_open_array(tg_json_stream_t *s, const char *name)
{
    put_before(s, name);
    open_level(s, '[', (tg_json_stream_level_t){ ']', 0, 0 });
}

void tg_json_stream_open_lines(tg_json_stream_t *s, const char *name)
{
    put_before(s, name);
    open_level(s, '[', (tg_json_stream_level_t){ ']', 1, 0 });
}

void tg_json_stream_close(tg_json_stream_t *s)
{
    close_level(s);
}

/* --- texts --- */

static char *put_unit(char *at, unsigned unit)
{
    static const char digits[] = "0123456789ABCDEF";
    int shift;

    *at++ = '\\';
    *at++ = 'u';
    for (shift = 12; shift >= 0; shift -= 4) {
        *at++ = digits[unit >> shift & 0xF];
    }
    return at;
}

/* RFC 8259 section 7. There is room. */
static char *put_escaped(char *at, unsigned code)
{
    static const char letters[][2] = { { '"', '"' },  { '\\', '\\' }, { '\b', 'b' }, { '\f', 'f' },
                                       { '\n', 'n' }, { '\r', 'r' },  { '\t', 't' } };
    size_t i;

    for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if ((unsigned char)letters[i][0] == code) {
            *at++ = '\\';
            *at++ = letters[i][1];
            return at;
        }
    }
    if (code < 0x10000) {
        return put_unit(at, code);
    }
    at = put_unit(at, 0xD800 | (code - 0x10000) >> 10);
    return put_unit(at, 0xDC00 | (code & 0x3FF));
}

/* One character that is not plain. @return how many bytes of @p text it takes */
static size_t put_special(tg_json_stream_t *s, const char *text, size_t length)
{
    unsigned char whole[5] = { 0 };
    size_t n;

    memcpy(whole, text, length < 4 ? length : 4);
    n = whole[0] ? tg_utf8_length(whole) : 1;
    keep_room(s, ESCAPED_MAX);
    if (whole[0] == 0x7F) {
        *s->at++ = 0x7F;
    }
    else {
        s->at = put_escaped(s->at, n ? tg_utf8_code(whole, n) : 0xFFFD);
    }
    return n ? n : 1;
}

void tg_json_stream_text(tg_json_stream_t *s, const char *name, const char *text, size_t length)
{
    put_before(s, name);
    put_sign(s, '"');
    while (length > 0) {
        size_t room, n;

        keep_room(s, ESCAPED_MAX);
        room = (size_t)(s->end - s->at);
        room = length < room ? length : room;
        n = tg_json_copy_plain(s->at, text, room);
        s->at += n;
        n += n < room ? put_special(s, text + n, length - n) : 0;
        text += n;
        length -= n;
    }
    put_sign(s, '"');
}

/* --- other values --- */

void tg_json_stream_number(tg_json_stream_t *s, const char *name, int64_t number)
{
    char digits[3 * sizeof(number)], *end = digits + sizeof(digits);
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char *first = tg_json_digits(end, size);

    if (number < 0) {
        *--first = '-';
    }
    put_before(s, name);
    put_piece(s, first, (size_t)(end - first));
}

static void put_literal(tg_json_stream_t *s, const char *name, const char *literal)
{
    put_before(s, name);
    put_piece(s, literal, strlen(literal));
}

void tg_json_stream_truth(tg_json_stream_t *s, const char *name, int truth)
{
    put_literal(s, name, truth ? "true" : "false");
}

void tg_json_stream_null(tg_json_stream_t *s, const char *name)
{
    put_literal(s, name, "null");
}

void tg_json_stream_instant(tg_json_stream_t *s, const char *name, tg_instant_t t)
{
    char text[TG_INSTANT_STRLEN];

    if (t == TG_ALWAYS || t == TG_NEVER) {
        tg_json_stream_null(s, name);
    }
    else {
        (void)tg_instant_format(t, text);
        tg_json_stream_text(s, name, text, strlen(text));
    }
}

static int take_dumped(const char *bytes, size_t length, void *stream)
{
    put_piece(stream, bytes, length);
    return 0;
}

void tg_json_stream_value(tg_json_stream_t *s, const char *name, json_t *value)
{
    if (!value) {
        tg_json_stream_null(s, name);
        return;
    }
    put_before(s, name);
    (void)json_dump_callback(value, take_dumped, s,
                             JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_decref(value);
}
