/* What an authenticated caller of tlsgate-verify has used before: its own stragglers. */
#ifndef TG_SERVER_PAGES_VERIFY_HISTORY_H
#define TG_SERVER_PAGES_VERIFY_HISTORY_H

#include "report/frame.h"
#include "server/request/decision.h"

#include <jansson.h>

/** Days that are looked back. */
#define TG_HISTORY_SHOWN_DAYS 30

/**
 * The caller's stragglers of the last days, of the announced schedules of its host.
 * @param d      about this request
 * @param gates  of tg_gate_ref_t *, those of its host
 * @return of const tg_straggler_t; NULL: it is off, or the caller is not proven to be that client
 */
const apr_array_header_t *tg_verify_history(request_rec *r, const tg_decision_t *d,
                                            const apr_array_header_t *gates);

/** When the last request of a history came; TG_ALWAYS: it has none, or there is no history. */
tg_instant_t tg_verify_history_latest(const apr_array_header_t *history);

/** As JSON. */
json_t *tg_verify_history_json(const apr_array_header_t *history);

/** As a part of the page; nothing without a history. @param is_text the page is plain text */
void tg_verify_history_add(tg_frame_t *frame, const apr_array_header_t *history, int is_text);

#endif
