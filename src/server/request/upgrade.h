/* Whether a straggler comes without what a schedule deprecates. */
#ifndef TG_SERVER_REQUEST_UPGRADE_H
#define TG_SERVER_REQUEST_UPGRADE_H

#include "decision.h"

/**
 * Looks at the first request of a connection; what follows on it costs nothing more.
 * @param r an initial request that is over
 * @param d what was decided about it, or NULL
 */
void tg_upgrade_look(request_rec *r, const tg_decision_t *d);

#endif
