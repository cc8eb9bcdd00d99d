/* tlsgatectl complete: what a shell offers while a command line is typed, from the rows of the
 * commands. It is for the scripts in conf/completion.
 *
 * Its operands are the words of the command line, without the program, up to the one that is being
 * typed. Each line that it prints is a candidate, a tab and a description; a line that begins with
 * a colon names a kind of word that the shell completes by itself.
 */
#include "commands.h"

#include "ctl/base/options.h"
#include "ctl/base/running_plan.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

/* What precedes the word that is being typed. */
typedef struct {
    const tg_command_t *command;
    int operands;               /* of the command */
    const tg_option_t *pending; /* an option whose value is being typed; or NULL */
} typed_t;

/* --- what was typed --- */

/* --name or --name=value; NULL: there is no such option. */
static const tg_option_t *typed_option(const tg_command_t *command, apr_pool_t *pool,
                                       const char *word)
{
    return tg_ctl_option_find(tg_global_options, command,
                              apr_pstrndup(pool, word + 2, strcspn(word + 2, "=")));
}

static void read_typed_option(const tg_ctl_t *ctl, typed_t *typed, const char *word)
{
    const tg_option_t *row = typed_option(typed->command, ctl->pool, word);
    const char *value = strchr(word, '=');

    typed->pending = row && row->value && !value ? row : NULL;
    if (row) {
        *row->given = value ? value + 1 : "";
    }
}

static typed_t read_typed(const tg_ctl_t *ctl)
{
    typed_t typed = { NULL, 0, NULL };
    int i;

    for (i = 0; i < ctl->operands - 1; i++) {
        const char *word = ctl->operand[i];

        if (typed.pending) {
            *typed.pending->given = word;
            typed.pending = NULL;
        }
        else if (strncmp(word, "--", 2) == 0) {
            read_typed_option(ctl, &typed, word);
        }
        else if (typed.command) {
            typed.operands++;
        }
        else {
            typed.command = tg_command_find(word);
        }
    }
    return typed;
}

/* --- what is offered --- */

static void offer_schedules(const tg_ctl_t *ctl)
{
    tg_ctl_t here = *ctl;
    const tg_plan_t *plan;
    int i;

    /* A program is not run because its name was typed. */
    here.httpd = here.config = NULL;
    plan = tg_ctl_running_plan_any(&here);
    for (i = 0; plan && i < plan->schedules->nelts; i++) {
        printf("%s\tschedule\n", APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name);
    }
}

static void offer_protocols(const tg_ctl_t *ctl)
{
    char *rest = apr_pstrdup(ctl->pool, tg_protocol_names(ctl->pool)), *state = NULL, *name;

    for (name = apr_strtok(rest, " ", &state); name; name = apr_strtok(NULL, " ", &state)) {
        printf("%s\tprotocol\n", name);
    }
}

/* A word for the shell, or a function that knows the words. */
static const struct {
    const char *shell;
    void (*offer)(const tg_ctl_t *ctl);
} completions[] = {
    { "", NULL },      { ":file", NULL },         { ":program", NULL },
    { ":user", NULL }, { NULL, offer_schedules }, { NULL, offer_protocols },
    { "", NULL },
};
_Static_assert(sizeof(completions) / sizeof(completions[0]) == TG_COMPLETIONS, "a row for each");

static void offer_kind(const tg_ctl_t *ctl, tg_complete_t kind)
{
    if (completions[kind].offer) {
        completions[kind].offer(ctl);
    }
    else if (completions[kind].shell[0]) {
        puts(completions[kind].shell);
    }
}

/* Each option can be given once, except those whose values form a list. */
static void offer_options(const tg_option_t *row)
{
    for (; row->name; row++) {
        if (!*row->given || row->complete == TG_COMPLETE_LIST) {
            printf("--%s\t%s\n", row->name, row->help);
        }
    }
}

static void offer_commands(void)
{
    const tg_command_t *const *command;

    for (command = tg_commands; *command; command++) {
        if (!(*command)->is_hidden) {
            printf("%s\t%s\n", (*command)->name, (*command)->summary);
        }
    }
}

static void offer_operand(const tg_ctl_t *ctl, const typed_t *typed)
{
    const tg_command_t *command = typed->command;
    const char *const *verb = command->verbs;

    if (verb && typed->operands == 0) {
        for (; *verb; verb++) {
            printf("%s\t%s\n", *verb, command->name);
        }
    }
    else if (command->most < 0 || typed->operands < command->most) {
        offer_kind(ctl, command->operand);
    }
}

static void offer_words(const tg_ctl_t *ctl, const typed_t *typed, const char *begun)
{
    const tg_option_t *const *table = typed->command ? typed->command->options : NULL;

    /* Names of schedules may have to be asked for: only where one can follow. */
    if (typed->command && begun[0] != '-') {
        offer_operand(ctl, typed);
    }
    for (; table && *table; table++) {
        offer_options(*table);
    }
    offer_options(tg_global_options);
    if (!typed->command) {
        offer_commands();
    }
}

static tg_exit_t complete_run(const tg_ctl_t *ctl)
{
    typed_t typed = read_typed(ctl);

    if (typed.pending) {
        offer_kind(ctl, typed.pending->complete);
    }
    else {
        offer_words(ctl, &typed, ctl->operand[ctl->operands - 1]);
    }
    return TG_EXIT_OK;
}

const tg_command_t tg_command_complete = {
    .name = "complete",
    .usage = (const char *const[]){ "-- [WORD...] WORD", NULL },
    .summary = "Print what a shell offers for the last word",
    .examples =
        (const tg_example_t[]){
            { "The options of schedule", TG_PROGRAM_NAME " complete -- schedule --" },
            { 0 },
        },
    .least = 1,
    .most = -1,
    .is_hidden = 1,
    .run = complete_run,
};
