/* Documents in shared memory, between two processes: one publishes, the other looks. The linker gives this
 * program the calls between which the other process must not see half of a document, so that they
 * meet there, and not by chance:
 * - while a document is written, the other process looks at least once;
 * - while it copies, at least two documents are published, so that its slot is written anew.
 * No look finds half of a document, nor an older one than before.
 */
#include "server/state/state_slots.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/** Documents of each kind of meeting. */
#define ROUNDS 100
/** The states: a suspension and an exemption, until that many seconds after 1970. */
#define FIRST 1000000000

typedef enum { WRITER_WAITS, READER_WAITS } meeting_t;

/* What both processes share, beside the documents. */
static struct {
    _Atomic int meeting;
    _Atomic int looks;     /* that ended */
    _Atomic int documents; /* that were published */
    _Atomic int overtaken; /* looks during which two were published */
    _Atomic int is_over;
    _Atomic int wrong, older;
} * steps;

static tg_state_slots_t *slots;
static int is_reader;  /* of this process */
static int waits_once; /* the reader's next copy is to be overtaken */

static void wait_for(_Atomic int *counter, int more)
{
    int enough = *counter + more;

    while (*counter < enough && !steps->is_over) {
        sched_yield();
    }
}

/* The second look to end from now on began after now. */
static void let_others_look(void)
{
    if (!is_reader && steps->meeting == WRITER_WAITS) {
        wait_for(&steps->looks, 2);
    }
}

static void let_others_write(void)
{
    if (is_reader && waits_once && steps->meeting == READER_WAITS) {
        waits_once = 0;
        steps->overtaken++;
        wait_for(&steps->documents, 2);
    }
}

/* --- what the linker calls instead: --wrap --- */

int __real_tg_state_image(apr_pool_t *scratch, const tg_state_t *state, void *memory,
                          apr_size_t size);
int __wrap_tg_state_image(apr_pool_t *scratch, const tg_state_t *state, void *memory,
                          apr_size_t size);
int __wrap_tg_state_image(apr_pool_t *scratch, const tg_state_t *state, void *memory,
                          apr_size_t size)
{
    int done;

    let_others_look();
    done = __real_tg_state_image(scratch, state, memory, size);
    let_others_look();
    return done;
}

void *__real_memcpy(void *to, const void *from, size_t length);
void *__wrap_memcpy(void *to, const void *from, size_t length);
void *__wrap_memcpy(void *to, const void *from, size_t length)
{
    int is_text = slots && (to == slots->slots[0].text || to == slots->slots[1].text);

    if (is_text) {
        let_others_look();
    }
    __real_memcpy(to, from, length);
    if (is_text) {
        let_others_look();
    }
    return to;
}

apr_array_header_t *__real_tg_override_image_find(apr_pool_t *pool, const void *memory,
                                                  apr_size_t size, const char *client,
                                                  const apr_sockaddr_t *address);
apr_array_header_t *__wrap_tg_override_image_find(apr_pool_t *pool, const void *memory,
                                                  apr_size_t size, const char *client,
                                                  const apr_sockaddr_t *address);
apr_array_header_t *__wrap_tg_override_image_find(apr_pool_t *pool, const void *memory,
                                                  apr_size_t size, const char *client,
                                                  const apr_sockaddr_t *address)
{
    let_others_write();
    return __real_tg_override_image_find(pool, memory, size, client, address);
}

char *__real_apr_pstrmemdup(apr_pool_t *pool, const char *text, apr_size_t length);
char *__wrap_apr_pstrmemdup(apr_pool_t *pool, const char *text, apr_size_t length);
char *__wrap_apr_pstrmemdup(apr_pool_t *pool, const char *text, apr_size_t length)
{
    if (text == slots->slots[0].text || text == slots->slots[1].text) {
        let_others_write();
    }
    return __real_apr_pstrmemdup(pool, text, length);
}

/* --- the processes --- */

