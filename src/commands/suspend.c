/* tlsgatectl suspend: serves the clients of a schedule again until a date. */
#include "commands.h"

#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "ctl/change/change.h"
#include "ctl/change/timed_change.h"

/* In an emergency it works without a plan. */
static tg_exit_t suspend_run(const tg_ctl_t *ctl)
{
    return tg_ctl_timed_change(ctl, TG_STATE_SUSPEND, TG_CTL_RUNNING_PLAN_URGENT);
}

const tg_command_t tg_command_suspend = {
    .name = "suspend",
    .usage =
        (const char *const[]){ "NAME...|--all (--until INSTANT | --for DURATION) --reason TEXT",
                               NULL },
    .summary = "Serve the clients of a schedule again until a date",
    .more = "It replaces a trial by hand. It ends by itself.\n",
    .examples =
        (const tg_example_t[]){
            { "Old clients must come back at once",
              TG_PROGRAM_NAME " suspend legacy-tls --for P2W --reason \"partners cannot pay\"" },
            { "Everything, without a question",
              TG_PROGRAM_NAME " suspend --all --for PT2H --reason incident --yes" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ tg_ctl_timed_change_options, tg_ctl_time_end_options,
                                             tg_ctl_change_options, tg_ctl_output_options, NULL },
    .run = suspend_run,
};
