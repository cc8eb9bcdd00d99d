/* The path of a request as httpd will have it later: which <Location> that is in is wanted before. */
#ifndef TG_SERVER_REQUEST_FUTURE_PATH_H
#define TG_SERVER_REQUEST_FUTURE_PATH_H

#include <httpd.h>

/** The path as the client sent it, which the caller may change. NULL if there is none, or it cannot
 * be understood. */
char *tg_future_path_sent(request_rec *r);

/** 1 if the request has the path that httpd decodes from what was sent, all of it: nothing has taken it
 * before that, or led it elsewhere. */
int tg_future_path_has_come(request_rec *r);

/** The path that pre_translate_name will see, before it is decoded. NULL if it will be refused. */
char *tg_future_path_encoded(request_rec *r);

/** The path that translate_name will see. NULL if it will be refused. */
char *tg_future_path(request_rec *r);

/** The same, or, for a path that is refused, what it would be if nothing were. */
char *tg_future_path_decoded(request_rec *r);

/** With everything decoded, whatever AllowEncodedSlashes says: as a backend may read it. */
char *tg_future_path_of_all(request_rec *r);

#endif
