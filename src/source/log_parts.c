/* Reading a log in parts: see log_parts.h.
 *
 * A line belongs to the part in which it begins. Each thread takes the next free part, and makes a
 * tally of it. The calling thread merges the tallies in their order; no thread is further ahead of
 * it than there are places for parts, which bounds the memory.
 */
#include "log_parts.h"

#include <apr_thread_cond.h>
#include <apr_thread_proc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Parts per thread, if the log is long enough. */
#define PARTS_EACH 8

/* Bytes in flight, over all threads. */
#define BYTES_AT_ONCE ((uint64_t)12 << 20)

/* Bytes of the shortest part. */
#define PART_LEAST ((uint64_t)1 << 20)

/* Pieces of a part, each small enough to stay in the processor's cache. */
#define PIECES 32

/* A part that is read: written by one thread, then by the one that merges. Its memory is used again
 * for the next part in this place. */
typedef struct {
    apr_pool_t *pool;
    tg_tally_t *tally;
    tg_log_part_t part;
    int is_done, has_failed;
    tg_fault_t fault;
} part_place_t;

/* What the threads share. What is not read-only is guarded by the mutex. */
typedef struct {
    const tg_log_parts_t *parts;
    uint64_t count, size;
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *changed;
    uint64_t next, merged; /* parts that were taken, and that are done with */
    int is_over;
    part_place_t *places;
    unsigned place_count;
} parts_reading_t;

/* What a thread has for itself. */
typedef struct {
    parts_reading_t *shared;
    apr_thread_t *thread;
    apr_pool_t *pool;
    tg_log_reader_t *reader;
    char *bytes;
    size_t room, at, length; /* what is not taken yet is from `at` to `length` */
    uint64_t place;          /* of these bytes in the file */
    int is_at_end;           /* of the file */
} part_thread_t;

static uint64_t rest_of_log(const tg_log_parts_t *parts)
{
    return parts->plain.size > parts->plain.from ? parts->plain.size - parts->plain.from : 0;
}

/* Short parts keep all threads busy to the end, but what is in two parts is merged twice. */
static uint64_t part_size_of(const tg_log_parts_t *parts)
{
    uint64_t threads = (uint64_t)parts->threads, size = rest_of_log(parts) / (threads * PARTS_EACH);

    size = size < BYTES_AT_ONCE / threads ? size : BYTES_AT_ONCE / threads;
    size = size > PART_LEAST ? size : PART_LEAST;
    return parts->part_size ? parts->part_size : size;
}

uint64_t tg_log_parts_count(const tg_log_parts_t *parts)
{
    uint64_t size = part_size_of(parts);

    return (rest_of_log(parts) + size - 1) / size;
}

/* A pool that no other thread's pools know. */
static apr_pool_t *apart_pool(void)
{
    apr_pool_t *pool;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        abort();
    }
    return pool;
}

/* --- the bytes of a part --- */

/* Reads more, and appends it to what is not taken yet. 0 with the fault filled. */
static int read_on(part_thread_t *t, tg_fault_t *fault)
{
    size_t rest = t->length - t->at;
    ssize_t n;

    memmove(t->bytes, t->bytes + t->at, rest);
    t->place += t->at;
    t->at = 0;
    t->length = rest;
    if (rest == t->room) {
        char *larger = t->room < UINT32_MAX / 2 ? realloc(t->bytes, t->room * 2) : NULL;

        if (!larger) {
            return tg_fault_set(fault, "use a text log", "a line is too long to read");
        }
        t->bytes = larger;
        t->room *= 2;
    }
    do {
        n = pread(t->shared->parts->plain.file, t->bytes + rest, t->room - rest,
                  (off_t)(t->place + rest));
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return tg_fault_set(fault, "read it again", "it cannot be read: %s", strerror(errno));
    }
    t->is_at_end = n == 0;
    t->length += (size_t)n;
    return 1;
}

