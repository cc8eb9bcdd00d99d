/* The answers to the clients of a log as a document: see log_simulation.h. */
#include "log_simulation.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define STEP(steps, i) (&APR_ARRAY_IDX(steps, i, tg_ctl_log_step_t))

static const char *const answer_words[] = { "served",   "warned",   "unknown",
                                            "rejected", "kept_out", "refused" };
TG_ROWS_ARE(answer_words, TG_CTL_LOG_ANSWERS);

/* What a log lacks, in the order of its bits. */
static const char *const lack_words[] = {
    "the host",
    "the server that answers to that host",
    "the path",
    "whether a <LocationMatch> is for the path",
    "the cipher",
    "the group of the key exchange",
    "what expr= looks at",
    "whether the client offers something better too",
    "the account",
    "the whole address",
};
_Static_assert(1U << TG_ROWS(lack_words) == TG_CTL_LACKS_ALL, "a row for each bit");

/* A row with the strictest of its answers. */
typedef struct {
    const tg_ctl_log_row_t *row;
    tg_ctl_log_step_t decides;
} answered_t;

/* --- parts --- */

static json_t *lacks_document(unsigned lacks)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < TG_ROWS(lack_words); i++) {
        if (lacks >> i & 1) {
            json_array_append_new(list, json_string(lack_words[i]));
        }
    }
    return list;
}

static json_t *positive_json(int number)
{
    return number ? json_integer(number) : json_null();
}

/* The times of the day, where there are several answers. */
static json_t *times_document(const apr_array_header_t *steps)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const tg_ctl_log_step_t *step = STEP(steps, i);

        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:s, s:o, s:o}", "from", tg_json_instant(step->from), "until",
                      tg_json_instant(step->until), "answer", answer_words[step->answer], "status",
                      positive_json(step->status), "schedule", tg_json_text(step->schedule)));
    }
    return list;
}

static json_t *traits_document(tg_traits_t traits)
{
    json_t *list = json_array();
    int bit;

    for (bit = 0; bit < 32; bit++) {
        if (traits >> bit & 1 && tg_trait_name(bit)) {
            json_array_append_new(list, json_string(tg_trait_name(bit)));
        }
    }
    return list;
}

static json_t *places_document(const tg_ctl_log_row_t *row)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < row->where->places->nelts; i++) {
        const tg_ctl_place_t *place = &APR_ARRAY_IDX(row->where->places, i, tg_ctl_place_t);

        if (tg_ctl_place_meets(place, &row->kind)) {
            json_array_append_new(list, json_string(place->text));
        }
    }
    return list;
}

/* A new reference. Of rows with the same answers it is the same: a day may have thousands of
 * times. */
static json_t *shared_times(tg_ctl_log_answers_t *answers)
{
    if (!answers->is_kept) {
        return times_document(answers->steps);
    }
    if (!answers->document) {
        answers->document = times_document(answers->steps);
    }
    return json_incref(answers->document);
}

/* @param answers of a day; NULL: it is about an instant */
static json_t *answered_document(apr_pool_t *pool, const answered_t *a,
                                 tg_ctl_log_answers_t *answers)
{
    const tg_ctl_log_row_t *row = a->row;
    const tg_ctl_log_step_t *step = &a->decides;

    return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "client", tg_text_printable(pool, row->client), "traits",
                     traits_document(row->kind.traits), "at", places_document(row), "requests",
                     (json_int_t)row->requests, "first_seen", tg_json_instant(row->first_seen),
                     "last_seen", tg_json_instant(row->last_seen), "answer",
                     answer_words[step->answer], "status", positive_json(step->status), "alert",
                     positive_json(step->alert), "schedule", tg_json_text(step->schedule), "phase",
                     tg_json_text(step->schedule ? tg_phase_name(step->phase) : NULL), "why",
                     tg_json_text(step->why), "lacks", lacks_document(step->lacks), "times",
                     answers ? shared_times(answers) : json_null());
}

/* --- totals --- */

/* Of one answer: those who get it, each client once. */
typedef struct {
    const tg_ctl_log_step_t *step;
    apr_hash_t *clients;
    uint64_t requests;
} total_t;

