/* How many letters there are, and who gets none. */
#ifndef TG_CTL_REPORT_LETTERS_COUNTED_H
#define TG_CTL_REPORT_LETTERS_COUNTED_H

#include "letters.h"

#include <jansson.h>
#include <stdio.h>

/** The letters about one schedule. */
typedef struct {
    const tg_schedule_t *schedule;
    uint32_t clients; /**< that are to be told of it */
    uint32_t letters; /**< that are about it */
} tg_ctl_letters_about_t;

/** Filled while the letters are written. */
typedef struct {
    const tg_ctl_letters_t *letters;
    uint32_t fates[TG_CTL_LETTER_FATES];
    apr_array_header_t
        *without_address;      /**< of const char *: accounts that the list does not have */
    apr_array_header_t *about; /**< of tg_ctl_letters_about_t */
} tg_ctl_letters_counted_t;

/** With nothing counted yet. */
tg_ctl_letters_counted_t tg_ctl_letters_counted(const tg_ctl_letters_t *letters);

/** Counts a client. */
void tg_ctl_letters_count(tg_ctl_letters_counted_t *counted, const tg_ctl_letter_t *letter);

/** 1 if everyone who should get a letter has an address, and the logs were read completely. */
int tg_ctl_letters_is_complete(const tg_ctl_letters_counted_t *counted);

/**
 * Notes the schedules that customers were informed of: those that some letter is about, and those
 * that concerned no one.
 */
void tg_ctl_letters_note_schedules(const tg_ctl_letters_counted_t *counted,
                                   tg_letter_stamp_t *stamp, tg_instant_t now);

/** The numbers as a document, and that document for people. A new reference. */
json_t *tg_ctl_letters_document(const tg_ctl_letters_counted_t *counted);
void tg_ctl_letters_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out);

/** The same in a line on the standard error. */
void tg_ctl_letters_summary(const tg_ctl_letters_counted_t *counted);

#endif
