/* What a client offered: see offered.h. */
#include "offered.h"

#include "ja4.h"
#include "library.h"
#include "registry.h"

#include <apr_strings.h>
#include <stdio.h>

#define EXT_SESSION_TICKET 35

/* A number that is not in the registry is written in hex, as howsmyssl.com does. */
static json_t *names_json(const tg_offer_t *offer, tg_offer_list_t list,
                          const char *(*name_of)(unsigned number))
{
    json_t *array = json_array();
    int i, n;
    const uint16_t *numbers = tg_offer_list(offer, list, &n);

    for (i = 0; i < n; i++) {
        const char *name = name_of(numbers[i]);
        char number[8];

        snprintf(number, sizeof(number), "0x%04x", numbers[i]);
        json_array_append_new(array, json_string(name ? name : number));
    }
    return array;
}

static json_t *ciphers_json(const tg_offer_t *offer)
{
    return names_json(offer, TG_OFFER_CIPHERS, tg_registry_cipher);
}

static json_t *groups_json(const tg_offer_t *offer)
{
    return names_json(offer, TG_OFFER_GROUPS, tg_registry_group);
}

static json_t *signature_algorithms_json(const tg_offer_t *offer)
{
    return names_json(offer, TG_OFFER_SIGNATURE_ALGORITHMS, tg_registry_signature_scheme);
}

static json_t *post_quantum_json(const tg_offer_t *offer)
{
    return json_boolean(tg_offer_post_quantum(offer));
}

static json_t *ephemeral_json(const tg_offer_t *offer)
{
    return json_boolean(tg_offer_ephemeral(offer));
}

static json_t *session_ticket_json(const tg_offer_t *offer)
{
    return json_boolean(tg_offer_has(offer, TG_OFFER_EXTENSIONS, EXT_SESSION_TICKET));
}

static json_t *compression_json(const tg_offer_t *offer)
{
    return json_boolean(offer->compression);
}

static json_t *max_version_json(const tg_offer_t *offer)
{
    return json_string(tg_offered_max_version(offer));
}

static json_t *ja4_json(const tg_offer_t *offer)
{
    char buf[TG_JA4_STRLEN];

    return tg_ja4(offer, buf) ? json_string(buf) : json_null();
}

static json_t *ja3_json(const tg_offer_t *offer)
{
    char buf[TG_JA3_STRLEN];

    return tg_ja3(offer, buf) ? json_string(buf) : json_null();
}

static json_t *looks_like_json(const tg_offer_t *offer)
{
    const tg_library_t *library = tg_library_guess(offer);

    return library ? json_string(library->name) : json_null();
}

static const struct {
    const char *name;
    json_t *(*make)(const tg_offer_t *offer);
} members[] = {
    { "offered_versions", tg_offered_versions_json },
    { "offered_max_version", max_version_json },
    { "given_cipher_suites", ciphers_json },
    { "given_named_groups", groups_json },
    { "given_signature_algorithms", signature_algorithms_json },
    { "post_quantum_key_agreement", post_quantum_json },
    { "ephemeral_keys_supported", ephemeral_json },
    { "session_ticket_supported", session_ticket_json },
    { "tls_compression_supported", compression_json },
    { "looks_like", looks_like_json },
    { "ja4", ja4_json },
    { "ja3", ja3_json },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

void tg_offered_json(json_t *root, const tg_offer_t *offer)
{
    size_t i;

    for (i = 0; i < MEMBERS; i++) {
        json_object_set_new(root, members[i].name, offer ? members[i].make(offer) : json_null());
    }
}

const char *tg_offered_versions(apr_pool_t *pool, const tg_offer_t *offer)
{
    return offer ? tg_protocol_list(pool, offer->versions) : NULL;
}

json_t *tg_offered_versions_json(const tg_offer_t *offer)
{
    json_t *versions = json_array();
    tg_protocol_t p;

    TG_PROTOCOL_EACH (p, offer->versions) {
        json_array_append_new(versions, json_string(tg_protocol_name(p)));
    }
    return versions;
}

/* httpd has no name for SSL 2.0, of which only the number in a hello is left. */
const char *tg_offered_max_version(const tg_offer_t *offer)
{
    if (offer->max_version == TG_WIRE_SSL2) {
        return "SSLv2";
    }
    return offer->versions ? tg_protocol_name(tg_offer_newest(offer)) : "no known version";
}
