/* The ledger over a full restart: see ledger_snapshot.h. */
#include "ledger_snapshot.h"

#include "ledger_disk.h"
#include "ledger_memory.h"
#include "straggler_memory.h"

#include "ledger/ledger_file.h"
#include "server/base/log.h"
#include "server/base/shared.h"

#include <apr_strings.h>
#include <http_core.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/** The interval at which it is written. */
#define INTERVAL apr_time_from_sec(300)

/** Writing takes at most this fraction of the parent's time: one part in 100. */
#define TIMES_AS_LONG 100

/** How often a busy table is tried again before an error is reported. */
#define DELAYS_MAX 30

/** The longest message of a file that is refused. */
#define MESSAGE_MAX 2048

/* Of the parent, in memory that graceful restarts keep. */
typedef struct {
    size_t ledger, entry;   /* layouts of what was read, or began empty; 0: nothing did yet */
    int is_serving;         /* it has children, or had: it may write */
    int was_said;           /* that it cannot be written */
    int delays;             /* how often in a row the table was busy */
    tg_ledger_disk_id_t id; /* what was read or written last */
    apr_time_t next;        /* when it is written again */
    apr_time_t written;
    char refused[MESSAGE_MAX]; /* why the file was, and what became of it; or nothing */
} ledger_keeper_t;

/* Set in the parent before any child exists. */
static ledger_keeper_t *keeper;
static server_rec *kept_server;
static pid_t kept_by;

static const char *file_of(const server_rec *s)
{
    return tg_ledger_memory ? tg_conf_of_server(s)->main_conf->ledger_file : NULL;
}

/* --- writing --- */

