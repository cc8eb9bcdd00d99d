/* The path of a request, as httpd reads it: see request_path.h. */
#include "request_path.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <string.h>

/** What a path is made of is found by that. */
#define SLASH "/"

/* The decoded path without its query; NULL if httpd refuses it. */
static const char *decode_given_path(apr_pool_t *pool, const char *given, tg_fault_t *fault)
{
    char *encoded = apr_pstrndup(pool, given, strcspn(given, "?"));
    char *decoded = apr_palloc(pool, strlen(encoded) + 1);

    switch (strchr(encoded, '#')
                ? APR_EINVAL
                : apr_unescape_url(decoded, encoded, APR_ESCAPE_STRING, SLASH, NULL, 0, NULL)) {
    case APR_SUCCESS:
        return decoded;
    case APR_NOTFOUND: /* apr_unescape_url() had nothing to decode, and wrote nothing */
        return encoded;
    case APR_BADCH:
        (void)tg_fault_set(fault, "leave it out: httpd answers 404",
                           "an encoded slash or NUL is in it");
        return NULL;
    default:
        (void)tg_fault_set(fault, "write # as %23 and % as %25: httpd answers 400",
                           "a # is in it, or a %% that no two hex digits follow");
        return NULL;
    }
}

/* RFC 3986 section 5.2.4. An empty segment counts only at the end, as the slash that it is. */
static int put_segment(apr_array_header_t *kept, const char *segment, tg_fault_t *fault)
{
    if (strcmp(segment, "..") == 0) {
        if (!apr_array_pop(kept)) {
            return tg_fault_set(fault, "leave it out: httpd answers 400",
                                "a .. in it leads out of the root");
        }
    }
    else if (*segment && strcmp(segment, ".") != 0) {
        APR_ARRAY_PUSH(kept, const char *) = segment;
    }
    return 1;
}

/* 1 if a path ends in a directory. */
static int ends_in_slash(const char *path)
{
    const char *last = strrchr(path, '/');

    return !last[1] || strcmp(last, "/.") == 0 || strcmp(last, "/..") == 0;
}

int tg_ctl_request_path(apr_pool_t *pool, const char *given, const char **path, tg_fault_t *fault)
{
    const char *decoded = decode_given_path(pool, given, fault);
    apr_array_header_t *kept = apr_array_make(pool, 8, sizeof(const char *));
    char *rest, *segment;

    if (!decoded) {
        return 0;
    }
    if (*decoded && *decoded != '/') { /* so has OPTIONS *, which is for no <Location> */
        return tg_fault_set(fault, "begin it with a slash", "it begins with no slash");
    }
    rest = apr_pstrdup(pool, decoded);
    while ((segment = apr_strtok(rest, SLASH, &rest)) != NULL) {
        if (!put_segment(kept, segment, fault)) {
            return 0;
        }
    }
    *path = apr_pstrcat(pool, SLASH, apr_array_pstrcat(pool, kept, '/'),
                        kept->nelts > 0 && ends_in_slash(decoded) ? SLASH : "", NULL);
    return 1;
}
