/* Times for people: see relative.h. */
#include "relative.h"

#include <apr_strings.h>

/* From the shortest. A length uses the first row that it is shorter than; the last row has no
 * limit. */
static const struct {
    int64_t below;    /* lengths shorter than this */
    int64_t unit;     /* seconds of the larger unit */
    int64_t rest;     /* seconds of the smaller one, to which it is rounded; 0: there is none */
    const char *name; /* of the larger one */
    const char *rest_name;
} lengths[] = {
    { 60, 1, 0, "s", "" },
    { 3600, 60, 0, "min", "" },
    { 86400, 3600, 60, "h", "min" },
    { INT64_C(7) * 86400, 86400, 3600, "day", "h" },
    { INT64_MAX, 86400, 0, "day", "" },
};

static int64_t round_to(int64_t seconds, int64_t unit)
{
    return (seconds + unit / 2) / unit * unit;
}

/* `1 day`, `2 days`; other units have no plural. */
static const char *count_text(apr_pool_t *pool, int64_t n, const char *name)
{
    return apr_psprintf(pool, "%" APR_INT64_T_FMT " %s%s", n, name,
                        name[0] == 'd' && n != 1 ? "s" : "");
}

/* 59 min 40 s are told as 1 h: what counts is the rounded length. */
static size_t row_of_length(int64_t seconds, int64_t *rounded)
{
    size_t i = 0;

    for (;; i++) {
        *rounded = round_to(seconds, lengths[i].rest ? lengths[i].rest : lengths[i].unit);
        if (*rounded < lengths[i].below) {
            return i;
        }
    }
}

const char *tg_relative_length(apr_pool_t *pool, int64_t seconds)
{
    int64_t rounded;
    size_t i = row_of_length(seconds, &rounded);
    const char *text = count_text(pool, rounded / lengths[i].unit, lengths[i].name);

    rounded %= lengths[i].unit;
    return rounded == 0
               ? text
               : apr_pstrcat(pool, text, " ",
                             count_text(pool, rounded / lengths[i].rest, lengths[i].rest_name),
                             NULL);
}

const char *tg_relative_text(apr_pool_t *pool, tg_instant_t t, tg_instant_t now)
{
    if (t == now) {
        return "now";
    }
    return t > now ? apr_pstrcat(pool, "in ", tg_relative_length(pool, t - now), NULL)
                   : apr_pstrcat(pool, tg_relative_length(pool, now - t), " ago", NULL);
}
