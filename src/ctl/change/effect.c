/* The effect of a change: see effect.h. */
#include "effect.h"

#include "effect_warnings.h"

#include "base/json.h"
#include "ctl/base/document.h"
#include "term/term.h"
#include "term/when.h"
#include "tls/trait_words.h"

#include <apr_strings.h>
#include <string.h>

/* Kinds of clients and places that are treated alike. */
typedef struct {
    const char *key; /* equal keys are equal answers */
    tg_traits_t traits;
    int has_expr;
    tg_ctl_answer_t before, after;
    json_t *names, *at;
} effect_row_t;

/* What concerns one client, or everybody. */
typedef struct {
    const tg_ctl_effect_t *e;
    const tg_ctl_effect_on_t *on;
    apr_array_header_t *rows; /* of effect_row_t */
    tg_ctl_warnings_t warnings;
} effect_work_t;

/* --- working it out --- */

static tg_ctl_answer_t answer_in(const effect_work_t *w, const tg_ctl_place_t *place,
                                 const tg_ctl_kind_t *kind, const tg_override_set_t *overrides)
{
    const tg_ctl_question_t question = { .pool = w->e->ctl->pool,
                                         .place = place,
                                         .kind = kind,
                                         .t = w->e->ctl->now,
                                         .client = w->on->client,
                                         .address = w->on->address,
                                         .overrides = overrides };

    return tg_ctl_answer(&question);
}

static const char *row_key(const effect_work_t *w, const tg_ctl_answer_t *before,
                           const tg_ctl_answer_t *after)
{
    apr_pool_t *pool = w->e->ctl->pool;
    tg_instant_t now = w->e->ctl->now;

    return apr_pstrcat(pool, tg_ctl_answer_words_until(pool, before, now), "|",
                       tg_ctl_answer_words_until(pool, after, now), NULL);
}

static void append_text(json_t *list, const char *text)
{
    size_t size = json_array_size(list);

    if (size == 0 || strcmp(json_string_value(json_array_get(list, size - 1)), text) != 0) {
        json_array_append_new(list, json_string(text));
    }
}

/* Adds to the rows of one kind, which begin at that index. */
static void add_to_rows(effect_work_t *w, int first, const tg_ctl_place_t *place,
                        const tg_ctl_kind_t *kind, const tg_ctl_answer_t answers[2])
{
    const char *key = row_key(w, &answers[0], &answers[1]);
    effect_row_t *row = NULL;
    int i;

    for (i = first; i < w->rows->nelts && !row; i++) {
        effect_row_t *other = &APR_ARRAY_IDX(w->rows, i, effect_row_t);

        row = strcmp(other->key, key) == 0 ? other : NULL;
    }
    if (!row) {
        row = apr_array_push(w->rows);
        row->key = key;
        row->traits = kind->traits;
        row->has_expr = kind->expr != NULL;
        row->before = answers[0];
        row->after = answers[1];
        row->names = json_pack("[s]", kind->name);
        row->at = json_array();
    }
    append_text(row->at, place->text);
}

/* Where the schedule decides only about the handshake, clients that are let in do not concern
 * it. */
static int is_row(const effect_work_t *w, const tg_ctl_place_t *place,
                  const tg_ctl_answer_t answers[2])
{
    return tg_ctl_place_has(place->bindings, w->e->schedule) ||
           (tg_ctl_place_has(place->handshake, w->e->schedule) &&
            (answers[0].kind == TG_CTL_REFUSED || answers[1].kind == TG_CTL_REFUSED));
}

/* A place where the schedule is not named is not affected, but its clients may be meant as well. */
static void work_at(effect_work_t *w, int first, const tg_ctl_place_t *place,
                    const tg_ctl_kind_t *kind)
{
    tg_ctl_answer_t answers[2];

    if (!tg_ctl_place_meets(place, kind)) {
        return;
    }
    answers[0] = answer_in(w, place, kind, w->e->before);
    answers[1] = answer_in(w, place, kind, w->e->after);
    tg_ctl_warnings_note(&w->warnings, place, kind, &answers[0], &answers[1]);
    if (is_row(w, place, answers)) {
        add_to_rows(w, first, place, kind, answers);
    }
}

