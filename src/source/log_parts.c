/* Reading a log in parts: see log_parts.h.
 *
 * The lines that begin within a part are those of the part. Each thread takes the next part that nobody
 * has, and makes a tally of it. The thread that called merges the tallies in their order; no
 * thread is further ahead of it than there are places for parts, which bounds the memory.
 */
#include "log_parts.h"

#include <apr_thread_cond.h>
#include <apr_thread_proc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART_SIZE ((size_t)2 << 20)
#define READ_ON ((size_t)1 << 16)

/* A part that is read: written by one thread, then by the one that merges. */
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
    uint64_t count;
    size_t size;
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
    size_t room, length;
} part_thread_t;

static size_t part_size_of(const tg_log_parts_t *parts)
{
    return parts->part_size ? parts->part_size : PART_SIZE;
}

uint64_t tg_log_parts_count(const tg_log_parts_t *parts)
{
    size_t size = part_size_of(parts);

    return parts->plain.size > parts->plain.from
               ? (parts->plain.size - parts->plain.from + size - 1) / size
               : 0;
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

/* Reads so many bytes more, or up to the end of the file. 0 with the fault filled. */
static int read_bytes(part_thread_t *t, uint64_t from, size_t more, tg_fault_t *fault)
{
    size_t end = t->length + more;
    ssize_t n = 1;

    if (end > t->room) {
        char *larger = end < UINT32_MAX / 2 ? realloc(t->bytes, end + READ_ON) : NULL;

        if (!larger) {
            return tg_fault_set(fault, "take a log of text", "a line is too long to read");
        }
        t->bytes = larger;
        t->room = end + READ_ON;
    }
    while (t->length < end && n != 0) {
        n = pread(t->shared->parts->plain.file, t->bytes + t->length, end - t->length,
                  (off_t)(from + t->length));
        if (n < 0 && errno != EINTR) {
            return tg_fault_set(fault, "read it again", "it cannot be read: %s", strerror(errno));
        }
        t->length += n > 0 ? (size_t)n : 0;
    }
    return 1;
}

/* Reads part number @p i and the end of its last line. @p start receives where its first line
 * begins. 0 with the fault filled. */
static int read_part_bytes(part_thread_t *t, uint64_t i, size_t *start, tg_fault_t *fault)
{
    const parts_reading_t *s = t->shared;
    uint64_t from = s->parts->plain.from + i * s->size, end = from + s->size;
    size_t before = i > 0, wanted, length; /* the byte before tells whether a line begins here */
    const char *newline = NULL;

    end = end < s->parts->plain.size ? end : s->parts->plain.size;
    wanted = (size_t)(end - from) + before;
    t->length = 0;
    if (!read_bytes(t, from - before, wanted, fault)) {
        return 0;
    }
    newline = before && t->length > 0 ? memchr(t->bytes, '\n', t->length) : NULL;
    *start = newline ? (size_t)(newline - t->bytes) + 1 : before ? t->length : 0;
    if (*start >= wanted) {
        *start = t->length; /* no line begins here */
        return 1;
    }
    while (t->length >= wanted && t->bytes[t->length - 1] != '\n') {
        length = t->length;
        if (!read_bytes(t, from - before, READ_ON, fault)) {
            return 0;
        }
        newline = memchr(t->bytes + length, '\n', t->length - length);
        if (newline || t->length == length) {
            t->length = newline ? (size_t)(newline - t->bytes) + 1 : length;
            break;
        }
    }
    return 1;
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
    size_t at = 0;

    place->pool = apart_pool();
    place->tally = parts->is_again ? NULL : tg_tally_part(place->pool, parts->tally);
    place->part = (tg_log_part_t){ .end = parts->plain.from + (i + 1) * t->shared->size };
    place->has_failed = !read_part_bytes(t, i, &at, &place->fault);
    while (!place->has_failed && at < t->length) {
        const char *line = t->bytes + at, *end = memchr(line, '\n', t->length - at);
        size_t length = end ? (size_t)(end - line) : t->length - at;

        take_part_line(t, place, tg_input_span(line, length), !end);
        at += length + (end != NULL);
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
    apr_pool_destroy(place->pool);
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

/* Ends the threads, and frees what they read after the last part that was merged. */
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
        if (s->places[p].is_done) {
            apr_pool_destroy(s->places[p].pool);
        }
    }
}

/* Starts as many as it can; how many. */
static int start_threads(parts_reading_t *s, apr_pool_t *pool, part_thread_t *threads)
{
    const tg_log_parts_t *parts = s->parts;
    int i;

    for (i = 0; i < parts->threads && i < TG_LOG_PARTS_THREADS_MAX; i++) {
        part_thread_t *t = &threads[i];

        t->shared = s;
        t->pool = apart_pool();
        t->reader = parts->format->begin(t->pool, parts->first, parts->argument);
        if (!t->reader ||
            apr_thread_create(&t->thread, NULL, run_part_thread, t, pool) != APR_SUCCESS) {
            apr_pool_destroy(t->pool);
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
                          .place_count = (unsigned)parts->threads * 2 };
    int is_read, count;

    s.places = apr_pcalloc(pool, s.place_count * sizeof(part_place_t));
    if (apr_thread_mutex_create(&s.mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS ||
        apr_thread_cond_create(&s.changed, pool) != APR_SUCCESS) {
        return tg_fault_set(fault, "free some memory", "there is none for threads");
    }
    count = start_threads(&s, pool, threads);
    is_read = count > 0 ? merge_parts(&s, took, context, fault)
                        : tg_fault_set(fault, "run it on one processor, with taskset -c 0",
                                       "no thread can be started");
    end_threads(&s, threads, count);
    return is_read;
}
