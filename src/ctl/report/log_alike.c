/* Rows of a simulation that get the same answers: see log_simulation.h. A log has many clients and
 * few kinds of them: each kind is asked about once. Exempt clients are asked about one by one.
 */
#include "log_simulation.h"

#include "base/rows.h"

#include <apr_strings.h>
#include <string.h>

/** Kinds that are remembered, and their answers in all: those of a day may be thousands. */
#define ALIKE_MAX 4096
#define ANSWERS_MAX 1000000

struct tg_ctl_log_alike_t {
    apr_pool_t *pool, *scratch;
    const apr_array_header_t *changes;
    tg_instant_t from, until;
    apr_hash_t *answers; /* of tg_ctl_log_answers_t, by what decides about them */
    apr_hash_t *shares;  /* of shares_t, by name of schedule */
    int kept;            /* answers */
};

/* Up to which share windows of a schedule reject. */
typedef struct {
    unsigned char
        classes[100]; /* by bucket: buckets that no share tells apart have the same number */
} shares_t;

tg_ctl_log_alike_t *tg_ctl_log_alike(apr_pool_t *pool, const apr_array_header_t *changes,
                                     tg_instant_t from, tg_instant_t until)
{
    tg_ctl_log_alike_t *alike = apr_pcalloc(pool, sizeof(*alike));

    alike->pool = pool;
    alike->changes = changes;
    alike->from = from;
    alike->until = until;
    alike->answers = apr_hash_make(pool);
    alike->shares = apr_hash_make(pool);
    apr_pool_create(&alike->scratch, pool);
    return alike;
}

static const shares_t *shares_of(tg_ctl_log_alike_t *alike, const tg_schedule_t *s)
{
    shares_t *shares = apr_hash_get(alike->shares, s->name, APR_HASH_KEY_STRING);
    unsigned char is_share[101] = { 0 }, number = 0;
    int i;

    if (shares) {
        return shares;
    }
    shares = apr_palloc(alike->pool, sizeof(*shares));
    for (i = 0; i < s->windows->nelts; i++) {
        is_share[APR_ARRAY_IDX(s->windows, i, tg_window_t).share] = 1;
    }
    for (i = 0; i < (int)sizeof(shares->classes); i++) { /* one is in the shares above its bucket */
        number = (unsigned char)(number + is_share[i]);
        shares->classes[i] = number;
    }
    apr_hash_set(alike->shares, s->name, APR_HASH_KEY_STRING, shares);
    return shares;
}

static int is_exempt_once(const tg_ctl_log_alike_t *alike, const tg_ctl_log_row_t *row,
                          const char *schedule)
{
    int i;

    for (i = 0; i < alike->changes->nelts; i++) {
        if (tg_exemption_find(APR_ARRAY_IDX(alike->changes, i, tg_ctl_log_change_t).set, schedule,
                              row->key, row->address, TG_ALWAYS)) {
            return 1;
        }
    }
    return 0;
}

/* What the name of a client decides, apart from exemptions: whether a server knows such names, and
 * its shares. NULL: it is exempt, and so like no other. */
static const char *key_of_client(tg_ctl_log_alike_t *alike, const tg_ctl_log_row_t *row)
{
    const char *value = row->key ? strchr(row->key, ':') : NULL;
    const char *key = apr_psprintf(alike->scratch, "%d%d%d%.*s", row->key != NULL,
                                   row->address != NULL, value && tg_ctl_place_is_hash(value + 1),
                                   value ? (int)(value - row->key) : 0, value ? row->key : "");
    int i, j;
    size_t list;

    for (i = 0; i < row->where->apart->nelts; i++) {
        const tg_ctl_place_t *place = &APR_ARRAY_IDX(row->where->apart, i, tg_ctl_place_t);
        const apr_array_header_t *const lists[] = { place->bindings, place->handshake };

        for (list = 0; list < TG_ROWS(lists); list++) {
            for (j = 0; j < lists[list]->nelts; j++) {
                const tg_schedule_t *s =
                    APR_ARRAY_IDX(lists[list], j, const tg_binding_t *)->schedule;

                if (is_exempt_once(alike, row, s->name)) {
                    return NULL;
                }
                if (s->has_share && row->key) {
                    key = apr_psprintf(
                        alike->scratch, "%s %d", key,
                        shares_of(alike, s)->classes[tg_phase_bucket(s->name, row->key)]);
                }
            }
        }
    }
    return key;
}

tg_ctl_log_answers_t *tg_ctl_log_answers_to(tg_ctl_log_alike_t *alike, apr_pool_t *pool,
                                            const tg_ctl_log_row_t *row)
{
    tg_ctl_log_answers_t *found;
    const char *key;

    apr_pool_clear(alike->scratch);
    key = key_of_client(alike, row);
    key = key ? apr_psprintf(alike->scratch, "%s %x %x %d %d %pp %pp %d %d %s", row->where->decides,
                             row->kind.traits, row->possible, (int)row->kind.protocol,
                             row->kind.has_any_expr, (const void *)row->kind.expr,
                             (const void *)row->decided, (int)row->cause, row->is_own, key)
              : NULL;
    found = key ? apr_hash_get(alike->answers, key, APR_HASH_KEY_STRING) : NULL;
    if (found) {
        return found;
    }
    key = apr_hash_count(alike->answers) < ALIKE_MAX && alike->kept < ANSWERS_MAX ? key : NULL;
    pool = key ? alike->pool : pool;
    found = apr_pcalloc(pool, sizeof(*found));
    found->steps = tg_ctl_log_answers(pool, row, alike->changes, alike->from, alike->until);
    if (key) {
        found->is_kept = 1;
        alike->kept += found->steps->nelts;
        apr_hash_set(alike->answers, apr_pstrdup(alike->pool, key), APR_HASH_KEY_STRING, found);
    }
    return found;
}
