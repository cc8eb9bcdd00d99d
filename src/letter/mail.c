/* Mails as lines of text: see mail.h. */
#include "mail.h"

#include "mail_encode.h"

#include "base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* RFC 5321 section 4.5.3.1.1. */
#define LOCAL_PART_MAX 64

#define FIX_ADDRESS "write it as name@example.com, the domain in its ASCII form"

/* --- addresses --- */

/* What dots separate: RFC 5322 section 3.2.3. */
static int is_atom_character(char c)
{
    return apr_isalnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* 1 if something is before, after and between the dots. */
static int has_whole_parts(const char *text, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (text[i] == '.' && (i == 0 || i + 1 == length || text[i + 1] == '.')) {
            return 0;
        }
    }
    return length > 0;
}

static int is_local_part(const char *text, size_t length)
{
    size_t i;

    for (i = 0; i < length && (is_atom_character(text[i]) || text[i] == '.'); i++) {
    }
    return i == length && length <= LOCAL_PART_MAX && has_whole_parts(text, length);
}

int tg_mail_address_check(const char *text, tg_fault_t *fault)
{
    const char *at = strrchr(text, '@');

    if (!at) {
        return tg_fault_set(fault, FIX_ADDRESS, "it is not a mail address: it has no @");
    }
    if (strlen(text) > TG_MAIL_ADDRESS_MAX) {
        return tg_fault_set(fault, FIX_ADDRESS, "it is longer than %d bytes", TG_MAIL_ADDRESS_MAX);
    }
    if (!is_local_part(text, (size_t)(at - text)) || !tg_text_is_domain(at + 1)) {
        return tg_fault_set(fault, FIX_ADDRESS,
                            "it is not a mail address: a part of it is not allowed");
    }
    return 1;
}

static const char *without_spaces_around(apr_pool_t *pool, const char *text, size_t length)
{
    while (length > 0 && apr_isspace(*text)) {
        text++;
        length--;
    }
    while (length > 0 && apr_isspace(text[length - 1])) {
        length--;
    }
    return length ? apr_pstrmemdup(pool, text, length) : NULL;
}

int tg_mail_sender_parse(apr_pool_t *pool, const char *text, tg_mail_sender_t *out,
                         tg_fault_t *fault)
{
    size_t length = strlen(text);
    const char *open = strrchr(text, '<');

    out->name = NULL;
    out->address = text;
    if (open && text[length - 1] == '>') {
        out->name = without_spaces_around(pool, text, (size_t)(open - text));
        out->address = apr_pstrmemdup(pool, open + 1, length - (size_t)(open - text) - 2);
    }
    return tg_mail_address_check(out->address, fault);
}

/* --- a mail --- */

/* Where the parts of `Tue, 10 Jul 2018 09:00:00 GMT` are. */
#define DAY_AT 5
#define MONTH_AT 8
#define YEAR_AT 12
#define TIME_AT 17

/* RFC 5322 section 3.3 has no GMT but for reading. */
static const char *date_of_header(apr_pool_t *pool, tg_instant_t t)
{
    char text[TG_INSTANT_STRLEN];

    tg_instant_format_http(t, text);
    return apr_psprintf(pool, "%.*s+0000", (int)strlen(text) - 3, text);
}

/* `Tue Jul  1 09:00:00 2018`, as asctime() has it. */
static const char *date_of_mbox(apr_pool_t *pool, tg_instant_t t)
{
    char text[TG_INSTANT_STRLEN];

    tg_instant_format_http(t, text);
    if (text[DAY_AT] == '0') {
        text[DAY_AT] = ' ';
    }
    return apr_psprintf(pool, "%.3s %.3s %.2s %.8s %.4s", text, text + MONTH_AT, text + DAY_AT,
                        text + TIME_AT, text + YEAR_AT);
}

static const char *recipients_of(apr_pool_t *pool, const tg_mail_t *mail)
{
    return tg_text_join(pool, (const char *const *)(const void *)mail->to->elts,
                        (apr_size_t)mail->to->nelts, ",\n ", ",\n ");
}

static const char *sender_header(apr_pool_t *pool, const tg_mail_sender_t *sender)
{
    return sender->name ? apr_pstrcat(pool, tg_mail_name(pool, sender->name), "\n <",
                                      sender->address, ">", NULL)
                        : sender->address;
}

static const char *message_id(apr_pool_t *pool, const tg_mail_t *mail, const char *to)
{
    const char *all = apr_psprintf(pool, "%" APR_INT64_T_FMT "\n%s\n%s\n%s",
                                   (apr_int64_t)mail->date, to, mail->subject, mail->body);

    return apr_psprintf(pool, "<tlsgate.%s@%s>", tg_text_hash(pool, all) + strlen(TG_TEXT_HASHED),
                        strrchr(mail->sender->address, '@') + 1);
}

const char *tg_mail_entry(apr_pool_t *pool, const tg_mail_t *mail)
{
    const char *to = recipients_of(pool, mail);

    return apr_pstrcat(pool, "From ", mail->sender->address, " ", date_of_mbox(pool, mail->date),
                       "\nDate: ", date_of_header(pool, mail->date),
                       "\nFrom: ", sender_header(pool, mail->sender), "\nTo: ", to,
                       "\nSubject: ", tg_mail_words(pool, mail->subject),
                       "\nMessage-ID: ", message_id(pool, mail, to),
                       "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
                       "Content-Transfer-Encoding: quoted-printable\n\n",
                       tg_mail_body(pool, mail->body), "\n", NULL);
}