static void count_answer(apr_array_header_t *totals, const answered_t *a)
{
    total_t *total = NULL;
    int i;

    for (i = 0; i < totals->nelts && !total; i++) {
        total_t *other = &APR_ARRAY_IDX(totals, i, total_t);

        if (other->step->answer == a->decides.answer && other->step->status == a->decides.status &&
            other->step->alert == a->decides.alert) {
            total = other;
        }
    }
    if (!total) {
        total = apr_array_push(totals);
        *total = (total_t){ &a->decides, apr_hash_make(totals->pool), 0 };
    }
    apr_hash_set(total->clients, a->row->client, APR_HASH_KEY_STRING, a->row);
    total->requests += a->row->requests;
}

static json_t *totals_document(apr_pool_t *pool, const answered_t *all, int count)
{
    apr_array_header_t *totals = apr_array_make(pool, 8, sizeof(total_t));
    json_t *list = json_array();
    int i;

    for (i = 0; i < count; i++) {
        count_answer(totals, &all[i]);
    }
    for (i = 0; i < totals->nelts; i++) {
        const total_t *t = &APR_ARRAY_IDX(totals, i, total_t);

        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:I, s:I}", "answer",
                                              answer_words[t->step->answer], "status",
                                              positive_json(t->step->status), "alert",
                                              positive_json(t->step->alert), "clients",
                                              (json_int_t)apr_hash_count(t->clients), "requests",
                                              (json_int_t)t->requests));
    }
    return list;
}

/* --- all of it --- */

static const tg_ctl_log_step_t *strictest_step(const apr_array_header_t *steps)
{
    const tg_ctl_log_step_t *found = STEP(steps, 0);
    int i;

    for (i = 1; i < steps->nelts; i++) {
        found = STEP(steps, i)->answer > found->answer ? STEP(steps, i) : found;
    }
    return found;
}

/* The strictest first, and of these those with most requests. */
static int compare_answered(const void *a, const void *b)
{
    const answered_t *x = a, *y = b;

    if (x->decides.answer != y->decides.answer) {
        return x->decides.answer > y->decides.answer ? -1 : 1;
    }
    if (x->decides.status != y->decides.status) {
        return x->decides.status > y->decides.status ? -1 : 1;
    }
    if (x->row->requests != y->row->requests) {
        return x->row->requests > y->row->requests ? -1 : 1;
    }
    return strcmp(x->row->client, y->row->client);
}

static json_t *sums_document(const tg_ctl_log_sums_t *sums)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "requests", (json_int_t)sums->requests, "tests",
                     (json_int_t)sums->tests, "failed_handshakes", (json_int_t)sums->failed,
                     "left_out", (json_int_t)sums->left_out);
}

json_t *tg_ctl_log_document(const tg_ctl_t *ctl, const tg_ctl_log_simulation_t *simulation,
                            const apr_array_header_t *changes, tg_instant_t from,
                            tg_instant_t until, int top)
{
    const apr_array_header_t *rows = tg_ctl_log_rows(simulation);
    int i, is_day = until > from + 1;
    answered_t *all = apr_palloc(ctl->pool, (apr_size_t)(rows->nelts + 1) * sizeof(*all));
    json_t *list = json_array();
    tg_ctl_log_alike_t *alike = tg_ctl_log_alike(ctl->pool, changes, from, until);
    apr_pool_t *scratch;

    /* A day may have thousands of steps for a row: where no other row is like it, they are not
     * kept, and made again if it is listed. */
    apr_pool_create(&scratch, ctl->pool);
    for (i = 0; i < rows->nelts; i++) {
        all[i].row = APR_ARRAY_IDX(rows, i, const tg_ctl_log_row_t *);
        all[i].decides = *strictest_step(tg_ctl_log_answers_to(alike, scratch, all[i].row)->steps);
        all[i].decides.why = apr_pstrdup(ctl->pool, all[i].decides.why);
        apr_pool_clear(scratch);
    }
    qsort(all, (size_t)rows->nelts, sizeof(*all), compare_answered);
    for (i = 0; i < rows->nelts && (top == 0 || i < top); i++) {
        tg_ctl_log_answers_t *answers =
            is_day ? tg_ctl_log_answers_to(alike, scratch, all[i].row) : NULL;

        json_array_append_new(list, answered_document(ctl->pool, &all[i], answers));
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:i}", "time", tg_json_instant(from), "until",
                     is_day ? tg_json_instant(until) : json_null(), "log",
                     sums_document(tg_ctl_log_sums(simulation)), "totals",
                     totals_document(ctl->pool, all, rows->nelts), "clients", list, "unlisted",
                     rows->nelts - i);
}
