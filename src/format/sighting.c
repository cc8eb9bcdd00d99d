/* Sightings: the columns of the log, and how a line is made to fit. */
#include "sighting.h"

#include "base/text.h"
#include "tls/offered.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <jansson.h>
#include <stddef.h>
#include <string.h>

#define ECS_VERSION "8.11.0"

/** The longest owner of an exemption in a line, in bytes. */
#define OWNER_MAX 64

/* What gives way when a line is too long: first what a client can write at will,
 * then who it says that it is; never its address. */
typedef enum { KEEP, FIRM, SOFT } give_way_t;

/* Where each text goes, and how many bytes it may have at first. */
static const struct {
    const char *object;
    const char *member;
    size_t offset;
    apr_size_t max;
    give_way_t gives_way;
} texts[] = {
    { "client", "ip", offsetof(tg_sighting_t, ip), 64, KEEP },
    { "user", "id", offsetof(tg_sighting_t, user_id), 256, FIRM },
    { "user_agent", "original", offsetof(tg_sighting_t, user_agent), 1024, SOFT },
    { "url", "domain", offsetof(tg_sighting_t, domain), 256, SOFT },
    { "url", "path", offsetof(tg_sighting_t, path), 512, SOFT },
    { "http.request", "method", offsetof(tg_sighting_t, method), 32, KEEP },
    { "tls", "cipher", offsetof(tg_sighting_t, cipher), 64, KEEP },
    { "tls.client", "server_name", offsetof(tg_sighting_t, server_name), 255, FIRM },
    { "tls.client", "ja4", offsetof(tg_sighting_t, ja4), 40, KEEP },
    { "tlsgate", "client", offsetof(tg_sighting_t, client), 280, FIRM },
    { "tlsgate", "advice", offsetof(tg_sighting_t, advice), 512, SOFT },
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

/* By how much texts are shortened, try by try: KEEP, FIRM, SOFT. */
static const apr_size_t divisors[][3] = {
    { 1, 1, 1 }, { 1, 1, 2 }, { 1, 1, 4 }, { 1, 1, 16 }, { 1, 2, 16 }, { 1, 4, 16 }, { 1, 8, 16 },
};
#define TRIES (sizeof(divisors) / sizeof(divisors[0]))

/* The object at that path, made if it is not there yet. */
static json_t *object(json_t *root, const char *path)
{
    size_t length = strcspn(path, ".");
    char name[32];
    json_t *found;

    memcpy(name, path, length);
    name[length] = '\0';
    found = json_object_get(root, name);
    if (!found) {
        found = json_object();
        json_object_set_new_nocheck(root, name, found);
    }
    return path[length] ? object(found, path + length + 1) : found;
}

static const char *iso_time(apr_time_t time, apr_pool_t *pool)
{
    char seconds[TG_INSTANT_STRLEN];

    tg_instant_format(apr_time_sec(time), seconds);
    seconds[strlen(seconds) - 1] = '\0'; /* the Z goes behind the fraction */
    return apr_psprintf(pool, "%s.%03dZ", seconds, (int)(apr_time_usec(time) / 1000));
}

static void add_cut(json_t *truncated, const char *object_path, const char *member,
                    apr_pool_t *pool)
{
    json_array_append_new(truncated,
                          json_string(apr_pstrcat(pool, object_path, ".", member, NULL)));
}

static void add_texts(json_t *root, const tg_sighting_t *s, json_t *truncated,
                      const apr_size_t *divisor, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < TEXTS; i++) {
        const char *value = *(const char *const *)(const void *)((const char *)s + texts[i].offset);
        int cut = 0;
        const char *clean =
            tg_text_clean(pool, value, texts[i].max / divisor[texts[i].gives_way], &cut);

        if (clean) {
            json_object_set_new_nocheck(object(root, texts[i].object), texts[i].member,
                                        json_string_nocheck(clean));
        }
        /* What was cut when the identity was read is cut here too. */
        cut |= s->identity_cut && value && (value == s->user_id || value == s->client);
        if (cut) {
            add_cut(truncated, texts[i].object, texts[i].member, pool);
        }
    }
}

static void add_tls(json_t *root, const tg_sighting_t *s)
{
    const char *version = tg_protocol_version(s->protocol);
    json_t *tls;

    if (version) {
        tls = object(root, "tls");
        json_object_set_new_nocheck(tls, "version", json_string(version));
        json_object_set_new_nocheck(tls, "version_protocol",
                                    json_string(tg_protocol_family(s->protocol)));
    }
    if (version || s->failed) {
        json_object_set_new_nocheck(object(root, "tls"), "established", json_boolean(!s->failed));
    }
}