/* Each has another length than the one before. */
static void publish_document(int n)
{
    char until[TG_INSTANT_STRLEN];
    tg_state_t state;
    tg_fault_t fault;
    apr_pool_t *pool;
    const char *text;

    apr_pool_create(&pool, NULL);
    tg_instant_format(FIRST + n, until);
    text = apr_psprintf(
        pool,
        "{\"version\":1,\"overrides\":[{\"schedule\":\"legacy\",\"kind\":\"suspend\",\"until\":\"%"
        "s\","
        "\"reason\":\"r\",\"by\":\"b\",\"since\":\"2018-01-01T00:00:00Z\"}],%*s\"exemptions\":[{"
        "\"schedule\":\"legacy\",\"client\":\"account:1\",\"until\":\"%s\",\"owner\":\"o\","
        "\"reason\":\"r\",\"by\":\"b\",\"since\":\"2018-01-01T00:00:00Z\"}]}",
        until, n % 50, "", until);
    if (!tg_state_parse(pool, text, strlen(text), &state, &fault) ||
        !tg_state_slots_publish(pool, &state, text, strlen(text), &fault)) {
        printf("# %s\n", fault.reason);
        abort();
    }
    steps->documents++;
    apr_pool_destroy(pool);
}

static void judge_look(tg_instant_t override, tg_instant_t exemption, tg_instant_t *newest)
{
    steps->wrong += override != exemption;
    steps->older += override < *newest;
    *newest = override > *newest ? override : *newest;
}

/* The overrides as a request gets them, and the text as a start reads it. */
static void look_at_documents(apr_pool_t *pool, tg_instant_t *newest, tg_instant_t *newest_text)
{
    const tg_override_set_t *set;
    const tg_override_t *o;
    const tg_exemption_t *e;
    tg_state_t state;

    waits_once = 1;
    set = tg_state_slots_overrides(pool, "account:1", NULL);
    o = set ? tg_override_find(set, "legacy") : NULL;
    e = set ? tg_exemption_find(set, "legacy", "account:1", NULL, 0) : NULL;
    judge_look(o ? o->until : 1, e ? e->until : 2, newest);
    waits_once = 1;
    if (tg_state_slots_read(pool, &state)) {
        judge_look(APR_ARRAY_IDX(state.overrides, 0, tg_state_override_t).until,
                   APR_ARRAY_IDX(state.exemptions, 0, tg_state_exemption_t).exemption.until,
                   newest_text);
    }
    else {
        steps->wrong++;
    }
    waits_once = 0;
    apr_pool_clear(pool);
    steps->looks++;
}

static void run_reader(void)
{
    tg_instant_t newest = 0, newest_text = 0;
    apr_pool_t *pool, *process;

    is_reader = 1;
    apr_pool_create(&process, NULL);
    tg_state_slots_begin(process);
    apr_pool_create(&pool, process);
    while (!steps->is_over) {
        look_at_documents(pool, &newest, &newest_text);
    }
    _exit(0);
}

static void *share_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? (abort(), NULL) : memory;
}

int main(void)
{
    apr_pool_t *pool;
    int n, status;
    pid_t reader;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    json_object_seed(1);
    steps = share_memory(sizeof(*steps));
    slots = share_memory(sizeof(*slots));
    tg_state_slots_share(slots);
    tg_state_slots_begin(pool);
    steps->meeting = READER_WAITS; /* there is no other process yet */
    publish_document(1);
    steps->meeting = WRITER_WAITS;
    reader = fork();
    if (reader == 0) {
        run_reader();
    }
    for (n = 2; n < ROUNDS; n++) {
        publish_document(n);
    }
    steps->meeting = READER_WAITS;
    while (steps->overtaken < ROUNDS) { /* each is overtaken by two */
        publish_document(n++);
    }
    steps->is_over = 1;
    waitpid(reader, &status, 0);
    printf("1..3\n");
    printf("%sok 1 - the other process came to its end\n", status == 0 ? "" : "not ");
    printf("%sok 2 - none of its %d looks found half of a document: %d\n",
           steps->wrong ? "not " : "", steps->looks, steps->wrong);
    printf("%sok 3 - nor an older one than before: %d\n", steps->older ? "not " : "", steps->older);
    return status || steps->wrong || steps->older ? 1 : 0;
}
