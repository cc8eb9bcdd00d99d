/* Mails as lines of text: RFC 5322, MIME (RFC 2045, 2047), and the mbox that holds them (RFC 4155).
 *
 * Nothing that a header is made of can begin another one: an address has only the characters that
 * are allowed in one, and every other text is encoded unless all of it is printable ASCII.
 */
#ifndef TG_LETTER_MAIL_H
#define TG_LETTER_MAIL_H

#include "base/fault.h"
#include "base/instant.h"

#include <apr_tables.h>

/** The longest address (RFC 5321 section 4.5.3.1.3). */
#define TG_MAIL_ADDRESS_MAX 254

/** The sender. */
typedef struct {
    const char *address; /**< `support@example.com` */
    const char *name;    /**< as people read it, or NULL */
} tg_mail_sender_t;

/** One mail. Its addresses were checked. */
typedef struct {
    const tg_mail_sender_t *sender;
    const apr_array_header_t *to; /**< of const char *, at least one */
    const char *subject;          /**< one line of UTF-8 */
    const char *body;             /**< lines of UTF-8 */
    tg_instant_t date;
} tg_mail_t;

/**
 * 1 if the text is an address without a name: a dot-atom and a domain (RFC 5322 section 3.4.1), in
 * ASCII. Otherwise 0 with @p fault filled.
 */
int tg_mail_address_check(const char *text, tg_fault_t *fault);

/**
 * Reads `support@example.com` or `Example API <support@example.com>`. 1, or 0 with @p fault
 * filled.
 */
int tg_mail_sender_parse(apr_pool_t *pool, const char *text, tg_mail_sender_t *out,
                         tg_fault_t *fault);

/**
 * The mail as an entry of an mbox, with the empty line that ends it. No line but the first begins
 * with
 * `From `, also after `>`: such a line is encoded (quoted-printable), so no reader has to take a
 * quote away, whichever kind of mbox it knows. The same mail has the same Message-ID. In @p pool.
 */
const char *tg_mail_entry(apr_pool_t *pool, const tg_mail_t *mail);

#endif