/* Adds the rows from that index on to earlier ones that differ only in the kind of client. */
static void merge_rows(effect_work_t *w, int first)
{
    int i, j;

    for (i = first; i < w->rows->nelts; i++) {
        effect_row_t *row = &APR_ARRAY_IDX(w->rows, i, effect_row_t);

        for (j = 0; j < first; j++) {
            effect_row_t *other = &APR_ARRAY_IDX(w->rows, j, effect_row_t);

            if (strcmp(row->key, other->key) == 0 && json_equal(row->at, other->at)) {
                other->traits |= row->traits;
                other->has_expr |= row->has_expr;
                json_array_extend(other->names, row->names);
                row->key = NULL;
                break;
            }
        }
        if (!row->key) {
            json_decref(row->names);
            json_decref(row->at);
            *row = APR_ARRAY_IDX(w->rows, --w->rows->nelts, effect_row_t);
            i--;
        }
    }
}

/* --- as documents --- */

/* From when the change turns clients away that are served without it; TG_NEVER: it does not. */
static tg_instant_t rejects_from(const effect_row_t *row, tg_instant_t now)
{
    if (row->before.kind != TG_CTL_SERVED) {
        return TG_NEVER;
    }
    if (row->after.kind != TG_CTL_SERVED) {
        return now;
    }
    return row->after.until < row->before.until ? row->after.until : TG_NEVER;
}

/* `TLS 1.0 and 1.1`, `account:A-20 with TLS 1.0`. */
static const char *row_who(const effect_work_t *w, const effect_row_t *row, int *is_plural)
{
    apr_pool_t *pool = w->e->ctl->pool;
    const char *kinds = tg_trait_words(
        pool, row->traits, row->has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS, is_plural);

    *is_plural &= w->on->text == NULL;
    return w->on->text ? apr_pstrcat(pool, w->on->text, " with ", kinds, NULL) : kinds;
}

/* Rows for all places need not name them. */
static const char *row_where(const effect_work_t *w, const effect_row_t *row)
{
    apr_pool_t *pool = w->e->ctl->pool;

    return w->rows->nelts > 1 ? apr_pstrcat(pool, " at ", tg_ctl_places_text(pool, row->at), NULL)
                              : "";
}

static const char *row_text(const effect_work_t *w, const effect_row_t *row)
{
    apr_pool_t *pool = w->e->ctl->pool;
    tg_instant_t now = w->e->ctl->now;
    const char *was = tg_ctl_answer_words_until(pool, &row->before, now);
    const char *is = tg_ctl_answer_words_until(pool, &row->after, now);
    int is_plural;
    const char *who = apr_pstrcat(pool, row_who(w, row, &is_plural), row_where(w, row), ": ", NULL);

    if (strcmp(was, is) == 0) {
        return apr_pstrcat(pool, who, was, ", as before", NULL);
    }
    /* If the kind changes, when the old answer would have ended no longer matters. */
    was = row->before.kind == row->after.kind ? was : tg_ctl_answer_words(pool, &row->before);
    return apr_pstrcat(pool, who, was, " \u2192 ", is, NULL);
}

/* The same once it is done. */
static const char *row_done(const effect_work_t *w, const effect_row_t *row)
{
    apr_pool_t *pool = w->e->ctl->pool;
    int is_plural, is_same = row->before.kind == row->after.kind;
    const char *who = row_who(w, row, &is_plural);

    return apr_pstrcat(pool, who, is_plural ? " are " : " is ", is_same ? "still " : "now ",
                       tg_ctl_answer_words_until(pool, &row->after, w->e->ctl->now),
                       row_where(w, row), NULL);
}

