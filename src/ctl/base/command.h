/* Commands of tlsgatectl and their options, as rows from which the command line is read and
 * the help and the completions are printed.
 */
#ifndef TG_CTL_BASE_COMMAND_H
#define TG_CTL_BASE_COMMAND_H

#include "ctl.h"

/** What a shell offers for an operand or for the value of an option. */
typedef enum {
    TG_COMPLETE_NOTHING,
    TG_COMPLETE_FILE,
    TG_COMPLETE_PROGRAM,
    TG_COMPLETE_USER,
    TG_COMPLETE_SCHEDULE,
    TG_COMPLETE_PROTOCOL,
    TG_COMPLETE_LIST, /**< nothing; the option may be given several times: its values are joined, a
                           newline between two */
    TG_COMPLETIONS
} tg_complete_t;

/** One option. A table of options ends with a row without a name. */
typedef struct {
    const char *name;   /**< without the dashes */
    const char *value;  /**< the word for its value in the help; NULL: it has none */
    const char *help;   /**< one line */
    const char **given; /**< receives the value, "" if it has none; NULL until then */
    tg_complete_t complete;
} tg_option_t;

/** A line to copy, and what it does. A list of examples ends with one without a line. */
typedef struct {
    const char *what, *line;
} tg_example_t;

/** One command. */
typedef struct {
    const char *name;
    const char *const *usage; /**< what follows the name, one line for each form; then NULL */
    const char *summary;      /**< one line without a full stop */
    const char *more;         /**< more lines of help, or NULL */
    const tg_example_t *examples;
    int least, most; /**< how many operands; most is -1 for any number */
    tg_complete_t operand;
    const char *const *verbs;          /**< the words for the first operand, then NULL; or NULL */
    const tg_option_t *const *options; /**< tables of options, then NULL; or NULL */
    int is_hidden;                     /**< for scripts: the help does not list it */
    tg_exit_t (*run)(const tg_ctl_t *ctl);
} tg_command_t;

#endif
