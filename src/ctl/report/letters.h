/* Letters: which stragglers get one, and what it says. */
#ifndef TG_CTL_REPORT_LETTERS_H
#define TG_CTL_REPORT_LETTERS_H

#include "address_book.h"
#include "report.h"

#include "format/letter_stamp.h"
#include "letter/letter.h"
#include "letter/letter_facts.h"

/** Why a client gets a letter, or none. */
typedef enum {
    TG_CTL_LETTER_WRITTEN,
    TG_CTL_LETTER_NO_ADDRESS,    /**< an account or certificate that the list does not have */
    TG_CTL_LETTER_NO_ACCOUNT,    /**< only its network address is known */
    TG_CTL_LETTER_MOVED,         /**< it came with something modern since */
    TG_CTL_LETTER_NOT_CONCERNED, /**< by no schedule that is announced and enforced */
    TG_CTL_LETTER_NOTHING_NEW,   /**< it was told already */
    TG_CTL_LETTER_FATES
} tg_ctl_letter_fate_t;

/** What is asked. Read-only once it is begun. */
typedef struct {
    tg_ctl_report_t report;            /**< of the logs, with its rows chosen */
    const tg_ctl_address_book_t *book; /**< NULL: an address is not needed */
    const tg_letter_stamp_t *told;     /**< only what is new since then; NULL: all */
    const char *test_path;             /**< or NULL: as the plan has it */
    const apr_array_header_t
        *bindings;        /**< of tg_binding_t: the schedules that clients are told of */
    apr_hash_t *probable; /**< of tg_letter_probable_t, by the number of the client's name */
    uint32_t ambiguous;   /**< addresses of failed handshakes that may be of several clients */
} tg_ctl_letters_t;

/** A client that gets a letter, or not. Lives in the pool that it was made in. */
typedef struct {
    tg_ctl_letter_fate_t fate;
    const char *client;           /**< its name in the log */
    const tg_ctl_addressee_t *to; /**< or NULL */
    const tg_ctl_letters_t *letters;
    tg_letter_facts_t facts;
    tg_subject_t subject;
    tg_outcome_t *outcomes;
    tg_instant_t last_seen; /**< with its probable handshakes */
} tg_ctl_letter_t;

/** Reads the logs and finds out what all letters need. 1, or 0 after an error was printed. */
int tg_ctl_letters_begin(tg_ctl_letters_t *letters, const apr_array_header_t *logs);

/** The client in the row of the report with that number. In @p pool. */
void tg_ctl_letter_of(const tg_ctl_letters_t *letters, apr_pool_t *pool, uint32_t row,
                      tg_ctl_letter_t *out);

/** The values of its letter. In @p pool. */
void tg_ctl_letter_fill(const tg_ctl_letter_t *letter, apr_pool_t *pool, tg_letter_t *out);

#endif
