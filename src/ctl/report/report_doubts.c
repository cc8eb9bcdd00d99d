/* What may be wrong with the logs or the client of a report: see report_doubts.h. */
#include "report_doubts.h"

#include "base/nearest.h"
#include "base/text.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- logs --- */

/* A log that is a file. */
typedef struct {
    const char *name;
    dev_t device;
    ino_t inode;
} log_identity_t;

static int compare_identities(const void *a, const void *b)
{
    const log_identity_t *x = a, *y = b;

    if (x->device != y->device) {
        return x->device < y->device ? -1 : 1;
    }
    return x->inode == y->inode ? 0 : x->inode < y->inode ? -1 : 1;
}

void tg_ctl_report_doubts_twice(apr_pool_t *pool, const apr_array_header_t *logs)
{
    log_identity_t *files = apr_palloc(pool, ((apr_size_t)logs->nelts + 1) * sizeof(*files));
    size_t i, count = 0;
    struct stat info;

    for (i = 0; i < (size_t)logs->nelts; i++) {
        const char *name = APR_ARRAY_IDX(logs, i, const char *);

        if (stat(name, &info) == 0 && S_ISREG(info.st_mode)) {
            files[count++] = (log_identity_t){ name, info.st_dev, info.st_ino };
        }
    }
    qsort(files, count, sizeof(*files), compare_identities);
    for (i = 1; i < count; i++) {
        const log_identity_t *one = &files[i - 1], *other = &files[i];

        if (compare_identities(one, other) == 0) {
            int has_names = strcmp(one->name, other->name) != 0;

            tg_term_warning("%s%s%s %s, so its requests count twice; name it once", one->name,
                            has_names ? " and " : "", has_names ? other->name : "",
                            has_names ? "are one file" : "is named twice");
        }
    }
}

void tg_ctl_report_doubts_mixed(void)
{
    tg_term_warning("logs of this module and logs of other servers are read together: a request "
                    "that is in both counts twice; where they are of the same server, name only "
                    "one of them");
}

/* A line as httpd's combined format has it: it has an address and a time. */
static int is_combined(const char *line)
{
    const char *bracket = strchr(line, '['), *end = bracket ? strstr(bracket, "] \"") : NULL;

    return end && strchr(bracket, '/') && strchr(bracket, ':') && strchr(bracket, '/') < end &&
           strchr(bracket, ':') < end;
}

void tg_ctl_report_doubts_format(const tg_ctl_report_question_t *question, const char *file,
                                 const char *first)
{
    if (is_combined(first)) {
        tg_term_warning("%s: it has an address and a time but no protocol, so it does not tell who "
                        "is left; log %%{SSL_PROTOCOL}x as well",
                        file);
    }
    else if (question->from) {
        tg_term_warning("%s: no line has the format %s, which --from names", file,
                        question->from->name);
    }
    else {
        tg_term_warning("%s: no line has a known format; name the format with --from", file);
    }
}

/* --- the client --- */

void tg_ctl_report_doubts_client(const tg_ctl_report_t *report)
{
    const char *client = report->question->client;
    apr_pool_t *pool = report->question->ctl->pool;
    tg_nearest_t nearest = tg_nearest_to(client ? client : "");
    uint32_t i, count = tg_tally_clients(report->tally);
    apr_pool_t *names;

    if (!client || report->found > 0 || report->question->only_breaking) {
        return;
    }
    apr_pool_create(&names, pool);
    for (i = 0; i < count; i++) {
        tg_span_t name = tg_tally_text(report->tally, tg_tally_client(report->tally, i)->client);

        tg_nearest_try(&nearest,
                       tg_text_printable(names, apr_pstrmemdup(names, name.at, name.length)));
    }
    tg_term_warning("no client %s is in what was read; names are case-sensitive%s",
                    tg_text_printable(names, client), tg_nearest_question(names, &nearest));
    apr_pool_destroy(names);
}
