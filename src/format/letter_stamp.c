/* The stamp of letters: see letter_stamp.h. */
#include "letter_stamp.h"

#include "base/json.h"
#include "base/json_read.h"

#include <apr_strings.h>

#define FIX_STAMP "name another one; without one, the next letters cover everything in the logs"

tg_letter_stamp_t tg_letter_stamp_empty(apr_pool_t *pool)
{
    tg_letter_stamp_t stamp = { TG_ALWAYS, apr_hash_make(pool), apr_hash_make(pool) };

    return stamp;
}

tg_instant_t tg_letter_stamp_find(apr_hash_t *hash, const char *name)
{
    const tg_instant_t *t = apr_hash_get(hash, name, APR_HASH_KEY_STRING);

    return t ? *t : TG_ALWAYS;
}

void tg_letter_stamp_note(apr_hash_t *hash, const char *name, tg_instant_t t)
{
    apr_pool_t *pool = apr_hash_pool_get(hash);

    if (t > tg_letter_stamp_find(hash, name)) {
        apr_hash_set(hash, apr_pstrdup(pool, name), APR_HASH_KEY_STRING,
                     apr_pmemdup(pool, &t, sizeof(t)));
    }
}

/* An object whose members are all instants. */
static int read_instants(const tg_json_reader_t *r, void *into)
{
    apr_hash_t *hash = into;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)r->object, name, value)
    {
        tg_instant_t t;

        if (!tg_json_read_instant(r, name, &t)) {
            return 0;
        }
        tg_letter_stamp_note(hash, name, t);
    }
    return 1;
}

static int read_stamp(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "version", "time", "schedules", "clients", NULL };
    tg_letter_stamp_t *stamp = into;

    return tg_json_has_version(r, TG_LETTER_STAMP_VERSION) && tg_json_has_exactly(r, members) &&
           tg_json_read_instant(r, "time", &stamp->time) &&
           tg_json_read_object(r, "schedules", read_instants, stamp->schedules) &&
           tg_json_read_object(r, "clients", read_instants, stamp->clients);
}

int tg_letter_stamp_parse(apr_pool_t *pool, const char *text, apr_size_t length,
                          tg_letter_stamp_t *out, tg_fault_t *fault)
{
    *out = tg_letter_stamp_empty(pool);
    return tg_json_read(pool, text, length, TG_LETTER_STAMP_MAX, FIX_STAMP, read_stamp, out, fault);
}

static json_t *instants_json(apr_hash_t *hash)
{
    json_t *object = json_object();
    apr_hash_index_t *at;

    for (at = apr_hash_first(NULL, hash); at; at = apr_hash_next(at)) {
        const tg_instant_t *t = apr_hash_this_val(at);

        json_object_set_new(object, apr_hash_this_key(at), tg_json_instant(*t));
    }
    return object;
}

const char *tg_letter_stamp_print(apr_pool_t *pool, const tg_letter_stamp_t *stamp)
{
    return tg_json_print(pool,
                         json_pack("{s:i, s:o, s:o, s:o}", "version", TG_LETTER_STAMP_VERSION,
                                   "time", tg_json_instant(stamp->time), "schedules",
                                   instants_json(stamp->schedules), "clients",
                                   instants_json(stamp->clients)),
                         JSON_INDENT(2) | JSON_SORT_KEYS);
}