static const char *row_rejects(const effect_work_t *w, const effect_row_t *row)
{
    apr_pool_t *pool = w->e->ctl->pool;
    tg_instant_t now = w->e->ctl->now, from = rejects_from(row, now);
    const char *when = from > now && from != TG_NEVER
                           ? apr_pstrcat(pool, " from ", tg_term_when_far(pool, from, now), NULL)
                           : " now";
    int is_plural;

    return from == TG_NEVER ? NULL
                            : apr_pstrcat(pool, row_who(w, row, &is_plural), when, ", at ",
                                          tg_ctl_places_text(pool, row->at), NULL);
}

static json_t *row_json(const effect_work_t *w, const effect_row_t *row)
{
    apr_pool_t *pool = w->e->ctl->pool;
    tg_instant_t now = w->e->ctl->now;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s}", "client",
                     tg_json_text(w->on->text), "deprecated", row->names, "at", row->at, "before",
                     tg_ctl_answer_json(pool, &row->before, now), "after",
                     tg_ctl_answer_json(pool, &row->after, now), "rejects_from",
                     tg_json_instant(rejects_from(row, now)), "text", row_text(w, row), "rejects",
                     tg_json_text(row_rejects(w, row)), "done", row_done(w, row));
}

static void work_for(const tg_ctl_effect_t *e, const tg_ctl_effect_on_t *on, json_t *list,
                     json_t *warnings)
{
    const apr_array_header_t *kinds = tg_ctl_kinds(e->ctl->pool, e->schedule);
    effect_work_t w = { e, on, apr_array_make(e->ctl->pool, 4, sizeof(effect_row_t)),
                        tg_ctl_warnings_open(e, on) };
    int i, j;

    for (i = 0; i < kinds->nelts; i++) {
        int first = w.rows->nelts;

        for (j = 0; j < e->places->nelts; j++) {
            work_at(&w, first, &APR_ARRAY_IDX(e->places, j, tg_ctl_place_t),
                    &APR_ARRAY_IDX(kinds, i, tg_ctl_kind_t));
        }
        merge_rows(&w, first);
    }
    for (i = 0; i < w.rows->nelts; i++) {
        json_array_append_new(list, row_json(&w, &APR_ARRAY_IDX(w.rows, i, effect_row_t)));
    }
    tg_ctl_warnings_of_places(&w.warnings, w.rows->nelts > 0);
    tg_ctl_warnings_close(&w.warnings, warnings);
}

/* What is true of several sorts of clients is said once: an undo may touch several entries. */
static void drop_repeated(json_t *list)
{
    size_t i, j;

    for (i = 1; i < json_array_size(list); i++) {
        for (j = 0; j < i && !json_equal(json_array_get(list, i), json_array_get(list, j)); j++) {
        }
        if (j < i) {
            json_array_remove(list, i--);
        }
    }
}

json_t *tg_ctl_effect(const tg_ctl_effect_t *effect, json_t *warnings)
{
    const apr_array_header_t *whom = tg_ctl_effect_whom(effect);
    json_t *rows = json_array();
    int i;

    for (i = 0; i < whom->nelts; i++) {
        work_for(effect, &APR_ARRAY_IDX(whom, i, tg_ctl_effect_on_t), rows, warnings);
    }
    drop_repeated(rows);
    drop_repeated(warnings);
    return rows;
}

/* --- as text --- */

void tg_ctl_effect_print(FILE *out, const json_t *rows)
{
    const json_t *row;
    const char *rejects;
    size_t i;

    json_array_foreach (rows, i, row) {
        tg_term_wrap(out, TG_TERM_PLAIN, "  ", tg_ctl_document_text(row, "text", ""));
    }
    json_array_foreach (rows, i, row) {
        rejects = tg_ctl_document_text(row, "rejects", NULL);
        if (rejects) {
            tg_term_wrap(out, TG_TERM_WARN, "  rejects     ", rejects);
        }
    }
}

void tg_ctl_effect_say_done(const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        tg_term_note("%s", tg_ctl_document_text(row, "done", ""));
    }
}
