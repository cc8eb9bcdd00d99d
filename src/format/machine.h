/* What a machine of a fleet reports: whether its httpd acts on the document of the store.
 *
 * `tlsgatectl follow` writes it into the store, and other machines read it, of this version or
 * another: members that are not known are passed over.
 */
#ifndef TG_FORMAT_MACHINE_H
#define TG_FORMAT_MACHINE_H

#include "ack.h"

#include <apr_pools.h>

/** The longest name of a machine. */
#define TG_MACHINE_NAME_MAX 255

typedef struct {
    int64_t revision;   /**< of the store, that this machine received last */
    int acts;           /**< each httpd that runs there acts on the file, and one does run */
    const char *digest; /**< of the document that it acts on; "": none */
    const char *text;   /**< what httpd says, or that no httpd runs */
    tg_instant_t time;  /**< of the report */
} tg_machine_t;

/** 1 if a machine can have that name: letters, digits, dots, `-` and `_`. */
int tg_machine_is_name(const char *name);

/** The report, on one line, in @p pool. */
const char *tg_machine_print(apr_pool_t *pool, const tg_machine_t *machine);

/** Reads a report. 1, or 0 if the text is not one. */
int tg_machine_parse(apr_pool_t *pool, const char *text, tg_machine_t *out);

#endif
