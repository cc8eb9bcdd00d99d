/* Live state: the document that processes share, used by many threads at once under
 * ThreadSanitizer, while the file changes at every turn. No thread sees half of a document, nor an
 * older one than before. The second of the clock ends with each question, so that the file is read
 * each time.
 */
#include "format/state.h"
#include "server/base/shared.h"
#include "server/ledger/ledger_memory.h"
#include "server/state/ack_writer.h"
#include "server/state/state_cache.h"
#include "server/state/state_file.h"
#include "server/state/state_log.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 8
#define ROUNDS 2000
/** The states: a suspension and an exemption, until that many seconds after 1970. */
#define FIRST 1000000000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int second, version;    /* under the lock */
static apr_uint32_t published; /* the generation of the last document; written by one thread */
static apr_uint32_t said_generation; /* to the acknowledgement; by the thread that looks */
static int said_wrong;
static tg_main_conf_t plan;
static tg_server_conf_t conf = { .main_conf = &plan };
static server_rec server = { .log.level = APLOG_NOTICE };
module AP_MODULE_DECLARE_DATA tlsgate_module;
tg_ledger_t *tg_ledger_memory;

static int count_up(int *counter, int by)
{
    int n;

    pthread_mutex_lock(&lock);
    n = *counter += by;
    pthread_mutex_unlock(&lock);
    return n;
}

/* The linker calls this instead of clock_gettime(): --wrap. */
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
    (void)id;
    now->tv_nsec = 0;
    now->tv_sec = count_up(&second, 1);
    return 0;
}

/* --- the rest of the server --- */

tg_server_conf_t *tg_conf_of_server(const server_rec *s)
{
    return s == &server ? &conf : NULL;
}

void *tg_shared_piece(server_rec *s, const char *name, apr_size_t size)
{
    return s == &server && *name ? calloc(1, size) : NULL;
}

tg_state_file_id_t tg_state_file_id(const char *path)
{
    return (tg_state_file_id_t){ .inode = *path ? (ino_t)count_up(&version, 0) + 1 : 0 };
}

int tg_state_file_same(const tg_state_file_id_t *a, const tg_state_file_id_t *b)
{
    return a->inode == b->inode;
}

int tg_state_file_can_be(const char *path, uid_t owner, tg_fault_t *fault)
{
    (void)path, (void)owner, (void)fault;
    return 1;
}

/* Between the two calls the file has changed, and it may have any length. */
tg_state_file_result_t tg_state_file_read(apr_pool_t *pool, const char *path, uid_t owner,
                                          const char **text, apr_size_t *length,
                                          tg_state_file_id_t *id, tg_fault_t *fault)
{
    int n = count_up(&version, 1);
    char until[TG_INSTANT_STRLEN];

    (void)path, (void)owner, (void)fault;
    id->inode = (ino_t)n;
    tg_instant_format(FIRST + n, until);
    *text =
        apr_psprintf(pool,
                     "{\"version\":1,\"overrides\":[{\"schedule\":\"legacy\",\"kind\":"
                     "\"suspend\",\"until\":\"%s\","
                     "\"reason\":\"r\",\"by\":\"b\",\"since\":\"2018-01-01T00:00:00Z\"}],%*"
                     "s\"exemptions\":[{\"schedule\":\"legacy\",\"client\":"
                     "\"account:1\",\"until\":\"%s\",\"owner\":\"o\",\"reason\":\"r\",\"by\":\"b\","
                     "\"since\":\"2018-01-01T00:00:00Z\"}]}",
                     until, n % 500, "", until);
    *length = strlen(*text);
    return TG_STATE_FILE_READ;
}

void tg_state_log_document(server_rec *s, apr_pool_t *p, const tg_state_t *state, apr_uint32_t g,
                           int again)
{
    (void)s, (void)p, (void)state, (void)again;
    published = g;
}
void tg_state_log_ignored(server_rec *s, const tg_state_t *state)
{
    (void)s, (void)state;
}
void tg_ack_writer_open(server_rec *s, apr_pool_t *pconf, apr_pool_t *ptemp, const char *state)
{
    (void)s, (void)pconf, (void)ptemp, (void)state;
}
void tg_ack_writer_found(tg_ack_condition_t condition, const tg_fault_t *fault)
{
    (void)condition, (void)fault;
}
/* Only one thread looks at a time, and no later one has a lower generation. */
void tg_ack_writer_look(server_rec *s, const tg_state_file_id_t *seen, uint32_t generation,
                        const char *text, apr_size_t length)
{
    (void)s, (void)seen, (void)text, (void)length;
    said_wrong += generation < said_generation;
    said_generation = generation;
}
int ap_state_query(int query)
{
    return query == AP_SQ_MAIN_STATE ? AP_SQ_MS_CREATE_CONFIG : 0;
}
void ap_log_error_(const char *file, int line, int index, int level, apr_status_t rv,
                   const server_rec *s, const char *format, ...)
{
    (void)file, (void)line, (void)index, (void)level, (void)rv, (void)s;
    printf("# the error log: %s\n", format);
    abort();
}

/* --- the threads --- */

static void *ask_thread(void *data)
{
    tg_instant_t newest = 0;
    int *wrong = data, i;
    apr_pool_t *pool;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        abort();
    }
    for (i = 0; i < ROUNDS; i++) {
        const tg_override_set_t *set = tg_state_cache_overrides(&server, pool, "account:1", NULL);
        const tg_override_t *o = tg_override_find(set, "legacy");
        const tg_exemption_t *e = tg_exemption_find(set, "legacy", "account:1", NULL, 0);
        tg_instant_t until = o ? o->until : 0;

        *wrong += !o || !e || e->until != until || until < newest;
        newest = until;
        if (i % 3 == 0) {
            apr_pool_clear(pool);
        }
    }
    apr_pool_destroy(pool);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int wrong[THREADS] = { 0 }, t, all = 0;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    json_object_seed(1);
    plan.state = "/state.json";

    printf("1..4\n");
    printf("%sok 1 - the start reads the file\n",
           tg_state_cache_post_config(pool, pool, pool, &server) == OK && published == 1 ? ""
                                                                                         : "not ");
    tg_state_cache_child_init(pool, &server);
    for (t = 0; t < THREADS; t++) {
        pthread_create(&threads[t], NULL, ask_thread, &wrong[t]);
    }
    for (t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        all += wrong[t];
    }
    printf("%sok 2 - each of %d questions got a whole document, and none older than before\n",
           all ? "not " : "", THREADS * ROUNDS);
    printf("%sok 3 - %u documents were published\n", published > 100 ? "" : "not ", published);
    printf(
        "%sok 4 - the acknowledgement has the last of them, and never an older one than before\n",
        said_wrong || said_generation != published ? "not " : "");
    apr_pool_destroy(pool);
    return all ? 1 : 0;
}
