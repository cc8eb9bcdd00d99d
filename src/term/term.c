/* Output for people: see term.h. */
#include "term.h"

#include "base/program.h"
#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** A text that has less room beside its beginning is put below it, indented this far. */
#define WRAPPED_LEAST 16
#define WRAPPED_INDENT 2
#define WIDTH_MAX 1000

static const char *const looks[] = {
    "", "\033[1m", /* strong */
    "\033[33m",    /* warn */
    "\033[31m",    /* bad */
};
TG_ROWS_ARE(looks, TG_TERM_LOOKS);

/* https://no-color.org: set and not empty. */
static int has_colours(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fileno(out)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static void print_line(FILE *out, tg_term_look_t look, const char *first, const char *format,
                       va_list args)
{
    int coloured = look != TG_TERM_PLAIN && has_colours(out);
    apr_pool_t *pool;

    apr_pool_create(&pool, NULL);
    fprintf(out, "%s%s%s%s\n", coloured ? looks[look] : "", first,
            tg_text_printable(pool, apr_pvsprintf(pool, format, args)), coloured ? "\033[0m" : "");
    apr_pool_destroy(pool);
}

void tg_term_print(FILE *out, tg_term_look_t look, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(out, look, "", format, args);
    va_end(args);
}

/* The look of each kind of message, and how it begins. */
static const struct {
    tg_term_look_t look;
    const char *first;
} messages[] = {
    { TG_TERM_PLAIN, TG_PROGRAM_NAME ": " },
    { TG_TERM_WARN, TG_PROGRAM_NAME ": warning: " },
    { TG_TERM_BAD, TG_PROGRAM_NAME ": " },
};
TG_ROWS_ARE(messages, TG_MESSAGE_LEVELS);

void tg_term_message(tg_message_level_t level, const char *format, va_list args)
{
    print_line(stderr, messages[level].look, messages[level].first, format, args);
}

void tg_term_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tg_term_message(TG_MESSAGE_ERROR, format, args);
    va_end(args);
}

void tg_term_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tg_term_message(TG_MESSAGE_WARNING, format, args);
    va_end(args);
}

void tg_term_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tg_term_message(TG_MESSAGE_NOTE, format, args);
    va_end(args);
}

void tg_term_progress(const char *format, ...)
{
    apr_pool_t *pool;
    va_list args;

    if (!isatty(fileno(stderr))) {
        return;
    }
    fputs("\r\033[K", stderr);
    if (format) {
        apr_pool_create(&pool, NULL);
        va_start(args, format);
        fputs(tg_text_printable(pool, apr_pvsprintf(pool, format, args)), stderr);
        va_end(args);
        apr_pool_destroy(pool);
    }
    fflush(stderr);
}

int tg_term_width(FILE *out)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    long width = columns && *columns ? strtol(columns, NULL, 10) : 0;

    if (width <= 0 && isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0) {
        width = size.ws_col;
    }
    return width > 0 && width <= WIDTH_MAX ? (int)width : 0;
}

int tg_term_has_unicode(void)
{
    static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    const char *locale = NULL;
    size_t i;

    for (i = 0; i < TG_ROWS(variables) && !(locale && *locale); i++) {
        locale = getenv(variables[i]);
    }
    return locale && (strcasestr(locale, "utf-8") || strcasestr(locale, "utf8"));
}

int tg_term_columns(const char *text)
{
    int n = 0;

    for (; *text; text++) {
        n += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return n;
}

int tg_term_fits(FILE *out, const char *first, const char *text)
{
    int width = tg_term_width(out);

    return width == 0 || tg_term_columns(first) + tg_term_columns(text) <= width;
}

/* The end of as many words as fit, at least one. */
static const char *wrapped_end(const char *text, int room)
{
    const char *end = NULL, *s = text;
    int used = 0;

    while (*s) {
        if (*s == ' ' && s > text && s[-1] != ' ') {
            if (used > room && end) {
                return end;
            }
            end = s;
        }
        used += ((unsigned char)*s & 0xC0) != 0x80;
        s++;
    }
    return used > room && end ? end : s;
}

/* Where nothing has room beside the beginning, the text is below it. */
static int wrap_below(FILE *out, tg_term_look_t look, const char *first, int *room)
{
    if (first[strspn(first, " ")]) {
        tg_term_print(out, look, "%s", first);
    }
    *room = tg_term_width(out) - WRAPPED_INDENT;
    return WRAPPED_INDENT;
}

void tg_term_wrap(FILE *out, tg_term_look_t look, const char *first, const char *text)
{
    apr_pool_t *pool;
    int is_limited = tg_term_width(out) > 0;
    int indent = tg_term_columns(first), room = tg_term_width(out) - indent;

    apr_pool_create(&pool, NULL);
    text = tg_text_printable(pool, text);
    if (is_limited && room < WRAPPED_LEAST) {
        indent = wrap_below(out, look, first, &room);
        first = apr_psprintf(pool, "%*s", indent, "");
    }
    do {
        const char *end = is_limited ? wrapped_end(text, room) : text + strlen(text);

        tg_term_print(out, look, "%s%.*s", first, (int)(end - text), text);
        first = apr_psprintf(pool, "%*s", indent, "");
        text = end + strspn(end, " ");
    } while (*text);
    apr_pool_destroy(pool);
}

void tg_term_row(FILE *out, const char *what, const char *value)
{
    char first[64];

    apr_snprintf(first, sizeof(first), "  %-11s ", what);
    tg_term_wrap(out, TG_TERM_PLAIN, first, value);
}
