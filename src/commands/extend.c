/* tlsgatectl extend: a later end for a suspend or a trial. */
#include "commands.h"

#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "ctl/change/change.h"
#include "ctl/change/timed_change.h"

const tg_command_t tg_command_extend = {
    .name = "extend",
    .usage =
        (const char *const[]){ "NAME...|--all (--until INSTANT | --for DURATION) [--reason TEXT]",
                               NULL },
    .summary = "Extend a suspend or trial",
    .more = "--for counts from its present end: --for 1h is one more hour, and twice that is two. "
            "A script\n"
            "that may run twice uses --until. The reason is kept unless you give a new one.\n",
    .examples =
        (const tg_example_t[]){
            { "The partners need one more week", TG_PROGRAM_NAME " extend legacy-tls --for 1w" },
            { "With another reason", TG_PROGRAM_NAME
              " extend legacy-tls --for 3w --reason \"the last partner is on holiday\"" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ tg_ctl_timed_change_options, tg_ctl_time_later_options,
                                             tg_ctl_change_options, tg_ctl_output_options, NULL },
    .run = tg_ctl_timed_extend,
};
