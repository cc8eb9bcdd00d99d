/* Dates, protocols and phases as people write them: see wording.h. */
#include "wording.h"

#include "base/relative.h"
#include "base/rows.h"
#include "base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

static const char *const phase_words[] = {
    "nothing is announced, and such requests are served",
    "such requests are still served",
    "such requests are served again for a limited time",
    "such requests are rejected for a limited time, so that the clients that send them are found",
    "such requests are rejected",
    "connections are refused in the TLS handshake, without an answer",
};
TG_ROWS_ARE(phase_words, TG_PHASES);

/* Where the parts are of `Tue, 10 Jul 2018 09:00:00 GMT`. */
enum { DATE_AT = 5, DATE_LENGTH = 11, TIME_AT = 17, SECONDS_AT = 23 };

const char *tg_wording_day(apr_pool_t *pool, tg_instant_t t)
{
    char buf[TG_INSTANT_STRLEN];
    const char *date = tg_instant_format_http(t, buf) + DATE_AT;
    int zero = *date == '0';

    return apr_psprintf(pool, "%.3s %.*s", buf, DATE_LENGTH - zero, date + zero);
}

const char *tg_wording_hour(apr_pool_t *pool, tg_instant_t t)
{
    char buf[TG_INSTANT_STRLEN];
    const char *seconds = tg_instant_format_http(t, buf) + SECONDS_AT;
    int length = strncmp(seconds, "00", 2) == 0 ? (int)strlen("09:00") : (int)strlen("09:00:00");

    return apr_psprintf(pool, "%.*s", length, buf + TIME_AT);
}

const char *tg_wording_instant(apr_pool_t *pool, tg_instant_t t)
{
    return apr_pstrcat(pool, tg_wording_day(pool, t), ", ", tg_wording_hour(pool, t), " UTC", NULL);
}

const char *tg_wording_count(apr_pool_t *pool, uint64_t n)
{
    const char *digits = apr_psprintf(pool, "%" APR_UINT64_T_FMT, (apr_uint64_t)n);
    size_t left = strlen(digits);
    char *text = apr_palloc(pool, 2 * left), *to = text;

    for (; left > 0; left--) {
        *to++ = *digits++;
        if (left > 1 && left % 3 == 1) {
            *to++ = ',';
        }
    }
    *to = '\0';
    return text;
}

const char *tg_wording_number(apr_pool_t *pool, uint64_t n, const char *singular)
{
    return apr_pstrcat(pool, tg_wording_count(pool, n), " ", singular, n == 1 ? "" : "s", NULL);
}

const char *tg_wording_every(apr_pool_t *pool, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = { { 60, "minute" }, { 3600, "hour" }, { 86400, "day" } };
    size_t i;

    for (i = 0; i < TG_ROWS(units); i++) {
        if (seconds == units[i].seconds) {
            return apr_pstrcat(pool, "every ", units[i].name, NULL);
        }
    }
    return apr_pstrcat(pool, "every ", tg_relative_length(pool, seconds), NULL);
}

const char *tg_wording_protocol(apr_pool_t *pool, tg_protocol_t protocol)
{
    const char *family = tg_protocol_family(protocol);

    if (protocol == TG_PROTOCOL_CLEARTEXT) {
        return "plain HTTP";
    }
    return family ? apr_pstrcat(pool, tg_text_upper(pool, family), " ",
                                tg_protocol_version(protocol), NULL)
                  : tg_protocol_name(protocol);
}

const char *tg_wording_protocol_both(apr_pool_t *pool, tg_protocol_t protocol)
{
    const char *words = tg_wording_protocol(pool, protocol);
    const char *name = tg_protocol_name(protocol);

    return strcmp(words, name) == 0 ? name : apr_pstrcat(pool, words, " (", name, ")", NULL);
}

const char *tg_wording_refused(int is_capable)
{
    return is_capable ? "Refused in the handshake, unless something better is negotiated, from"
                      : "Refused in the handshake from";
}

const char *tg_wording_phase(tg_phase_t phase)
{
    return phase_words[phase];
}

static const char *const cause_words[] = {
    NULL,
    "Its TLS library shows no sign of supporting anything better: update it.",
    "Its TLS library supports something better, but a setting disables it.",
    "It offered something better than this server accepts.",
    "It tried something better first, failed, and came back with an older version.",
    "It offered a better key exchange, but this server chose another one.",
};
TG_ROWS_ARE(cause_words, TG_CAUSES);

const char *tg_wording_cause(tg_cause_t cause)
{
    return cause_words[cause];
}

const char *tg_wording_course(apr_pool_t *pool, tg_phase_t phase, tg_instant_t change,
                              tg_phase_t next)
{
    const char *name = tg_phase_name(phase);

    return change == TG_NEVER ? name
                              : apr_pstrcat(pool, name, " until ", tg_instant_text(pool, change),
                                            ", then ", tg_phase_name(next), NULL);
}

static const char *phase_sentence(apr_pool_t *pool, tg_phase_t phase)
{
    char *name = apr_pstrdup(pool, tg_phase_name(phase));

    name[0] = (char)apr_toupper(name[0]);
    return apr_pstrcat(pool, name, ": ", tg_wording_phase(phase), ".", NULL);
}

const char *tg_wording_phases(apr_pool_t *pool, tg_phase_t phase, tg_instant_t change,
                              tg_phase_t next)
{
    const char *now = phase_sentence(pool, phase);

    return change == TG_NEVER ? now : apr_pstrcat(pool, now, " ", phase_sentence(pool, next), NULL);
}
