/* tlsgatectl exempt: exempts a client or a network from a schedule until a date, or all of a list;
 * ends that, or lists the exemptions.
 */
#include "commands.h"

#include "base/nearest.h"
#include "ctl/base/client_operand.h"
#include "ctl/base/document.h"
#include "ctl/base/in_force.h"
#include "ctl/base/missing.h"
#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "ctl/change/change.h"
#include "ctl/change/exempt_file.h"
#include "ctl/change/exempt_import.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static const char *owner_given, *csv_given;

static const tg_option_t exempt_options[] = {
    { "owner", "WHO", "who is responsible for the exemption; default: the same as --by",
      &owner_given, TG_COMPLETE_USER },
    { "csv", NULL, "export as comma-separated values, as it does without --json", &csv_given,
      TG_COMPLETE_NOTHING },
    { 0 },
};

/* --- add --- */

/* A client that is identified by its request cannot be exempt in the handshake. Said only if it
 * moves Refuse. */
static void note_refuse(tg_ctl_change_t *change, apr_pool_t *pool, const tg_state_t *state,
                        const tg_state_exemption_t *entry)
{
    const tg_schedule_t *s = tg_plan_schedule(change->plan.plan, entry->exemption.schedule);

    if (!entry->network && s &&
        entry->exemption.until >
            tg_phase_refuse(s, tg_override_find(tg_state_set(pool, state), s->name))) {
        tg_ctl_change_note(change,
                           apr_pstrcat(pool, s->name, ": until ",
                                       tg_instant_text(pool, entry->exemption.until),
                                       " the schedule rejects requests instead of refusing "
                                       "handshakes, because this client is identified by its "
                                       "request",
                                       NULL));
    }
}

static int exempt_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const tg_state_exemption_t *entry = change->entry;

    note_refuse(change, pool, state, entry);
    tg_state_edit_put_exemption(change->edits, state, entry);
    return 1;
}

/* Says whom it is about, if that is more than what was typed. */
static int read_exempt(const tg_ctl_t *ctl, tg_ctl_client_t *who)
{
    const char *typed = ctl->operand[2], *slash = strchr(typed, '/');

    if (!tg_ctl_client_read(ctl, typed, who)) {
        return 0;
    }
    typed += strncmp(typed, "ip:", 3) == 0 ? 3 : 0;
    if (who->network && slash && strcmp(typed, who->network) != 0) {
        tg_term_note("%s is %s%s", typed, strchr(who->network, '/') ? "the network " : "",
                     who->network);
    }
    return 1;
}

static tg_exit_t add_exemption(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    tg_state_exemption_t entry = { { 0 }, NULL, NULL, ctl->now };
    tg_ctl_client_t who;
    tg_network_t network;

    if (!read_exempt(ctl, &who) || !tg_ctl_time_end(ctl, &entry.exemption.until) ||
        (owner_given && !tg_ctl_change_check_text(ctl->pool, "owner", owner_given)) ||
        !tg_ctl_change_begin(ctl, change, TG_CTL_RUNNING_PLAN_NEEDED, ctl->operand + 1, 1)) {
        return TG_EXIT_ERROR;
    }
    entry.exemption.schedule = change->names[0];
    entry.exemption.client = who.client;
    entry.network = who.network;
    if (who.network && tg_network_parse(who.network, &network) != TG_NETWORK_NONE) {
        entry.exemption.network = apr_pmemdup(ctl->pool, &network, sizeof(network));
    }
    entry.exemption.owner = owner_given ? owner_given : change->by;
    entry.exemption.reason = change->reason;
    entry.by = change->by;
    change->apply = exempt_apply;
    change->entry = apr_pmemdup(ctl->pool, &entry, sizeof(entry));
    return tg_ctl_change_make(ctl, change);
}

/* --- remove --- */

/* Both members are searched, and both spellings: another program may have written the entry. */
static int unexempt_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const char *name = change->names[0], *who = change->entry;
    const char *address = strncmp(who, "ip:", 3) == 0 ? who + 3 : who;
    int clients = tg_state_edit_drop_exemption(change->edits, state, name, who, NULL) |
                  tg_state_edit_drop_exemption(change->edits, state, name,
                                               tg_ctl_client_spelling(pool, who), NULL);
    int networks = tg_state_edit_drop_exemption(change->edits, state, name, NULL, address) |
                   tg_state_edit_drop_exemption(change->edits, state, name, NULL,
                                                tg_ctl_client_spelling(pool, address));

    if (!clients && !networks) {
        tg_term_warning("%s does not exempt %s: nothing to remove", name, who);
    }
    return clients || networks;
}

