/* The rows of a simulation of logs: who came, over what, and where: see log_simulation.h. */
#include "log_simulation.h"

#include "request_path.h"

#include "base/rows.h"
#include "ctl/base/client_operand.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <string.h>

/** Hosts and paths whose places are remembered. */
#define REMEMBERED_MAX 65536

struct tg_ctl_log_simulation_t {
    apr_pool_t *pool, *scratch; /* of all of it; of one record */
    const tg_plan_t *plan;
    const tg_ctl_place_index_t *index;
    const apr_array_header_t *schedules;
    apr_pool_t *memory;       /* of what is remembered */
    apr_hash_t *remembered;   /* tg_ctl_log_places_t, by host and path */
    apr_hash_t *where, *row;  /* tg_ctl_log_places_t and tg_ctl_log_row_t, by what they have */
    apr_array_header_t *rows; /* of tg_ctl_log_row_t * */
    tg_ctl_log_sums_t sums;
};

tg_ctl_log_simulation_t *tg_ctl_log_simulation(const tg_ctl_t *ctl,
                                               const tg_ctl_in_force_t *in_force,
                                               const apr_array_header_t *schedules)
{
    tg_ctl_log_simulation_t *s = apr_pcalloc(ctl->pool, sizeof(*s));

    s->pool = ctl->pool;
    s->plan = in_force->plan.plan;
    s->index = tg_ctl_place_index(s->pool, s->plan);
    s->schedules = schedules;
    apr_pool_create(&s->scratch, s->pool);
    apr_pool_create(&s->memory, s->pool);
    s->remembered = apr_hash_make(s->memory);
    s->where = apr_hash_make(s->pool);
    s->row = apr_hash_make(s->pool);
    s->rows = apr_array_make(s->pool, 64, sizeof(tg_ctl_log_row_t *));
    return s;
}

const apr_array_header_t *tg_ctl_log_rows(const tg_ctl_log_simulation_t *s)
{
    return s->rows;
}

const tg_ctl_log_sums_t *tg_ctl_log_sums(const tg_ctl_log_simulation_t *s)
{
    return &s->sums;
}

/* NULL for what the log does not tell. */
static const char *text_of_span(apr_pool_t *pool, tg_span_t span)
{
    return span.length > 0 ? apr_pstrmemdup(pool, span.at, span.length) : NULL;
}

/* --- where --- */

/* Traits that tell something: `any` is about each connection. */
static tg_traits_t deprecated_at(const tg_ctl_place_t *place)
{
    const apr_array_header_t *const lists[] = { place->bindings, place->handshake };
    tg_traits_t traits = 0;
    size_t list;
    int i;

    for (list = 0; list < TG_ROWS(lists); list++) {
        for (i = 0; i < lists[list]->nelts; i++) {
            tg_traits_t own = APR_ARRAY_IDX(lists[list], i, const tg_binding_t *)->schedule->traits;

            traits |= own == TG_TRAIT_ANY ? 0 : own;
        }
    }
    return traits;
}

static void push_bindings(apr_array_header_t *texts, const apr_array_header_t *bindings)
{
    int i;

    for (i = 0; i < bindings->nelts; i++) {
        const tg_binding_t *b = APR_ARRAY_IDX(bindings, i, const tg_binding_t *);

        APR_ARRAY_PUSH(texts, const char *) =
            apr_psprintf(texts->pool, "%pp %d %d %d", (const void *)b->schedule, b->has_as,
                         (int)b->as, b->report_only);
    }
}

/* All that decides at a place. */
static const char *what_decides(apr_pool_t *pool, const tg_ctl_place_t *place)
{
    apr_array_header_t *texts = apr_array_make(pool, 8, sizeof(const char *));

    APR_ARRAY_PUSH(texts, const char *) = apr_psprintf(pool, "%pp", (const void *)place->settings);
    push_bindings(texts, place->bindings);
    APR_ARRAY_PUSH(texts, const char *) = "handshake";
    push_bindings(texts, place->handshake);
    return apr_array_pstrcat(pool, texts, ',');
}

/* Servers are many, and most of them are configured alike. */
static void find_apart(tg_ctl_log_simulation_t *s, tg_ctl_log_places_t *where)
{
    apr_array_header_t *apart = apr_array_make(s->pool, 2, sizeof(tg_ctl_place_t));
    apr_array_header_t *all = apr_array_make(s->scratch, 2, sizeof(const char *));
    apr_hash_t *known = apr_hash_make(s->scratch);
    int i;

    for (i = 0; i < where->places->nelts; i++) {
        const tg_ctl_place_t *place = &APR_ARRAY_IDX(where->places, i, tg_ctl_place_t);
        const char *text = what_decides(s->scratch, place);

        if (!apr_hash_get(known, text, APR_HASH_KEY_STRING)) {
            apr_hash_set(known, text, APR_HASH_KEY_STRING, place);
            APR_ARRAY_PUSH(all, const char *) = text;
            APR_ARRAY_PUSH(apart, tg_ctl_place_t) = *place;
        }
    }
    where->apart = apart;
    where->decides =
        apr_psprintf(s->pool, "%u %s", where->lacks, apr_array_pstrcat(s->scratch, all, ';'));
}

