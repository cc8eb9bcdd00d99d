/* Whether a client is in the log: see client_seen.h. */
#include "client_seen.h"

#include "base/text.h"
#include "os/file.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

/** How much of the end of a log is read, and of how many logs. */
#define END_BYTES ((apr_size_t)4 * 1024 * 1024)
#define LOGS_MAX 4

/** How the member begins: other members of that name are objects. */
#define MEMBER "\"client\":"

tg_ctl_seen_t tg_ctl_seen_open(apr_pool_t *pool, const char *client)
{
    tg_ctl_seen_t seen = { .client = client,
                           .quoted = tg_text_quote(pool, client),
                           .logs = apr_array_make(pool, 2, sizeof(const char *)) };

    return seen;
}

static int was_looked_at(const tg_ctl_seen_t *seen, const char *log)
{
    int i;

    for (i = 0; i < seen->logs->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(seen->logs, i, const char *), log) == 0) {
            return 1;
        }
    }
    return seen->logs->nelts >= LOGS_MAX;
}

static void look_at_client(tg_ctl_seen_t *seen, const char *member)
{
    apr_size_t length = strlen(seen->quoted);

    if (strncmp(member, seen->quoted, length) == 0) {
        seen->is_found = 1;
    }
    else if (strncasecmp(member, seen->quoted, length) == 0) {
        seen->other = apr_pstrmemdup(seen->logs->pool, member + 1, length - 2);
    }
}

static void look_at_text(tg_ctl_seen_t *seen, const char *text)
{
    const char *at;

    for (at = text; (at = strchr(at, '\n')) != NULL; at++) {
        seen->lines++;
    }
    for (at = text; !seen->is_found && (at = strstr(at, MEMBER)) != NULL;) {
        at += sizeof(MEMBER) - 1;
        look_at_client(seen, at);
    }
}

void tg_ctl_seen_look(tg_ctl_seen_t *seen, const char *log)
{
    apr_pool_t *scratch;
    apr_size_t length;
    const char *text;

    if (!log || *log == '|' || seen->is_found || was_looked_at(seen, log)) {
        return;
    }
    apr_pool_create(&scratch, seen->logs->pool);
    text = tg_file_read_end(scratch, log, END_BYTES, &length);
    if (text) {
        APR_ARRAY_PUSH(seen->logs, const char *) = log;
        look_at_text(seen, text);
    }
    apr_pool_destroy(scratch);
}

const char *tg_ctl_seen_text(apr_pool_t *pool, const tg_ctl_seen_t *seen)
{
    return apr_psprintf(pool, "%s is in none of the last %lu lines of %s%s%s%s", seen->client,
                        seen->lines, APR_ARRAY_IDX(seen->logs, 0, const char *),
                        seen->logs->nelts > 1 ? " and of other logs" : "",
                        seen->other ? ", which have " : ": check how it is spelled",
                        seen->other ? seen->other : "");
}
