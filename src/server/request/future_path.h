/* The path of a request as httpd will have it later: its <Location> is needed earlier. */
#ifndef TG_SERVER_REQUEST_FUTURE_PATH_H
#define TG_SERVER_REQUEST_FUTURE_PATH_H

#include <httpd.h>

/** The path as the client sent it, which the caller may change. NULL if there is none, or it cannot
 * be understood. */
char *tg_future_path_sent(request_rec *r);

/**
 * 1 if the request has the path that httpd decodes from what was sent, all of it: nothing has
 * taken it before that, or led it elsewhere.
 */
int tg_future_path_has_come(request_rec *r);

/** The path that pre_translate_name will see, before it is decoded. NULL if it will be refused. */
char *tg_future_path_encoded(request_rec *r);

/** The path that translate_name will see. NULL if it will be refused. */
char *tg_future_path(request_rec *r);

/** The same, or, for a path that is refused, what it would be if nothing were. */
char *tg_future_path_decoded(request_rec *r);

/** With everything decoded, whatever AllowEncodedSlashes says: as a backend may read it. */
char *tg_future_path_of_all(request_rec *r);

/** What a request had before it was led to another path. */
typedef struct {
    char *uri;
    struct ap_conf_vector_t *dir;
} tg_future_path_left_t;

/**
 * Gives the request another path, and what the <Location>s there say.
 * @param path or NULL: there is none
 * @param left receives what tg_future_path_leave() puts back, also after a failure
 * @return 1, or 0 if there is no such path
 */
int tg_future_path_enter(request_rec *r, char *path, tg_future_path_left_t *left);

/** Puts back what the request had. */
void tg_future_path_leave(request_rec *r, const tg_future_path_left_t *left);

#endif
