/* How many letters there are: see letters_counted.h. */
#include "letters_counted.h"

#include "base/rows.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* The member of the document, and what people read. */
static const struct {
    const char *member, *words;
} fate_rows[] = {
    { "letters", "letters" },
    { "no_address", "clients without an address in the list" },
    { "no_account", "clients that are known only by their network address" },
    { "moved", "clients that came with something modern since" },
    { "not_concerned", "clients of schedules that are not announced or reject nobody" },
    { "nothing_new", "clients with nothing new since they were told" },
};
TG_ROWS_ARE(fate_rows, TG_CTL_LETTER_FATES);

tg_ctl_letters_counted_t tg_ctl_letters_counted(const tg_ctl_letters_t *letters)
{
    apr_pool_t *pool = letters->report.question->ctl->pool;
    tg_ctl_letters_counted_t counted = { .letters = letters };
    int i;

    counted.without_address = apr_array_make(pool, 16, sizeof(const char *));
    counted.about = apr_array_make(pool, 4, sizeof(tg_ctl_letters_about_t));
    for (i = 0; i < letters->bindings->nelts; i++) {
        APR_ARRAY_PUSH(counted.about, tg_ctl_letters_about_t) =
            (tg_ctl_letters_about_t){ APR_ARRAY_IDX(letters->bindings, i, tg_binding_t).schedule, 0,
                                      0 };
    }
    return counted;
}

static tg_ctl_letters_about_t *about_schedule(const tg_ctl_letters_counted_t *counted,
                                              const tg_schedule_t *schedule)
{
    int i = 0;

    while (APR_ARRAY_IDX(counted->about, i, tg_ctl_letters_about_t).schedule != schedule) {
        i++;
    }
    return &APR_ARRAY_IDX(counted->about, i, tg_ctl_letters_about_t);
}

void tg_ctl_letters_count(tg_ctl_letters_counted_t *counted, const tg_ctl_letter_t *letter)
{
    int i;

    counted->fates[letter->fate]++;
    if (letter->fate == TG_CTL_LETTER_NO_ADDRESS) {
        APR_ARRAY_PUSH(counted->without_address, const char *) =
            apr_pstrdup(counted->without_address->pool, letter->client);
    }
    for (i = 0; i < letter->facts.count; i++) {
        tg_ctl_letters_about_t *about =
            about_schedule(counted, letter->outcomes[i].binding->schedule);

        about->letters += letter->fate == TG_CTL_LETTER_WRITTEN;
        about->clients += letter->fate <= TG_CTL_LETTER_NO_ADDRESS;
    }
}

int tg_ctl_letters_is_complete(const tg_ctl_letters_counted_t *counted)
{
    const tg_ctl_report_t *report = &counted->letters->report;

    return counted->fates[TG_CTL_LETTER_NO_ADDRESS] == 0 && report->damaged == 0 &&
           !report->problems;
}

void tg_ctl_letters_note_schedules(const tg_ctl_letters_counted_t *counted,
                                   tg_letter_stamp_t *stamp, tg_instant_t now)
{
    int i;

    /* Of one client it is not known whom else a schedule is about. */
    for (i = 0; !counted->letters->report.question->client && i < counted->about->nelts; i++) {
        const tg_ctl_letters_about_t *about =
            &APR_ARRAY_IDX(counted->about, i, tg_ctl_letters_about_t);

        if (about->letters > 0 || about->clients == 0) {
            tg_letter_stamp_note(stamp->schedules, about->schedule->name, now);
        }
    }
}

json_t *tg_ctl_letters_document(const tg_ctl_letters_counted_t *counted)
{
    apr_pool_t *pool = counted->letters->report.question->ctl->pool;
    json_t *root = json_object();
    int i;

    for (i = 0; i < TG_CTL_LETTER_FATES; i++) {
        json_object_set_new(root, fate_rows[i].member, json_integer(counted->fates[i]));
    }
    json_object_set_new(root, "ambiguous", json_integer(counted->letters->ambiguous));
    json_object_set_new(root, "without_address",
                        tg_ctl_document_lines(pool, counted->without_address));
    return root;
}

void tg_ctl_letters_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *names = json_object_get(document, "without_address"), *name;
    json_int_t ambiguous = json_integer_value(json_object_get(document, "ambiguous"));
    size_t i;

    (void)pool;
    (void)now;
    for (i = 0; i < TG_ROWS(fate_rows); i++) {
        json_int_t count = json_integer_value(json_object_get(document, fate_rows[i].member));

        if (i == TG_CTL_LETTER_WRITTEN || count > 0) {
            tg_term_print(out, TG_TERM_PLAIN, "%7d  %s", (int)count, fate_rows[i].words);
        }
    }
    if (ambiguous > 0) {
        tg_term_print(out, TG_TERM_PLAIN,
                      "%7d  addresses of failed handshakes that may belong to several accounts, "
                      "which get no letter about them",
                      (int)ambiguous);
    }
    if (json_array_size(names) > 0) {
        tg_term_print(out, TG_TERM_STRONG, "without an address:");
    }
    json_array_foreach (names, i, name) {
        tg_term_print(out, TG_TERM_PLAIN, "  %s", json_string_value(name));
    }
}

void tg_ctl_letters_summary(const tg_ctl_letters_counted_t *counted)
{
    uint32_t missing = counted->fates[TG_CTL_LETTER_NO_ADDRESS];

    tg_term_note("%u letter%s%s", counted->fates[TG_CTL_LETTER_WRITTEN],
                 counted->fates[TG_CTL_LETTER_WRITTEN] == 1 ? "" : "s",
                 missing ? apr_psprintf(counted->about->pool,
                                        "; %u client%s no address, which --dry-run names", missing,
                                        missing == 1 ? " has" : "s have")
                         : "");
}
