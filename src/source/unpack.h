/* The bytes of a file, unpacked. */
#ifndef TG_SOURCE_UNPACK_H
#define TG_SOURCE_UNPACK_H

#include "base/fault.h"

#include <apr_pools.h>
#include <stdint.h>

/** A file that is unpacked. Closed with its pool. */
typedef struct tg_unpack_t tg_unpack_t;

/** NULL with @p fault filled. @param path "-" for the standard input */
tg_unpack_t *tg_unpack_open(apr_pool_t *pool, const char *path, tg_fault_t *fault);

/** How it ended. */
typedef enum {
    TG_UNPACK_MORE,
    TG_UNPACK_END,
    TG_UNPACK_CUT, /**< the file ends within what is compressed */
    TG_UNPACK_FAILED
} tg_unpack_result_t;

/**
 * Reads at most @p room bytes into @p to.
 * @param length receives how many; more than 0 with TG_UNPACK_MORE
 * @param fault  filled if it failed
 */
tg_unpack_result_t tg_unpack_read(tg_unpack_t *unpack, char *to, size_t room, size_t *length,
                                  tg_fault_t *fault);

/**
 * The file, if it is not compressed; else -1.
 * @param next receives the place of the byte that is unpacked next
 */
int tg_unpack_plain(const tg_unpack_t *unpack, uint64_t *next);

/** Bytes of the file that were read, and how many it has; 0: not known. */
uint64_t tg_unpack_position(const tg_unpack_t *unpack);
uint64_t tg_unpack_size(const tg_unpack_t *unpack);

#endif
