/* The stamp of letters: who was told what, so that the next letters cover only what is new.
 *
 * tlsgatectl letters writes it once all letters are written. It is beside the state file unless
 * another place is named, and tlsgatectl check looks there whether letters were made before a
 * trial.
 */
#ifndef TG_FORMAT_LETTER_STAMP_H
#define TG_FORMAT_LETTER_STAMP_H

#include "base/fault.h"
#include "base/instant.h"

#include <apr_hash.h>

/** The version of the document. */
#define TG_LETTER_STAMP_VERSION 1

/** By default it is in a file with the name of the state file and this suffix. */
#define TG_LETTER_STAMP_SUFFIX ".letters"

/** The largest document, in bytes: for some million clients. */
#define TG_LETTER_STAMP_MAX ((apr_size_t)512 * 1024 * 1024)

/** Lives in one pool, which its hashes have. */
typedef struct {
    tg_instant_t time; /**< of the last letters; TG_ALWAYS: there were none */
    apr_hash_t
        *schedules; /**< of const tg_instant_t *: when letters about it were made last, by name */
    apr_hash_t *clients; /**< the same, by client: when it was last seen, as of its last letter */
} tg_letter_stamp_t;

/** One without entries. */
tg_letter_stamp_t tg_letter_stamp_empty(apr_pool_t *pool);

/** Notes an instant in one of its hashes, unless there is a later one. The name is copied. */
void tg_letter_stamp_note(apr_hash_t *hash, const char *name, tg_instant_t t);

/** The instant of that name; TG_ALWAYS if there is none. */
tg_instant_t tg_letter_stamp_find(apr_hash_t *hash, const char *name);

/** Reads a document. 1, or 0 with @p fault filled: its reason names the place. */
int tg_letter_stamp_parse(apr_pool_t *pool, const char *text, apr_size_t length,
                          tg_letter_stamp_t *out, tg_fault_t *fault);

/** The document as text that ends with a newline, in @p pool. */
const char *tg_letter_stamp_print(apr_pool_t *pool, const tg_letter_stamp_t *stamp);

#endif
