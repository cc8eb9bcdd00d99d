/* Causes in sentences, for the developer of a client: see cause.h.
 *
 * A hello shows what was offered. A sentence does not state more than that: a library is named only
 * as the one that the hello looks like.
 */
#include "cause.h"

#include "base/rows.h"
#include "tls/library.h"
#include "tls/offered.h"
#include "tls/registry.h"

#include <apr_strings.h>

/* Where it is not the version that is deprecated. */
static const struct {
    tg_reason_t reason;
    tg_cause_t cause;
    const char *sentence;
} sentences[] = {
    { TG_REASON_KX, TG_CAUSE_OLD,
      "Your client offered nothing better: allow ciphers with ECDHE and AES-GCM in it, or "
      "update its TLS library." },
    { TG_REASON_KX, TG_CAUSE_CAPABLE,
      "Your client offered a better key exchange: it is enough to put that first, or to switch the "
      "other off." },
    { TG_REASON_CLASS, TG_CAUSE_OLD,
      "Your client offered no better cipher: allow ciphers with AES-GCM or ChaCha20-Poly1305 in "
      "it, or update its TLS library." },
    { TG_REASON_CLASS, TG_CAUSE_CAPABLE,
      "Your client offered a better cipher: it is enough to put that first, or to switch the "
      "others off." },
    { TG_REASON_GROUP, TG_CAUSE_CAPABLE,
      "Your client offered a post-quantum group, but sent its key share for another group: "
      "put X25519MLKEM768 first in its list of groups." },
};

static const char *sentence_for(tg_reason_t reason, tg_cause_t cause)
{
    size_t i;

    for (i = 0; i < TG_ROWS(sentences); i++) {
        if (sentences[i].reason == reason && sentences[i].cause == cause) {
            return sentences[i].sentence;
        }
    }
    return NULL;
}

/* Every version that library.h knows has ECDHE, AES-GCM and TLS 1.2; whoever has TLS 1.3 has no
 * worse there. So only a setting can keep it from them. */
static const char *why_not_better(apr_pool_t *pool, const tg_offer_t *offer, tg_protocol_t known)
{
    const tg_library_t *library = tg_library_guess(offer);

    if (library) {
        return apr_pstrcat(pool, " Its hello looks like that of ", library->name,
                           ", which supports better ciphers: a setting may disable them.", NULL);
    }
    return known >= TG_PROTOCOL_WITHOUT_KX
               ? apr_pstrcat(pool, " Its library supports ", tg_protocol_name(known),
                             ", whose ciphers are all better, but a setting disables it.", NULL)
               : "";
}

/* The first group on offer that was a draft; NULL if there is none. */
static const char *draft_of(const tg_offer_t *offer)
{
    int i, n;
    const uint16_t *groups = tg_offer_list(offer, TG_OFFER_GROUPS, &n);

    for (i = 0; i < n; i++) {
        if (tg_registry_group_is_draft(groups[i])) {
            return tg_registry_group(groups[i]);
        }
    }
    return NULL;
}

#define NEEDS_LIBRARY "use a TLS library that has X25519MLKEM768, such as OpenSSL 3.5 or Go 1.24"

/* Over TLS 1.2 or older there is no post-quantum group, whatever the library. */
static const char *version_wanted(apr_pool_t *pool, const tg_offer_t *offer, tg_protocol_t known,
                                  const tg_library_t *library)
{
    const char *what = ": " NEEDS_LIBRARY ".";

    if (library && library->has_post_quantum) {
        what = ": allow that.";
    }
    else if (known >= TG_PROTOCOL_TLS1_3) {
        what = ", which its library supports: allow that, and " NEEDS_LIBRARY ".";
    }
    return apr_pstrcat(pool, "Your client offered ", tg_offered_max_version(offer),
                       " at most, and post-quantum groups need TLSv1.3", what, NULL);
}

static const char *group_wanted(apr_pool_t *pool, const tg_offer_t *offer)
{
    const char *draft = draft_of(offer);

    return draft ? apr_pstrcat(pool, "Your client offered ", draft,
                               ", a draft that X25519MLKEM768 has replaced: update its TLS "
                               "library.",
                               NULL)
                 : "Your client offered no post-quantum group: " NEEDS_LIBRARY ".";
}

static const char *what_it_looks_like(apr_pool_t *pool, const tg_library_t *library)
{
    const char *more = ".";

    if (!library) {
        return "";
    }
    if (library->has_post_quantum) {
        more = ", which has them: a setting may disable them.";
    }
    else if (library->post_quantum) {
        more = apr_pstrcat(pool, ": post-quantum key exchange came with ", library->post_quantum,
                           ".", NULL);
    }
    return apr_pstrcat(pool, " Its hello looks like that of ", library->name, more, NULL);
}

static const char *sentence_of_group(apr_pool_t *pool, const tg_offer_t *offer, tg_protocol_t known)
{
    const tg_library_t *library = tg_library_guess(offer);

    return apr_pstrcat(pool,
                       tg_offer_newest(offer) < TG_PROTOCOL_TLS1_3
                           ? version_wanted(pool, offer, known, library)
                           : group_wanted(pool, offer),
                       what_it_looks_like(pool, library), NULL);
}

/* What it can do may still be less than what is needed. */
static const char *sentence_of_pinned(apr_pool_t *pool, const tg_offer_t *offer,
                                      tg_protocol_t known, tg_protocol_t needed)
{
    return apr_pstrcat(pool, "Your library can do ", tg_protocol_name(known),
                       " but is configured not to: it offered ", tg_offered_max_version(offer),
                       " at most.",
                       needed < TG_PROTOCOLS && known < needed
                           ? apr_pstrcat(pool, " Nothing that it sent shows that it can do ",
                                         tg_protocol_name(needed), ": allow that, or update it.",
                                         NULL)
                           : NULL,
                       NULL);
}

static const char *sentence_of_version(apr_pool_t *pool, tg_cause_t cause, const tg_offer_t *offer,
                                       tg_protocol_t known, tg_protocol_t needed)
{
    const char *newest = tg_offered_max_version(offer);

    switch (cause) {
    case TG_CAUSE_OLD:
        return apr_pstrcat(pool, "Your client offered ", newest,
                           " at most, and its TLS library shows no sign of supporting anything "
                           "newer: update the library.",
                           NULL);
    case TG_CAUSE_PINNED:
        return sentence_of_pinned(pool, offer, known, needed);
    case TG_CAUSE_FALLBACK:
        return apr_pstrcat(pool,
                           "Your client tried a newer version first, failed, and came back "
                           "with ",
                           newest, ": look for a middlebox between it and the server.", NULL);
    case TG_CAUSE_CAPABLE:
    case TG_CAUSE_NONE:
    case TG_CAUSE_SERVER_CAPPED:
    case TG_CAUSES:
        break;
    }
    return NULL;
}

const char *tg_cause_sentence(apr_pool_t *pool, tg_cause_t cause, const tg_offer_t *offer,
                              tg_protocol_t known, tg_reason_t reason, tg_protocol_t needed)
{
    const char *sentence = sentence_for(reason, cause);

    if (cause == TG_CAUSE_NONE || cause == TG_CAUSE_SERVER_CAPPED) {
        return NULL;
    }
    if (reason == TG_REASON_GROUP && cause == TG_CAUSE_OLD) {
        return sentence_of_group(pool, offer, known);
    }
    if (sentence && cause == TG_CAUSE_OLD) {
        return apr_pstrcat(pool, sentence, why_not_better(pool, offer, known), NULL);
    }
    return sentence ? sentence : sentence_of_version(pool, cause, offer, known, needed);
}
