/* What is missing on the command line: see missing.h. */
#include "missing.h"

#include "options.h"
#include "running_plan.h"

#include "base/rows.h"
#include "base/shell.h"
#include "base/text.h"
#include "base/typed.h"
#include "term/term.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <string.h>

/** How long after the cutoff the one of the example is. */
#define EXAMPLE_POSTPONED INT64_C(28 * 86400)

/* One check. Its texts live in the pool of the call. */
typedef struct {
    const tg_ctl_t *ctl;
    int before;
    const tg_plan_t *plan;        /* NULL: none is known */
    apr_array_header_t *problems; /* of const char * */
    apr_array_header_t *added;    /* words of the example that were not typed */
} missing_t;

static void say_problem(missing_t *m, const char *problem)
{
    APR_ARRAY_PUSH(m->problems, const char *) = problem;
}

/* --- the schedules that there are --- */

static const char *example_schedule(const missing_t *m)
{
    return m->plan && m->plan->schedules->nelts
               ? APR_ARRAY_IDX(m->plan->schedules, 0, const tg_schedule_t *)->name
               : "NAME";
}

static const char *known_schedules(const missing_t *m)
{
    return m->plan ? apr_pstrcat(m->ctl->pool,
                                 " (there are: ", tg_ctl_running_plan_names(m->ctl->pool, m->plan),
                                 ")", NULL)
                   : "";
}

/* What was meant by a name that no schedule has; NULL if the plan has it or is not known. */
static const char *meant_schedule(const missing_t *m, const char *typed)
{
    const char *meant;

    if (!m->plan || tg_plan_schedule(m->plan, typed)) {
        return NULL;
    }
    meant = tg_ctl_running_plan_nearest(m->plan, typed);
    return meant ? meant : example_schedule(m);
}

/* --- what of it is missing, and what the example has in its place --- */

static const char *example_client(const missing_t *m)
{
    (void)m;
    return "account:NAME";
}

static const char *example_cutoff(const missing_t *m)
{
    const tg_ctl_t *ctl = m->ctl;
    const char *name = ctl->operands > m->before ? ctl->operand[m->before] : example_schedule(m);
    const char *meant = meant_schedule(m, name);
    const tg_schedule_t *s = m->plan ? tg_plan_schedule(m->plan, meant ? meant : name) : NULL;
    tg_instant_t from = s && tg_schedule_cutoff(s) != TG_NEVER ? tg_schedule_cutoff(s) : ctl->now;

    from = from > ctl->now ? from : ctl->now - ctl->now % 3600;
    return apr_pstrcat(ctl->pool, "--cutoff ", tg_instant_text(ctl->pool, from + EXAMPLE_POSTPONED),
                       NULL);
}

static const char *example_end(const missing_t *m)
{
    (void)m;
    return "--for 2h";
}

static const char *example_reason(const missing_t *m)
{
    (void)m;
    return "--reason 'ticket 4711'";
}

/* In the order of the message. */
static const struct {
    int operand;            /* how many operands it is after the others; -1: it is an option */
    const char *options[2]; /* one of these is enough */
    const char *problem;
    int lists_schedules;
    const char *(*example)(const missing_t *m);
} need_rows[] = {
    { 0, { "all", NULL }, "name a schedule, or write --all", 1, example_schedule },
    { 0, { NULL, NULL }, "name a schedule", 1, example_schedule },
    { 1,
      { NULL, NULL },
      "name a client: account:NAME or cert:SUBJECT as in the log, or an address",
      0,
      example_client },
    { -1,
      { "for", "until" },
      "say when it ends by itself: --for DURATION, or --until INSTANT",
      0,
      example_end },
    { -1, { "cutoff", NULL }, "say when: --cutoff INSTANT", 0, example_cutoff },
    { -1, { "reason", NULL }, "say why: --reason TEXT", 0, example_reason },
};
TG_ROWS_ARE(need_rows, TG_CTL_NEEDS);

static int is_typed(const missing_t *m, tg_ctl_need_t need)
{
    int operand = need_rows[need].operand;
    size_t i;

    for (i = 0; i < 2 && need_rows[need].options[i]; i++) {
        if (tg_ctl_options_has(m->ctl, need_rows[need].options[i])) {
            return 1;
        }
    }
    return operand >= 0 && m->ctl->operands > m->before + operand;
}

static void add_missing(missing_t *m, tg_ctl_need_t need)
{
    say_problem(m, apr_pstrcat(m->ctl->pool, need_rows[need].problem,
                               need_rows[need].lists_schedules ? known_schedules(m) : "", NULL));
    APR_ARRAY_PUSH(m->added, const char *) = need_rows[need].example(m);
}

