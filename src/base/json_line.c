/* A JSON document written straight into a buffer: see json_line.h. */
#include "json_line.h"

#include "utf8.h"

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

static void put_bytes(tg_json_line_t *line, const char *bytes, size_t length)
{
    if (line->is_full || length > (size_t)(line->end - line->at)) {
        line->is_full = 1;
        return;
    }
    memcpy(line->at, bytes, length);
    line->at += length;
}

static void put_byte(tg_json_line_t *line, char byte)
{
    if (line->is_full || line->at == line->end) {
        line->is_full = 1;
        return;
    }
    *line->at++ = byte;
}

/* The comma and the name. The next member is not the first. */
static void put_name(tg_json_line_t *line, const char *name)
{
    if (!line->is_first) {
        put_byte(line, ',');
    }
    line->is_first = 0;
    if (name) {
        put_byte(line, '"');
        put_bytes(line, name, strlen(name));
        put_bytes(line, "\":", 2);
    }
}

void tg_json_line_begin(tg_json_line_t *line, char *buffer, size_t size)
{
    line->start = line->at = buffer;
    line->end = buffer + size;
    line->is_first = 1;
    line->is_full = 0;
    put_byte(line, '{');
}

size_t tg_json_line_end(tg_json_line_t *line)
{
    put_byte(line, '}');
    return line->is_full ? 0 : (size_t)(line->at - line->start);
}

void tg_json_line_open(tg_json_line_t *line, const char *name)
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

void tg_json_line_open_array(tg_json_line_t *line, const char *name)
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

void tg_json_line_literal(tg_json_line_t *line, const char *name, const char *literal)
{
    put_name(line, name);
    put_bytes(line, literal, strlen(literal));
}

void tg_json_line_number(tg_json_line_t *line, const char *name, unsigned long number)
{
    char digits[3 * sizeof(number)], *first = digits + sizeof(digits);

    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put_name(line, name);
    put_bytes(line, first, (size_t)(digits + sizeof(digits) - first));
}

/* The plain bytes at @p s, no more than @p max. */
static size_t plain_length(const unsigned char *s, size_t max)
{
    size_t n = 0;

    while (n < max && kind_of_byte(s[n]) == BYTE_PLAIN) {
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

int tg_json_line_text(tg_json_line_t *line, const char *name, const char *text, size_t max)
{
    const unsigned char *s = (const unsigned char *)text;

    put_name(line, name);
    put_byte(line, '"');
    while (!line->is_full) {
        size_t used = plain_length(s, max), taken;

        put_bytes(line, (const char *)s, used);
        s += used;
        max -= used;
        if (!*s) {
            break;
        }
        taken = put_character(line, s, max, &used);
        if (!taken) {
            break;
        }
        s += taken;
        max -= used;
    }
    put_byte(line, '"');
    return *s != '\0';
}
