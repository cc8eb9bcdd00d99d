/* What is known of a client that is written to: see letter_facts.h. */
#include "letter_facts.h"

#include <stdlib.h>

/* A text, how often it came, and its place in the list, which has the newest first. */
typedef struct {
    tg_span_t text;
    uint32_t count;
    int place;
} counted_text_t;

static int compare_counted(const void *a, const void *b)
{
    const counted_text_t *x = a, *y = b;

    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    return (x->place < y->place) - (x->place > y->place);
}

int tg_letter_texts(const tg_letter_facts_t *facts, tg_tally_kind_t kind,
                    tg_span_t texts[TG_TALLY_KEPT_MAX])
{
    const tg_tally_client_t *c = tg_tally_client(facts->tally, facts->client);
    const tg_tally_fact_t *fact = tg_tally_fact(facts->tally, c->facts, kind);
    counted_text_t counted[TG_TALLY_KEPT_MAX] = { 0 };
    int i, n = 0;

    for (; fact && n < TG_TALLY_KEPT_MAX; fact = tg_tally_fact(facts->tally, fact->next, kind)) {
        /* Without an address the tally has the name in its place. */
        if (tg_tally_fact_what(fact) != c->client) {
            counted[n] = (counted_text_t){ tg_tally_text(facts->tally, tg_tally_fact_what(fact)),
                                           fact->count, n };
            n++;
        }
    }
    qsort(counted, (size_t)n, sizeof(counted[0]), compare_counted);
    for (i = 0; i < n; i++) {
        texts[i] = counted[i].text;
    }
    return n;
}
