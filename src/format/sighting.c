/* Sightings: the fields of a line, and how it is made to fit. */
#include "sighting.h"

#include "base/rows.h"
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

/* What is shortened when a line is too long: first what a client can write at will, then who it
 * claims to be; never its address. */
typedef enum { KEEP, FIRM, SOFT, GIVE_WAYS } give_way_t;

/* The divisors of their lengths, attempt by attempt. */
#define ATTEMPTS 7
static const apr_size_t divisors[][ATTEMPTS] = {
    { 1, 1, 1, 1, 1, 1, 1 },
    { 1, 1, 1, 1, 2, 4, 8 },
    { 1, 2, 4, 16, 16, 16, 16 },
};
TG_ROWS_ARE(divisors, GIVE_WAYS);

/* A line while it is built. */
typedef struct {
    const tg_sighting_t *sighting;
    size_t attempt;
    json_t *truncated; /* the names of the texts that were cut so far */
    apr_pool_t *pool;
} line_t;

/* One field: where it goes, and what makes its value; NULL omits it. */
typedef struct field {
    const char *object;
    const char *name;
    json_t *(*make)(const line_t *line, const struct field *field);
    size_t offset;  /* of a text: its member of tg_sighting_t, */
    apr_size_t max; /* how many bytes it may have at first, */
    give_way_t gives_way;
} field_t;

/* --- the value of each field --- */

/* RFC 3339 with milliseconds. */
static json_t *field_time(const line_t *line, const field_t *field)
{
    apr_time_t time = line->sighting->time;
    char seconds[TG_INSTANT_STRLEN];

    (void)field;
    tg_instant_format(apr_time_sec(time), seconds);
    seconds[strlen(seconds) - 1] = '\0'; /* the Z follows the fraction */
    return json_string(
        apr_psprintf(line->pool, "%s.%03dZ", seconds, (int)(apr_time_usec(time) / 1000)));
}

static json_t *field_ecs_version(const line_t *line, const field_t *field)
{
    (void)line;
    (void)field;
    return json_string(ECS_VERSION);
}

static json_t *word_or_nothing(const char *word)
{
    return word ? json_string(word) : NULL;
}

static json_t *field_tls_version(const line_t *line, const field_t *field)
{
    (void)field;
    return word_or_nothing(tg_protocol_version(line->sighting->protocol));
}

static json_t *field_tls_family(const line_t *line, const field_t *field)
{
    (void)field;
    return word_or_nothing(tg_protocol_family(line->sighting->protocol));
}

static json_t *field_established(const line_t *line, const field_t *field)
{
    const tg_sighting_t *s = line->sighting;

    (void)field;
    return tg_protocol_version(s->protocol) || s->failed ? json_boolean(!s->failed) : NULL;
}

static json_t *field_status(const line_t *line, const field_t *field)
{
    (void)field;
    return line->sighting->status ? json_integer(line->sighting->status) : NULL;
}

static json_t *field_port(const line_t *line, const field_t *field)
{
    (void)field;
    return line->sighting->port ? json_integer(line->sighting->port) : NULL;
}

static json_t *field_text(const line_t *line, const field_t *field)
{
    const tg_sighting_t *s = line->sighting;
    const char *value = *(const char *const *)(const void *)((const char *)s + field->offset);
    int cut = 0;
    const char *clean = tg_text_clean(line->pool, value,
                                      field->max / divisors[field->gives_way][line->attempt], &cut);

    /* An identity that was cut when it was read counts as cut. */
    cut |= s->identity_cut && value && (value == s->user_id || value == s->client);
    if (cut) {
        json_array_append_new(line->truncated, json_string(apr_pstrcat(line->pool, field->object,
                                                                       ".", field->name, NULL)));
    }
    return clean ? json_string_nocheck(clean) : NULL;
}

static json_t *field_protocol(const line_t *line, const field_t *field)
{
    (void)field;
    return json_string(tg_protocol_name(line->sighting->protocol));
}

static json_t *field_schedule(const line_t *line, const field_t *field)
{
    (void)field;
    return json_string(line->sighting->outcome->binding->schedule->name);
}

static json_t *field_phase(const line_t *line, const field_t *field)
{
    (void)field;
    return json_string(tg_phase_name(line->sighting->outcome->phase));
}

static json_t *field_verdict(const line_t *line, const field_t *field)
{
    (void)field;
    return json_string(tg_action_name(line->sighting->outcome->action));
}

static json_t *field_enforced(const line_t *line, const field_t *field)
{
    (void)field;
    return json_boolean(line->sighting->outcome->enforced);
}