/* What is said of the places, and what decides there: a <Location> of the main server is called the
 * same at each server, whose own lines decide about handshakes. */
static const char *key_of_places(tg_ctl_log_simulation_t *s, const apr_array_header_t *places,
                                 unsigned lacks)
{
    apr_array_header_t *texts =
        apr_array_make(s->scratch, 2 * places->nelts + 1, sizeof(const char *));
    int i;

    APR_ARRAY_PUSH(texts, const char *) = apr_psprintf(s->scratch, "%u", lacks);
    for (i = 0; i < places->nelts; i++) {
        const tg_ctl_place_t *place = &APR_ARRAY_IDX(places, i, tg_ctl_place_t);

        APR_ARRAY_PUSH(texts, const char *) = place->text;
        APR_ARRAY_PUSH(texts, const char *) = what_decides(s->scratch, place);
    }
    return apr_array_pstrcat(s->scratch, texts, '\n');
}

static const tg_ctl_log_places_t *unique_places(tg_ctl_log_simulation_t *s,
                                                const apr_array_header_t *places, unsigned lacks)
{
    const char *key = key_of_places(s, places, lacks);
    const tg_ctl_log_places_t *found = apr_hash_get(s->where, key, APR_HASH_KEY_STRING);
    tg_ctl_log_places_t *made;
    int i;

    if (found) {
        return found;
    }
    made = apr_palloc(s->pool, sizeof(*made));
    made->places = apr_array_copy(s->pool, places);
    made->lacks = lacks;
    made->deprecated = 0;
    for (i = 0; i < places->nelts; i++) {
        tg_ctl_place_t *place = &APR_ARRAY_IDX(made->places, i, tg_ctl_place_t);

        place->text = apr_pstrdup(s->pool, place->text); /* made in the scratch */
        place->bindings = tg_ctl_place_named(s->pool, place->bindings, s->schedules);
        place->handshake = tg_ctl_place_named(s->pool, place->handshake, s->schedules);
        made->deprecated |= deprecated_at(place);
    }
    find_apart(s, made);
    apr_hash_set(s->where, apr_pstrdup(s->pool, key), APR_HASH_KEY_STRING, made);
    return made;
}

static const tg_ctl_log_places_t *look_up_places(tg_ctl_log_simulation_t *s, const char *host,
                                                 const char *written)
{
    const char *path = NULL;
    tg_fault_t ignored;
    unsigned lacks;
    const apr_array_header_t *places;

    if (written && !tg_ctl_request_path(s->scratch, written, &path, &ignored)) {
        path = NULL;
    }
    places = tg_ctl_places_possible(s->scratch, s->index, host, path, &lacks);
    return unique_places(s, places, lacks);
}

static const tg_ctl_log_places_t *places_of_record(tg_ctl_log_simulation_t *s,
                                                   const tg_record_t *record)
{
    const char *host = text_of_span(s->scratch, record->host);
    const char *path = text_of_span(s->scratch, record->path);
    const char *key = apr_pstrcat(s->scratch, host ? host : "", "\n", path ? path : "", NULL);
    const tg_ctl_log_places_t *found = apr_hash_get(s->remembered, key, APR_HASH_KEY_STRING);

    if (found) {
        return found;
    }
    if (apr_hash_count(s->remembered) >= REMEMBERED_MAX) {
        apr_pool_clear(s->memory);
        s->remembered = apr_hash_make(s->memory);
    }
    found = look_up_places(s, host, path);
    apr_hash_set(s->remembered, apr_pstrdup(s->memory, key), APR_HASH_KEY_STRING, found);
    return found;
}

/* --- over what --- */

/* Before TLS 1.3 the cipher tells the key exchange, and the group from then on. What no schedule
 * deprecates there would only make more rows. */
static void find_traits(tg_ctl_log_row_t *row, const tg_record_t *record, apr_pool_t *scratch)
{
    tg_traits_t negotiable = record->protocol < TG_PROTOCOL_OLDEST
                                 ? 0
                                 : tg_trait_negotiable(record->protocol) & row->where->deprecated;
    const char *cipher = text_of_span(scratch, record->cipher);
    const char *group = text_of_span(scratch, record->group);
    unsigned number = group ? tg_registry_group_number(group) : 0;

    row->kind = tg_ctl_kind_of(record->protocol);
    if (cipher) {
        row->kind.traits |= tg_trait_of_cipher(cipher) & negotiable;
    }
    else {
        row->possible |= negotiable & TG_TRAITS_CIPHER;
    }
    if (number) {
        row->kind.traits |= tg_registry_group_trait(record->protocol, number) & negotiable;
    }
    else {
        row->possible |= negotiable & TG_TRAIT_KX_CLASSICAL;
    }
}

