/* Building and reading the JSON documents that commands print. */
#ifndef TG_CTL_BASE_DOCUMENT_H
#define TG_CTL_BASE_DOCUMENT_H

#include "base/instant.h"

#include <apr_tables.h>
#include <jansson.h>

/** A text of an object; @p otherwise if it is null or missing. */
const char *tg_ctl_document_text(const json_t *object, const char *name, const char *otherwise);

/** An instant of an object; @p otherwise if it is null or missing. */
tg_instant_t tg_ctl_document_instant(const json_t *object, const char *name,
                                     tg_instant_t otherwise);

/** An array of const char * as an array of printable texts. A new reference. */
json_t *tg_ctl_document_lines(apr_pool_t *pool, const apr_array_header_t *lines);

#endif
