/* Output for people: see term.h. */
#include "term.h"

#include "base/program.h"
#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void tg_term_row(FILE *out, const char *what, const char *value)
{
    tg_term_print(out, TG_TERM_PLAIN, "  %-11s %s", what, value);
}
