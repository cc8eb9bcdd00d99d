/* The help: see help.h. */
#include "help.h"

#include "options.h"

#include <string.h>

static void print_options(FILE *out, unsigned long which)
{
    int i;

    for (i = 0; i < TG_CTL_OPTIONS; i++) {
        tg_ctl_option_t option = (tg_ctl_option_t)i;

        if (which & TG_CTL_BIT(option)) {
            const char *value = tg_ctl_option_value(option);
            int width =
                fprintf(out, "  --%s%s%s", tg_ctl_option_name(option), *value ? " " : "", value);

            fprintf(out, "%*s  %s\n", width < 22 ? 22 - width : 0, "",
                    tg_ctl_option_summary(option));
        }
    }
}

void tg_ctl_help_all(FILE *out, const tg_ctl_command_t *commands)
{
    fprintf(out, "Usage: " TG_PROGRAM_NAME " [OPTION...] COMMAND [ARGUMENT...]\n"
                 "Sees and changes what mod_tlsgate does, while httpd runs.\n\nCommands:\n");
    for (; commands->name; commands++) {
        fprintf(out, "  %-9s  %s\n", commands->name, commands->summary);
    }
    fprintf(out, "\nOptions of all commands, before or behind them:\n");
    print_options(out, TG_CTL_GLOBAL);
    fprintf(out, "\nInstants are RFC 3339 with Z or an offset, durations ISO 8601. Times are shown "
                 "in UTC.\n" TG_PROGRAM_NAME " COMMAND --help says more.\n"
                 "Exit status: 0; 1 for a finding; 2 for a wrong call, or what could not be read "
                 "or written.\n");
}

void tg_ctl_help_command(FILE *out, const tg_ctl_command_t *command)
{
    fprintf(out, "Usage: " TG_PROGRAM_NAME " %s %s\n%s.\n%s", command->name, command->operands,
            command->summary, command->more);
    fprintf(out, "\nOptions:\n");
    print_options(out, command->options);
    fprintf(out, "\nOptions of all commands:\n");
    print_options(out, TG_CTL_GLOBAL);
}
