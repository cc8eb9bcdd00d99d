/* The documents in shared memory, and what a process has taken out of them.
 *
 * There are two slots and a generation. The document of generation g is in slot g & 1, so that the
 * next one is written beside it, while all others go on with it. Readers are not counted: a reader
 * copies what it needs, and looks afterwards whether it was overtaken.
 */
#ifndef TG_SERVER_STATE_STATE_SLOTS_H
#define TG_SERVER_STATE_STATE_SLOTS_H

#include "format/state.h"

/** One document: its text, and the image of it that all processes look into. Memory beyond the
 * longest document so far is never touched, and so costs nothing. */
typedef struct {
    apr_uint32_t length;
    union {
        char bytes[TG_STATE_IMAGE_MAX];
        apr_uint64_t aligned;
    } image;
    char text[TG_STATE_MAX];
} tg_state_slot_t;

/**
 * In shared memory that graceful restarts keep, all zero at first. One process at a time
 * writes.
 */
typedef struct {
    volatile apr_uint32_t generation; /**< 0: there never was a document */
    tg_state_slot_t slots[2];
} tg_state_slots_t;

/** In the parent, before any child exists. */
void tg_state_slots_share(tg_state_slots_t *slots);

/**
 * Of this process, for as long as that pool lives. What the parent held is not freed: its memory
 * is shared until it is written to.
 */
void tg_state_slots_begin(apr_pool_t *pool);

/** Before that pool ends in the parent. */
void tg_state_slots_end(void);

/** 1 if there is anything to ask in this process. */
int tg_state_slots_are_ready(void);

/** The mutex of this process. */
void tg_state_slots_lock(void);
void tg_state_slots_unlock(void);

/** For a handler of a signal, on the thread that it interrupted and that will not run again: other
 * threads of this process need not wait for it. */
void tg_state_slots_let_go(void);

apr_uint32_t tg_state_slots_generation(void);

/** The slot in force. */
const tg_state_slot_t *tg_state_slots_current(void);

/**
 * Writes a document beside the one in force, and puts it in force. The caller is the only one who
 * writes.
 * @return 1, or 0 with @p fault filled
 */
int tg_state_slots_publish(apr_pool_t *scratch, const tg_state_t *state, const char *text,
                           apr_size_t length, tg_fault_t *fault);

/** Parses the text in force once more. 1, or 0 if it was overtaken again and again. */
int tg_state_slots_read(apr_pool_t *pool, tg_state_t *state);

/**
 * The overrides in force, and the exemptions of one client; NULL if there are no overrides. They
 * stay as they are until @p pool is cleared.
 */
const tg_override_set_t *tg_state_slots_overrides(apr_pool_t *pool, const char *client,
                                                  const apr_sockaddr_t *address);

#endif
