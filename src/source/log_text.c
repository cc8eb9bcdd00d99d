/* Undoing escapes: see log_text.h. */
#include "log_text.h"

#include "base/utf8.h"

#include <string.h>

char *tg_log_text_room(tg_log_reader_t *reader, size_t length)
{
    char *room = reader->scratch + reader->used;

    if (length > reader->room - reader->used) {
        return NULL;
    }
    reader->used += length;
    return room;
}

/* `uD83D\uDE00` after its backslash. What is left alone when it is repaired is half a pair. */
static const char *take_unicode(const char *at, const char *end, char **to)
{
    int first = tg_utf8_hex(at + 1, end, 4), second = -1;

    if (first < 0) {
        return NULL;
    }
    at += 5;
    if (first >= 0xD800 && first < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        second = tg_utf8_hex(at + 2, end, 4);
    }
    if (second >= 0xDC00 && second < 0xE000) {
        *to = tg_utf8_put(*to,
                          0x10000 + (((unsigned)first & 0x3FF) << 10) + ((unsigned)second & 0x3FF));
        return at + 6;
    }
    *to = tg_utf8_put(*to, (unsigned)first);
    return at;
}

/* After a backslash. Returns what follows. */
static const char *take_backslash(const char *at, const char *end, char **to)
{
    static const char letters[] = "btnvfr"; /* from 8 on, in their order */
    const char *letter, *after;
    int number;

    if (at == end) {
        *(*to)++ = '\\';
        return at;
    }
    if (*at == 'u' && (after = take_unicode(at, end, to)) != NULL) {
        return after;
    }
    if (*at == 'x' && (number = tg_utf8_hex(at + 1, end, 2)) >= 0) {
        *(*to)++ = (char)number;
        return at + 3;
    }
    letter = *at ? strchr(letters, *at) : NULL;
    *(*to)++ = letter ? (char)(8 + (letter - letters)) : *at;
    return at + 1;
}

/* After a percent sign. */
static const char *take_percent(const char *at, const char *end, char **to)
{
    int number = tg_utf8_hex(at, end, 2);

    *(*to)++ = number >= 0 ? (char)number : '%';
    return number >= 0 ? at + 2 : at;
}

/* No escape is shorter than its character. Returns the length. */
static size_t undo_escapes(tg_span_t text, tg_log_escape_t escape, char *out)
{
    const char *at = text.at, *end = at + text.length;
    char *to = out;

    while (at < end) {
        char c = *at++;

        if (c == '\\' && escape == TG_LOG_BACKSLASH) {
            at = take_backslash(at, end, &to);
        }
        else if (c == '%' && escape == TG_LOG_PERCENT) {
            at = take_percent(at, end, &to);
        }
        else {
            *to++ = c;
        }
    }
    return (size_t)(to - out);
}

/* @p from is followed by a NUL. Returns the length, at most three times that of @p from. */
static size_t repair_characters(const char *from, size_t length, char *out)
{
    const char *end = from + length;
    char *to = out;

    while (from < end) {
        size_t bytes = tg_utf8_length((const unsigned char *)from);

        if (bytes == 0 || *from == '\0') {
            to = tg_utf8_put(to, 0xFFFD);
            from++;
        }
        else {
            memcpy(to, from, bytes);
            to += bytes;
            from += bytes;
        }
    }
    return (size_t)(to - out);
}

/* 1 for printable ASCII without an escape: most texts. */
static int is_as_written(tg_span_t text, tg_log_escape_t escape)
{
    static const char marks[] = { '\0', '\\', '%' };
    char mark = marks[escape];
    uint32_t i;

    for (i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if (c < 0x20 || c >= 0x7F || text.at[i] == mark) {
            return 0;
        }
    }
    return 1;
}

int tg_log_text(tg_log_reader_t *reader, tg_span_t text, tg_log_escape_t escape, tg_span_t *out)
{
    char *plain, *repaired;
    size_t length;

    if (is_as_written(text, escape)) {
        *out = text;
        return 1;
    }
    plain = tg_log_text_room(reader, (size_t)text.length + 1);
    repaired = plain ? tg_log_text_room(reader, (size_t)text.length * 3) : NULL;
    if (!repaired) {
        return 0;
    }
    length = undo_escapes(text, escape, plain);
    plain[length] = '\0';
    *out = (tg_span_t){ repaired, (uint32_t)repair_characters(plain, length, repaired) };
    return 1;
}
