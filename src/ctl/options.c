/* The options of the command line: see options.h. */
#include "options.h"

#include "term/term.h"

#include <apr_strings.h>

static const struct {
    const char *name, *value, *summary;
} options[TG_CTL_OPTIONS] = {
    [TG_CTL_STATE] = { "state", "FILE", "the state file that httpd reads (TlsGateState)" },
    [TG_CTL_STORE] = { "store", "URL", "the store of a fleet, instead of a file" },
    [TG_CTL_HTTPD] = { "httpd", "PROGRAM", "the httpd, or its control script, to ask" },
    [TG_CTL_CONFIG] = { "config", "FILE", "the httpd.conf that it is to read" },
    [TG_CTL_HELP] = { "help", "", "say how it is used" },
    [TG_CTL_SHOW_VERSION] = { "version", "", "say which version this is" },
    [TG_CTL_ALL] = { "all", "", "every schedule" },
    [TG_CTL_UNTIL] = { "until", "INSTANT", "when it ends by itself: 2018-08-21T09:00Z" },
    [TG_CTL_FOR] = { "for", "DURATION", "how long from now: PT2H, P1DT12H, P2W" },
    [TG_CTL_CUTOFF] = { "cutoff", "INSTANT", "the new cutoff" },
    [TG_CTL_REASON] = { "reason", "TEXT", "why, for the audit log and for colleagues" },
    [TG_CTL_BY] = { "by", "WHO", "who; else who called sudo, else the login name" },
    [TG_CTL_OWNER] = { "owner", "WHO", "who answers for it; else the same as --by" },
    [TG_CTL_AT] = { "at", "INSTANT", "as if it were then" },
    [TG_CTL_PROTOCOL] = { "protocol", "NAME", "TLSv1, TLSv1.1, ..., cleartext" },
    [TG_CTL_CLIENT] = { "client", "CLIENT", "account:acme, cert:CN=..., ip:192.0.2.7" },
    [TG_CTL_HANDSHAKE] = { "handshake", "", "while the handshake runs, not on a request" },
    [TG_CTL_YES] = { "yes", "", "do it without asking" },
    [TG_CTL_DRY_RUN] = { "dry-run", "", "say what it would do, and stop" },
    [TG_CTL_JSON] = { "json", "", "write JSON, for programs" },
};

const char *tg_ctl_option_name(tg_ctl_option_t option)
{
    return options[option].name;
}

const char *tg_ctl_option_value(tg_ctl_option_t option)
{
    return options[option].value;
}

const char *tg_ctl_option_summary(tg_ctl_option_t option)
{
    return options[option].summary;
}

/* apr_getopt speaks in its own words; the caller says what is wrong. */
static void silent(void *arg, const char *format, ...)
{
    (void)arg;
    (void)format;
}

/* For apr_getopt_long: a character above 255 has no short form. */
#define CHARACTER(option) (256 + (int)(option))

static void describe(apr_getopt_option_t *known)
{
    int i;

    for (i = 0; i < TG_CTL_OPTIONS; i++) {
        known[i].name = options[i].name;
        known[i].optch = CHARACTER(i);
        known[i].has_arg = options[i].value[0] != '\0';
        known[i].description = options[i].summary;
    }
    known[TG_CTL_OPTIONS].name = NULL;
    known[TG_CTL_OPTIONS].optch = 0;
}

static int take(tg_ctl_t *ctl, int option, const char *value)
{
    if (ctl->given[option]) {
        tg_term_error("--%s is given twice", options[option].name);
        return 0;
    }
    if (options[option].value[0] && value[0] == '\0') {
        tg_term_error("--%s is empty: write --%s %s", options[option].name, options[option].name,
                      options[option].value);
        return 0;
    }
    ctl->given[option] = value;
    return 1;
}

static void complain(apr_status_t rv, const apr_getopt_t *os, int before)
{
    const char *word = before < os->argc ? os->argv[before] : "";

    tg_term_error(rv == APR_BADARG ? "%s wants a value" : "there is no option %s", word);
}

int tg_ctl_options_read(tg_ctl_t *ctl, int argc, const char *const *argv)
{
    apr_getopt_option_t known[TG_CTL_OPTIONS + 1];
    apr_getopt_t *os;
    const char *value;
    apr_status_t rv;
    int option, before;

    describe(known);
    apr_getopt_init(&os, ctl->pool, argc, argv);
    os->interleave = 1;
    os->errfn = silent;
    for (;;) {
        before = os->ind;
        rv = apr_getopt_long(os, known, &option, &value);
        if (rv != APR_SUCCESS) {
            break;
        }
        if (!take(ctl, option - CHARACTER(0), value ? value : "")) {
            return 0;
        }
    }
    if (!APR_STATUS_IS_EOF(rv)) {
        /* Operands that stand before it were passed over. */
        while (before < argc && argv[before][0] != '-') {
            before++;
        }
        complain(rv, os, before);
        return 0;
    }
    ctl->operands = argc - os->ind;
    ctl->operand = os->argv + os->ind;
    return 1;
}
