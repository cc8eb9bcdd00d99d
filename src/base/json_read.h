/* Strict reading of JSON: every fault names the place in the document. */
#ifndef TG_BASE_JSON_READ_H
#define TG_BASE_JSON_READ_H

#include "fault.h"
#include "instant.h"

#include <apr_pools.h>
#include <jansson.h>

/** An object that is being read. What is read out of it is copied into the pool. */
typedef struct {
    apr_pool_t *pool;
    const char *place; /**< such as `overrides[0].`; empty for the document itself */
    const json_t *object;
    const char *fix; /**< what every fault says would be right */
    tg_fault_t *fault;
} tg_json_reader_t;

/** Reads one object into what the caller passes on. 1, or 0 with the reader's fault filled. */
typedef int tg_json_read_t(const tg_json_reader_t *r, void *into);

/**
 * Reads a document that is one object, without duplicate names.
 * @param most the largest length that is accepted, in bytes
 * @param fix  what the faults say would be right; lives as long as the call
 * @return 1, or 0 with @p fault filled
 */
int tg_json_read(apr_pool_t *pool, const char *text, apr_size_t length, apr_size_t most,
                 const char *fix, tg_json_read_t *read_one, void *into, tg_fault_t *fault);

/** Fills the fault with the place of the member and the reason. @return 0 */
int tg_json_wrong(const tg_json_reader_t *r, const char *member, const char *reason);

/**
 * 1 if the object has none but these members (NULL ends the list): a newer document is never
 * half understood.
 */
int tg_json_has_only(const tg_json_reader_t *r, const char *const *members);

/** 1 if the object has all of these members, some of which may be null. */
int tg_json_has_all(const tg_json_reader_t *r, const char *const *members);

/** 1 if it has all of them, and no others. */
int tg_json_has_exactly(const tg_json_reader_t *r, const char *const *members);

/** 1 if the member `version` is that number. */
int tg_json_has_version(const tg_json_reader_t *r, int version);

/* Each of these returns 1, or 0 with the fault filled. */

int tg_json_read_text(const tg_json_reader_t *r, const char *member, const char **out);

/** NULL for null. */
int tg_json_read_text_or_null(const tg_json_reader_t *r, const char *member, const char **out);

int tg_json_read_instant(const tg_json_reader_t *r, const char *member, tg_instant_t *out);

/** @p unset for null. */
int tg_json_read_instant_or_null(const tg_json_reader_t *r, const char *member, tg_instant_t unset,
                                 tg_instant_t *out);

/** An integer from @p least to @p most. */
int tg_json_read_integer(const tg_json_reader_t *r, const char *member, json_int_t least,
                         json_int_t most, json_int_t *out);

/** 0 for null. */
int tg_json_read_integer_or_null(const tg_json_reader_t *r, const char *member, json_int_t least,
                                 json_int_t most, json_int_t *out);

int tg_json_read_boolean(const tg_json_reader_t *r, const char *member, int *out);

/** An object inside the object. */
int tg_json_read_object(const tg_json_reader_t *r, const char *member, tg_json_read_t *read_one,
                        void *into);

/** Each object of a list, with its index as a part of the place. */
int tg_json_read_list(const tg_json_reader_t *r, const char *member, tg_json_read_t *read_one,
                      void *into);

#endif
