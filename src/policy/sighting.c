/* Sightings: the columns of the log, and how a line is made to fit. */
#include "sighting.h"

#include "text.h"

#include <apr_strings.h>
#include <jansson.h>
#include <stddef.h>
#include <string.h>

#define ECS_VERSION "8.11.0"

/* Where each text goes: ECS object, member, and how many bytes it may have at
 * first. A line that is too long is made again with half of that. */
static const struct {
    const char *object;
    const char *member;
    size_t offset;
    apr_size_t max;
} texts[] = {
    { "client", "ip", offsetof(tg_sighting_t, ip), 64 },
    { "user", "id", offsetof(tg_sighting_t, user_id), 256 },
    { "user_agent", "original", offsetof(tg_sighting_t, user_agent), 1024 },
    { "url", "domain", offsetof(tg_sighting_t, domain), 256 },
    { "url", "path", offsetof(tg_sighting_t, path), 512 },
    { "tls", "cipher", offsetof(tg_sighting_t, cipher), 64 },
    { "tlsgate", "client", offsetof(tg_sighting_t, client), 280 },
    { "tlsgate", "cause", offsetof(tg_sighting_t, cause), 32 },
    { "tlsgate", "advice", offsetof(tg_sighting_t, advice), 512 },
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

#define METHOD_MAX 32
#define SERVER_NAME_MAX 255

/* The object of that name, made if it is not there yet. */
static json_t *object(json_t *root, const char *name)
{
    json_t *found = json_object_get(root, name);

    if (!found) {
        found = json_object();
        json_object_set_new(root, name, found);
    }
    return found;
}

static const char *iso_time(apr_time_t time, apr_pool_t *pool)
{
    char seconds[TG_INSTANT_STRLEN];

    tg_instant_format(apr_time_sec(time), seconds);
    seconds[strlen(seconds) - 1] = '\0'; /* the Z goes behind the fraction */
    return apr_psprintf(pool, "%s.%03dZ", seconds, (int)(apr_time_usec(time) / 1000));
}

static void add_text(json_t *root, const char *object_name, const char *member, const char *value,
                     apr_size_t max, json_t *truncated, apr_pool_t *pool)
{
    int cut = 0;
    const char *clean = tg_text_clean(pool, value, max, &cut);

    if (clean) {
        json_object_set_new(object(root, object_name), member, json_string(clean));
    }
    if (cut) {
        json_array_append_new(truncated,
                              json_string(apr_pstrcat(pool, object_name, ".", member, NULL)));
    }
}

static void add_tls(json_t *root, const tg_sighting_t *s, json_t *truncated, apr_size_t divisor,
                    apr_pool_t *pool)
{
    const char *version = tg_protocol_version(s->protocol);
    json_t *tls;
    int cut = 0;

    if (!version) {
        return;
    }
    tls = object(root, "tls");
    json_object_set_new(tls, "version", json_string(version));
    json_object_set_new(tls, "version_protocol", json_string(tg_protocol_family(s->protocol)));
    json_object_set_new(tls, "established", json_true());
    if (s->server_name) {
        const char *name = tg_text_clean(pool, s->server_name, SERVER_NAME_MAX / divisor, &cut);

        json_object_set_new(object(tls, "client"), "server_name", json_string(name));
        if (cut) {
            json_array_append_new(truncated, json_string("tls.client.server_name"));
        }
    }
}

static void add_http(json_t *root, const tg_sighting_t *s, json_t *truncated, apr_pool_t *pool)
{
    json_t *http = object(root, "http");
    int cut = 0;

    if (s->method) {
        json_object_set_new(object(http, "request"), "method",
                            json_string(tg_text_clean(pool, s->method, METHOD_MAX, &cut)));
    }
    if (cut) {
        json_array_append_new(truncated, json_string("http.request.method"));
    }
    if (s->status) {
        json_object_set_new(object(http, "response"), "status_code", json_integer(s->status));
    }
}

static json_t *override_json(const tg_override_t *o)
{
    char buf[TG_INSTANT_STRLEN];

    if (!o) {
        return json_null();
    }
    if (o->kind == TG_OVERRIDE_NONE) {
        return json_pack("{s:s, s:s}", "kind", "postpone", "cutoff",
                         tg_instant_format(o->postponed_to, buf));
    }
    return json_pack("{s:s, s:s}", "kind", tg_override_kind_name(o->kind), "until",
                     tg_instant_format(o->until, buf));
}

static json_t *exemption_json(const tg_exemption_t *e)
{
    char buf[TG_INSTANT_STRLEN];

    return e ? json_pack("{s:s, s:s?}", "until", tg_instant_format(e->until, buf), "owner",
                         e->owner)
             : json_null();
}

static void add_tlsgate(json_t *root, const tg_sighting_t *s)
{
    const tg_outcome_t *o = s->outcome;
    json_t *tlsgate = object(root, "tlsgate");

    json_object_set_new(tlsgate, "protocol", json_string(tg_protocol_name(s->protocol)));
    json_object_set_new(tlsgate, "schedule", json_string(o->binding->schedule->name));
    json_object_set_new(tlsgate, "phase", json_string(tg_phase_name(o->phase)));
    json_object_set_new(tlsgate, "verdict", json_string(tg_action_name(o->action)));
    json_object_set_new(tlsgate, "enforced", json_boolean(o->enforced));
    json_object_set_new(tlsgate, "override", override_json(o->override));
    json_object_set_new(tlsgate, "exemption", exemption_json(o->exemption));
    json_object_set_new(tlsgate, "test", json_boolean(s->test));
}

static json_t *build(const tg_sighting_t *s, apr_size_t divisor, apr_pool_t *pool)
{
    json_t *root = json_object();
    json_t *truncated = json_array();
    size_t i;

    json_object_set_new(root, "@timestamp", json_string(iso_time(s->time, pool)));
    json_object_set_new(object(root, "ecs"), "version", json_string(ECS_VERSION));
    add_tls(root, s, truncated, divisor, pool);
    add_http(root, s, truncated, pool);
    for (i = 0; i < TEXTS; i++) {
        const char *value = *(const char *const *)(const void *)((const char *)s + texts[i].offset);

        add_text(root, texts[i].object, texts[i].member, value, texts[i].max / divisor, truncated,
                 pool);
    }
    add_tlsgate(root, s);
    if (json_array_size(truncated) > 0) {
        json_object_set(object(root, "tlsgate"), "truncated", truncated);
    }
    json_decref(truncated);
    return root;
}

apr_size_t tg_sighting_write(const tg_sighting_t *sighting, char *line, apr_pool_t *pool)
{
    apr_size_t divisor;

    for (divisor = 1; divisor <= 8; divisor *= 2) {
        json_t *root = build(sighting, divisor, pool);
        apr_size_t length;

        /* One control byte becomes six in JSON: only the written length counts. */
        length = json_dumpb(root, line, TG_SIGHTING_MAX - 1, JSON_COMPACT);
        json_decref(root);
        if (length > 0 && length <= TG_SIGHTING_MAX - 1) {
            line[length++] = '\n';
            line[length] = '\0';
            return length;
        }
    }
    return 0;
}
