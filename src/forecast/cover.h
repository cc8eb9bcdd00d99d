/* The cheapest windows that meet enough clients: weighted partial set cover on a line.
 *
 * Each window has a cost and the clients that it meets. Find windows that together meet at least a
 * given number of clients at the least cost; where all are on one line, no two of them may overlap
 * or touch. The problem is NP-hard, so it is solved in four steps, whose
 * work is bounded by a number of steps and not by time:
 *
 * 1. Greedy: the window that meets most new clients for its cost is taken, until there are enough.
 *    A gain only shrinks, so only the best window is evaluated again (lazy evaluation). If all
 *    windows that would help touch one that was taken, one of them replaces those that it touches.
 * 2. Local search: windows that are not needed are removed, and a window is replaced if a cheaper
 *    one will do.
 * 3. A bound from below: the Lagrangian dual, raised by a subgradient. Each client gets a price,
 *    and no choice costs less than the cheapest prices of as many clients as are wanted, less what
 *    windows are overpaid.
 * 4. Branch and bound with these prices. If it ends, nothing is cheaper than what was found.
 *
 * Where it does not end, the bound of step 3 stays: `least`.
 */
#ifndef TG_FORECAST_COVER_H
#define TG_FORECAST_COVER_H

#include <apr_pools.h>
#include <stdint.h>

/** Looks at a member of a window that each of the steps 2 to 4 may take: about a second. */
#define TG_COVER_WORK_MAX UINT64_C(500000000)

/** A window that may be chosen. */
typedef struct {
    int start, end;          /**< [start, end), in steps from 0 */
    uint64_t cost;           /**< 1 or more */
    const uint32_t *members; /**< the clients that it meets, each once; at least one */
    uint32_t count;
} tg_cover_window_t;

/** What is asked. Read-only. */
typedef struct {
    const tg_cover_window_t *windows;
    int count;
    uint32_t clients; /**< numbers of members are below this */
    uint32_t need;    /**< clients that must be met: 1 or more */
    int may_touch;    /**< windows may overlap and touch; one is never within another */
    uint64_t work;    /**< TG_COVER_WORK_MAX, or less */
} tg_cover_question_t;

/** What was found. */
typedef struct {
    int *chosen; /**< numbers of windows, by start */
    int count;
    uint64_t cost;
    uint64_t least; /**< nothing costs less; the same as `cost`: nothing is cheaper */
    uint32_t met;
} tg_cover_t;

/** Finds them. @return 1, or 0: none was found that meets enough; @p found has the best attempt */
int tg_cover_find(apr_pool_t *pool, const tg_cover_question_t *question, tg_cover_t *found);

#endif
