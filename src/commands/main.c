/* tlsgatectl: the table of its commands, and the way to one of them. */
#include "cmd.h"

#include "ctl/help.h"
#include "ctl/options.h"
#include "ctl/store_choice.h"
#include "term/term.h"

#include <apr_general.h>
#include <apr_time.h>
#include <stdlib.h>
#include <string.h>

#define B(option) TG_CTL_BIT(TG_CTL_##option)
/** What every change takes. */
#define CHANGE (B(REASON) | B(BY) | B(YES) | B(DRY_RUN) | B(JSON))

static const tg_ctl_command_t commands[] = {
    { "schedule", "[NAME...] [--at INSTANT] [--json]",
      "Show the timeline of each schedule, with now marked", "", 0, -1, B(AT) | B(JSON),
      tg_cmd_schedule },
    { "check", "", "Test the configuration: 0 clean, 1 warnings, 2 broken",
      "Runs httpd -t, and compares what is configured with what runs.\n", 0, 0, 0, tg_cmd_check },
    { "simulate",
      "[NAME...] --protocol NAME [--at INSTANT] [--client CLIENT] [--handshake] [--json]",
      "Say what would happen to a client, and why",
      "Without --client it is about clients that are in every share.\n", 0, -1,
      B(AT) | B(PROTOCOL) | B(CLIENT) | B(HANDSHAKE) | B(JSON), tg_cmd_simulate },
    { "suspend", "NAME...|--all (--until INSTANT | --for DURATION) --reason TEXT",
      "Serve the clients of a schedule again until a date",
      "It takes the place of a trial by hand. It ends by itself.\n", 0, -1,
      CHANGE | B(ALL) | B(UNTIL) | B(FOR), tg_cmd_suspend },
    { "trial", "NAME...|--all (--until INSTANT | --for DURATION) --reason TEXT",
      "Reject the clients of a schedule until a date",
      "It takes the place of a suspend, and never weakens a phase. It ends by itself.\n", 0, -1,
      CHANGE | B(ALL) | B(UNTIL) | B(FOR), tg_cmd_trial },
    { "resume", "NAME... --reason TEXT", "End a suspend or trial now",
      "A postponement is ended by postponing to the configured cutoff.\n", 1, -1, CHANGE,
      tg_cmd_resume },
    { "postpone", "NAME --cutoff INSTANT --reason TEXT",
      "Move the cutoff of a schedule to a later date",
      "It is bound to the cutoff that is configured: once that changes, it does nothing. The\n"
      "configured cutoff itself ends the postponement.\n",
      1, 1, CHANGE | B(CUTOFF), tg_cmd_postpone },
    { "exempt",
      "add NAME CLIENT|CIDR (--until INSTANT | --for DURATION) --reason TEXT [--owner WHO]\n"
      "       tlsgatectl exempt remove NAME CLIENT|CIDR --reason TEXT\n"
      "       tlsgatectl exempt list [NAME] [--json]",
      "Leave a client alone until a date, take that back, or list who is",
      "CLIENT is account:NAME or cert:SUBJECT as it stands in the log, or an address.\n", 1, 3,
      CHANGE | B(UNTIL) | B(FOR) | B(OWNER), tg_cmd_exempt },
    { "hash", "[TEXT]", "Show what an identity looks like in the log where it is hashed",
      "Without TEXT it is read from the standard input, which keeps it out of the history.\n", 0, 1,
      0, tg_cmd_hash },
    { "status", "[--json]", "Show what is in force, what is over, and what is wrong",
      "A problem is a finding.\n", 0, 0, B(JSON), tg_cmd_status },
    { "follow", "--store URL [--state FILE]",
      "Install what a store has into the state file, until told to end",
      "It stays in the foreground. While the store is away the file stays as it is.\n", 0, 0, 0,
      tg_cmd_follow },
    { NULL, NULL, NULL, NULL, 0, 0, 0, NULL },
};

static const tg_ctl_command_t *find(const char *name)
{
    const tg_ctl_command_t *command = commands;

    while (command->name && strcmp(command->name, name) != 0) {
        command++;
    }
    return command->name ? command : NULL;
}

static int usage(const tg_ctl_command_t *command)
{
    if (command) {
        tg_ctl_help_command(stderr, command);
    }
    else {
        tg_ctl_help_all(stderr, commands);
    }
    return TG_CTL_ERROR;
}

/* 0 after an error was said. */
static int takes(const tg_ctl_command_t *command, const tg_ctl_t *ctl)
{
    int i;

    for (i = 0; i < TG_CTL_OPTIONS; i++) {
        if (ctl->given[i] && !((command->options | TG_CTL_GLOBAL) & TG_CTL_BIT(i))) {
            tg_term_error("%s takes no --%s", command->name,
                          tg_ctl_option_name((tg_ctl_option_t)i));
            return 0;
        }
    }
    if (ctl->operands < command->least) {
        tg_term_error("%s wants more: %s", command->name, command->operands);
        return 0;
    }
    if (command->most >= 0 && ctl->operands > command->most) {
        tg_term_error("%s: there is no place for \"%s\"", command->name,
                      ctl->operand[command->most]);
        return 0;
    }
    return 1;
}

static int run(tg_ctl_t *ctl, const tg_ctl_command_t *command)
{
    if (ctl->given[TG_CTL_HELP]) {
        tg_ctl_help_command(stdout, command);
        return TG_CTL_OK;
    }
    if (!takes(command, ctl)) {
        return usage(command);
    }
    return tg_ctl_store_choice_check(ctl) ? command->run(ctl) : TG_CTL_ERROR;
}

static int without_command(const tg_ctl_t *ctl)
{
    if (ctl->given[TG_CTL_HELP]) {
        tg_ctl_help_all(stdout, commands);
        return TG_CTL_OK;
    }
    if (ctl->given[TG_CTL_SHOW_VERSION]) {
        puts(TG_PROGRAM_NAME " " TG_PROGRAM_VERSION);
        return TG_CTL_OK;
    }
    return usage(NULL);
}

static int start(tg_ctl_t *ctl, int argc, const char *const *argv)
{
    const tg_ctl_command_t *command;

    if (!tg_ctl_options_read(ctl, argc, argv)) {
        return usage(NULL);
    }
    if (ctl->operands == 0 || ctl->given[TG_CTL_SHOW_VERSION]) {
        return without_command(ctl);
    }
    command = find(ctl->operand[0]);
    if (!command) {
        tg_term_error("there is no command \"%s\"", ctl->operand[0]);
        return usage(NULL);
    }
    ctl->operand++;
    ctl->operands--;
    return run(ctl, command);
}

int main(int argc, const char *const *argv)
{
    tg_ctl_t ctl;
    int status;

    apr_initialize();
    memset(&ctl, 0, sizeof(ctl));
    apr_pool_create(&ctl.pool, NULL);
    ctl.now = apr_time_sec(apr_time_now());
    tg_message_set_sink(tg_term_message);
    status = start(&ctl, argc, argv);
    /* What could not be written was not said: a full disk, a reader that is gone. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        tg_term_error("the standard output cannot be written");
        status = TG_CTL_ERROR;
    }
    apr_pool_destroy(ctl.pool);
    apr_terminate();
    return status;
}
