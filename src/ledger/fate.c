/* What became of a request: see fate.h. */
#include "fate.h"

#include "base/rows.h"

const char *tg_fate_name(tg_fate_t fate)
{
    static const char *const fate_names[] = { "none",         "observe", "warn",
                                              "would-reject", "reject",  "refuse" };
    TG_ROWS_ARE(fate_names, TG_FATES);

    return fate_names[fate];
}

/* In the order of tg_action_t: what is done, and what is left undone. */
static const struct {
    tg_fate_t enforced, otherwise;
} fate_of_action[] = {
    { TG_FATE_OBSERVE, TG_FATE_OBSERVE },
    { TG_FATE_WARN, TG_FATE_OBSERVE },
    { TG_FATE_REJECT, TG_FATE_WOULD_REJECT },
    { TG_FATE_REFUSE, TG_FATE_WOULD_REJECT },
};
TG_ROWS_ARE(fate_of_action, TG_ACTIONS);

tg_fate_t tg_fate_of(const tg_outcome_t *outcome)
{
    if (!outcome) {
        return TG_FATE_NONE;
    }
    return outcome->enforced ? fate_of_action[outcome->action].enforced
                             : fate_of_action[outcome->action].otherwise;
}

uint64_t tg_counts_requests(const tg_counts_t *counts, tg_protocol_t protocol)
{
    uint64_t sum = 0;
    int fate;

    for (fate = 0; fate < TG_FATE_REFUSE; fate++) {
        sum += counts->n[protocol][fate];
    }
    return sum;
}

uint64_t tg_counts_all_requests(const tg_counts_t *counts)
{
    uint64_t sum = 0;
    int protocol;

    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        sum += tg_counts_requests(counts, (tg_protocol_t)protocol);
    }
    return sum;
}

uint64_t tg_counts_of_fate(const tg_counts_t *counts, tg_fate_t fate)
{
    uint64_t sum = 0;
    int protocol;

    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        sum += counts->n[protocol][fate];
    }
    return sum;
}

void tg_counts_add(tg_counts_t *counts, const tg_counts_t *more)
{
    int protocol, fate;

    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        for (fate = 0; fate < TG_FATES; fate++) {
            counts->n[protocol][fate] += more->n[protocol][fate];
        }
    }
}
