/* Handshakes that failed: see handshake_sighting.h. */
#include "handshake_sighting.h"

#include "base/rate.h"
#include "policy/handshake_verdict.h"
#include "server/base/connection.h"
#include "server/base/log.h"
#include "server/base/shared.h"
#include "server/ledger/census_count.h"
#include "server/ledger/ledger_memory.h"
#include "server/ledger/straggler_memory.h"
#include "server/record/sightlog.h"
#include "server/state/state_cache.h"

#include <apr_portable.h>
#include <apr_strings.h>
#include <errno.h>
#include <http_core.h>
#include <sys/socket.h>

APLOG_USE_MODULE(tlsgate);

/* Limited, because outsiders cause it. In shared memory that graceful restarts keep. Any process
 * draws from the limit and counts; only the parent reports. */
typedef struct {
    tg_rate_t rate;
    tg_rate_t unlogged; /* of hosts without a log, whose stragglers are noted all the same */
    apr_uint32_t left_out;
    apr_uint32_t reported;
} failure_limits_t;

/* Set in the parent before any child exists. */
static failure_limits_t *limits;

tg_handshake_sighting_t *tg_handshake_sighting_make(conn_rec *c, server_rec *server,
                                                    const char *name, const tg_offer_t *offer,
                                                    tg_protocol_t protocol)
{
    tg_handshake_sighting_t *failure = apr_pcalloc(c->pool, sizeof(*failure));

    failure->c = c;
    failure->server = server;
    failure->server_name = apr_pstrdup(c->pool, name);
    failure->offer = offer;
    failure->protocol = protocol;
    failure->identity = tg_identity_of_peer(c, server);
    failure->subject.now = apr_time_sec(apr_time_now());
    failure->subject.client = failure->identity.key;
    failure->subject.address = c->client_addr;
    failure->subject.handshake = 1;
    failure->subject.overrides = tg_state_cache_overrides(
        failure->server, c->pool, failure->subject.client, failure->subject.address);
    if (tg_connection_of(c)->behind_proxy) {
        failure->subject.overrides = tg_override_set_proxied(c->pool, failure->subject.overrides);
    }
    return failure;
}

/* Of the line, which has it anyway. */
static const char *ja4_of_line(void *context)
{
    return ((const tg_sighting_t *)context)->ja4;
}

static const char *advice_for(const tg_handshake_sighting_t *failure, tg_sighting_t *s)
{
    tg_advice_client_t client = { .cause = tg_cause_name(s->cause),
                                  .protocol = failure->protocol,
                                  .offer = failure->offer,
                                  .ja4 = ja4_of_line,
                                  .context = s };

    return tg_advice_find(tg_conf_of_server(failure->server)->advice, &client);
}

/* A client that fails in the handshake is a straggler as well, known by its address. */
static void note_straggler_of(const tg_handshake_sighting_t *failure, const tg_sighting_t *s)
{
    tg_straggler_sight_t sight = { .client = failure->identity.shown,
                                   .schedule = failure->decides->binding->schedule->name,
                                   .ja4 = s->ja4,
                                   .host = failure->server_name,
                                   .protocol = failure->protocol,
                                   .cause = s->cause,
                                   .time = apr_time_sec(s->time),
                                   .rejected = tg_handshake_is_refused(failure->decides),
                                   .failed = 1 };

    if (!tg_ledger_ignores(tg_conf_of_server(failure->server)->main_conf,
                           failure->c->client_addr)) {
        tg_straggler_memory_add(failure->c->pool, &sight);
    }
}

static void record_failure(const tg_handshake_sighting_t *failure, unsigned alert)
{
    const tg_schedule_t *schedule = failure->decides->binding->schedule;
    tg_sighting_t s =
        tg_sighting_begin(failure->decides, &failure->identity, failure->protocol, failure->offer);

    s.time = apr_time_now();
    s.failed = 1;
    s.alert = alert;
    s.server_name = failure->server_name;
    s.ja4 = tg_connection_ja4(failure->c->pool, failure->offer);
    s.cause =
        tg_cause_of(failure->offer, tg_cause_evidence(failure->offer), failure->protocol,
                    TG_TRAIT_PROTOCOL(failure->protocol) | failure->refusal.traits, 0, schedule);
    s.advice = advice_for(failure, &s);
    tg_sightlog_write(failure->server, &s);
    note_straggler_of(failure, &s);
}

