/* The encodings of a mail: words of a header, and a body of which each line survives. */
#ifndef TG_LETTER_MAIL_ENCODE_H
#define TG_LETTER_MAIL_ENCODE_H

#include <apr_pools.h>

/**
 * One line of UTF-8 for a header that is free text: as it is, if it is short and printable ASCII,
 * else as encoded words (RFC 2047), a line for each. In @p pool.
 */
const char *tg_mail_words(apr_pool_t *pool, const char *text);

/** The same for the name of a person, where fewer characters may be as they are. */
const char *tg_mail_name(apr_pool_t *pool, const char *text);

/**
 * Lines of text as quoted-printable (RFC 2045 section 6.7), the last one with its newline. None
 * begins with `From `, or with `>` before it. In @p pool.
 */
const char *tg_mail_body(apr_pool_t *pool, const char *text);

#endif