/* The next line. @p is_part receives whether its end is missing. 0: no line, or the fault is
 * filled. */
static int next_line(part_thread_t *t, tg_span_t *line, int *is_part, part_place_t *place)
{
    size_t looked = 0, length;
    const char *found;

    for (;;) {
        length = t->length - t->at;
        found = memchr(t->bytes + t->at + looked, '\n', length - looked);
        if (found || t->is_at_end) {
            break;
        }
        looked = length;
        place->has_failed = !read_on(t, &place->fault);
        if (place->has_failed) {
            return 0;
        }
    }
    length = found ? (size_t)(found - t->bytes) - t->at : length;
    *line = tg_input_span(t->bytes + t->at, length);
    *is_part = !found;
    t->at += length + (found != NULL);
    return found || length > 0;
}

/* --- its lines --- */

static void take_part_line(part_thread_t *t, part_place_t *place, tg_span_t line, int is_part)
{
    const tg_log_parts_t *parts = t->shared->parts;
    tg_log_part_t *part = &place->part;
    tg_record_t record;
    tg_line_t what = parts->format->read(t->reader, line, &record);

    part->lines++;
    if (what == TG_LINE_DAMAGED && is_part) {
        part->is_unfinished = 1;
    }
    else if (what == TG_LINE_DAMAGED) {
        if (part->damaged < TG_LOG_PARTS_NAMED_MAX) {
            part->places[part->damaged] = part->lines;
        }
        part->damaged++;
    }
    if (what != TG_LINE_RECORD || parts->is_left_out(parts->context, &record)) {
        return;
    }
    if (parts->is_again) {
        tg_tally_again(parts->tally, &record, parts->format->has_all);
    }
    else {
        tg_tally_add(place->tally, &record, parts->format->has_all);
    }
}

static void read_part(part_thread_t *t, uint64_t i, part_place_t *place)
{
    const tg_log_parts_t *parts = t->shared->parts;
    uint64_t from = parts->plain.from + i * t->shared->size, end = from + t->shared->size;
    tg_span_t line;
    int is_part, is_line = 1;

    end = end < parts->plain.size ? end : parts->plain.size;
    place->tally = parts->is_again ? NULL : tg_tally_part(place->pool, parts->tally);
    place->part = (tg_log_part_t){ .end = end };
    t->at = t->length = 0;
    t->is_at_end = 0;
    t->place = from - (i > 0);
    if (i > 0) {
        /* The byte before tells whether a line begins here. */
        is_line = next_line(t, &line, &is_part, place);
    }
    while (is_line && t->place + t->at < end && next_line(t, &line, &is_part, place)) {
        take_part_line(t, place, line, is_part);
    }
}

/* --- the threads --- */

/* The number of the next part; the count of all: there is none. */
static uint64_t part_to_read(parts_reading_t *s)
{
    uint64_t i;

    apr_thread_mutex_lock(s->mutex);
    i = s->is_over ? s->count : s->next;
    s->next += i < s->count;
    while (i < s->count && !s->is_over && i - s->merged >= s->place_count) {
        apr_thread_cond_wait(s->changed, s->mutex);
    }
    i = s->is_over ? s->count : i;
    apr_thread_mutex_unlock(s->mutex);
    return i;
}

static void *APR_THREAD_FUNC run_part_thread(apr_thread_t *thread, void *data)
{
    part_thread_t *t = data;
    parts_reading_t *s = t->shared;
    uint64_t i;

    (void)thread;
    while ((i = part_to_read(s)) < s->count) {
        part_place_t *place = &s->places[i % s->place_count];

        read_part(t, i, place);
        apr_thread_mutex_lock(s->mutex);
        place->is_done = 1;
        apr_thread_cond_broadcast(s->changed);
        apr_thread_mutex_unlock(s->mutex);
    }
    return NULL;
}

