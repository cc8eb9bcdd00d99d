/* The section of the user agents with which stragglers came before: of those that have some, by the
 * names of the straggler. A section of its own, so that a file of a version without it is read.
 */
#include "ledger_sections.h"

#include <string.h>

void tg_ledger_agents_put(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    int count = what->stragglers ? what->stragglers->nelts : 0, i, n;
    size_t place = out->length;
    uint32_t used = 0;

    tg_ledger_bytes_put(out, 0, 4);
    for (i = 0; i < count; i++) {
        const tg_straggler_t *entry = &APR_ARRAY_IDX(what->stragglers, i, const tg_straggler_t);

        if (*entry->agents[0]) {
            tg_ledger_bytes_put_text(out, entry->client);
            tg_ledger_bytes_put_text(out, entry->schedule);
            for (n = 0; n < TG_STRAGGLER_AGENTS; n++) {
                tg_ledger_bytes_put_text(out, entry->agents[n]);
            }
            used++;
        }
    }
    tg_ledger_bytes_put_at(out, place, used, 4);
}

/* A client that did not fit into the table is skipped here too. */
void tg_ledger_agents_get(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    uint64_t left = tg_ledger_bytes_get_most(in, 4, TG_STRAGGLERS_MAX);

    while (left-- > 0 && in->is_whole) {
        tg_straggler_t read = { 0 }, *entry;
        int n;

        tg_ledger_bytes_get_text(in, read.client, sizeof(read.client));
        tg_ledger_bytes_get_text(in, read.schedule, sizeof(read.schedule));
        for (n = 0; n < TG_STRAGGLER_AGENTS; n++) {
            tg_ledger_bytes_get_text(in, read.agents[n], sizeof(read.agents[n]));
        }
        entry = in->is_whole && what->table
                    ? tg_stragglers_find(what->table, read.client, read.schedule)
                    : NULL;
        if (entry) {
            memcpy(entry->agents, read.agents, sizeof(entry->agents));
        }
    }
}