static tg_exit_t remove_exemption(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    if (!tg_ctl_change_begin(ctl, change, TG_CTL_RUNNING_PLAN_NEEDED, ctl->operand + 1, 1)) {
        return TG_EXIT_ERROR;
    }
    change->apply = unexempt_apply;
    change->entry = ctl->operand[2];
    return tg_ctl_change_make(ctl, change);
}

/* --- list --- */

static void print_exemption(FILE *out, const json_t *e, tg_instant_t now)
{
    const char *network = tg_ctl_document_text(e, "network", NULL);
    const char *until = tg_ctl_document_text(e, "until", "");
    tg_instant_t end = now;
    tg_fault_t fault;

    tg_instant_parse(until, &end, &fault);
    tg_term_print(out, TG_TERM_PLAIN, "%s %s %s %s owner %s, by %s since %s: %s",
                  tg_ctl_document_text(e, "schedule", ""),
                  network ? network : tg_ctl_document_text(e, "client", ""),
                  end > now ? "until" : "over since", until, tg_ctl_document_text(e, "owner", ""),
                  tg_ctl_document_text(e, "by", ""), tg_ctl_document_text(e, "since", ""),
                  tg_ctl_document_text(e, "reason", ""));
}

static void list_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *exemption;
    size_t i;

    (void)pool;
    json_array_foreach (document, i, exemption) {
        print_exemption(out, exemption, now);
    }
    if (json_array_size(document) == 0) {
        tg_term_print(out, TG_TERM_PLAIN, "nobody is exempt");
    }
}

/* 1 if httpd has that schedule, or the state still has entries of it; otherwise an error was
 * printed. Without a plan every name may be one. */
static int is_schedule_listed(const tg_ctl_t *ctl, const tg_ctl_in_force_t *in_force,
                              const char *name)
{
    const tg_plan_t *plan = in_force->plan.plan;
    const apr_array_header_t *exemptions = in_force->state.exemptions;
    int i;

    if (!name || !plan || tg_plan_schedule(plan, name)) {
        return 1;
    }
    for (i = 0; i < exemptions->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(exemptions, i, tg_state_exemption_t).exemption.schedule, name) ==
            0) {
            return 1;
        }
    }
    tg_ctl_running_plan_no_schedule(ctl->pool, plan, name);
    return 0;
}

static tg_exit_t list_exemptions(const tg_ctl_t *ctl, int is_export)
{
    const char *name = ctl->operands > 1 ? ctl->operand[1] : NULL;
    tg_ctl_in_force_t in_force;
    json_t *found;
    int i;

    if (!tg_ctl_in_force_load(ctl, TG_CTL_RUNNING_PLAN_WANTED, &in_force) ||
        !is_schedule_listed(ctl, &in_force, name)) {
        return TG_EXIT_ERROR;
    }
    if (is_export && (csv_given || tg_ctl_output_is_text())) {
        tg_ctl_exempt_file_print(ctl->pool, &in_force.state, name, stdout);
        return TG_EXIT_OK;
    }
    found = json_array();
    for (i = 0; i < in_force.state.exemptions->nelts; i++) {
        const tg_state_exemption_t *e =
            &APR_ARRAY_IDX(in_force.state.exemptions, i, tg_state_exemption_t);

        if (!name || strcmp(name, e->exemption.schedule) == 0) {
            json_array_append_new(found, tg_state_exemption_json(e));
        }
    }
    tg_ctl_output(ctl, found, list_text);
    return TG_EXIT_OK;
}

/* --- import --- */

static tg_exit_t import_exemptions(const tg_ctl_t *ctl)
{
    tg_ctl_change_t change = { .command = "exempt import" };
    tg_instant_t until = TG_NEVER;

    if ((tg_ctl_time_end_is_given() && !tg_ctl_time_end(ctl, &until)) ||
        (owner_given && !tg_ctl_change_check_text(ctl->pool, "owner", owner_given))) {
        return TG_EXIT_ERROR;
    }
    return tg_ctl_exempt_import(ctl, &change, ctl->operand[1],
                                ctl->operands > 2 ? ctl->operand[2] : NULL, until, owner_given);
}

/* --- which of them --- */

static tg_exit_t change_exemption(const tg_ctl_t *ctl, tg_ctl_change_t *change,
                                  tg_exit_t (*run)(const tg_ctl_t *, tg_ctl_change_t *),
                                  unsigned more)
{
    if (!tg_ctl_missing_check(ctl, 1,
                              TG_CTL_NEED_BIT(TG_CTL_NEED_SCHEDULE) |
                                  TG_CTL_NEED_BIT(TG_CTL_NEED_CLIENT) |
                                  TG_CTL_NEED_BIT(TG_CTL_NEED_REASON) | more)) {
        return TG_EXIT_ERROR;
    }
    if (ctl->operands != 3) {
        tg_term_error("write " TG_PROGRAM_NAME " %s NAME CLIENT", change->command);
        return TG_EXIT_ERROR;
    }
    return run(ctl, change);
}

