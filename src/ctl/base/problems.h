/* What is wrong: each problem with a code for programs, its severity, and its remedy. */
#ifndef TG_CTL_BASE_PROBLEMS_H
#define TG_CTL_BASE_PROBLEMS_H

#include <apr_tables.h>
#include <jansson.h>

/** In the order of src/ctl/base/problems.c, which names them. */
typedef enum {
    TG_CTL_PROBLEM_NO_PLAN,      /**< there is no plan */
    TG_CTL_PROBLEM_NO_STATE,     /**< httpd reads no state file */
    TG_CTL_PROBLEM_NOT_RELOADED, /**< the running httpd differs from httpd.conf */
    TG_CTL_PROBLEM_BROKEN,       /**< the document cannot be read */
    TG_CTL_PROBLEM_UNREADABLE,   /**< the document cannot be read, or the store not reached */
    TG_CTL_PROBLEM_GONE,         /**< the document is gone */
    TG_CTL_PROBLEM_UNSAFE,       /**< httpd would refuse the file, by its owner or mode */
    TG_CTL_PROBLEM_REFUSED,      /**< httpd refuses the file */
    TG_CTL_PROBLEM_NOT_YET,      /**< httpd has not looked at the file yet */
    TG_CTL_PROBLEM_NO_HTTPD,     /**< no httpd acts on the file */
    TG_CTL_PROBLEM_SILENT,       /**< whether one does is not known */
    TG_CTL_PROBLEM_DIFFERENT,    /**< two httpd act on different documents */
    TG_CTL_PROBLEM_IDLE,         /**< an entry without effect */
    TG_CTL_PROBLEM_FOLLOW,       /**< the file does not follow its store */
    TG_CTL_PROBLEM_MACHINES,     /**< a machine of the fleet does not have the document */
    TG_CTL_PROBLEM_STOPPED,      /**< TlsGateGuard stopped a trial */
    TG_CTL_PROBLEMS
} tg_ctl_problem_t;

/** As the exit statuses of monitoring plugins. */
typedef enum {
    TG_CTL_SEVERITY_OK,
    TG_CTL_SEVERITY_WARNING,
    TG_CTL_SEVERITY_CRITICAL,
    TG_CTL_SEVERITIES
} tg_ctl_severity_t;

/** `ok`, `warning` or `critical`. */
const char *tg_ctl_severity_name(tg_ctl_severity_t severity);

/** One problem. */
typedef struct {
    tg_ctl_problem_t code;
    const char *text;
    const char *remedy; /**< or NULL */
} tg_ctl_problem_row_t;

/** A list of tg_ctl_problem_row_t. */
apr_array_header_t *tg_ctl_problems(apr_pool_t *pool);

/** Appends one. Both texts must live as long as the list. */
void tg_ctl_problem_add(apr_array_header_t *problems, tg_ctl_problem_t code, const char *text,
                        const char *remedy);

/** The same of a message that ends with its remedy, after `; `. */
void tg_ctl_problem_add_message(apr_array_header_t *problems, tg_ctl_problem_t code,
                                const char *message);

/** The worst. */
tg_ctl_severity_t tg_ctl_problems_severity(const apr_array_header_t *problems);

/** An array of objects with `code`, `severity`, `text` and `remedy`. A new reference. */
json_t *tg_ctl_problems_document(const apr_array_header_t *problems);

#endif