static void add_offer(json_t *root, const tg_offer_t *offer)
{
    json_t *hello;

    if (offer) {
        hello = object(root, "tlsgate.client_hello");
        json_object_set_new_nocheck(hello, "max_version",
                                    json_string(tg_offered_max_version(offer)));
        json_object_set_new_nocheck(hello, "versions", tg_offered_versions_json(offer));
    }
}

/* A suspend or trial that is over leaves the postponement beside it in force. */
static json_t *override_json(const tg_override_t *o, tg_instant_t now)
{
    char buf[TG_INSTANT_STRLEN];

    if (!o) {
        return json_null();
    }
    if (o->kind == TG_OVERRIDE_NONE || now >= o->until) {
        return json_pack("{s:s, s:s}", "kind", "postpone", "cutoff",
                         tg_instant_format(o->postponed_to, buf));
    }
    return json_pack("{s:s, s:s}", "kind", tg_override_kind_name(o->kind), "until",
                     tg_instant_format(o->until, buf));
}

/* People write the owner: it must not cost the line. */
static json_t *exemption_json(const tg_exemption_t *e, apr_pool_t *pool)
{
    char buf[TG_INSTANT_STRLEN];
    int cut = 0;

    return e ? json_pack("{s:s, s:s?}", "until", tg_instant_format(e->until, buf), "owner",
                         tg_text_clean(pool, e->owner, OWNER_MAX, &cut))
             : json_null();
}

static void add_tlsgate(json_t *root, const tg_sighting_t *s, apr_pool_t *pool)
{
    const tg_outcome_t *o = s->outcome;
    json_t *tlsgate = object(root, "tlsgate");

    json_object_set_new_nocheck(tlsgate, "protocol", json_string(tg_protocol_name(s->protocol)));
    json_object_set_new_nocheck(tlsgate, "schedule", json_string(o->binding->schedule->name));
    json_object_set_new_nocheck(tlsgate, "phase", json_string(tg_phase_name(o->phase)));
    json_object_set_new_nocheck(tlsgate, "verdict", json_string(tg_action_name(o->action)));
    json_object_set_new_nocheck(tlsgate, "enforced", json_boolean(o->enforced));
    json_object_set_new_nocheck(tlsgate, "override",
                                override_json(o->override, apr_time_sec(s->time)));
    json_object_set_new_nocheck(tlsgate, "exemption", exemption_json(o->exemption, pool));
    json_object_set_new_nocheck(tlsgate, "test", json_boolean(s->test));
    if (s->cause != TG_CAUSE_NONE) {
        json_object_set_new_nocheck(tlsgate, "cause", json_string(tg_cause_name(s->cause)));
    }
    if (s->failed) {
        json_object_set_new_nocheck(tlsgate, "alert", json_string(tg_registry_alert(s->alert)));
    }
}

static json_t *build(const tg_sighting_t *s, const apr_size_t *divisor, apr_pool_t *pool)
{
    json_t *root = json_object();
    json_t *truncated = json_array();

    json_object_set_new_nocheck(root, "@timestamp", json_string(iso_time(s->time, pool)));
    json_object_set_new_nocheck(object(root, "ecs"), "version", json_string(ECS_VERSION));
    add_tls(root, s);
    if (s->status) {
        json_object_set_new_nocheck(object(root, "http.response"), "status_code",
                                    json_integer(s->status));
    }
    if (s->port) {
        json_object_set_new_nocheck(object(root, "client"), "port", json_integer(s->port));
    }
    add_texts(root, s, truncated, divisor, pool);
    add_tlsgate(root, s, pool);
    add_offer(root, s->offer);
    if (json_array_size(truncated) > 0) {
        json_object_set(object(root, "tlsgate"), "truncated", truncated);
    }
    json_decref(truncated);
    return root;
}

apr_size_t tg_sighting_write(const tg_sighting_t *sighting, char *line, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < TRIES; i++) {
        json_t *root = build(sighting, divisors[i], pool);
        /* One control byte becomes six in JSON: only the written length counts. */
        apr_size_t length = json_dumpb(root, line, TG_SIGHTING_MAX - 1, JSON_COMPACT);

        json_decref(root);
        if (length > 0 && length <= TG_SIGHTING_MAX - 1) {
            line[length++] = '\n';
            line[length] = '\0';
            return length;
        }
    }
    return 0;
}
