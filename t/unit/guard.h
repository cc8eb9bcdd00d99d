/* Memory that ends where the next byte cannot be read: code that reads one byte too far
 * crashes there.
 */
#ifndef GUARD_H
#define GUARD_H

#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

/** Bytes right before a page without access. */
typedef struct {
    unsigned char *pages; /**< the first of them is for the bytes, the last is the guard */
    size_t room;          /**< all but the guard */
} guard_t;

static inline guard_t guard_open(size_t at_least)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    guard_t guard = { NULL, (at_least / page + 1) * page };
    void *pages =
        mmap(NULL, guard.room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(pages != MAP_FAILED, "no memory for a guard");
    guard.pages = pages;
    CHECK(mprotect(guard.pages + guard.room, page, PROT_NONE) == 0, "no guard");
    return guard;
}

/** A copy of the bytes that ends at the guard. */
static inline unsigned char *guard_put(const guard_t *guard, const unsigned char *bytes,
                                       size_t length)
{
    unsigned char *put = guard->pages + guard->room - length;

    CHECK(length <= guard->room, "%d bytes are too many for the guard", (int)length);
    memcpy(put, bytes, length);
    return put;
}

static inline void guard_close(guard_t *guard)
{
    munmap(guard->pages, guard->room + (size_t)sysconf(_SC_PAGESIZE));
}

#endif
