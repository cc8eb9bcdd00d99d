/* A history that can never show anything: see history_warning.h. */
#include "history_warning.h"

#include "base/rows.h"
#include "server/base/identity.h"
#include "server/base/kept_warning.h"

APLOG_USE_MODULE(tlsgate);

#define PROVE "add cert:subject to TlsGateIdentity, with SSLVerifyClient"

static int keeps_nobody(const server_rec *main_server)
{
    return tg_conf_of_server(main_server)->main_conf->stragglers == 0;
}

static int has_no_page(const server_rec *main_server)
{
    return !tg_conf_of_server(main_server)->main_conf->has_verify;
}

/* The strongest proof that some server has. */
static tg_proof_t proof_anywhere(const server_rec *s)
{
    tg_proof_t strongest = TG_PROOF_NONE;

    for (; s; s = s->next) {
        tg_proof_t proof = tg_identity_proof(tg_conf_of_server(s));

        strongest = proof > strongest ? proof : strongest;
    }
    return strongest;
}

static int proves_nobody(const server_rec *main_server)
{
    return proof_anywhere(main_server) == TG_PROOF_NONE;
}

static int proves_anyone(const server_rec *main_server)
{
    return proof_anywhere(main_server) == TG_PROOF_USER && tg_identity_accepts_anyone();
}

static const struct {
    int (*is_missing)(const server_rec *main_server);
    const char *what; /* why it shows nothing, and what helps */
} missing_parts[] = {
    { keeps_nobody, "TlsGateLedger 0 keeps no clients; write TlsGateLedger 16384" },
    { has_no_page, "no SetHandler names tlsgate-verify; write SetHandler tlsgate-verify in a "
                   "<Location>" },
    { proves_nobody,
      "no TlsGateIdentity has a source that proves who a caller is; " PROVE
      ", or basic, with AuthType and Require valid-user in the <Location> of tlsgate-verify" },
    { proves_anyone, "with mod_authn_anon a user need not prove who he is; " PROVE
                     ", or do not load mod_authn_anon" },
};

void tg_history_warning(const server_rec *main_server)
{
    size_t i;

    if (!tg_conf_of_server(main_server)->main_conf->shows_history) {
        return;
    }
    for (i = 0; i < TG_ROWS(missing_parts); i++) {
        if (missing_parts[i].is_missing(main_server)) {
            TG_LOG_KEPT(0095, APLOG_WARNING, 0, main_server,
                        "TlsGateVerifyHistory on: it shows nobody anything: %s",
                        missing_parts[i].what);
        }
    }
}
