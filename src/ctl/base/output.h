/* What a command prints: one JSON document, in the format that was asked for. */
#ifndef TG_CTL_BASE_OUTPUT_H
#define TG_CTL_BASE_OUTPUT_H

#include "command.h"

#include <jansson.h>
#include <stdio.h>

/** The options that choose a format, for each command that prints a document. */
extern const tg_option_t tg_ctl_output_options[];

/**
 * How a command shows its document to people. It reads nothing else.
 * @param now the time of the call
 */
typedef void tg_ctl_text_t(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out);

/** Prints @p document, whose reference is taken, on the standard output. */
void tg_ctl_output(const tg_ctl_t *ctl, json_t *document, tg_ctl_text_t *text);

/** 1 if no format was asked for: text, for people. */
int tg_ctl_output_is_text(void);

/** A format: src/ctl/base/output_NAME.c defines tg_format_NAME. */
typedef struct {
    void (*print)(const json_t *document, FILE *out);
} tg_format_t;

#endif
