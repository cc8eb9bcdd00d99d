/* ACME challenges (RFC 8555 section 8.3): which requests ask for one, and which answers are one. A
 * file is, and nothing else that httpd could run in its place. (mod_md answers before any of
 * this.) */
#ifndef TG_SERVER_REQUEST_CHALLENGE_H
#define TG_SERVER_REQUEST_CHALLENGE_H

#include <httpd.h>

/** The token that a request asks for, in r->pool; NULL if it asks for none. */
const char *tg_challenge_token(const request_rec *r);

/** 1 if the request, whose handler is known, is for the file of that token, or for no file. */
int tg_challenge_is_answer(request_rec *r, const char *token);

/**
 * 1 if the request, whose handler and filters are known, is for a file that httpd sends as it is,
 * or with server-side includes and the like that run no program.
 */
int tg_challenge_is_file(request_rec *r);

#endif
