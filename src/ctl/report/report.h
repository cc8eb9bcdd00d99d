/* The report of logs: what is asked, what was read, and what a line of it says. */
#ifndef TG_CTL_REPORT_REPORT_H
#define TG_CTL_REPORT_REPORT_H

#include "clickhouse/clickhouse_url.h"
#include "ctl/base/ctl.h"
#include "format/plan.h"
#include "source/log_format.h"
#include "tally/tally.h"
#include "tally/trial_course.h"

#include <stdio.h>

/** Damaged lines that are named. */
#define TG_CTL_REPORT_NAMED_MAX 10

/**
 * Receives each record, which is valid during the call; or, with @p count above 1, the first of
 * several that are alike.
 * @param last when the last of them was
 */
typedef void tg_ctl_report_take_t(void *baton, const tg_record_t *record,
                                  const tg_log_format_t *format, uint64_t count, tg_instant_t last);

/** How one schedule is used, which decides about its clients. */
typedef struct {
    tg_binding_t binding; /**< see tg_plan_binding() */
    int has_networks;     /**< a network is exempt from it */
} tg_ctl_report_use_t;

/** What the report is asked for. Read-only once the options are read. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_tally_options_t counted;
    tg_instant_t at;                    /**< --at; TG_NEVER: the dates of the plan */
    int top;                            /**< stragglers that are listed; 0: all */
    int only_breaking;                  /**< only those that would break */
    const char *client;                 /**< only that one, by its name in the log; NULL: all */
    const apr_array_header_t *excluded; /**< of tg_network_t */
    const apr_array_header_t *advice;   /**< of tg_advice_t *, or NULL */
    const tg_log_format_t *from;        /**< NULL: each log tells it */
    const char *from_argument;          /**< or NULL */
    int tells_trials;           /**< with the figures of all clients, whichever are listed */
    tg_ctl_report_take_t *take; /**< gets the records; NULL: the tally does */
    void *baton;                /**< of it */
    int takes_paths;            /**< what takes them makes a difference between paths */
    const tg_clickhouse_url_t *database; /**< in place of logs, or NULL */
    const tg_plan_t *plan;               /**< or NULL */
    const char *state;                   /**< the state file, or NULL */
    const tg_override_set_t *overrides;  /**< or NULL */
    const apr_array_header_t *stops; /**< of tg_state_stop_t, which TlsGateGuard made; or NULL */
    const tg_ctl_report_use_t *uses; /**< of each schedule of the plan, in its order */
} tg_ctl_report_question_t;

/** A line of a log. */
typedef struct {
    const char *file;
    uint64_t line;
} tg_ctl_report_place_t;

/** What was read. Lives as long as the call. */
typedef struct {
    const tg_ctl_report_question_t *question;
    tg_tally_t *tally;
    uint64_t damaged, unfinished;
    apr_array_header_t *places; /**< of tg_ctl_report_place_t: the first damaged lines */
    uint32_t *rows;             /**< the stragglers that are found, by their places in the tally */
    uint32_t row_count, found;  /**< listed; and how many there are without --top */
    uint32_t unlisted;          /**< clients that a database has and did not tell, for --top */
    uint32_t failures_unlisted; /**< the same of lists of failed handshakes */
    int problems;               /**< logs that could not be read whole, or in no known format */
} tg_ctl_report_t;

/** 1 if --exclude leaves that record out. */
int tg_ctl_report_excludes(const tg_ctl_report_question_t *question, const tg_record_t *record);

/**
 * Reads the logs, or asks the database.
 * @param logs of const char *; of no meaning with a database
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_report_read(tg_ctl_report_t *report, const apr_array_header_t *logs);

/** Asks the database. 1, or 0 after an error was printed. */
int tg_ctl_report_ask(tg_ctl_report_t *report);

/** Chooses and sorts the stragglers: those with most requests first. */
void tg_ctl_report_choose(tg_ctl_report_t *report);

/**
 * 1 if that schedule is about that client: its records name it, or else its protocol is
 * deprecated.
 */
int tg_ctl_report_has_schedule(const tg_ctl_report_t *report, const tg_tally_client_t *client,
                               const tg_schedule_t *schedule);

