/* Sending one of our pages. */
#ifndef TG_SERVER_REQUEST_RESPOND_H
#define TG_SERVER_REQUEST_RESPOND_H

#include "negotiate.h"

#include "report/frame.h"

/** The media type with its charset; @p json_type for TG_TYPE_JSON. */
const char *tg_respond_type(tg_type_t type, const char *json_type);

/**
 * Takes out the filters that change what is answered, such as INCLUDES: where the texts of clients
 * are sent as they are, because nothing that reads them there looks for markup.
 */
void tg_respond_unaltered(request_rec *r);

/**
 * @p text with every `<` as JSON writes it, `\u003c`, so that no later filter takes it for markup:
 * a page repeats what its caller said of itself, and an output filter such as INCLUDES does not ask
 * for the media type. In @p pool, or @p text itself.
 */
const char *tg_respond_unmarked(apr_pool_t *pool, const char *text);

/**
 * Sends a whole response body, with its type and length; nothing but those for HEAD.
 * @param json_type the media type to name for TG_TYPE_JSON
 */
void tg_respond_send(request_rec *r, tg_type_t type, const char *json_type, const char *body);

/** A page as HTML or plain text, in its pool. */
const char *tg_respond_frame(const tg_frame_t *frame, tg_type_t type);

/**
 * The headers of a body of ours, whatever is sent with it: in @p headers, which is one of those of
 * the request. A policy that is there already stays.
 */
void tg_respond_guard(apr_pool_t *pool, apr_table_t *headers, tg_type_t type);

/** Says of a page that it is not to be stored, and that its form depends on what is accepted. */
void tg_respond_unstored(request_rec *r);

/** The answer is for this client alone: mod_cache can be told to store what says so itself. */
void tg_respond_uncached(request_rec *r);

/** 1 for a hook of mod_cache, by the name that it was registered with. */
int tg_respond_is_cache(const char *hook);

/**
 * Lets any handler answer, but no cache.
 * @return what a handler returns
 */
int tg_respond_past_caches(request_rec *r);

/**
 * Lets only httpd's core answer, which sends files as they are, and no other handler, however it
 * decides.
 * @return what a handler returns
 */
int tg_respond_by_core(request_rec *r);

#endif
