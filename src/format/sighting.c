/* Sightings: the fields of a line, and how it is made to fit. */
#include "sighting.h"

#include "base/json_line.h"
#include "base/rows.h"
#include "tls/offered.h"
#include "tls/registry.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ECS_VERSION "8.11.0"

/* How many fields can be cut: those of SIGHTING_TEXT. */
#define SIGHTING_TEXT(object, name, member, max, gives_way, doc)                                   \
    +1 /* NOLINT(bugprone-macro-parentheses): terms of a sum */
enum {
    CUTS_MAX = 0
#include "sighting.def"
};

/** The longest owner of an exemption in a line, in bytes. */
#define OWNER_MAX 64

/* Where the fields are. */
typedef enum {
#define SIGHTING_OBJECT(object, parent, name, path) OBJECT_##object,
#include "sighting.def"
    OBJECTS
} object_t;

/* NULL for the line itself. */
#define OBJECT_AT(object) (OBJECT_##object == OBJECT_LINE ? NULL : &objects[OBJECT_##object])

static const tg_json_object_t objects[] = {
#define SIGHTING_OBJECT(object, parent, name, path) TG_JSON_OBJECT_ROW(OBJECT_AT(parent), name),
#include "sighting.def"
};

static const char *const object_paths[] = {
#define SIGHTING_OBJECT(object, parent, name, path) path,
#include "sighting.def"
};

/** The longest path of a field, with its NUL. */
#define PATH_SIZE 64

/* What is shortened when a line is too long: first what a client can choose freely, then who it
 * claims to be; never its address. */
typedef enum { KEEP, FIRM, SOFT, GIVE_WAYS } give_way_t;

/* How often their lengths are halved, attempt by attempt. */
static const unsigned char attempts[][GIVE_WAYS] = {
    { 0, 0, 0 }, { 0, 0, 1 }, { 0, 0, 2 }, { 0, 0, 4 }, { 0, 1, 4 }, { 0, 2, 4 }, { 0, 3, 4 },
};

/* A line while it is written. */
typedef struct {
    tg_json_line_t json;
    const tg_sighting_t *sighting;
    const unsigned char *halvings;
    const struct field *cut[CUTS_MAX]; /* the texts that were cut so far */
    size_t cuts;
} line_t;

/* One field: where it goes, and what writes it, or nothing if it is absent. */
typedef struct field {
    const tg_json_object_t *object; /* NULL: the line itself */
    const char *word;               /* its name, for what was cut */
    tg_json_name_t name;
    void (*put)(line_t *line, const struct field *field);
    size_t offset;  /* of a text: its member of tg_sighting_t, */
    apr_size_t max; /* how many bytes it may have at first, */
    give_way_t gives_way;
} field_t;

/* --- the kinds of values --- */

/* One of our own words; NULL is left out. */
static void write_word(line_t *line, const field_t *field, const char *word)
{
    if (word) {
        tg_json_line_at(&line->json, field->object);
        tg_json_line_word(&line->json, &field->name, word);
    }
}

static void write_literal(line_t *line, const field_t *field, const char *literal)
{
    tg_json_line_at(&line->json, field->object);
    tg_json_line_literal(&line->json, &field->name, literal);
}

static void write_flag(line_t *line, const field_t *field, int flag)
{
    write_literal(line, field, flag ? "true" : "false");
}

/* 0 is left out. */
static void write_number(line_t *line, const field_t *field, unsigned number)
{
    if (number) {
        tg_json_line_at(&line->json, field->object);
        tg_json_line_number(&line->json, &field->name, number);
    }
}

static void write_instant(line_t *line, const tg_json_name_t *name, tg_instant_t t)
{
    char text[TG_INSTANT_STRLEN];

    tg_json_line_word(&line->json, name, tg_instant_format(t, text));
}

/* --- the value of each field --- */

