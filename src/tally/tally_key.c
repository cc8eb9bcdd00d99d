/* What a record is counted under: see tally_key.h. */
#include "tally_key.h"

#include "base/rows.h"

#include <string.h>

static const char *const group_names[] = { "account", "ip", "user-agent", "ja4", "host", "cause" };
_Static_assert(TG_ROWS(group_names) == TG_TALLY_GROUPS, "a name for each group");

const char *tg_tally_group_name(int group)
{
    return group < TG_TALLY_GROUPS ? group_names[group] : NULL;
}

tg_tally_group_t tg_tally_group_parse(const char *name)
{
    int i;

    for (i = 0; i < TG_TALLY_GROUPS && strcmp(name, group_names[i]) != 0; i++) {
    }
    return (tg_tally_group_t)i;
}

/* The parts of a JA4: ten characters, of which the seventh and eighth are the number of extensions,
 * then two hashes of twelve. */
tg_span_t tg_tally_ja4_stem(tg_span_t ja4, char stem[TG_TALLY_STEM_SIZE])
{
    enum { WHOLE = 36, COUNT_AT = 6, ALPN_AT = 8, CIPHERS_END = 23 };

    if (ja4.length != WHOLE || ja4.at[10] != '_' || ja4.at[CIPHERS_END] != '_') {
        return ja4;
    }
    memcpy(stem, ja4.at, COUNT_AT);
    memcpy(stem + COUNT_AT, ja4.at + ALPN_AT, CIPHERS_END - ALPN_AT);
    return (tg_span_t){ stem, COUNT_AT + CIPHERS_END - ALPN_AT };
}

tg_span_t tg_tally_without_kind(tg_span_t client)
{
    if (client.length > 3 && memcmp(client.at, "ip:", 3) == 0) {
        return (tg_span_t){ client.at + 3, client.length - 3 };
    }
    return client;
}

tg_span_t tg_tally_address(const tg_record_t *r)
{
    tg_span_t address = tg_tally_without_kind(r->client);

    if (address.length == r->client.length) { /* an account, which is no address */
        address.length = 0;
    }
    return r->address.length ? r->address : address;
}

tg_span_t tg_tally_key(tg_tally_group_t group, const tg_record_t *r, char stem[TG_TALLY_STEM_SIZE])
{
    const char *cause = tg_cause_name(r->cause);
    tg_span_t key = r->client;

    switch (group) {
    case TG_TALLY_BY_IP:
        key = tg_tally_address(r);
        break;
    case TG_TALLY_BY_USER_AGENT:
        key = r->user_agent;
        break;
    case TG_TALLY_BY_JA4:
        key = tg_tally_ja4_stem(r->ja4, stem);
        break;
    case TG_TALLY_BY_HOST:
        key = r->host;
        break;
    case TG_TALLY_BY_CAUSE:
        key = (tg_span_t){ cause, cause ? (uint32_t)strlen(cause) : 0 };
        break;
    default:
        break;
    }
    return key.length ? key : (tg_span_t){ "-", 1 };
}
