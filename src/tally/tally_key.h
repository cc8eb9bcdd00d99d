/* What a record is counted under. */
#ifndef TG_TALLY_TALLY_KEY_H
#define TG_TALLY_TALLY_KEY_H

#include "format/record.h"

/** What a line of the report is about. */
typedef enum {
    TG_TALLY_BY_ACCOUNT, /**< the client, by its account where that is known */
    TG_TALLY_BY_IP,
    TG_TALLY_BY_USER_AGENT,
    TG_TALLY_BY_JA4, /**< without its extensions: see tg_tally_ja4_stem() */
    TG_TALLY_BY_HOST,
    TG_TALLY_BY_CAUSE,
    TG_TALLY_GROUPS
} tg_tally_group_t;

/** The word for a group: `account`, `user-agent`. NULL after the last one. */
const char *tg_tally_group_name(int group);

/** The group of that name; TG_TALLY_GROUPS if there is none. */
tg_tally_group_t tg_tally_group_parse(const char *name);

/** Bytes of a JA4 without what its extensions are, and its NUL. */
#define TG_TALLY_STEM_SIZE 32

/**
 * What of a JA4 a library has whether it resumes a session or not: without the number of its
 * extensions and the hash of them, which pre_shared_key (41) and padding (21) change. A hash says
 * nothing about its parts, so all extensions go. `t13d15h2_8daaf6152771`.
 * @return @p stem, as it is if it is no JA4
 */
tg_span_t tg_tally_ja4_stem(tg_span_t ja4, char stem[TG_TALLY_STEM_SIZE]);

/** The key of a record; a dash if the log does not have it. It may point into @p stem. */
tg_span_t tg_tally_key(tg_tally_group_t group, const tg_record_t *record,
                       char stem[TG_TALLY_STEM_SIZE]);

/** A client that is an address, as the address alone. */
tg_span_t tg_tally_without_kind(tg_span_t client);

/** The address of a record, empty where it has none: an account is never in a list of addresses. */
tg_span_t tg_tally_address(const tg_record_t *r);

#endif
