/* Instants for a person: see when.h. */
#include "when.h"

#include "base/relative.h"

#include <apr_strings.h>
#include <string.h>
#include <time.h>

#define DATE_LENGTH strlen("2027-02-01")
#define MINUTE_LENGTH strlen("09:00")
#define LOCAL_MAX 64

const char *tg_term_local_time(apr_pool_t *pool, tg_instant_t t)
{
    char local[LOCAL_MAX], date[LOCAL_MAX];
    time_t seconds = (time_t)t;
    struct tm fields;

    if (t < TG_INSTANT_MIN || t > TG_INSTANT_MAX || !localtime_r(&seconds, &fields) ||
        fields.tm_gmtoff == 0 ||
        strftime(local, sizeof(local), fields.tm_sec ? "%H:%M:%S %Z" : "%H:%M %Z", &fields) == 0 ||
        strftime(date, sizeof(date), "%Y-%m-%d", &fields) == 0) {
        return NULL;
    }
    return strncmp(date, tg_instant_text(pool, t), DATE_LENGTH) == 0
               ? apr_pstrdup(pool, local)
               : apr_pstrcat(pool, date, " ", local, NULL);
}

/* `2027-02-01 09:00Z`: seconds only if there are any. */
static const char *utc_time(apr_pool_t *pool, const char *text, int has_date)
{
    const char *time = text + DATE_LENGTH + 1;
    const char *seconds = time + MINUTE_LENGTH;

    return apr_pstrcat(pool, has_date ? apr_pstrmemdup(pool, text, DATE_LENGTH) : "",
                       has_date ? " " : "", apr_pstrmemdup(pool, time, MINUTE_LENGTH),
                       strcmp(seconds, ":00Z") == 0 ? "Z" : seconds, NULL);
}

const char *tg_term_when(apr_pool_t *pool, tg_instant_t t, tg_instant_t now)
{
    const char *text = tg_instant_text(pool, t), *local = tg_term_local_time(pool, t);

    if (t < TG_INSTANT_MIN || t > TG_INSTANT_MAX) {
        return text;
    }
    text = utc_time(pool, text, strncmp(text, tg_instant_text(pool, now), DATE_LENGTH) != 0);
    return local ? apr_pstrcat(pool, text, ", ", local, NULL) : text;
}

const char *tg_term_when_far(apr_pool_t *pool, tg_instant_t t, tg_instant_t now)
{
    return t < TG_INSTANT_MIN || t > TG_INSTANT_MAX
               ? tg_instant_text(pool, t)
               : apr_pstrcat(pool, tg_term_when(pool, t, now), " (", tg_relative_text(pool, t, now),
                             ")", NULL);
}
