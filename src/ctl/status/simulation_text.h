/* What a client would get, for a person. */
#ifndef TG_CTL_STATUS_SIMULATION_TEXT_H
#define TG_CTL_STATUS_SIMULATION_TEXT_H

#include "base/instant.h"

#include <apr_pools.h>
#include <jansson.h>
#include <stdio.h>

/** Prints the document of simulate. */
void tg_ctl_simulation_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out);

#endif