/* RFC 3339 with milliseconds. */
static void field_time(line_t *line, const field_t *field)
{
    unsigned milliseconds = (unsigned)(apr_time_usec(line->sighting->time) / 1000);
    char text[TG_INSTANT_STRLEN + 4], *end;

    tg_instant_format(apr_time_sec(line->sighting->time), text);
    end = text + strlen(text) - 1; /* at the Z, which follows the fraction */
    *end++ = '.';
    *end++ = (char)('0' + milliseconds / 100 % 10);
    *end++ = (char)('0' + milliseconds / 10 % 10);
    *end++ = (char)('0' + milliseconds % 10);
    *end++ = 'Z';
    *end = '\0';
    write_word(line, field, text);
}

static void field_ecs_version(line_t *line, const field_t *field)
{
    write_word(line, field, ECS_VERSION);
}

static void field_tls_version(line_t *line, const field_t *field)
{
    write_word(line, field, tg_protocol_version(line->sighting->protocol));
}

static void field_tls_family(line_t *line, const field_t *field)
{
    write_word(line, field, tg_protocol_family(line->sighting->protocol));
}

static void field_established(line_t *line, const field_t *field)
{
    const tg_sighting_t *s = line->sighting;

    if (tg_protocol_version(s->protocol) || s->failed) {
        write_flag(line, field, !s->failed);
    }
}

static void field_status(line_t *line, const field_t *field)
{
    write_number(line, field, (unsigned)line->sighting->status);
}

static void field_port(line_t *line, const field_t *field)
{
    write_number(line, field, line->sighting->port);
}

static void field_text(line_t *line, const field_t *field)
{
    const tg_sighting_t *s = line->sighting;
    const char *value = *(const char *const *)(const void *)((const char *)s + field->offset);
    int is_cut;

    if (!value) {
        return;
    }
    tg_json_line_at(&line->json, field->object);
    is_cut = tg_json_line_text(&line->json, &field->name, value,
                               field->max >> line->halvings[field->gives_way]);
    /* What was cut when the identity was read is cut here too. */
    if (is_cut || (s->identity_cut && (value == s->user_id || value == s->client))) {
        line->cut[line->cuts++] = field;
    }
}

static void field_protocol(line_t *line, const field_t *field)
{
    write_word(line, field, tg_protocol_name(line->sighting->protocol));
}

static void field_schedule(line_t *line, const field_t *field)
{
    write_word(line, field, line->sighting->outcome->binding->schedule->name);
}

static void field_phase(line_t *line, const field_t *field)
{
    write_word(line, field, tg_phase_name(line->sighting->outcome->phase));
}

static void field_verdict(line_t *line, const field_t *field)
{
    write_word(line, field, tg_action_name(line->sighting->outcome->action));
}

static void field_enforced(line_t *line, const field_t *field)
{
    write_flag(line, field, line->sighting->outcome->enforced);
}

/* A stop of TlsGateGuard may have no end. */
static void write_end(line_t *line, const tg_json_name_t *name, tg_instant_t end)
{
    if (end == TG_NEVER) {
        tg_json_line_literal(&line->json, name, "null");
    }
    else {
        write_instant(line, name, end);
    }
}

/* A suspend or trial that is over leaves the postponement beside it in force. */
static void field_override(line_t *line, const field_t *field)
{
    const tg_override_t *o = line->sighting->outcome->override;
    tg_override_kind_t kind = line->sighting->outcome->by_hand;
    int is_postponed = kind == TG_OVERRIDE_NONE;

    if (!o) {
        write_literal(line, field, "null");
        return;
    }
    tg_json_line_at(&line->json, field->object);
    tg_json_line_open(&line->json, &field->name);
    tg_json_line_word(&line->json, TG_JSON_NAME("kind"),
                      is_postponed ? "postpone" : tg_override_kind_name(kind));
    write_end(line, is_postponed ? TG_JSON_NAME("cutoff") : TG_JSON_NAME("until"),
              is_postponed                ? o->postponed_to
              : kind == TG_OVERRIDE_GUARD ? o->stopped_until
                                          : o->until);
    tg_json_line_close(&line->json);
}

/* People write the owner: it must not cost the line. */
static void field_exemption(line_t *line, const field_t *field)
{
    const tg_exemption_t *e = line->sighting->outcome->exemption;

    if (!e) {
        write_literal(line, field, "null");
        return;
    }
    tg_json_line_at(&line->json, field->object);
    tg_json_line_open(&line->json, &field->name);
    write_instant(line, TG_JSON_NAME("until"), e->until);
    if (e->owner) {
        (void)tg_json_line_text(&line->json, TG_JSON_NAME("owner"), e->owner, OWNER_MAX);
    }
    else {
        tg_json_line_literal(&line->json, TG_JSON_NAME("owner"), "null");
    }
    tg_json_line_close(&line->json);
}