/* A line of ours names the schedule that decided: if nothing else of it holds, its expr= did. */
static void find_decided(const tg_ctl_log_simulation_t *s, tg_ctl_log_row_t *row,
                         const tg_record_t *record)
{
    const char *name = text_of_span(s->scratch, record->schedule);

    row->decided = name ? tg_plan_schedule(s->plan, name) : NULL;
    row->cause = row->decided ? record->cause : TG_CAUSE_NONE;
    if (row->decided && row->decided->has_expr && !(row->decided->traits & row->kind.traits)) {
        row->kind.expr = row->decided;
    }
}

/* --- who --- */

/* An address that was cut or hashed is no longer that of the client. */
static void name_client(tg_ctl_log_row_t *row, const tg_record_t *record, apr_pool_t *pool)
{
    const char *address = text_of_span(pool, record->address);
    tg_ctl_client_t who;
    int is_whole = address && !row->is_cut && tg_ctl_client_parse(pool, address, &who);

    row->address = is_whole ? tg_ctl_client_address(pool, &who) : NULL;
    row->client = text_of_span(pool, record->client);
    row->key =
        row->client && (strncmp(row->client, "ip:", 3) != 0 || row->address) ? row->client : NULL;
}

/* --- rows --- */

static tg_ctl_log_row_t *row_of_record(tg_ctl_log_simulation_t *s, const tg_ctl_log_row_t *row,
                                       const tg_record_t *record)
{
    const char *key =
        apr_psprintf(s->scratch, "%.*s\n%.*s\n%x %x %d %d %d %pp %pp", (int)record->client.length,
                     record->client.at, (int)record->address.length,
                     record->address.length ? record->address.at : "", row->kind.traits,
                     row->possible, (int)row->kind.protocol, (int)row->cause, row->is_own,
                     (const void *)row->decided, (const void *)row->where);
    tg_ctl_log_row_t *found = apr_hash_get(s->row, key, APR_HASH_KEY_STRING);

    if (found || s->rows->nelts >= TG_CTL_LOG_ROWS_MAX) {
        return found;
    }
    found = apr_pmemdup(s->pool, row, sizeof(*row));
    name_client(found, record, s->pool);
    found->first_seen = found->last_seen = record->time;
    APR_ARRAY_PUSH(s->rows, tg_ctl_log_row_t *) = found;
    apr_hash_set(s->row, apr_pstrdup(s->pool, key), APR_HASH_KEY_STRING, found);
    return found;
}

/* 0 if TlsGatePrivacy keeps a part of each address, or a hash. */
static int keeps_whole_addresses(const tg_ctl_log_places_t *where)
{
    int i;

    for (i = 0; i < where->apart->nelts; i++) {
        const char *privacy = APR_ARRAY_IDX(where->apart, i, tg_ctl_place_t).settings->privacy;

        if (privacy && strcmp(privacy, "full") != 0) {
            return 0;
        }
    }
    return 1;
}

static void take_requests(tg_ctl_log_simulation_t *s, const tg_record_t *record, int is_own,
                          uint64_t count, tg_instant_t last)
{
    tg_ctl_log_row_t row = { .is_own = is_own }, *found;

    row.where = places_of_record(s, record);
    find_traits(&row, record, s->scratch);
    row.is_cut = is_own && !keeps_whole_addresses(row.where);
    find_decided(s, &row, record);
    found = row_of_record(s, &row, record);
    if (!found) {
        s->sums.left_out += count;
        return;
    }
    found->requests += count;
    found->first_seen = record->time < found->first_seen ? record->time : found->first_seen;
    found->last_seen = last > found->last_seen ? last : found->last_seen;
}

int tg_ctl_log_has_paths(const tg_ctl_log_simulation_t *s)
{
    int i;

    for (i = 0; i < s->plan->lines->nelts; i++) {
        if (APR_ARRAY_IDX(s->plan->lines, i, tg_plan_scope_t).location) {
            return 1;
        }
    }
    return 0;
}

void tg_ctl_log_take(void *simulation, const tg_record_t *record, const tg_log_format_t *format,
                     uint64_t count, tg_instant_t last)
{
    tg_ctl_log_simulation_t *s = simulation;

    apr_pool_clear(s->scratch);
    if (record->is_failed) {
        s->sums.failed += count;
    }
    else if (record->is_test) {
        s->sums.tests += count;
    }
    else {
        s->sums.requests += count;
        take_requests(s, record, !format->has_all, count, last);
    }
}
