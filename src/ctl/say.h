/* What the program says: one line at a time, safe for a terminal.
 *
 * Whatever stands in a line, names, reasons and paths of others among it, control
 * characters and what reverses the direction of text are shown as what they are.
 */
#ifndef TG_CTL_SAY_H
#define TG_CTL_SAY_H

#include <apr_pools.h>
#include <jansson.h>
#include <stdio.h>

/** How a line looks where there are colours. */
typedef enum { TG_CTL_PLAIN, TG_CTL_STRONG, TG_CTL_WARN, TG_CTL_BAD } tg_ctl_look_t;

/** One line, without its newline. */
void tg_ctl_say(FILE *out, tg_ctl_look_t look, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The same on the standard error, with what it is in front. */
void tg_ctl_say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tg_ctl_say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tg_ctl_say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** `  what        value` */
void tg_ctl_say_row(FILE *out, const char *what, const char *value);

/** The document on the standard output, in ASCII. Takes the reference. */
void tg_ctl_say_json(json_t *root);

/** @p text with every character replaced that a terminal would act on. In @p pool. */
const char *tg_ctl_say_safe(apr_pool_t *pool, const char *text);

/** 1 if there is none, and no line break: one line of valid UTF-8. */
int tg_ctl_say_is_safe(apr_pool_t *pool, const char *text);

#endif
