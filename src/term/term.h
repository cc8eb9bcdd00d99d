/* Output for people: one line at a time, safe for a terminal.
 *
 * Names, reasons and paths come from others: control characters and characters that change the
 * direction of text are escaped.
 */
#ifndef TG_TERM_TERM_H
#define TG_TERM_TERM_H

#include "base/message.h"

#include <stdio.h>

/** The look of a line if the terminal has colours. */
typedef enum {
    TG_TERM_PLAIN,
    TG_TERM_STRONG,
    TG_TERM_WARN,
    TG_TERM_BAD,
    TG_TERM_LOOKS
} tg_term_look_t;

/** One line, without its newline. */
void tg_term_print(FILE *out, tg_term_look_t look, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The same on the standard error, after the name of the program. */
void tg_term_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tg_term_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tg_term_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * How far a long work has got: a line on the standard error that the next one replaces, if that is
 * a terminal. Ends with NULL, which leaves nothing of it.
 */
void tg_term_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The sink of tg_message() for a program with a terminal: the standard error. */
void tg_term_message(tg_message_level_t level, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/**
 * The columns of a line there: those of the terminal or of COLUMNS; 0 if nothing limits it, as in
 * a file.
 */
int tg_term_width(FILE *out);

/** How many columns a text of valid UTF-8 takes. */
int tg_term_columns(const char *text);

/** 1 if the locale has UTF-8; else only ASCII is drawn. */
int tg_term_has_unicode(void);

/**
 * One line, broken between words where it would be wider than the terminal.
 * @param first  the beginning, under which no other line has anything
 * @param look   of the whole
 */
void tg_term_wrap(FILE *out, tg_term_look_t look, const char *first, const char *text);

/** 1 if both are not wider than a line there. */
int tg_term_fits(FILE *out, const char *first, const char *text);

/** `  what        value` */
void tg_term_row(FILE *out, const char *what, const char *value);

#endif