static int compare_seen(const void *a, const void *b)
{
    const tg_straggler_t *x = a, *y = b;

    if (x->last_seen != y->last_seen) {
        return x->last_seen < y->last_seen ? -1 : 1;
    }
    return x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* Seen least recently first; NULL: none are kept. Less than @p table says only if it was busy. */
static const apr_array_header_t *read_stragglers_of(apr_pool_t *pool, tg_stragglers_t *table)
{
    const apr_array_header_t *list;

    tg_straggler_memory_mend();
    if (!tg_straggler_memory_numbers(table)) {
        return NULL;
    }
    list = tg_straggler_memory_read(pool);
    qsort(list->elts, (size_t)list->nelts, sizeof(tg_straggler_t), compare_seen);
    return list;
}

typedef enum { SAVE_DONE, SAVE_LATER, SAVE_FAILED } save_result_t;

static save_result_t write_ledger(apr_pool_t *pool, const char *path, tg_fault_t *fault)
{
    tg_stragglers_t table;
    tg_ledger_file_t what = { .ledger = tg_ledger_memory,
                              .time = apr_time_sec(apr_time_now()),
                              .stragglers = read_stragglers_of(pool, &table) };
    const char *bytes;
    size_t length;

    if (what.stragglers) {
        what.table = &table;
        if ((uint32_t)what.stragglers->nelts < table.used) {
            return SAVE_LATER;
        }
    }
    what.kept = tg_ledger_read(tg_ledger_memory, pool, what.time);
    bytes = tg_ledger_file_write(pool, &what, &length);
    if (!bytes) {
        tg_fault_set(fault, "check the configuration of OpenSSL", "OpenSSL provides no SHA-256");
    }
    return bytes && tg_ledger_disk_write(pool, path, bytes, length, &keeper->id, fault)
               ? SAVE_DONE
               : SAVE_FAILED;
}

static void warn_not_kept(server_rec *s, int how, const char *path, const tg_fault_t *fault)
{
    TG_LOG(0083, how | APLOG_WARNING, 0, s,
           "TlsGateLedger \"%s\": the ledger cannot be kept for the next full start: %s; %s", path,
           fault->reason, fault->fix);
}

/* With an allocator of its own, so that what a large table needs goes back to the system. */
static apr_pool_t *open_large_pool(void)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;

    if (apr_allocator_create(&allocator) != APR_SUCCESS) {
        return NULL;
    }
    if (apr_pool_create_ex(&pool, NULL, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return NULL;
    }
    apr_allocator_owner_set(allocator, pool);
    return pool;
}

/* A table that is always busy is at fault, and is not tried every second forever. */
static save_result_t try_to_save(const char *path, tg_fault_t *fault)
{
    apr_pool_t *pool = open_large_pool();
    save_result_t result = SAVE_FAILED;

    if (!pool) {
        tg_fault_set(fault, "check the memory limits", "out of memory");
        return SAVE_FAILED;
    }
    result = write_ledger(pool, path, fault);
    apr_pool_destroy(pool);
    keeper->delays = result == SAVE_LATER ? keeper->delays + 1 : 0;
    if (keeper->delays > DELAYS_MAX) {
        keeper->delays = 0;
        tg_fault_set(fault, "find the httpd child that hangs, and end it",
                     "the table of stragglers stayed locked");
        return SAVE_FAILED;
    }
    return result;
}

static void save_ledger(server_rec *s)
{
    const char *path = file_of(s);
    apr_time_t begun = apr_time_now(), took;
    save_result_t result;
    tg_fault_t fault;

    if (!path) {
        return;
    }
    result = try_to_save(path, &fault);
    if (result == SAVE_LATER) {
        return;
    }
    if (result == SAVE_FAILED && !keeper->was_said) {
        warn_not_kept(s, 0, path, &fault);
    }
    keeper->was_said = result == SAVE_FAILED;
    took = (apr_time_now() - begun) * TIMES_AS_LONG;
    keeper->written = begun;
    keeper->next = begun + (took > INTERVAL ? took : INTERVAL);
}

void tg_ledger_snapshot_now(server_rec *s)
{
    if (keeper) {
        keeper->next = 0; /* with the next monitor, if it cannot be now */
        save_ledger(s);
    }
}

int tg_ledger_snapshot_failed(void)
{
    return keeper && keeper->was_said;
}

const char *tg_ledger_snapshot_refused(void)
{
    return keeper && *keeper->refused ? keeper->refused : NULL;
}

/* Also if the clock was set back. */
int tg_ledger_snapshot_monitor(apr_pool_t *pool, server_rec *s)
{
    apr_time_t now = apr_time_now();

    (void)pool;
    if (keeper && (now >= keeper->next || now < keeper->written)) {
        save_ledger(s);
    }
    return DECLINED;
}

/* Children come here as well when they exit. */
static void save_at_end(void)
{
    if (keeper && keeper->is_serving && getpid() == kept_by) {
        save_ledger(kept_server);
    }
}

/* With everything still there: no child is left, and the error log is open. */
static apr_status_t save_at_stop(void *data)
{
    (void)data;
    save_at_end();
    keeper = NULL;
    return APR_SUCCESS;
}

/* The pool of the process outlives this module, which httpd unloads before it reads the
 * configuration again. What it reads may be wrong, and then that was the end. */
static apr_status_t save_at_restart(void *data)
{
    apr_pool_cleanup_kill(kept_server->process->pool, data, save_at_stop);
    save_at_end();
    return APR_SUCCESS;
}

/* A graceful restart does not come here. */
int tg_ledger_snapshot_serve(apr_pool_t *pool, ap_scoreboard_e type)
{
    (void)pool;
    (void)type;
    if (keeper) {
        keeper->is_serving = 1;
    }
    return OK;
}

/* --- reading --- */

/* Pools align by less. */
static tg_ledger_t *aligned_ledger(apr_pool_t *pool)
{
    const size_t align = _Alignof(tg_ledger_t);
    char *memory = apr_palloc(pool, sizeof(tg_ledger_t) + align - 1);

    memory += (align - (uintptr_t)memory % align) % align;
    return (tg_ledger_t *)(void *)memory;
}

/* Adds what the file has, as a whole or not at all. @param ledger is empty, but for names */
static int read_ledger(apr_pool_t *pool, const char *bytes, size_t length, tg_ledger_file_t *what,
                       tg_fault_t *fault)
{
    tg_ledger_file_t tried = { 0 };

    tried.ledger = memcpy(aligned_ledger(pool), what->ledger, sizeof(*what->ledger));
    return tg_ledger_file_read(bytes, length, &tried, fault) &&
           tg_ledger_file_read(bytes, length, what, fault);
}

/* @param aside its new name; NULL: it has the one that it had
 * @return for @p pool: what is wrong, what to do, and what became or will become of the file */
static const char *refusal_text(apr_pool_t *pool, const tg_fault_t *fault, const char *will,
                                const char *aside)
{
    return apr_pstrcat(pool, fault->reason, "; ", fault->fix, "; it ",
                       aside ? will : "stays as it is, and the ledger is not kept",
                       aside ? aside : "", NULL);
}

static void say_refused(server_rec *s, int level, const char *path, const char *begins,
                        const char *refused)
{
    TG_LOG(0082, level, 0, s,
           "TlsGateLedger \"%s\": the ledger %s empty, because its file is refused: %s", path,
           begins, refused);
}

/* A file that this module never wrote, such as one whose name was mistyped, stays where it is. */
static void refuse_file(server_rec *s, apr_pool_t *pool, const char *path, int is_ours,
                        const tg_fault_t *fault)
{
    const char *aside =
        is_ours ? tg_ledger_disk_put_aside(pool, path, apr_time_sec(apr_time_now())) : NULL;

    apr_cpystrn(keeper->refused, refusal_text(pool, fault, "was renamed to ", aside),
                sizeof(keeper->refused));
    say_refused(s, APLOG_ERR, path, "begins", keeper->refused);
}

/* Also where httpd was given a module in which it has another layout, so other memory. */
static int is_new_ledger(void)
{
    return keeper->ledger != sizeof(tg_ledger_t);
}

/* What is not new is not added once more; stragglers replace themselves. */
static void continue_from(server_rec *s, apr_pool_t *pool, const char *path)
{
    tg_ledger_file_t what = { .ledger = is_new_ledger()
                                            ? tg_ledger_memory
                                            : memcpy(aligned_ledger(pool), tg_ledger_memory,
                                                     sizeof(*tg_ledger_memory)),
                              .table = tg_straggler_memory_table() };
    const char *bytes;
    tg_fault_t fault;
    size_t length;
    tg_ledger_disk_result_t result =
        tg_ledger_disk_read(pool, path, &bytes, &length, &keeper->id, &fault);

    if (result == TG_LEDGER_DISK_ABSENT) {
        return;
    }
    if (result == TG_LEDGER_DISK_READ && read_ledger(pool, bytes, length, &what, &fault)) {
        TG_LOG(0084, APLOG_NOTICE, 0, s,
               "TlsGateLedger \"%s\": the ledger goes on from %s, with %u stragglers of %u", path,
               tg_instant_text(pool, what.time), what.table ? what.table->used : 0, what.found);
    }
    else {
        memset(&keeper->id, 0, sizeof(keeper->id)); /* so that it is not written over */
        refuse_file(s, pool, path,
                    result == TG_LEDGER_DISK_READ && tg_ledger_file_is_ours(bytes, length), &fault);
    }
}

int tg_ledger_snapshot_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    keeper = NULL;
    if (!tg_ledger_memory) {
        return OK;
    }
    keeper = tg_shared_piece(s, "file of the ledger", sizeof(*keeper));
    if (!keeper) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if ((is_new_ledger() || keeper->entry != TG_STRAGGLERS_LAYOUT) && file_of(s)) {
        continue_from(s, ptemp, file_of(s));
    }
    keeper->ledger = sizeof(tg_ledger_t);
    keeper->entry = TG_STRAGGLERS_LAYOUT;
    kept_server = s;
    kept_by = getpid();
    apr_pool_pre_cleanup_register(s->process->pool, s, save_at_stop);
    apr_pool_pre_cleanup_register(pconf, s, save_at_restart);
    return OK;
}

