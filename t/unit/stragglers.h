/* Tables of stragglers in tests, in memory that processes share. */
#ifndef UNIT_STRAGGLERS_H
#define UNIT_STRAGGLERS_H

#include "unit.h"

#include "ledger/straggler_table.h"

#include <apr_strings.h>
#include <sys/mman.h>

#define NOW INT64_C(1531213200)

static inline tg_stragglers_t *fresh_table(uint32_t capacity)
{
    void *memory = mmap(NULL, tg_stragglers_size(capacity), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    tg_stragglers_set_up(memory, capacity, 12345);
    return memory;
}

static inline void see(tg_stragglers_t *table, int client, int64_t time, int rejected)
{
    tg_straggler_sight_t sight = { .client = apr_psprintf(unit_pool, "account:%d", client),
                                   .schedule = "legacy",
                                   .user_agent = apr_psprintf(unit_pool, "agent/%d", client),
                                   .time = time,
                                   .rejected = rejected };

    tg_stragglers_add(table, &sight);
}

/* Both chains are whole, and lead to as many entries as there are. */
static inline void is_whole(const tg_stragglers_t *table)
{
    uint32_t link, before = 0, n = 0;
    int64_t last = INT64_MAX;

    for (link = table->newest; link; link = table->entries[link - 1].older) {
        const tg_straggler_t *entry = &table->entries[link - 1];

        assert_int_equal(entry->newer, before);
        assert_true(entry->last_seen <= last);
        assert_int_equal(entry->is_used, 1);
        last = entry->last_seen;
        before = link;
        assert_true(++n <= table->used);
    }
    assert_int_equal(table->oldest, before);
    assert_int_equal(n, table->used);
}

#endif