static void field_test(line_t *line, const field_t *field)
{
    write_flag(line, field, line->sighting->test);
}

static void field_cause(line_t *line, const field_t *field)
{
    write_word(line, field, tg_cause_name(line->sighting->cause));
}

static void field_alert(line_t *line, const field_t *field)
{
    if (line->sighting->failed) {
        write_word(line, field, tg_registry_alert(line->sighting->alert));
    }
}

static void field_max_version(line_t *line, const field_t *field)
{
    if (line->sighting->offer) {
        write_word(line, field, tg_offered_max_version(line->sighting->offer));
    }
}

static void field_versions(line_t *line, const field_t *field)
{
    const tg_offer_t *offer = line->sighting->offer;
    tg_protocol_t p;

    if (offer) {
        tg_json_line_at(&line->json, field->object);
        tg_json_line_open_array(&line->json, &field->name);
        TG_PROTOCOL_EACH (p, offer->versions) {
            tg_json_line_word(&line->json, TG_JSON_NO_NAME, tg_protocol_name(p));
        }
        tg_json_line_close_array(&line->json);
    }
}

/* The last field, when all texts are written. */
static void field_truncated(line_t *line, const field_t *field)
{
    char path[PATH_SIZE];
    size_t i;

    if (line->cuts > 0) {
        tg_json_line_at(&line->json, field->object);
        tg_json_line_open_array(&line->json, &field->name);
        for (i = 0; i < line->cuts; i++) {
            (void)snprintf(path, sizeof(path), "%s.%s",
                           object_paths[line->cut[i]->object - objects], line->cut[i]->word);
            tg_json_line_word(&line->json, TG_JSON_NO_NAME, path);
        }
        tg_json_line_close_array(&line->json);
    }
}

/* --- the line --- */

#define SIGHTING_TEXT(object, name, member, max, gives_way, doc)                                   \
    { OBJECT_AT(object),                                                                           \
      name,                                                                                        \
      TG_JSON_NAME_ROW(name),                                                                      \
      field_text,                                                                                  \
      offsetof(tg_sighting_t, member),                                                             \
      max,                                                                                         \
      gives_way },
#define SIGHTING_FIELD(object, name, type, make, doc)                                              \
    { OBJECT_AT(object), name, TG_JSON_NAME_ROW(name), field_##make, 0, 0, KEEP },
static const field_t fields[] = {
#include "sighting.def"
};

/* Writes the line with the texts of one attempt. 0 if it is too long. */
static apr_size_t write_attempt(const tg_sighting_t *s, const unsigned char *halvings, char *text)
{
    line_t line;
    size_t i;

    line.sighting = s;
    line.halvings = halvings;
    line.cuts = 0;
    tg_json_line_begin(&line.json, text, TG_SIGHTING_MAX - 1);
    for (i = 0; i < TG_ROWS(fields); i++) {
        fields[i].put(&line, &fields[i]);
    }
    return tg_json_line_end(&line.json);
}

tg_sighting_t tg_sighting_begin(const tg_outcome_t *outcome, const tg_identity_t *identity,
                                tg_protocol_t protocol, const tg_offer_t *offer)
{
    tg_sighting_t s = { .outcome = outcome, .protocol = protocol, .offer = offer };

    s.ip = identity->ip;
    s.port = identity->port;
    s.client = identity->shown;
    s.user_id = identity->user_id;
    s.address_hash = identity->ip_hash;
    s.identity_cut = identity->cut;
    return s;
}

apr_size_t tg_sighting_write(const tg_sighting_t *sighting, char *line)
{
    apr_size_t length = 0;
    size_t i;

    for (i = 0; i < TG_ROWS(attempts) && !length; i++) {
        length = write_attempt(sighting, attempts[i], line);
    }
    if (length) {
        line[length++] = '\n';
        line[length] = '\0';
    }
    return length;
}
