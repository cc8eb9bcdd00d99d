/* Taking back a change of many: see many_undo.h. */
#include "many_undo.h"

#include "exempt_file.h"

#include "term/term.h"

#include <apr_strings.h>

#define EXEMPTION_AT(state, i) (&APR_ARRAY_IDX((state)->exemptions, i, tg_state_exemption_t))

/* One call. */
typedef struct {
    apr_pool_t *pool;
    tg_ctl_many_t *many;
    const tg_kept_t *kept;
    apr_hash_t *in_state, *in_before, *in_after; /* tg_ctl_many_index() of each */
    tg_state_t *state;
} many_undo_t;

static const tg_state_exemption_t *entry_in(const many_undo_t *u, apr_hash_t *places,
                                            const tg_state_t *of, const tg_state_exemption_t *e)
{
    const int *place =
        apr_hash_get(places, tg_ctl_exempt_file_key(u->pool, e), APR_HASH_KEY_STRING);

    return place ? EXEMPTION_AT(of, *place - 1) : NULL;
}

static int complain_of(const tg_state_exemption_t *e)
{
    tg_term_error("nothing was changed: %s %s is not as the change left it; see " TG_PROGRAM_NAME
                  " audit, undo first what came later, or make the change that you want",
                  e->exemption.schedule, e->network ? e->network : e->exemption.client);
    return 0;
}

/* What the change left must still be there, and nothing where it left nothing. */
static int is_all_as_left(const many_undo_t *u)
{
    int i;

    for (i = 0; i < u->kept->after.exemptions->nelts; i++) {
        const tg_state_exemption_t *e = EXEMPTION_AT(&u->kept->after, i);
        const tg_state_exemption_t *now = entry_in(u, u->in_state, u->state, e);

        if (!now || !tg_ctl_many_is_same(now, e)) {
            return complain_of(e);
        }
    }
    for (i = 0; i < u->kept->before.exemptions->nelts; i++) {
        const tg_state_exemption_t *e = EXEMPTION_AT(&u->kept->before, i);

        if (!entry_in(u, u->in_after, &u->kept->after, e) &&
            entry_in(u, u->in_state, u->state, e)) {
            return complain_of(e);
        }
    }
    return 1;
}

static void take_back(const many_undo_t *u)
{
    apr_array_header_t *result =
        apr_array_make(u->pool, u->state->exemptions->nelts + 1, sizeof(tg_state_exemption_t));
    int i;

    for (i = 0; i < u->state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = EXEMPTION_AT(u->state, i);
        int is_of_it = entry_in(u, u->in_after, &u->kept->after, e) != NULL;
        const tg_state_exemption_t *was =
            is_of_it ? entry_in(u, u->in_before, &u->kept->before, e) : e;

        if (was) {
            APR_ARRAY_PUSH(result, tg_state_exemption_t) = *was;
        }
        if (is_of_it) {
            tg_ctl_many_note(u->many, e, was);
        }
    }
    for (i = 0; i < u->kept->before.exemptions->nelts; i++) {
        const tg_state_exemption_t *e = EXEMPTION_AT(&u->kept->before, i);

        if (!entry_in(u, u->in_after, &u->kept->after, e)) {
            APR_ARRAY_PUSH(result, tg_state_exemption_t) = *e;
            tg_ctl_many_note(u->many, NULL, e);
        }
    }
    u->state->exemptions = result;
}

int tg_ctl_many_undo(const tg_ctl_many_undo_t *undo, tg_ctl_change_t *change, apr_pool_t *pool,
                     tg_state_t *state)
{
    tg_ctl_many_source_t source = undo->source;
    many_undo_t u = { .pool = pool, .kept = undo->kept, .state = state };

    source.takes_back = !source.takes_back;
    u.in_state = tg_ctl_many_index(pool, state);
    u.in_before = tg_ctl_many_index(pool, &undo->kept->before);
    u.in_after = tg_ctl_many_index(pool, &undo->kept->after);
    if (!is_all_as_left(&u)) {
        return 0;
    }
    u.many = tg_ctl_many_open(undo->ctl, change, pool, &source);
    take_back(&u);
    tg_ctl_many_close(u.many);
    return 1;
}