extern const tg_command_t tg_command_exempt;

static tg_exit_t exempt_run(const tg_ctl_t *ctl)
{
    tg_ctl_change_t addition = { .command = "exempt add" };
    tg_ctl_change_t removal = { .command = "exempt remove", .is_end = 1 };
    tg_nearest_t nearest = tg_nearest_to(ctl->operand[0]);
    const char *const *verb;

    if (strcmp(ctl->operand[0], "add") == 0) {
        return change_exemption(ctl, &addition, add_exemption, TG_CTL_NEED_BIT(TG_CTL_NEED_END));
    }
    if (strcmp(ctl->operand[0], "remove") == 0) {
        return change_exemption(ctl, &removal, remove_exemption, 0);
    }
    if (strcmp(ctl->operand[0], "import") == 0 && ctl->operands < 2) {
        tg_term_error("exempt import: name the list: FILE.csv, or - for the standard input");
        return TG_EXIT_ERROR;
    }
    if (strcmp(ctl->operand[0], "import") == 0) {
        return import_exemptions(ctl);
    }
    if (strcmp(ctl->operand[0], "export") == 0 && ctl->operands <= 2) {
        return list_exemptions(ctl, 1);
    }
    if (strcmp(ctl->operand[0], "list") == 0 && ctl->operands <= 2) {
        return list_exemptions(ctl, 0);
    }
    for (verb = tg_command_exempt.verbs; *verb; verb++) {
        tg_nearest_try(&nearest, *verb);
    }
    if (nearest.distance > 0 && nearest.found) {
        tg_term_error("there is no exempt %s; did you mean exempt %s?", ctl->operand[0],
                      nearest.found);
        tg_term_note(TG_PROGRAM_NAME " exempt --help shows how it is written, with examples");
        return TG_EXIT_ERROR;
    }
    tg_term_error("write exempt add NAME CLIENT, exempt remove NAME CLIENT, exempt import FILE "
                  "[NAME], exempt export [NAME] or exempt list [NAME]");
    return TG_EXIT_ERROR;
}

const tg_command_t tg_command_exempt = {
    .name = "exempt",
    .usage =
        (const char *const[]){
            "add NAME CLIENT|CIDR (--until INSTANT | --for DURATION) --reason TEXT [--owner WHO]",
            "remove NAME CLIENT|CIDR --reason TEXT",
            "import FILE.csv [NAME] --reason TEXT [--owner WHO] [--until INSTANT | --for DURATION]",
            "export [NAME] [--csv | --json]", "list [NAME] [--json]", NULL },
    .summary = "Exempt a client until a date, end that, or list the exemptions",
    .more = "CLIENT is account:NAME or cert:SUBJECT as in the log, or an address.\n"
            "FILE.csv, or - for the standard input, has a line for each client. Its first line\n"
            "names the columns: client, and any of schedule, until, owner, reason, by, since.\n"
            "NAME, --until, --owner and --reason are for lines that do not say it.\n",
    .examples =
        (const tg_example_t[]){
            { "A customer pays for three more months",
              TG_PROGRAM_NAME " exempt add legacy-tls account:A-20 --until 2018-11-07T00:00Z"
                              " --reason \"contract 17\" --owner sales" },
            { "A network, also in the handshake", TG_PROGRAM_NAME
              " exempt add legacy-tls 192.0.2.0/24 --for P1D --reason \"till rollout\"" },
            { "All customers of a list, as one change",
              TG_PROGRAM_NAME " exempt import customers.csv legacy-tls --until 2018-11-07T00:00Z"
                              " --reason \"opted in\"" },
            { "The customer has migrated",
              TG_PROGRAM_NAME " exempt remove legacy-tls account:A-20 --reason migrated" },
            { "All exemptions, for a spreadsheet or another machine",
              TG_PROGRAM_NAME " exempt export >exemptions.csv" },
            { "All exemptions", TG_PROGRAM_NAME " exempt list" },
            { 0 },
        },
    .least = 1,
    .most = 3,
    .operand = TG_COMPLETE_SCHEDULE,
    .verbs = (const char *const[]){ "add", "remove", "import", "export", "list", NULL },
    .options = (const tg_option_t *const[]){ tg_ctl_time_end_options, exempt_options,
                                             tg_ctl_change_options, tg_ctl_output_options, NULL },
    .run = exempt_run,
};
