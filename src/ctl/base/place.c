/* Places and kinds of clients: see place.h. */
#include "place.h"

#include "base/rows.h"
#include "base/text.h"
#include "format/plan_scope.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* --- what holds there --- */

const apr_array_header_t *tg_ctl_place_named(apr_pool_t *pool, const apr_array_header_t *bindings,
                                             const apr_array_header_t *schedules)
{
    apr_array_header_t *named = apr_array_make(pool, 2, sizeof(const tg_binding_t *));
    int i, j;

    for (i = 0; schedules && i < bindings->nelts; i++) {
        const tg_binding_t *binding = APR_ARRAY_IDX(bindings, i, const tg_binding_t *);

        for (j = 0; j < schedules->nelts; j++) {
            if (APR_ARRAY_IDX(schedules, j, const tg_schedule_t *) == binding->schedule) {
                APR_ARRAY_PUSH(named, const tg_binding_t *) = binding;
            }
        }
    }
    return schedules ? named : bindings;
}

int tg_ctl_place_has(const apr_array_header_t *bindings, const tg_schedule_t *schedule)
{
    int i;

    for (i = 0; i < bindings->nelts; i++) {
        if (APR_ARRAY_IDX(bindings, i, const tg_binding_t *)->schedule == schedule) {
            return 1;
        }
    }
    return 0;
}

int tg_ctl_place_meets(const tg_ctl_place_t *place, const tg_ctl_kind_t *kind)
{
    int needs_tls = kind->protocol >= TG_PROTOCOL_OLDEST;
    int is_tls = place->settings->is_tls;

    return is_tls < 0 || kind->protocol == TG_PROTOCOL_UNKNOWN || is_tls == needs_tls;
}

int tg_ctl_place_accepts(const tg_ctl_place_t *place, const tg_ctl_kind_t *kind,
                         const tg_plan_kept_out_t **why)
{
    const tg_plan_settings_t *settings = place->settings;
    int i;

    if (kind->protocol < TG_PROTOCOL_OLDEST ||
        (settings->accepts & TG_TRAIT_PROTOCOL(kind->protocol))) {
        return 1;
    }
    *why = NULL;
    for (i = 0; i < settings->kept_out->nelts; i++) {
        const tg_plan_kept_out_t *out = &APR_ARRAY_IDX(settings->kept_out, i, tg_plan_kept_out_t);

        *why = out->protocol == kind->protocol ? out : *why;
    }
    return 0;
}

int tg_ctl_place_is_hash(const char *value)
{
    apr_size_t length = strlen(TG_TEXT_HASHED);

    return strncmp(value, TG_TEXT_HASHED, length) == 0 && strlen(value) == length + 32 &&
           value[length + strspn(value + length, "0123456789abcdef")] == '\0';
}

int tg_ctl_place_has_source(const tg_ctl_place_t *place, const char *client, int is_hashed)
{
    apr_size_t length = strcspn(client, ":");
    int i;

    for (i = 0; i < place->settings->identity->nelts; i++) {
        const tg_plan_identity_t *source =
            &APR_ARRAY_IDX(place->settings->identity, i, tg_plan_identity_t);

        if (strlen(source->kind) == length && strncmp(source->kind, client, length) == 0 &&
            (is_hashed < 0 || source->is_hashed == is_hashed)) {
            return 1;
        }
    }
    return 0;
}

int tg_ctl_place_knows(const tg_ctl_place_t *place, const char *client)
{
    const char *value = client ? strchr(client, ':') : NULL;

    return !value || strncmp(client, "ip:", 3) == 0 ||
           tg_ctl_place_has_source(place, client, tg_ctl_place_is_hash(value + 1));
}

/* --- in words --- */

const char *tg_ctl_places_text(apr_pool_t *pool, const json_t *places)
{
    apr_array_header_t *texts = apr_array_make(pool, 4, sizeof(const char *));
    const json_t *place;
    size_t i;

    json_array_foreach (places, i, place) {
        APR_ARRAY_PUSH(texts, const char *) = json_string_value(place);
    }
    return tg_plan_places_text(pool, texts);
}
