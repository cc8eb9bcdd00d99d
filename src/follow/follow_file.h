/* FILE.follow, beside a state file that follows a store: which store, how far it got, and
 * whether it is connected. One line of JSON.
 *
 * Only the program that follows writes it, and holds a lock on it as long as it runs. The file
 * stays when the program ends, so that the next one can continue.
 */
#ifndef TG_FOLLOW_FOLLOW_FILE_H
#define TG_FOLLOW_FOLLOW_FILE_H

#include "base/fault.h"
#include "base/instant.h"

#include <apr_pools.h>
#include <stdint.h>

/** What is known about a file that follows. */
typedef struct {
    const char *store;   /**< its name, without secrets */
    const char *key;     /**< of the document in it */
    const char *cluster; /**< "": nothing has been installed yet */
    int64_t revision;    /**< of the document that was installed last */
    int64_t audited;     /**< the last revision whose audit is in the audit log */
    const char *digest;  /**< of its text: tg_text_hash() */
    int is_connected;
    tg_instant_t since; /**< when that began */
} tg_follow_file_t;

/** Appended to the name of the state file. */
#define TG_FOLLOW_FILE_SUFFIX ".follow"

/**
 * Reads the file.
 * @param is_followed set to 1 if a program follows at this moment
 * @return 1, or 0 with errno set if there is no readable file (errno is 0 if its content is bad)
 */
int tg_follow_file_read(apr_pool_t *pool, const char *state, tg_follow_file_t *out,
                        int *is_followed);

/** How opening it ended. */
typedef enum {
    TG_FOLLOW_FILE_OPEN,
    TG_FOLLOW_FILE_TAKEN, /**< another program follows */
    TG_FOLLOW_FILE_FAILED
} tg_follow_file_result_t;

/**
 * Opens and locks the file for the one program that follows.
 * @param fd  set to the descriptor
 * @param out what the last program has written; all empty if there was none
 * @param fault filled unless it is open
 */
tg_follow_file_result_t tg_follow_file_open(apr_pool_t *pool, const char *state, int *fd,
                                            tg_follow_file_t *out, tg_fault_t *fault);

/** Takes the lock again, after another descriptor of the same file was closed. */
void tg_follow_file_hold(int fd);

/** 1 if FILE.follow is still the open file; 0 if somebody has removed or replaced it. */
int tg_follow_file_is_there(apr_pool_t *pool, int fd, const char *state);

/** Writes the file. 1, or 0 with errno set: the next start then knows less. */
int tg_follow_file_write(apr_pool_t *pool, int fd, const tg_follow_file_t *followed);

#endif
