/* Which TlsGate lines of a plan decide at a place, as httpd looks them up.
 */
#ifndef TG_FORMAT_PLAN_SCOPE_H
#define TG_FORMAT_PLAN_SCOPE_H

#include "plan.h"

/**
 * The lines that decide a request for that path: of the last <Location> of the server that it is
 * within, or else of the main server, or else those of the server itself. A regular expression is
 * not tried.
 * @param path NULL: no <Location>
 * @return NULL if there are none
 */
const tg_plan_scope_t *tg_plan_scope_at(const tg_plan_t *plan, const char *server,
                                        const char *path);

/** 1 if a <Location> is for that path; a regular expression never is, since it is not tried. */
int tg_plan_scope_is_within(const tg_plan_scope_t *line, const char *path);

/** The place of the lines: `vhost api.example.com:443 <Location /v1>`. In @p pool. */
const char *tg_plan_scope_text(apr_pool_t *pool, const tg_plan_scope_t *scope);

/**
 * `vhost a.example.com:443, vhost b.example.com:443 and 40 more`. In @p pool.
 * @param places of const char *
 */
const char *tg_plan_places_text(apr_pool_t *pool, const apr_array_header_t *places);

#endif
