/* tlsgatectl: the list of its commands, and the way to one of them. */
#include "commands.h"

#include "base/nearest.h"
#include "ctl/base/help.h"
#include "ctl/base/httpd_query.h"
#include "ctl/base/options.h"
#include "ctl/base/store_choice.h"
#include "term/term.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One line for each command: src/commands/NAME.c defines tg_command_NAME. */
#define COMMANDS(ROW)                                                                              \
    ROW(schedule)                                                                                  \
    ROW(check)                                                                                     \
    ROW(simulate)                                                                                  \
    ROW(suspend)                                                                                   \
    ROW(extend)                                                                                    \
    ROW(trial)                                                                                     \
    ROW(resume)                                                                                    \
    ROW(postpone)                                                                                  \
    ROW(exempt)                                                                                    \
    ROW(undo)                                                                                      \
    ROW(audit)                                                                                     \
    ROW(hash)                                                                                      \
    ROW(status)                                                                                    \
    ROW(report)                                                                                    \
    ROW(letters)                                                                                   \
    ROW(propose)                                                                                   \
    ROW(follow)                                                                                    \
    ROW(complete)

#define COMMAND_DECLARED(name) extern const tg_command_t tg_command_##name;
#define COMMAND_LISTED(name) &tg_command_##name,
COMMANDS(COMMAND_DECLARED)
const tg_command_t *const tg_commands[] = { COMMANDS(COMMAND_LISTED) NULL };

/* Written once, while the command line is read. */
static tg_ctl_t call;
static const char *help_given, *version_given;

const tg_option_t tg_global_options[] = {
    { "state", "FILE", "the state file that httpd reads (TlsGateState)", &call.state,
      TG_COMPLETE_FILE },
    { "store", "URL", "the store of a fleet, instead of a file", &call.store, TG_COMPLETE_NOTHING },
    { "httpd", "PROGRAM", "the httpd, or its control script, to ask", &call.httpd,
      TG_COMPLETE_PROGRAM },
    { "config", "FILE", "the httpd.conf that it reads", &call.config, TG_COMPLETE_FILE },
    { "patience", "SECONDS", "how long httpd may take to answer; 0: it is not asked",
      &call.patience, TG_COMPLETE_NOTHING },
    { "help", NULL, "show the usage", &help_given, TG_COMPLETE_NOTHING },
    { "version", NULL, "show the version", &version_given, TG_COMPLETE_NOTHING },
    { 0 },
};

const tg_command_t *tg_command_find(const char *name)
{
    const tg_command_t *const *command = tg_commands;

    while (*command && strcmp((*command)->name, name) != 0) {
        command++;
    }
    return *command;
}

/* After an error: where to read more. */
static tg_exit_t point_to_help(const tg_command_t *command)
{
    tg_term_note(TG_PROGRAM_NAME "%s%s --help shows %s", command ? " " : "",
                 command ? command->name : "",
                 command ? "how it is written, with examples" : "the commands");
    return TG_EXIT_ERROR;
}

static tg_exit_t complain_of_command(const char *name)
{
    tg_nearest_t nearest = tg_nearest_to(name);
    const tg_command_t *const *command;

    for (command = tg_commands; *command; command++) {
        if (!(*command)->is_hidden) {
            tg_nearest_try(&nearest, (*command)->name);
        }
    }
    tg_term_error("there is no command \"%s\"%s", name, tg_nearest_question(call.pool, &nearest));
    return point_to_help(NULL);
}

/* `exempt add, exempt remove or exempt list` */
static const char *words_after(const tg_command_t *command)
{
    const char *text = "";
    int i;

    for (i = 0; command->verbs[i]; i++) {
        text = apr_pstrcat(call.pool, text,
                           i == 0                  ? ""
                           : command->verbs[i + 1] ? ", "
                                                   : " or ",
                           command->name, " ", command->verbs[i], NULL);
    }
    return text;
}

/* 1, or 0 after an error was printed. */
static int check_operands(const tg_command_t *command)
{
    if (call.operands < command->least && command->verbs) {
        tg_term_error("say what: %s", words_after(command));
        return 0;
    }
    if (call.operands < command->least) {
        tg_term_error("%s needs more operands: %s", command->name, command->usage[0]);
        return 0;
    }
    if (command->most >= 0 && call.operands > command->most) {
        tg_term_error("%s: unexpected operand \"%s\"", command->name, call.operand[command->most]);
        return 0;
    }
    return 1;
}

static tg_exit_t run_command(const tg_command_t *command)
{
    if (help_given) {
        tg_ctl_help_command(stdout, command, tg_global_options);
        return TG_EXIT_OK;
    }
    if (!check_operands(command)) {
        return point_to_help(command);
    }
    if (!tg_ctl_store_choice_check(&call) || !tg_ctl_httpd_check_patience(&call)) {
        return TG_EXIT_ERROR;
    }
    return command->run(&call);
}

static tg_exit_t run_without_command(void)
{
    if (version_given) {
        puts(TG_PROGRAM_NAME " " TG_PROGRAM_VERSION);
        return TG_EXIT_OK;
    }
    if (help_given) {
        tg_ctl_help_all(stdout, tg_commands, tg_global_options);
        return TG_EXIT_OK;
    }
    tg_ctl_help_all(stderr, tg_commands, tg_global_options);
    return TG_EXIT_ERROR;
}

static tg_exit_t run_call(int argc, const char *const *argv)
{
    const tg_command_t *command = NULL;
    apr_array_header_t *given;

    if (!tg_ctl_options_read(&call, tg_global_options, tg_commands, argc, argv, &given)) {
        return point_to_help(tg_ctl_options_command(tg_commands, argc, argv));
    }
    /* As most programs have it: help [COMMAND]. */
    if (call.operands > 0 && strcmp(call.operand[0], "help") == 0) {
        help_given = "";
        call.operand++;
        call.operands--;
    }
    if (call.operands > 0 && !(command = tg_command_find(call.operand[0]))) {
        return complain_of_command(call.operand[0]);
    }
    if (!tg_ctl_options_assign(given, tg_global_options, command)) {
        return point_to_help(command);
    }
    if (!command || version_given) {
        return run_without_command();
    }
    call.command = command->name;
    call.operand++;
    call.operands--;
    return run_command(command);
}

/* APR's pools call this, so that no caller has to check an allocation. */
static int out_of_memory(int rv)
{
    (void)rv;
    fputs(TG_PROGRAM_NAME ": out of memory\n", stderr);
    _exit(TG_EXIT_ERROR);
}

/* Keeps an opened file from getting the descriptor of an output that the caller has closed:
 * messages would be written into the file. As in GNU programs, a closed output stays unusable. */
static void keep_standard_descriptors(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int main(int argc, const char *const *argv)
{
    tg_exit_t status;

    keep_standard_descriptors();
    apr_initialize();
    apr_pool_create_ex(&call.pool, NULL, out_of_memory, NULL);
    call.now = apr_time_sec(apr_time_now());
    tg_message_set_sink(tg_term_message);
    status = run_call(argc, argv);
    /* Output that could not be written, as on a full disk or a closed pipe, is an error. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        tg_term_error("cannot write to the standard output");
        status = TG_EXIT_ERROR;
    }
    apr_pool_destroy(call.pool);
    apr_terminate();
    return (int)status;
}
