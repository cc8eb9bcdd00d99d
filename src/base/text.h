/* Text from outsiders: made valid UTF-8 and cut to a length. */
#ifndef TG_BASE_TEXT_H
#define TG_BASE_TEXT_H

#include <apr_pools.h>

/**
 * A copy of @p text in which every byte that is not part of well-formed UTF-8
 * (RFC 3629) is U+FFFD, cut between characters so that it has at most @p max bytes.
 * @param text NUL-terminated, or NULL
 * @param max  at least 4
 * @param cut  set to 1 if something was cut, else unchanged
 * @return NULL if @p text is NULL
 */
const char *tg_text_clean(apr_pool_t *pool, const char *text, apr_size_t max, int *cut);

/**
 * The same for a name that people, terminals and programs read: every character that a terminal
 * would act on (tg_utf8_control()) is U+FFFD as well.
 */
const char *tg_text_clean_name(apr_pool_t *pool, const char *text, apr_size_t max, int *cut);

/**
 * @p text as a JSON string, quotes included. Most texts need no escaping and are
 * only copied; any other goes through jansson.
 */
const char *tg_text_quote(apr_pool_t *pool, const char *text);

/** How a hashed identity begins. */
#define TG_TEXT_HASHED "sha256:"

/**
 * `sha256:` and the first 32 hex digits of the SHA-256 of @p text: what a hashed
 * identity looks like wherever it is stored or shown.
 */
const char *tg_text_hash(apr_pool_t *pool, const char *text);

/** @p text, with every character that a terminal would act on replaced. In @p pool. */
const char *tg_text_printable(apr_pool_t *pool, const char *text);

/** 1 if @p part is somewhere in @p text; upper and lower case of ASCII are one. */
int tg_text_has(const char *text, const char *part);

/** In capital letters, as far as they are of ASCII. In @p pool. */
const char *tg_text_upper(apr_pool_t *pool, const char *text);

/** 1 for one line of valid UTF-8 without a character that a terminal would act on. */
int tg_text_is_printable(apr_pool_t *pool, const char *text);

/**
 * Joins names for a sentence, in @p pool: `a, b or c`.
 * @param between written between two of them
 * @param last    written before the last one instead
 */
const char *tg_text_join(apr_pool_t *pool, const char *const *names, apr_size_t count,
                         const char *between, const char *last);

/** 1 for a name of a host: letters, digits and hyphens between dots (RFC 1123 section 2.1). */
int tg_text_is_domain(const char *text);

#endif
