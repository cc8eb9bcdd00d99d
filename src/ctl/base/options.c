/* Reading the command line: see options.h. */
#include "options.h"

#include "term/term.h"

#include <apr_getopt.h>
#include <apr_strings.h>
#include <string.h>

/* One option as it was given. */
typedef struct {
    const char *name, *value; /* "" without a value */
} given_option_t;

/* For apr_getopt_long: a character above 255 has no short form. */
#define FIRST_CHARACTER 256

#define KNOWN(list, i) (&APR_ARRAY_IDX(list, i, apr_getopt_option_t))

/* --- which options there are --- */

static int is_known_option(const apr_array_header_t *known, const char *name)
{
    int i;

    for (i = 0; i < known->nelts && strcmp(KNOWN(known, i)->name, name) != 0; i++) {
    }
    return i < known->nelts;
}

static void add_known(apr_array_header_t *known, const tg_option_t *row)
{
    for (; row->name; row++) {
        if (!is_known_option(known, row->name)) {
            apr_getopt_option_t *option = apr_array_push(known);

            option->name = row->name;
            option->optch = FIRST_CHARACTER + known->nelts - 1;
            option->has_arg = row->value != NULL;
            option->description = row->help;
        }
    }
}

static apr_array_header_t *known_options(apr_pool_t *pool, const tg_option_t *global,
                                         const tg_command_t *const *commands)
{
    apr_array_header_t *known = apr_array_make(pool, 24, sizeof(apr_getopt_option_t));
    const tg_option_t *const *table;

    add_known(known, global);
    for (; *commands; commands++) {
        for (table = (*commands)->options; table && *table; table++) {
            add_known(known, *table);
        }
    }
    /* Entries of a new array are zero: the last one ends it for apr_getopt_long. */
    apr_array_push(known);
    known->nelts--;
    return known;
}

static const tg_option_t *find_row(const tg_option_t *row, const char *name)
{
    while (row->name && strcmp(row->name, name) != 0) {
        row++;
    }
    return row->name ? row : NULL;
}

const tg_option_t *tg_ctl_option_find(const tg_option_t *global, const tg_command_t *command,
                                      const char *name)
{
    const tg_option_t *found = find_row(global, name);
    const tg_option_t *const *table;

    for (table = command ? command->options : NULL; !found && table && *table; table++) {
        found = find_row(*table, name);
    }
    return found;
}

/* --- reading --- */

/* apr_getopt's own messages are dropped: say_no_option() prints better ones. */
static void drop_message(void *arg, const char *format, ...)
{
    (void)arg;
    (void)format;
}

static void add_given(apr_array_header_t *given, const char *name, const char *value)
{
    given_option_t *option = apr_array_push(given);

    option->name = name;
    option->value = value ? value : "";
}