/* By the second in which the line is written: a handshake may have begun long before. */
static int is_within_limits(const tg_handshake_sighting_t *failure)
{
    int is_logged = tg_conf_of_server(failure->server)->log != NULL;
    size_t length;
    const void *source = tg_rate_source(failure->c->client_addr, &length);

    if (tg_rate_take(is_logged ? &limits->rate : &limits->unlogged, source, length,
                     apr_time_sec(apr_time_now()))) {
        return 1;
    }
    if (is_logged) {
        apr_atomic_inc32(&limits->left_out);
    }
    return 0;
}

/* Once the server has chosen, a refused key exchange or cipher is not why a handshake fails.
 * Otherwise it is over with our Finished: the connection is established then, and its requests are
 * logged. */
static int is_over(const tg_handshake_sighting_t *failure, unsigned char message)
{
    return message == SSL3_MT_FINISHED ||
           (message == SSL3_MT_SERVER_HELLO && failure->refusal.traits != 0);
}

/* A handshake that does without something, but fails for another reason, was not refused by a
 * schedule. */
static int has_been_refused(const tg_handshake_sighting_t *failure)
{
    return failure->refusal.is_version || failure->refusal.traits == 0 ||
           tg_connection_of(failure->c)->was_denied;
}

static void count_failure(const tg_handshake_sighting_t *failure, unsigned alert)
{
    int refused = tg_handshake_is_refused(failure->decides) && has_been_refused(failure);

    tg_census_count_failure(failure->c, failure->server, failure->protocol, alert,
                            refused ? failure->decides : NULL);
}

/* A sighting that is not kept must not use up the limit. */
static int is_kept(const tg_handshake_sighting_t *failure)
{
    return has_been_refused(failure) &&
           (tg_conf_of_server(failure->server)->log || tg_straggler_memory_has_table());
}

/* OpenSSL's message callback, while the handshake may fail. */
static void on_alert(int write_p, int version, int content_type, const void *buf, size_t len,
                     SSL *ssl, void *arg)
{
    const unsigned char *message = buf;
    const tg_handshake_sighting_t *failure = arg;

    (void)version;
    if (!write_p || len < 2) {
        return;
    }
    if (content_type == SSL3_RT_HANDSHAKE && is_over(failure, message[0])) {
        SSL_set_msg_callback(ssl, NULL);
    }
    else if (content_type == SSL3_RT_ALERT && message[0] == SSL3_AL_FATAL) {
        SSL_set_msg_callback(ssl, NULL);
        count_failure(failure, message[1]);
        if (is_kept(failure) && is_within_limits(failure)) {
            record_failure(failure, message[1]);
        }
    }
}

/* A client that closes before our answer is a scanner. Check before the alert goes out: a real
 * client may close right after reading it. */
static int is_gone(conn_rec *c)
{
    apr_socket_t *socket = ap_get_conn_socket(c);
    apr_os_sock_t fd;
    ssize_t n;
    char byte;

    if (!socket || apr_os_sock_get(&fd, socket) != APR_SUCCESS) {
        return 0;
    }
    n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void tg_handshake_sighting_watch(SSL *ssl, tg_handshake_sighting_t *failure)
{
    if (is_gone(failure->c)) {
        return;
    }
    SSL_set_msg_callback(ssl, on_alert);
    SSL_set_msg_callback_arg(ssl, failure);
}

int tg_handshake_sighting_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                               server_rec *s)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    limits = tg_shared_piece(s, "limits of failed handshakes", sizeof(*limits));
    return limits ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

apr_uint32_t tg_handshake_sighting_left_out(void)
{
    return limits ? apr_atomic_read32(&limits->left_out) : 0;
}

int tg_handshake_sighting_monitor(apr_pool_t *pool, server_rec *s)
{
    apr_uint32_t left_out = tg_handshake_sighting_left_out();

    (void)pool;
    if (limits && left_out != limits->reported) {
        TG_LOG(0007, APLOG_NOTICE, 0, s,
               "TlsGateLog: %u failed handshakes were not recorded since the last "
               "report, %u "
               "since the start: more than %d in a second, or %d from one address",
               left_out - limits->reported, left_out, TG_RATE_IN_ALL, TG_RATE_PER_SOURCE);
        limits->reported = left_out;
    }
    return DECLINED;
}
