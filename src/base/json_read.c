/* Strict reading of JSON: see json_read.h.
 *
 * Not json_unpack_ex(): it says which type it expected, but not in which member of which object.
 */
#include "json_read.h"

#include <apr_strings.h>
#include <string.h>

int tg_json_wrong(const tg_json_reader_t *r, const char *member, const char *reason)
{
    return tg_fault_set(r->fault, r->fix, "%s%s: %s", r->place, member, reason);
}

/* --- the document --- */

int tg_json_read(apr_pool_t *pool, const char *text, apr_size_t length, apr_size_t most,
                 const char *fix, tg_json_read_t *read_one, void *into, tg_fault_t *fault)
{
    /* The fault is filled here, not read: */
    /* cppcheck-suppress ctuuninitvar */
    tg_json_reader_t r = { pool, "", NULL, fix, fault };
    json_error_t error;
    json_t *root;
    int ok;

    if (length > most) {
        return tg_fault_set(fault, fix, "it has more than %lu bytes", (unsigned long)most);
    }
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        return tg_fault_set(fault, fix, "line %d, column %d: %s", error.line, error.column,
                            error.text);
    }
    r.object = root;
    ok =
        json_is_object(root) ? read_one(&r, into) : tg_fault_set(fault, fix, "it is not an object");
    json_decref(root);
    return ok;
}

/* --- members --- */

int tg_json_has_only(const tg_json_reader_t *r, const char *const *members)
{
    const char *member;
    json_t *value;
    size_t i;

    json_object_foreach((json_t *)r->object, member, value)
    {
        for (i = 0; members[i] && strcmp(members[i], member) != 0; i++) {
        }
        if (!members[i]) {
            return tg_json_wrong(r, member, "there is no such member");
        }
    }
    return 1;
}

int tg_json_has_all(const tg_json_reader_t *r, const char *const *members)
{
    size_t i;

    for (i = 0; members[i]; i++) {
        if (!json_object_get(r->object, members[i])) {
            return tg_json_wrong(r, members[i], "it is missing");
        }
    }
    return 1;
}

int tg_json_has_exactly(const tg_json_reader_t *r, const char *const *members)
{
    return tg_json_has_all(r, members) && tg_json_has_only(r, members);
}

int tg_json_has_version(const tg_json_reader_t *r, int version)
{
    const json_t *value = json_object_get(r->object, "version");

    if (!json_is_integer(value)) {
        return tg_json_wrong(r, "version", value ? "it is not an integer" : "it is missing");
    }
    return json_integer_value(value) == version ||
           tg_fault_set(r->fault, "use the module and tlsgatectl of one release",
                        "%sversion: it is %lld, and only %d can be read", r->place,
                        (long long)json_integer_value(value), version);
}

/* --- values --- */

static int is_null(const tg_json_reader_t *r, const char *member)
{
    return json_is_null(json_object_get(r->object, member));
}

/* Which type it should have had. */
static int wrong_type(const tg_json_reader_t *r, const char *member, const char *type)
{
    if (!json_object_get(r->object, member)) {
        return tg_json_wrong(r, member, "it is missing");
    }
    return tg_json_wrong(r, member, apr_pstrcat(r->pool, "it is not ", type, NULL));
}

int tg_json_read_text(const tg_json_reader_t *r, const char *member, const char **out)
{
    const json_t *value = json_object_get(r->object, member);

    /* It holds no NUL: the parser refuses that. */
    *out = json_is_string(value) ? apr_pstrdup(r->pool, json_string_value(value)) : NULL;
    return *out || wrong_type(r, member, "a string");
}

int tg_json_read_text_or_null(const tg_json_reader_t *r, const char *member, const char **out)
{
    *out = NULL;
    return is_null(r, member) || tg_json_read_text(r, member, out);
}

int tg_json_read_instant(const tg_json_reader_t *r, const char *member, tg_instant_t *out)
{
    tg_fault_t fault;
    const char *text;

    return tg_json_read_text(r, member, &text) &&
           (tg_instant_parse_written(text, out, &fault) || tg_json_wrong(r, member, fault.reason));
}

int tg_json_read_instant_or_null(const tg_json_reader_t *r, const char *member, tg_instant_t unset,
                                 tg_instant_t *out)
{
    *out = unset;
    return is_null(r, member) || tg_json_read_instant(r, member, out);
}

int tg_json_read_integer(const tg_json_reader_t *r, const char *member, json_int_t least,
                         json_int_t most, json_int_t *out)
{
    const json_t *value = json_object_get(r->object, member);

    *out = json_integer_value(value);
    if (!json_is_integer(value)) {
        return wrong_type(r, member, "an integer");
    }
    return (*out >= least && *out <= most) ||
           tg_json_wrong(
               r, member,
               apr_psprintf(r->pool, "it is not between %" APR_INT64_T_FMT " and %" APR_INT64_T_FMT,
                            (apr_int64_t)least, (apr_int64_t)most));
}

int tg_json_read_integer_or_null(const tg_json_reader_t *r, const char *member, json_int_t least,
                                 json_int_t most, json_int_t *out)
{
    *out = 0;
    return is_null(r, member) || tg_json_read_integer(r, member, least, most, out);
}

int tg_json_read_boolean(const tg_json_reader_t *r, const char *member, int *out)
{
    const json_t *value = json_object_get(r->object, member);

    *out = json_is_true(value);
    return json_is_boolean(value) || wrong_type(r, member, "true or false");
}

/* --- objects in it --- */

static int read_item(const tg_json_reader_t *r, const char *item, const json_t *object,
                     tg_json_read_t *read_one, void *into)
{
    tg_json_reader_t inner = *r;

    inner.place = apr_pstrcat(r->pool, r->place, item, ".", NULL);
    inner.object = object;
    return json_is_object(object) ? read_one(&inner, into)
                                  : tg_json_wrong(r, item, "it is not an object");
}

int tg_json_read_object(const tg_json_reader_t *r, const char *member, tg_json_read_t *read_one,
                        void *into)
{
    const json_t *object = json_object_get(r->object, member);

    return object ? read_item(r, member, object, read_one, into)
                  : tg_json_wrong(r, member, "it is missing");
}

int tg_json_read_list(const tg_json_reader_t *r, const char *member, tg_json_read_t *read_one,
                      void *into)
{
    const json_t *list = json_object_get(r->object, member);
    size_t i;

    if (!json_is_array(list)) {
        return wrong_type(r, member, "a list");
    }
    for (i = 0; i < json_array_size(list); i++) {
        const char *item = apr_psprintf(r->pool, "%s[%lu]", member, (unsigned long)i);

        if (!read_item(r, item, json_array_get(list, i), read_one, into)) {
            return 0;
        }
    }
    return 1;
}
