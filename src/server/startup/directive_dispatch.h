/* A directive: where it is allowed, how often, and what reads its arguments. mod_tlsgate.c has
 * the table of them.
 */
#ifndef TG_SERVER_STARTUP_DIRECTIVE_DISPATCH_H
#define TG_SERVER_STARTUP_DIRECTIVE_DISPATCH_H

#include "directive_args.h"

/** Where a directive is allowed. Never in .htaccess, <Directory>, <Files> or <Proxy>. */
typedef enum {
    TG_PLACE_TOP,      /**< outside every section */
    TG_PLACE_SCHEDULE, /**< in <TlsGateSchedule>, and nowhere else */
    TG_PLACE_MAIN,     /**< the main server: it is about all of httpd */
    TG_PLACE_SERVER,   /**< the main server or a <VirtualHost> */
    TG_PLACE_LOCATION, /**< there or in a <Location> */
    TG_PLACES
} tg_place_t;

/** How often it is allowed in one schedule, or in one server. */
typedef enum { TG_TIMES_ONCE, TG_TIMES_MANY } tg_times_t;

/** What command_rec.cmd_data of each of our directives points to. */
typedef struct {
    tg_place_t place;
    tg_times_t times;
    /** Reads the arguments. Returns NULL, or a message: directive, value, reason, right form. */
    const char *(*read)(const tg_args_t *args);
} tg_directive_t;

/** The handler of every directive, for AP_INIT_RAW_ARGS: checks the place, splits the
 * arguments, and calls tg_directive_t.read. */
const char *tg_directive_dispatch(cmd_parms *cmd, void *dir, const char *text);

/** The directive of that name; NULL if it is not one of ours. */
const tg_directive_t *tg_directive_find(const char *name);

/** 1 if httpd or one of its modules has a directive of that name. */
int tg_directive_is_known(apr_pool_t *pool, const char *name);

/** `; did you mean NAME?`, about the directives of a place, or nothing. */
const char *tg_directive_question(apr_pool_t *pool, const char *name, tg_place_t place);

/** The names of all directives of a place, as `A B C`. */
const char *tg_directive_names(apr_pool_t *pool, tg_place_t place);

#endif
