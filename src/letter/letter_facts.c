/* What is known of a client that is written to: see letter_facts.h. */
#include "letter_facts.h"

int tg_letter_texts(const tg_letter_facts_t *facts, tg_tally_kind_t kind,
                    tg_span_t texts[TG_TALLY_KEPT_MAX])
{
    const tg_tally_client_t *c = tg_tally_client(facts->tally, facts->client);
    const tg_tally_fact_t *fact = tg_tally_fact(facts->tally, c->facts, kind);
    int n = 0;

    for (; fact && n < TG_TALLY_KEPT_MAX; fact = tg_tally_fact(facts->tally, fact->next, kind)) {
        texts[n++] = tg_tally_text(facts->tally, tg_tally_fact_what(fact));
    }
    return n;
}