/* What a start would make of it. @param is_found the file is there, and could be looked at */
static void foretell_refusal(server_rec *s, apr_pool_t *pool, const char *path, int is_found,
                             const char *aside, const tg_fault_t *fault)
{
    if (is_found) {
        say_refused(s, APLOG_STARTUP | APLOG_WARNING, path, "will begin",
                    refusal_text(pool, fault, "will be renamed to ", aside));
    }
    else {
        warn_not_kept(s, APLOG_STARTUP, path, fault);
    }
}

const tg_ledger_t *tg_ledger_snapshot_check(apr_pool_t *ptemp, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    const char *path = main_conf->counts_requests ? main_conf->ledger_file : NULL, *bytes;
    tg_ledger_file_t what = { 0 };
    tg_ledger_disk_result_t result;
    tg_ledger_disk_id_t id;
    tg_fault_t fault;
    size_t length;
    int i;

    if (!path || ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST) {
        return NULL;
    }
    result = tg_ledger_disk_read(ptemp, path, &bytes, &length, &id, &fault);
    if (result == TG_LEDGER_DISK_ABSENT) {
        return NULL;
    }
    what.ledger = memset(aligned_ledger(ptemp), 0, sizeof(*what.ledger));
    for (i = 0; i < main_conf->entries->nelts; i++) {
        tg_ledger_schedule(
            what.ledger,
            APR_ARRAY_IDX(main_conf->entries, i, const tg_server_schedule_t *)->schedule->name);
    }
    if (result == TG_LEDGER_DISK_READ && tg_ledger_file_read(bytes, length, &what, &fault)) {
        return what.ledger;
    }
    foretell_refusal(s, ptemp, path, result != TG_LEDGER_DISK_FAILED && access(path, F_OK) == 0,
                     result == TG_LEDGER_DISK_READ && tg_ledger_file_is_ours(bytes, length)
                         ? apr_pstrcat(ptemp, path, TG_LEDGER_DISK_ASIDE "TIME", NULL)
                         : NULL,
                     &fault);
    return NULL;
}
