/* The state document: what ops changed, as JSON.
 *
 * tlsgatectl or a configuration management system writes it, and httpd reads it. It is read
 * strictly: a document with anything unknown in it is refused as a whole, and the fault names
 * the place. docs/state.schema.json says the same as a JSON Schema.
 */
#ifndef TG_FORMAT_STATE_H
#define TG_FORMAT_STATE_H

#include "base/fault.h"
#include "policy/guard.h"
#include "policy/override_image.h"
#include "policy/schedule.h"

#include <apr_pools.h>
#include <jansson.h>

/** The version of the document that is read and written here. */
#define TG_STATE_VERSION 1

/** Limits: the document in bytes, the entries of each list, a text in an entry in bytes. */
#define TG_STATE_MAX ((apr_size_t)32 * 1024 * 1024)
#define TG_STATE_OVERRIDES_MAX 1000
#define TG_STATE_EXEMPTIONS_MAX 100000
#define TG_STATE_TEXT_MAX 512

/** What one entry does. */
typedef enum {
    TG_STATE_SUSPEND,
    TG_STATE_TRIAL,
    TG_STATE_POSTPONE,
    TG_STATE_RESUME, /**< takes back what TlsGateGuard stopped until then */
    TG_STATE_KINDS
} tg_state_kind_t;

/** One override as it was made. */
typedef struct {
    const char *schedule;
    tg_state_kind_t kind;
    tg_instant_t until; /**< of a suspend or trial; of a resume, which is done at once, its since */
    tg_instant_t from;  /**< of a postpone: the cutoff that was configured */
    tg_instant_t cutoff; /**< of a postpone: the new one */
    const char *reason;
    const char *by;
    tg_instant_t since;
} tg_state_override_t;

/** One exemption as it was made. */
typedef struct {
    tg_exemption_t exemption;
    const char *network; /**< as written; NULL for a client */
    const char *by;
    tg_instant_t since;
} tg_state_exemption_t;

/** A trial that TlsGateGuard stopped. */
typedef struct {
    const char *schedule;
    tg_guard_trip_t trip;
} tg_state_trip_t;

/** When it kept the trials of a schedule from running, also if that is over. */
typedef struct {
    const char *schedule;
    tg_guard_stop_t stop;
} tg_state_stop_t;

/** A document. All of it lives in the pool that it was read into. */
typedef struct {
    const char *schema;             /**< what `$schema` says, or NULL */
    apr_array_header_t *overrides;  /**< of tg_state_override_t */
    apr_array_header_t *exemptions; /**< of tg_state_exemption_t */
    apr_array_header_t *trips;      /**< of tg_state_trip_t: in no document, but the httpd has them
                                         that acts on it; NULL: none is known */
    apr_array_header_t *stops;      /**< of tg_state_stop_t: likewise */
} tg_state_t;

/** `suspend`, `trial`, `postpone` or `resume`. */
const char *tg_state_kind_name(tg_state_kind_t kind);

/** The kind of that name; TG_STATE_KINDS: there is none. */
tg_state_kind_t tg_state_kind_parse(const char *name);

/** A document without entries: the meaning of a state that was never written. */
tg_state_t tg_state_empty(apr_pool_t *pool);

/**
 * Reads a document. Texts are copied.
 * @return 1, or 0 with @p fault filled: its reason names the place
 */
int tg_state_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_state_t *out,
                   tg_fault_t *fault);

/** The document as text that ends with a newline, in @p pool; NULL if it cannot be written. */
const char *tg_state_print(apr_pool_t *pool, const tg_state_t *state);

/** One entry as in the document. A new reference. */
json_t *tg_state_override_json(const tg_state_override_t *o);
json_t *tg_state_exemption_json(const tg_state_exemption_t *e);

/**
 * The document as verdicts need it: one override per schedule, with its trip, and the
 * exemptions.
 */
tg_override_set_t *tg_state_set(apr_pool_t *pool, const tg_state_t *state);

/** The bytes of the image of any document. */
#define TG_STATE_IMAGE_MAX                                                                         \
    (TG_STATE_MAX + TG_OVERRIDE_IMAGE_SIZE(TG_STATE_OVERRIDES_MAX, TG_STATE_EXEMPTIONS_MAX))

/** Writes the document as an image, for processes that share it. 1, or 0 if it does not fit. */
int tg_state_image(apr_pool_t *scratch, const tg_state_t *state, void *memory, apr_size_t size);

/**
 * Until when an override is in force: of a postponement its cutoff, of a resume when it was
 * made.
 */
tg_instant_t tg_state_override_end(const tg_state_override_t *o);

/** 1 if a postponement is void on its schedule, since another cutoff is configured by now. */
int tg_state_override_is_void(const tg_state_override_t *o, const tg_schedule_t *schedule);

/**
 * When TlsGateGuard stopped a trial by hand, which goes on if the stop is lifted. TG_ALWAYS if it
 * did not, or the override is no trial or has ended at @p now.
 * @param set with its trips, of all schedules
 */
tg_instant_t tg_state_override_stopped(const tg_state_override_t *o, const tg_override_set_t *set,
                                       tg_instant_t now);

/**
 * 1 if an override is in force at @p now, as every page and program shows it.
 * @param schedule that of its name; NULL: what is configured is not known, and its dates decide
 * @param set as above; NULL: a trial that TlsGateGuard stopped counts as well
 */
int tg_state_override_is_in_force(const tg_state_override_t *o, const tg_schedule_t *schedule,
                                  const tg_override_set_t *set, tg_instant_t now);

/** The override of that schedule and of one of those kinds, or NULL. */
tg_state_override_t *tg_state_find(const tg_state_t *state, const char *schedule, unsigned which);
#define TG_STATE_BIT(kind) (1U << (kind))

/** The kinds of which a schedule has at most one: a suspend or trial, and a postpone. */
#define TG_STATE_TIMED (TG_STATE_BIT(TG_STATE_SUSPEND) | TG_STATE_BIT(TG_STATE_TRIAL))
#define TG_STATE_POSTPONED TG_STATE_BIT(TG_STATE_POSTPONE)

/**
 * The trip of that schedule that is not taken back and not over at @p t, or NULL.
 * @param set of that state
 */
const tg_guard_trip_t *tg_state_trip(const tg_state_t *state, const tg_override_set_t *set,
                                     const char *schedule, tg_instant_t t);

/** The kinds that an entry of that kind excludes, its own included. */
unsigned tg_state_rivals(tg_state_kind_t kind);

#endif
