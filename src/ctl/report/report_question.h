/* Reading the question of a report: the options that every command about logs has. */
#ifndef TG_CTL_REPORT_REPORT_QUESTION_H
#define TG_CTL_REPORT_REPORT_QUESTION_H

#include "report.h"

#include "ctl/base/command.h"

/** --since, --exclude and --from: what is read of which logs. */
extern const tg_option_t tg_ctl_report_log_options[];

/** --until, --at, --client and --advice, where a command is about the clients one by one. */
extern const tg_option_t tg_ctl_report_client_options[];

/**
 * Reads the options that were given and finds what the servers do, if that can be known here. What
 * else a question has is left as it is.
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_report_question(const tg_ctl_t *ctl, tg_ctl_report_question_t *q);

/** 1 if the --from of these options names a database. */
int tg_ctl_report_has_database(void);

/**
 * Reads the value of --from: a format, or a database.
 * @param given NULL: it was not given
 * @param log   one that was named, which does not go with a database; or NULL
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_report_from(tg_ctl_report_question_t *q, const char *given, const char *log);

/**
 * The logs that are named, or those that httpd writes. With a database they are not read.
 * @return of const char *; NULL after an error was printed
 */
apr_array_header_t *tg_ctl_report_logs(const tg_ctl_report_question_t *q);

#endif