/* After a suspend or trial has ended, the postponement made the phase. */
static json_t *field_override(const line_t *line, const field_t *field)
{
    const tg_override_t *o = line->sighting->outcome->override;
    tg_override_kind_t kind = tg_override_active(o, apr_time_sec(line->sighting->time));
    char buf[TG_INSTANT_STRLEN];

    (void)field;
    if (!o) {
        return json_null();
    }
    if (kind == TG_OVERRIDE_NONE) {
        return json_pack("{s:s, s:s}", "kind", "postpone", "cutoff",
                         tg_instant_format(o->postponed_to, buf));
    }
    return json_pack("{s:s, s:s}", "kind", tg_override_kind_name(kind), "until",
                     tg_instant_format(o->until, buf));
}

/* The owner is written by people: make it valid, or the line is lost. */
static json_t *field_exemption(const line_t *line, const field_t *field)
{
    const tg_exemption_t *e = line->sighting->outcome->exemption;
    char buf[TG_INSTANT_STRLEN];
    int cut = 0;

    (void)field;
    return e ? json_pack("{s:s, s:s?}", "until", tg_instant_format(e->until, buf), "owner",
                         tg_text_clean(line->pool, e->owner, OWNER_MAX, &cut))
             : json_null();
}

static json_t *field_test(const line_t *line, const field_t *field)
{
    (void)field;
    return json_boolean(line->sighting->test);
}

static json_t *field_cause(const line_t *line, const field_t *field)
{
    (void)field;
    return word_or_nothing(tg_cause_name(line->sighting->cause));
}

static json_t *field_alert(const line_t *line, const field_t *field)
{
    (void)field;
    return line->sighting->failed ? json_string(tg_registry_alert(line->sighting->alert)) : NULL;
}

static json_t *field_max_version(const line_t *line, const field_t *field)
{
    const tg_offer_t *offer = line->sighting->offer;

    (void)field;
    return offer ? json_string(tg_offered_max_version(offer)) : NULL;
}

static json_t *field_versions(const line_t *line, const field_t *field)
{
    (void)field;
    return line->sighting->offer ? tg_offered_versions_json(line->sighting->offer) : NULL;
}

/* The last field: all texts are written. */
static json_t *field_truncated(const line_t *line, const field_t *field)
{
    (void)field;
    return json_array_size(line->truncated) > 0 ? json_incref(line->truncated) : NULL;
}

/* --- the line --- */

#define SIGHTING_TEXT(object, name, member, max, gives_way, doc)                                   \
    { object, name, field_text, offsetof(tg_sighting_t, member), max, gives_way },
#define SIGHTING_FIELD(object, name, type, make, doc) { object, name, field_##make, 0, 0, KEEP },
static const field_t fields[] = {
#include "sighting.def"
};

/* The object at that path, created if needed. */
static json_t *object_at(json_t *root, const char *path)
{
    size_t length = strcspn(path, ".");
    char name[32];
    json_t *found;

    if (length == 0) {
        return root;
    }
    memcpy(name, path, length);
    name[length] = '\0';
    found = json_object_get(root, name);
    if (!found) {
        found = json_object();
        json_object_set_new_nocheck(root, name, found);
    }
    return path[length] ? object_at(found, path + length + 1) : found;
}

static json_t *line_json(const tg_sighting_t *s, size_t attempt, apr_pool_t *pool)
{
    const line_t line = { s, attempt, json_array(), pool };
    json_t *root = json_object();
    size_t i;

    for (i = 0; i < TG_ROWS(fields); i++) {
        json_t *value = fields[i].make(&line, &fields[i]);

        if (value) {
            json_object_set_new_nocheck(object_at(root, fields[i].object), fields[i].name, value);
        }
    }
    json_decref(line.truncated);
    return root;
}

tg_sighting_t tg_sighting_begin(const tg_outcome_t *outcome, const tg_identity_t *identity,
                                tg_protocol_t protocol, const tg_offer_t *offer)
{
    tg_sighting_t s = { .outcome = outcome, .protocol = protocol, .offer = offer };

    s.ip = identity->ip;
    s.port = identity->port;
    s.client = identity->shown;
    s.user_id = identity->user_id;
    s.identity_cut = identity->cut;
    return s;
}

apr_size_t tg_sighting_write(const tg_sighting_t *sighting, char *line, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < ATTEMPTS; i++) {
        json_t *root = line_json(sighting, i, pool);
        /* A control byte becomes six in JSON, so the length is known only afterwards. */
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
