/* What TlsGateGuard has stopped, for the acknowledgement. */
#ifndef TG_SERVER_STATE_ACK_STOPS_H
#define TG_SERVER_STATE_ACK_STOPS_H

#include "format/ack.h"

/** Puts in what is stopped now, and the last stops that the ledger has kept. */
void tg_ack_stops_collect(tg_ack_t *ack);

#endif
