/* Documents of the state in tests, with ' for ". */
#ifndef STATE_TEXT_H
#define STATE_TEXT_H

#include "unit.h"

#include "format/state.h"

#include <apr_strings.h>

#define SUSPEND                                                                                    \
    "{'schedule':'a','kind':'suspend','until':'2018-08-21T09:00:00Z','reason':'r','by':'b',"       \
    "'since':'2018-08-08T12:00:00Z'}"
#define TRIAL                                                                                      \
    "{'schedule':'a','kind':'trial','until':'2018-08-21T09:00:00Z','reason':'r','by':'b',"         \
    "'since':'2018-08-08T12:00:00Z'}"
#define TRIAL_OF_B                                                                                 \
    "{'schedule':'b','kind':'trial','until':'2018-08-22T09:00:00Z','reason':'r','by':'b',"         \
    "'since':'2018-08-08T12:00:00Z'}"
#define POSTPONE                                                                                   \
    "{'schedule':'a','kind':'postpone','from':'2018-08-07T08:40:00Z',"                             \
    "'cutoff':'2018-09-07T08:40:00Z','reason':'r','by':'b','since':'2018-08-08T12:00:00Z'}"
#define RESUME                                                                                     \
    "{'schedule':'a','kind':'resume','reason':'r','by':'b','since':'2018-08-08T12:00:00Z'}"
#define CLIENT                                                                                     \
    "{'schedule':'a','client':'account:acme','until':'2018-08-21T09:00:00Z','owner':'o',"          \
    "'reason':'r','by':'b','since':'2018-08-08T12:00:00Z'}"
#define NETWORK                                                                                    \
    "{'schedule':'a','network':'192.0.2.0/24','until':'2018-08-21T09:00:00Z','owner':'o',"         \
    "'reason':'r','by':'b','since':'2018-08-08T12:00:00Z'}"

#define BOTH(overrides, exemptions)                                                                \
    "{'version':1,'overrides':[" overrides "],'exemptions':[" exemptions "]}"
#define WHOLE BOTH(SUSPEND "," POSTPONE "," TRIAL_OF_B, CLIENT "," NETWORK)

/* With ' for ". */
static inline char *with_quotes(const char *text)
{
    char *copy = apr_pstrdup(unit_pool, text), *quote;

    while ((quote = strchr(copy, '\'')) != NULL) {
        *quote = '"';
    }
    return copy;
}

static inline int reads_state(const char *text, tg_state_t *state, tg_fault_t *fault)
{
    fault->reason[0] = '\0';
    return tg_state_parse(unit_pool, text, strlen(text), state, fault);
}

static inline tg_state_t read_well(const char *text)
{
    tg_state_t state;
    tg_fault_t fault;

    CHECK(reads_state(with_quotes(text), &state, &fault), "%s\n%s", text, fault.reason);
    return state;
}

#endif
