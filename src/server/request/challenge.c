/* ACME challenges: see challenge.h. */
#include "challenge.h"

#include "base/rows.h"
#include "server/base/conf.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#define CHALLENGES TG_CONF_ACME_PATH "/"

/* RFC 8555 section 8.3: the alphabet of base64url. */
static int is_acme_token(const char *text)
{
    const char *s = text;

    while (apr_isalnum(*s) || *s == '-' || *s == '_') {
        s++;
    }
    return s > text && !*s;
}

const char *tg_challenge_token(const request_rec *r)
{
    const char *token;

    if (r->method_number != M_GET || r->args || !r->uri ||
        strncmp(r->uri, CHALLENGES, strlen(CHALLENGES)) != 0) {
        return NULL;
    }
    token = r->uri + strlen(CHALLENGES);
    return is_acme_token(token) ? apr_pstrdup(r->pool, token) : NULL;
}

/* Media types can be names of handlers too, also of programs. These are not. */
static int is_file_handler(const char *handler)
{
    static const char *const names[] = { AP_DEFAULT_HANDLER_NAME, "application/octet-stream",
                                         "application/jose+json" };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(handler, names[i]) == 0) {
            return 1;
        }
    }
    return strncmp(handler, "text/", strlen("text/")) == 0 &&
           strncmp(handler, "text/x-", strlen("text/x-")) != 0;
}

static int is_for_files(const request_rec *r)
{
    return !r->proxyreq && r->filename && r->handler && is_file_handler(r->handler) &&
           r->method_number == M_GET;
}

/* Filters may run programs: those of mod_ext_filter do, under any name, and so do server-side
 * includes unless the options have IncludesNOEXEC. */
static int may_run_program(request_rec *r, const ap_filter_t *f)
{
    static const char *const harmless[] = { "substitute", "sed" };
    size_t i;

    if (f->frec->ftype >= AP_FTYPE_CONTENT_SET) {
        return 0;
    }
    if (ap_cstr_casecmp(f->frec->name, "includes") == 0) {
        return (ap_allow_options(r) & OPT_INC_WITH_EXEC) != 0;
    }
    for (i = 0; i < TG_ROWS(harmless); i++) {
        if (ap_cstr_casecmp(f->frec->name, harmless[i]) == 0) {
            return 0;
        }
    }
    return 1;
}

int tg_challenge_is_file(request_rec *r)
{
    const ap_filter_t *f = r->output_filters;

    if (!is_for_files(r) || r->finfo.filetype != APR_REG || (r->path_info && *r->path_info)) {
        return 0;
    }
    while (f && !may_run_program(r, f)) {
        f = f->next;
    }
    return !f;
}

/* Other types of text may be answered by a program: mod_actions names its handlers so. */
static int has_type_of_challenge(const request_rec *r)
{
    return strncmp(r->handler, "text/", strlen("text/")) != 0 ||
           strcmp(r->handler, "text/plain") == 0;
}

static int is_file_of(const char *filename, const char *name)
{
    const char *slash = strrchr(filename, '/');

    return slash && strcmp(slash + 1, name) == 0;
}

int tg_challenge_is_answer(request_rec *r, const char *token)
{
    if (r->finfo.filetype == APR_NOFILE) {
        return is_for_files(r);
    }
    return tg_challenge_is_file(r) && has_type_of_challenge(r) && is_file_of(r->filename, token);
}
