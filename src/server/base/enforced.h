/* What the TlsGate lines of a server enforce, wherever in it. */
#ifndef TG_SERVER_BASE_ENFORCED_H
#define TG_SERVER_BASE_ENFORCED_H

#include "conf.h"

/**
 * What some scopes enforce, each use once: of const tg_gate_ref_t *, in @p pool.
 * @param scope     one more, or NULL
 * @param locations of const tg_scope_t *, or NULL
 */
apr_array_header_t *tg_enforced_by(apr_pool_t *pool, const tg_scope_t *scope,
                                   const apr_array_header_t *locations);

#endif
