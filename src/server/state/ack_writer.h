/* What this httpd says of the state file, for tlsgatectl: a file beside it, which root opens at
 * start and every child inherits. Format: format/ack.h. Nothing waits for a reader.
 *
 * Apart from the start, only the process that looks at the state file calls this, one at a time.
 */
#ifndef TG_SERVER_STATE_ACK_WRITER_H
#define TG_SERVER_STATE_ACK_WRITER_H

#include "state_file.h"

#include "format/ack.h"

#include <httpd.h>

/**
 * post_config: makes the file, removes what httpds that were killed have left, and closes that
 * of another state file. Graceful restarts keep it, and a stop removes it. What fails is a warning.
 * @param state the state file; NULL: there is no longer one
 */
void tg_ack_writer_open(server_rec *s, apr_pool_t *pconf, apr_pool_t *ptemp, const char *state);

/** monitor: takes the record from users who may not read the state file as it is by now. */
int tg_ack_writer_monitor(apr_pool_t *pool, server_rec *s);

/** What a look at the state file found, if it is not what it was. @param fault of a refusal */
void tg_ack_writer_found(tg_ack_condition_t condition, const tg_fault_t *fault);

/**
 * Ends a look: writes the document in force, if it is a new one, and the line.
 * @param generation of the document; 0: there is none
 */
void tg_ack_writer_look(server_rec *s, const tg_state_file_id_t *seen, uint32_t generation,
                        const char *text, apr_size_t length);

#endif
