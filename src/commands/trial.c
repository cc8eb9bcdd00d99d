/* tlsgatectl trial: rejects the clients of a schedule until a date. */
#include "commands.h"

#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "ctl/change/change.h"
#include "ctl/change/timed_change.h"

static tg_exit_t trial_run(const tg_ctl_t *ctl)
{
    return tg_ctl_timed_change(ctl, TG_STATE_TRIAL, TG_CTL_RUNNING_PLAN_NEEDED);
}

const tg_command_t tg_command_trial = {
    .name = "trial",
    .usage =
        (const char *const[]){ "NAME...|--all (--until INSTANT | --for DURATION) --reason TEXT",
                               NULL },
    .summary = "Reject the clients of a schedule until a date",
    .more =
        "It replaces a suspend, and never weakens a phase. It ends by itself. It also runs where\n"
        "TlsGateGuard has stopped a trial, without lifting that stop: afterwards it holds again.\n",
    .examples =
        (const tg_example_t[]){
            { "Ten minutes, to see who calls",
              TG_PROGRAM_NAME " trial legacy-tls --for PT10M --reason \"announced on Monday\"" },
            { "The whole business day, for all",
              TG_PROGRAM_NAME " trial --all --until 17:00Z --reason \"the last rehearsal\"" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ tg_ctl_timed_change_options, tg_ctl_time_end_options,
                                             tg_ctl_change_options, tg_ctl_output_options, NULL },
    .run = trial_run,
};
