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

static inline void put_bytes(tg_json_line_t *line, const char *bytes, size_t length)
{
    if (length > (size_t)(line->end - line->at)) {
        put_nothing(line);
        return;
    }
    memcpy(line->at, bytes, length);
    line->at += length;
}

static inline void put_byte(tg_json_line_t *line, char byte)
{
    if (line->at == line->end) {
        put_nothing(line);
        return;
    }
    *line->at++ = byte;
}

/* The name, and the comma unless it is the first. The next one is not. */
static inline void put_name(tg_json_line_t *line, tg_json_name_t name)
{
    size_t skipped = line->is_first != 0;

    put_bytes(line, name.text + skipped, name.length - skipped);
    line->is_first = 0;
}

/* A whole member whose value is a string that needs no escape: one look at the room. */
static inline void put_plain(tg_json_line_t *line, tg_json_name_t name, const char *value,
                             size_t length)
{
    char *at = line->at;
    size_t skipped = line->is_first != 0;

    if (name.length + length + 2 > (size_t)(line->end - at)) {
        put_nothing(line);
        return;
    }
    memcpy(at, name.text + skipped, name.length - skipped);
    at += name.length - skipped;
    *at++ = '"';
    memcpy(at, value, length);
    at += length;
    *at++ = '"';
    line->at = at;
    line->is_first = 0;
}

void tg_json_line_begin(tg_json_line_t *line, char *buffer, size_t size)
{
    line->start = line->at = buffer;
    line->end = buffer + size;
    line->path = "";
    line->is_first = 1;
    line->is_full = 0;
    put_byte(line, '{');
}

size_t tg_json_line_end(tg_json_line_t *line)
{
    tg_json_line_at(line, "");
    put_byte(line, '}');
    return line->is_full ? 0 : (size_t)(line->at - line->start);
}

/* How much of two paths is the same, up to the end of a name. */
static size_t common_length(const char *a, const char *b)
{
    size_t i = 0, end = 0;

    while (a[i] && a[i] == b[i]) {
        i++;
        if ((!a[i] || a[i] == '.') && (!b[i] || b[i] == '.')) {
            end = i;
        }
    }
    return end;
}

/* Opens the objects of a path, or of what is left of one. */
static void open_objects(tg_json_line_t *line, const char *path)
{
    const char *name = path + (*path == '.');

    while (*name) {
        const char *dot = strchr(name, '.');
        size_t length = dot ? (size_t)(dot - name) : strlen(name);

        if (!line->is_first) {
            put_byte(line, ',');
        }
        put_byte(line, '"');
        put_bytes(line, name, length);
        put_bytes(line, "\":{", 3);
        line->is_first = 1;
        name += length + (dot != NULL);
    }
}

static void close_objects(tg_json_line_t *line, const char *path)
{
    const char *s;

    if (*path && *path != '.') {
        tg_json_line_close(line);
    }
    for (s = path; *s; s++) {
        if (*s == '.') {
            tg_json_line_close(line);
        }
    }
}

void tg_json_line_at(tg_json_line_t *line, const char *path)
{
    size_t common;

    if (path != line->path) {
        common = common_length(line->path, path);
        close_objects(line, line->path + common);
        open_objects(line, path + common);
        line->path = path;
    }
}

void tg_json_line_open(tg_json_line_t *line, tg_json_name_t name)
{
    put_name(line, name);
    put_byte(line, '{');
    line->is_first = 1;
}

void tg_json_line_close(tg_json_line_t *line)
{
    put_byte(line, '}');
    line->is_first = 0;
}

void tg_json_line_open_array(tg_json_line_t *line, tg_json_name_t name)
{
    put_name(line, name);
    put_byte(line, '[');
    line->is_first = 1;
}

void tg_json_line_close_array(tg_json_line_t *line)
{
    put_byte(line, ']');
    line->is_first = 0;
}

void tg_json_line_literal(tg_json_line_t *line, tg_json_name_t name, const char *literal)
{
    put_name(line, name);
    put_bytes(line, literal, strlen(literal));
}

void tg_json_line_number(tg_json_line_t *line, tg_json_name_t name, unsigned long number)
{
    char digits[3 * sizeof(number)], *first = digits + sizeof(digits);

    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put_name(line, name);
    put_bytes(line, first, (size_t)(digits + sizeof(digits) - first));
}

/* Eight bytes at once: a 0x80 in each byte that is not plain, and maybe in those above it.
 * The five terms find 0x80-0xFF, 0x00-0x1F, 0x7F, the quote and the backslash. */
static uint64_t not_plain_of(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    const uint64_t quotes = eight ^ (ones * '"'), backslashes = eight ^ (ones * '\\');

    return (eight | (eight - ones * 0x20) | (eight + ones) | (quotes - ones) |
            (backslashes - ones)) &
           high;
}

static int is_plain_8(const unsigned char *s)
{
    uint64_t eight;

    memcpy(&eight, s, sizeof(eight));
    return not_plain_of(eight) == 0;
}

/* The plain bytes at the head of @p s. */
static size_t plain_length(const unsigned char *s, size_t length)
{
    size_t n = 0;

    while (n + 8 <= length && is_plain_8(s + n)) {
        n += 8;
    }
    /* The last bytes together with some that were looked at already. */
    if (n + 8 > length && length >= 8 && is_plain_8(s + length - 8)) {
        return length;
    }
    while (n < length && kind_of_byte(s[n]) == BYTE_PLAIN) {
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
static int put_text(tg_json_line_t *line, const unsigned char *s, size_t length, size_t max)
{
    put_byte(line, '"');
    while (!line->is_full) {
        size_t used = plain_length(s, length < max ? length : max), taken;

        put_bytes(line, (const char *)s, used);
        s += used;
        length -= used;
        max -= used;
        taken = length > 0 ? put_character(line, s, max, &used) : 0;
        if (taken == 0) {
            break;
        }
        s += taken;
        length -= taken;
        max -= used;
    }
    put_byte(line, '"');
    return length > 0;
}

int tg_json_line_text(tg_json_line_t *line, tg_json_name_t name, const char *text, size_t max)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t length = strlen(text);

    if (length <= max && plain_length(s, length) == length) {
        put_plain(line, name, text, length);
        return 0;
    }
    put_name(line, name);
    return put_text(line, s, length, max);
}

void tg_json_line_word(tg_json_line_t *line, tg_json_name_t name, const char *word)
{
    put_plain(line, name, word, strlen(word));
}