/* --- the line that works --- */

/* What the example has instead of a value that was typed; NULL: that value. A URL is not repeated,
 * because it may contain a user name. */
static const char *better_value(const missing_t *m, const char *option, const char *value)
{
    tg_fault_t ignored;
    tg_instant_t t;
    int64_t seconds;

    if (strcmp(option, "--for") == 0) {
        return tg_typed_duration(value, &seconds, &ignored) ? NULL : "2h";
    }
    if (strcmp(option, "--until") == 0) {
        return tg_typed_instant(value, m->ctl->now, TG_TYPED_NEXT, &t, &ignored) && t > m->ctl->now
                   ? NULL
                   : "tomorrow 09:00Z";
    }
    if (strcmp(option, "--store") == 0) {
        return strchr(value, '@') ? "URL" : NULL;
    }
    return NULL;
}

/* 1 for an operand where a schedule is named. */
static int names_schedule(const missing_t *m, const char *word)
{
    int i, most = m->before ? m->before + 1 : m->ctl->operands;

    for (i = m->before; i < most && i < m->ctl->operands; i++) {
        if (m->ctl->operand[i] == word) {
            return 1;
        }
    }
    return 0;
}

/* Two names that no schedule has may mean the same one. */
static int is_named_before(apr_hash_t *named, const char *name)
{
    int is_known = apr_hash_get(named, name, APR_HASH_KEY_STRING) != NULL;

    apr_hash_set(named, name, APR_HASH_KEY_STRING, name);
    return is_known;
}

static const char *example_line(const missing_t *m)
{
    const tg_ctl_t *ctl = m->ctl;
    const char *line = TG_PROGRAM_NAME, *previous = "";
    apr_hash_t *named = apr_hash_make(ctl->pool);
    int i;

    for (i = 0; i < ctl->words; i++) {
        const char *word = ctl->word[i];
        int is_name = names_schedule(m, word);
        const char *better = is_name                           ? meant_schedule(m, word)
                             : strncmp(previous, "--", 2) == 0 ? better_value(m, previous, word)
                                                               : NULL;

        if (is_name && is_named_before(named, better ? better : word)) {
            continue;
        }

        line = apr_pstrcat(ctl->pool, line, " ", tg_shell_word(ctl->pool, better ? better : word),
                           NULL);
        previous = word;
    }
    for (i = 0; i < m->added->nelts; i++) {
        line = apr_pstrcat(ctl->pool, line, " ", APR_ARRAY_IDX(m->added, i, const char *), NULL);
    }
    return line;
}

/* --- together --- */

static void add_unknown_names(missing_t *m)
{
    int is_told = 0, i, most = m->before ? m->before + 1 : m->ctl->operands;

    for (i = m->before; i < most && i < m->ctl->operands; i++) {
        const char *meant = meant_schedule(m, m->ctl->operand[i]);

        if (meant) {
            say_problem(m, apr_pstrcat(m->ctl->pool, "there is no schedule \"", m->ctl->operand[i],
                                       "\"", is_told ? "" : known_schedules(m), NULL));
            is_told = 1;
        }
    }
}

static const char *joined_problems(const missing_t *m)
{
    return tg_text_join(m->ctl->pool, (const char *const *)m->problems->elts,
                        (apr_size_t)m->problems->nelts, "; ", "; ");
}

int tg_ctl_missing_check(const tg_ctl_t *ctl, int before, unsigned needs)
{
    missing_t m = { ctl, before, NULL, apr_array_make(ctl->pool, 4, sizeof(const char *)),
                    apr_array_make(ctl->pool, 4, sizeof(const char *)) };
    int need, is_complete = 1;

    for (need = 0; need < TG_CTL_NEEDS; need++) {
        is_complete =
            is_complete && (!(needs & TG_CTL_NEED_BIT(need)) || is_typed(&m, (tg_ctl_need_t)need));
    }
    if (is_complete) {
        return 1;
    }
    m.plan = tg_ctl_running_plan_any(ctl);
    add_unknown_names(&m);
    for (need = 0; need < TG_CTL_NEEDS; need++) {
        if ((needs & TG_CTL_NEED_BIT(need)) && !is_typed(&m, (tg_ctl_need_t)need)) {
            add_missing(&m, (tg_ctl_need_t)need);
        }
    }
    tg_term_error("%s: %s", ctl->command, joined_problems(&m));
    tg_term_note("for example: %s", example_line(&m));
    return 0;
}