/** What its lines are about: a client, or what --group-by names. */
typedef struct {
    const char *column, *heading; /**< of a table at a terminal, and of others */
    const char *one, *many;
} tg_ctl_report_words_t;

tg_ctl_report_words_t tg_ctl_report_words(const tg_ctl_report_t *report);

/** 1 if a line tells the user agent besides what it is about: not where it is about that. */
int tg_ctl_report_tells_agent(const tg_ctl_report_t *report);

/** How many requests the first @p count stragglers made. */
uint64_t tg_ctl_report_requests(const tg_ctl_report_t *report, uint32_t count);

/** `4 of 13 clients, with 183 of all 700 requests`: those that are listed. In @p pool. */
const char *tg_ctl_report_listed(const tg_ctl_report_t *report, apr_pool_t *pool);

/** How many lists of failed handshakes are shown, and how many there are. */
uint32_t tg_ctl_report_failures(const tg_ctl_report_t *report, uint32_t *found);

/** When that client breaks: rejected for good. TG_NEVER: no date is known. */
tg_instant_t tg_ctl_report_breaks_at(const tg_ctl_report_t *report,
                                     const tg_tally_client_t *client);

/** 1 if it has only probably moved, since no account or certificate proves that it was the same
 * client. */
int tg_ctl_report_moved_probably(const tg_ctl_report_t *report, const tg_tally_client_t *client);

/** The advice for it; empty if there is none. In @p pool. */
tg_span_t tg_ctl_report_advice(const tg_ctl_report_t *report, apr_pool_t *pool,
                               const tg_tally_client_t *client);

/** The protocols or the causes of a list of facts, with @p between between two. In @p pool. */
const char *tg_ctl_report_protocols(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t facts,
                                    const char *between);
const char *tg_ctl_report_causes(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t facts,
                                 const char *between);

/** What became of the clients of a trial. */
typedef struct {
    uint32_t present; /**< clients of that time */
    uint32_t met;     /**< of them: rejected; what follows is of these */
    uint32_t moved;   /**< not seen with anything old for long, or seen with something modern */
    uint32_t retried; /**< came again as before */
    uint32_t silent;  /**< not seen since, and too rarely before to tell */
    uint32_t hourly;  /**< that ten minutes an hour would have met */
    tg_instant_t start, end; /**< as planned */
    tg_instant_t known_to;   /**< of which time the figures are: to its end, or before it */
    tg_instant_t latest;     /**< of all records; TG_ALWAYS: there is none */
    tg_instant_t first;      /**< of a client; TG_NEVER: there is none */
    int is_before;           /**< all clients came after it, so that no figure is known */
    int is_on;               /**< it is not over */
    tg_trial_course_t course;
    int64_t since; /**< how long the logs go on after its end; 0: not beyond it, so that `moved`,
                            `retried` and `silent` are not known */
    int is_hourly_known; /**< the time for which it is told is over */
} tg_ctl_report_trial_t;

/** Notes the stops of trials that this machine knows to the second: those in force, and those that
 * TlsGateGuard made. Before anything is read. */
void tg_ctl_report_know_stops(const tg_ctl_report_question_t *question);

/** Adds up a trial. */
tg_ctl_report_trial_t tg_ctl_report_trial(const tg_ctl_report_t *report,
                                          const tg_trials_row_t *row);

/** The same in a sentence. In @p pool. */
const char *tg_ctl_report_trial_text(apr_pool_t *pool, const tg_ctl_report_trial_t *trial);

/** Prints the report. */
typedef void tg_ctl_report_print_t(const tg_ctl_report_t *report, FILE *out);

/** A format by its name: a row of report_formats.c. NULL: there is none. */
tg_ctl_report_print_t *tg_ctl_report_format(const char *name);

/** The names of all formats, for a message. In @p pool. */
const char *tg_ctl_report_formats(apr_pool_t *pool);

tg_ctl_report_print_t tg_ctl_report_print_table, tg_ctl_report_print_json, tg_ctl_report_print_csv,
    tg_ctl_report_print_html, tg_ctl_report_print_markdown;

#endif
