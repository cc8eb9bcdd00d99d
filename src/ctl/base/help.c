/* The help: see help.h. */
#include "help.h"

/** How wide the column of options is. */
#define OPTION_WIDTH 22

static void print_options(FILE *out, const tg_option_t *row)
{
    for (; row->name; row++) {
        int width = fprintf(out, "  --%s%s%s", row->name, row->value ? " " : "",
                            row->value ? row->value : "");

        fprintf(out, "%*s  %s\n", width < OPTION_WIDTH ? OPTION_WIDTH - width : 0, "", row->help);
    }
}

static void print_examples(FILE *out, const tg_example_t *example)
{
    fprintf(out, "\nExamples:\n");
    for (; example->line; example++) {
        fprintf(out, "  %s:\n    %s\n", example->what, example->line);
    }
}

void tg_ctl_help_all(FILE *out, const tg_command_t *const *commands, const tg_option_t *global)
{
    fprintf(out, "Usage: " TG_PROGRAM_NAME " [OPTION...] COMMAND [ARGUMENT...]\n"
                 "Shows and changes what mod_tlsgate does, while httpd runs.\n\nCommands:\n");
    for (; *commands; commands++) {
        if (!(*commands)->is_hidden) {
            fprintf(out, "  %-9s  %s\n", (*commands)->name, (*commands)->summary);
        }
    }
    fprintf(out, "\nOptions of all commands, before or after them:\n");
    print_options(out, global);
    fprintf(out, "\nInstants are RFC 3339 with Z or an offset, durations 2h, 90m, 3d or ISO 8601. "
                 "Times are shown "
                 "in UTC.\n" TG_PROGRAM_NAME " COMMAND --help shows the options of a command.\n"
                 "Exit status: 0; 1 for a finding; 2 for a wrong call, or what could not be read "
                 "or written;\n3 for a change that is written, but that no httpd acts on yet.\n");
}

void tg_ctl_help_command(FILE *out, const tg_command_t *command, const tg_option_t *global)
{
    const tg_option_t *const *table = command->options;
    const char *const *form;

    for (form = command->usage; *form; form++) {
        fprintf(out, "%s " TG_PROGRAM_NAME " %s%s%s\n",
                form == command->usage ? "Usage:" : "      ", command->name, **form ? " " : "",
                *form);
    }
    fprintf(out, "%s.\n%s", command->summary, command->more ? command->more : "");
    if (table) {
        fprintf(out, "\nOptions:\n");
    }
    for (; table && *table; table++) {
        print_options(out, *table);
    }
    fprintf(out, "\nOptions of all commands:\n");
    print_options(out, global);
    print_examples(out, command->examples);
}
