/* tlsgatectl exempt: leave a client or a network alone until a date, take that back, or
 * list who is left alone.
 */
#include "cmd.h"

#include "ctl/change.h"
#include "ctl/client_operand.h"
#include "ctl/in_force.h"
#include "ctl/time_options.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* A client that only its request tells apart has to come in to be known. */
static void note_refuse(tg_ctl_change_t *change, apr_pool_t *pool,
                        const tg_state_exemption_t *entry)
{
    const tg_schedule_t *s = tg_plan_schedule(change->plan.plan, entry->exemption.schedule);

    if (!entry->network && s && s->refuse != TG_NEVER) {
        tg_ctl_change_note(change,
                           apr_pstrcat(pool, s->name, ": until ",
                                       tg_instant_text(pool, entry->exemption.until),
                                       " nobody is refused in the handshake, only rejected: this "
                                       "client can be told apart only by its request",
                                       NULL));
    }
}

static int apply_add(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const tg_state_exemption_t *entry = change->entry;

    note_refuse(change, pool, entry);
    tg_state_edit_put_exemption(change->edits, state, entry);
    return 1;
}

/* Whatever it is called in the document, which others may have written too. */
static int apply_remove(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const char *name = change->names[0], *who = change->entry;
    const char *address = strncmp(who, "ip:", 3) == 0 ? who + 3 : who;
    int clients = tg_state_edit_drop_exemption(change->edits, state, name, who, NULL);
    int networks = tg_state_edit_drop_exemption(change->edits, state, name, NULL, address);

    (void)pool;
    if (!clients && !networks) {
        tg_term_warning("%s does not exempt %s: nothing to remove", name, who);
    }
    return clients || networks;
}

static int add(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    tg_state_exemption_t entry = { { 0 }, NULL, NULL, ctl->now };
    tg_ctl_client_t who;

    if (!tg_ctl_client_read(ctl, ctl->operand[2], &who) ||
        !tg_ctl_time_end(ctl, &entry.exemption.until) ||
        !tg_ctl_change_begin(ctl, change, TG_CTL_RUNNING_PLAN_NEEDED, ctl->operand + 1, 1)) {
        return TG_CTL_ERROR;
    }
    entry.exemption.schedule = change->names[0];
    entry.exemption.client = who.client;
    entry.network = who.network;
    entry.exemption.owner = ctl->given[TG_CTL_OWNER] ? ctl->given[TG_CTL_OWNER] : change->by;
    entry.exemption.reason = change->reason;
    entry.by = change->by;
    change->apply = apply_add;
    change->entry = apr_pmemdup(ctl->pool, &entry, sizeof(entry));
    return tg_ctl_change_make(ctl, change);
}

static int take_back(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    if (!tg_ctl_change_begin(ctl, change, TG_CTL_RUNNING_PLAN_NEEDED, ctl->operand + 1, 1)) {
        return TG_CTL_ERROR;
    }
    change->apply = apply_remove;
    change->entry = ctl->operand[2];
    return tg_ctl_change_make(ctl, change);
}

/* --- list --- */

static void print_one(const tg_ctl_t *ctl, const tg_state_exemption_t *e)
{
    tg_term_print(stdout, TG_TERM_PLAIN, "%s %s %s %s owner %s, by %s since %s: %s",
                  e->exemption.schedule, e->network ? e->network : e->exemption.client,
                  e->exemption.until > ctl->now ? "until" : "over since",
                  tg_instant_text(ctl->pool, e->exemption.until), e->exemption.owner, e->by,
                  tg_instant_text(ctl->pool, e->since), e->exemption.reason);
}

static int list(const tg_ctl_t *ctl)
{
    const char *name = ctl->operands > 1 ? ctl->operand[1] : NULL;
    json_t *found = json_array();
    tg_ctl_in_force_t view;
    int i;

    if (!tg_ctl_in_force_load(ctl, TG_CTL_RUNNING_PLAN_WANTED, &view)) {
        return TG_CTL_ERROR;
    }
    for (i = 0; i < view.state.exemptions->nelts; i++) {
        const tg_state_exemption_t *e =
            &APR_ARRAY_IDX(view.state.exemptions, i, tg_state_exemption_t);

        if (name && strcmp(name, e->exemption.schedule) != 0) {
            continue;
        }
        json_array_append_new(found, tg_state_exemption_json(e));
        if (!ctl->given[TG_CTL_JSON]) {
            print_one(ctl, e);
        }
    }
    if (ctl->given[TG_CTL_JSON]) {
        tg_term_json(found);
    }
    return TG_CTL_OK;
}

/* --- which of the three --- */

static int change(const tg_ctl_t *ctl, const char *command,
                  int (*run)(const tg_ctl_t *, tg_ctl_change_t *))
{
    tg_ctl_change_t what = { 0 };

    what.command = command;
    if (ctl->operands != 3) {
        tg_term_error("write " TG_PROGRAM_NAME " %s NAME CLIENT", command);
        return TG_CTL_ERROR;
    }
    return run(ctl, &what);
}

int tg_cmd_exempt(tg_ctl_t *ctl)
{
    const char *verb = ctl->operand[0];

    if (strcmp(verb, "add") == 0) {
        return change(ctl, "exempt add", add);
    }
    if (strcmp(verb, "remove") == 0) {
        return change(ctl, "exempt remove", take_back);
    }
    if (strcmp(verb, "list") == 0 && ctl->operands <= 2) {
        return list(ctl);
    }
    tg_term_error("write exempt add, exempt remove or exempt list [NAME]");
    return TG_CTL_ERROR;
}
