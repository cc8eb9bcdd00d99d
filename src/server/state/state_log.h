/* What the error log says about live state: which entries of a new document are in force, and
 * which have no effect. */
#ifndef TG_SERVER_STATE_STATE_LOG_H
#define TG_SERVER_STATE_STATE_LOG_H

#include "format/state.h"

#include <httpd.h>

/**
 * That a document is in force, with each override; at notice.
 * @param again it was in force before, and its file was missing or invalid in between
 */
void tg_state_log_document(server_rec *s, apr_pool_t *pool, const tg_state_t *state,
                           apr_uint32_t generation, int again);

/** The postponements that were made for another cutoff than the configured one; at warn. */
void tg_state_log_ignored(server_rec *s, const tg_state_t *state);

#endif