/* Waits until a part is read. */
static part_place_t *await_part(parts_reading_t *s, uint64_t i)
{
    part_place_t *place = &s->places[i % s->place_count];

    apr_thread_mutex_lock(s->mutex);
    while (!place->is_done) {
        apr_thread_cond_wait(s->changed, s->mutex);
    }
    apr_thread_mutex_unlock(s->mutex);
    return place;
}

static void free_part(parts_reading_t *s, part_place_t *place)
{
    apr_pool_clear(place->pool);
    apr_thread_mutex_lock(s->mutex);
    place->is_done = 0;
    s->merged++;
    apr_thread_cond_broadcast(s->changed);
    apr_thread_mutex_unlock(s->mutex);
}

static int merge_parts(parts_reading_t *s, void (*took)(void *context, const tg_log_part_t *part),
                       void *context, tg_fault_t *fault)
{
    uint64_t i;
    int is_read = 1;

    for (i = 0; i < s->count && is_read; i++) {
        part_place_t *place = await_part(s, i);

        if (place->has_failed) {
            *fault = place->fault;
            is_read = 0;
        }
        else if (place->tally) {
            tg_tally_merge(s->parts->tally, place->tally);
        }
        took(context, &place->part);
        free_part(s, place);
    }
    return is_read;
}

/* Ends the threads, and frees what they read. */
static void end_threads(parts_reading_t *s, part_thread_t *threads, int count)
{
    apr_status_t status;
    unsigned p;
    int i;

    apr_thread_mutex_lock(s->mutex);
    s->is_over = 1;
    apr_thread_cond_broadcast(s->changed);
    apr_thread_mutex_unlock(s->mutex);
    for (i = 0; i < count; i++) {
        apr_thread_join(&status, threads[i].thread);
        apr_pool_destroy(threads[i].pool);
        free(threads[i].bytes);
    }
    for (p = 0; p < s->place_count; p++) {
        apr_pool_destroy(s->places[p].pool);
    }
}

/* Starts as many threads as it can. Returns how many. */
static int start_threads(parts_reading_t *s, apr_pool_t *pool, part_thread_t *threads)
{
    const tg_log_parts_t *parts = s->parts;
    int i;

    for (i = 0; i < parts->threads && i < TG_LOG_PARTS_THREADS_MAX; i++) {
        part_thread_t *t = &threads[i];

        t->shared = s;
        t->pool = apart_pool();
        t->reader = parts->format->begin(t->pool, parts->first, parts->argument);
        t->room = (size_t)(s->size / PIECES) + 1;
        t->bytes = malloc(t->room);
        if (!t->reader || !t->bytes ||
            apr_thread_create(&t->thread, NULL, run_part_thread, t, pool) != APR_SUCCESS) {
            apr_pool_destroy(t->pool);
            free(t->bytes);
            break;
        }
    }
    return i;
}

int tg_log_parts_read(apr_pool_t *pool, const tg_log_parts_t *parts,
                      void (*took)(void *context, const tg_log_part_t *part), void *context,
                      tg_fault_t *fault)
{
    part_thread_t threads[TG_LOG_PARTS_THREADS_MAX] = { 0 };
    parts_reading_t s = { .parts = parts,
                          .count = tg_log_parts_count(parts),
                          .size = part_size_of(parts),
                          .place_count = (unsigned)parts->threads + 1 };
    int is_read, count;
    unsigned p;

    s.places = apr_pcalloc(pool, s.place_count * sizeof(part_place_t));
    if (apr_thread_mutex_create(&s.mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS ||
        apr_thread_cond_create(&s.changed, pool) != APR_SUCCESS) {
        return tg_fault_set(fault, "free some memory", "out of memory");
    }
    for (p = 0; p < s.place_count; p++) {
        s.places[p].pool = apart_pool();
    }
    count = start_threads(&s, pool, threads);
    is_read = count > 0 ? merge_parts(&s, took, context, fault)
                        : tg_fault_set(fault, "run it on one processor, with taskset -c 0",
                                       "no thread can be started");
    end_threads(&s, threads, count);
    return is_read;
}
