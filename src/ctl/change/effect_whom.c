/* Whom the edits of a change are about: see effect_whom.h. */
#include "effect_whom.h"

#include "ctl/base/client_operand.h"
#include "ctl/base/document.h"
#include "store/state_edit.h"

#include <apr_strings.h>
#include <string.h>

/** For how many sorts of clients the effect is shown; one client represents each sort. */
#define SORTS_MAX 8

/* A suspend, a postponement or an exemption, which has no kind. */
static int is_opening(const json_t *to)
{
    const char *kind = tg_ctl_document_text(to, "kind", "exempt");

    return json_is_object(to) && strcmp(kind, tg_state_kind_name(TG_STATE_TRIAL)) != 0 &&
           strcmp(kind, tg_state_kind_name(TG_STATE_RESUME)) != 0;
}

/* One address represents its network. A network is not a client, so it is in every share. */
static void take_network(apr_pool_t *pool, const char *network, tg_ctl_effect_on_t *on)
{
    const char *address = apr_pstrmemdup(pool, network, strcspn(network, "/"));

    on->text = network;
    on->client = strchr(network, '/') ? NULL : apr_pstrcat(pool, "ip:", address, NULL);
    apr_sockaddr_info_get(&on->address, address, APR_UNSPEC, 0, 0, pool);
}

static tg_ctl_effect_on_t whom_of(apr_pool_t *pool, const tg_state_edit_t *edit)
{
    const json_t *entry = json_is_object(edit->to) ? edit->to : edit->from;
    const char *network = tg_ctl_document_text(entry, "network", NULL);
    tg_ctl_effect_on_t on = { .client = tg_ctl_document_text(entry, "client", NULL),
                              .until = tg_ctl_document_instant(entry, "until", TG_NEVER),
                              .opens = is_opening(edit->to) };

    on.text = on.client;
    if (network) {
        take_network(pool, network, &on);
    }
    return on;
}

/* Whether both match, or do not, for the same reasons. */
static int is_same_sort(const tg_ctl_effect_on_t *a, const tg_ctl_effect_on_t *b)
{
    const char *x = a->client ? strchr(a->client, ':') : NULL;
    const char *y = b->client ? strchr(b->client, ':') : NULL;

    if (a->opens != b->opens || !a->text != !b->text || !a->address != !b->address || !x != !y) {
        return 0;
    }
    return !x || (x - a->client == y - b->client &&
                  strncmp(a->client, b->client, (size_t)(x - a->client)) == 0 &&
                  tg_ctl_place_is_hash(x + 1) == tg_ctl_place_is_hash(y + 1));
}

apr_array_header_t *tg_ctl_effect_whom(const tg_ctl_effect_t *effect)
{
    apr_array_header_t *list = apr_array_make(effect->ctl->pool, 2, sizeof(tg_ctl_effect_on_t));
    int i, j;

    for (i = 0; i < effect->edits->nelts && list->nelts < SORTS_MAX; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(effect->edits, i, tg_state_edit_t);
        tg_ctl_effect_on_t on;

        if (strcmp(edit->schedule, effect->schedule->name) != 0) {
            continue;
        }
        on = whom_of(effect->ctl->pool, edit);
        for (j = 0;
             j < list->nelts && !is_same_sort(&APR_ARRAY_IDX(list, j, tg_ctl_effect_on_t), &on);
             j++) {
        }
        if (j == list->nelts) {
            APR_ARRAY_PUSH(list, tg_ctl_effect_on_t) = on;
        }
    }
    return list;
}