int tg_ctl_options_has(const tg_ctl_t *ctl, const char *name)
{
    const apr_array_header_t *given = ctl->given;
    int i;

    for (i = 0; given && i < given->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(given, i, given_option_t).name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static void try_rows(tg_nearest_t *nearest, const tg_option_t *row)
{
    for (; row->name; row++) {
        tg_nearest_try(nearest, row->name);
    }
}

void tg_ctl_options_nearest(tg_nearest_t *nearest, const tg_option_t *global,
                            const tg_command_t *command)
{
    const tg_option_t *const *table;

    for (table = command ? command->options : NULL; table && *table; table++) {
        try_rows(nearest, *table);
    }
    try_rows(nearest, global);
}

const tg_command_t *tg_ctl_options_command(const tg_command_t *const *commands, int argc,
                                           const char *const *argv)
{
    const tg_command_t *const *command;
    int i;

    for (i = 1; i < argc; i++) {
        for (command = commands; *command; command++) {
            if (strcmp(argv[i], (*command)->name) == 0) {
                return *command;
            }
        }
    }
    return NULL;
}

static void say_no_option(apr_pool_t *pool, const char *typed, const tg_option_t *global,
                          const tg_command_t *command)
{
    const char *name = apr_pstrndup(pool, typed, strcspn(typed, "="));
    tg_nearest_t nearest = tg_nearest_to(name + strspn(name, "-"));

    tg_ctl_options_nearest(&nearest, global, command);
    tg_term_error("%s%s%s%s", command ? command->name : "there is", command ? " has" : "",
                  apr_pstrcat(pool, " no option ", name, NULL),
                  nearest.found ? apr_pstrcat(pool, "; did you mean --", nearest.found, "?", NULL)
                                : "");
}

/* The word that the reader stopped at: operands before it were skipped. */
static const char *stopped_at(const apr_getopt_t *os, int before)
{
    while (before < os->argc && os->argv[before][0] != '-') {
        before++;
    }
    return before < os->argc ? os->argv[before] : "";
}

static int takes_value(const apr_array_header_t *known, const char *word)
{
    int i;

    for (i = 0; i < known->nelts; i++) {
        if (strncmp(word, "--", 2) == 0 && strcmp(KNOWN(known, i)->name, word + 2) == 0) {
            return KNOWN(known, i)->has_arg;
        }
    }
    return 0;
}

/* A - alone is the standard input, if it is no value of an option; apr_getopt_long takes it for an
 * option. And -h is what people try first. */
static const char *const *words_with_input(apr_pool_t *pool, const apr_array_header_t *known,
                                           int argc, const char *const *argv)
{
    const char **words = apr_pmemdup(pool, argv, (apr_size_t)(argc + 1) * sizeof(*words));
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "-h") == 0 && !takes_value(known, argv[i - 1])) {
            words[i] = "--help";
        }
        if (strcmp(argv[i], "-") == 0 && !takes_value(known, argv[i - 1])) {
            words[i] = TG_CTL_INPUT;
        }
    }
    return words;
}

int tg_ctl_options_read(tg_ctl_t *ctl, const tg_option_t *global,
                        const tg_command_t *const *commands, int argc, const char *const *argv,
                        apr_array_header_t **given)
{
    const apr_array_header_t *known = known_options(ctl->pool, global, commands);
    apr_getopt_t *os;
    const char *value;
    apr_status_t rv;
    int option, before;

    *given = apr_array_make(ctl->pool, 8, sizeof(given_option_t));
    apr_getopt_init(&os, ctl->pool, argc, words_with_input(ctl->pool, known, argc, argv));
    os->interleave = 1;
    os->errfn = drop_message;
    for (;;) {
        before = os->ind;
        rv = apr_getopt_long(os, KNOWN(known, 0), &option, &value);
        if (rv != APR_SUCCESS) {
            break;
        }
        add_given(*given, KNOWN(known, option - FIRST_CHARACTER)->name, value);
    }
    if (!APR_STATUS_IS_EOF(rv)) {
        const char *word = stopped_at(os, before);

        if (rv == APR_BADARG) {
            tg_term_error("%s needs a value", word);
        }
        else {
            say_no_option(ctl->pool, word, global, tg_ctl_options_command(commands, argc, argv));
        }
        return 0;
    }
    ctl->operands = argc - os->ind;
    ctl->operand = os->argv + os->ind;
    ctl->given = *given;
    ctl->words = argc - 1;
    ctl->word = argv + 1;
    return 1;
}

int tg_ctl_options_assign(const apr_array_header_t *given, const tg_option_t *global,
                          const tg_command_t *command)
{
    int i;

    for (i = 0; i < given->nelts; i++) {
        const given_option_t *option = &APR_ARRAY_IDX(given, i, given_option_t);
        const tg_option_t *row = tg_ctl_option_find(global, command, option->name);

        if (!row) {
            say_no_option(given->pool, apr_pstrcat(given->pool, "--", option->name, NULL), global,
                          command);
            return 0;
        }
        if (row->value && !option->value[0]) {
            tg_term_error("--%s is empty: write --%s %s", row->name, row->name, row->value);
            return 0;
        }
        if (*row->given && row->complete != TG_COMPLETE_LIST) {
            tg_term_error("--%s is given twice", row->name);
            return 0;
        }
        *row->given = *row->given ? apr_pstrcat(given->pool, *row->given, "\n", option->value, NULL)
                                  : option->value;
    }
    return 1;
}
