/* A plain log, read in parts by several threads. The result is the same as with one thread. */
#ifndef TG_SOURCE_LOG_PARTS_H
#define TG_SOURCE_LOG_PARTS_H

#include "input.h"
#include "log_format.h"

#include "tally/tally.h"

/** Damaged lines of a part whose numbers are kept. */
#define TG_LOG_PARTS_NAMED_MAX 10

/** Threads that read a log, at most. */
#define TG_LOG_PARTS_THREADS_MAX 64

/** What is read. Read-only, also for the threads. */
typedef struct {
    tg_input_plain_t plain;        /**< the file, and where the part of it begins that is read */
    const tg_log_format_t *format; /**< one that is_apart */
    const char *argument;
    tg_span_t first;   /**< the line that told the format */
    tg_tally_t *tally; /**< to which all is added */
    int is_again;      /**< by tg_tally_again() */
    /** 1 if that record does not count. Called by every thread. */
    int (*is_left_out)(const void *context, const tg_record_t *record);
    const void *context;
    int threads;
    size_t part_size; /**< bytes of a part; 0: as it is best */
} tg_log_parts_t;

/** What there was in a part. */
typedef struct {
    uint64_t lines, damaged;
    uint64_t places[TG_LOG_PARTS_NAMED_MAX]; /**< the first damaged lines, from 1 within the part */
    int is_unfinished;                       /**< its last line is incomplete, and damaged */
    uint64_t end;                            /**< where it ends in the file */
} tg_log_part_t;

/**
 * Reads the log to its end.
 * @param took called by the calling thread for each part, in the order of the file, once its
 *             records are counted
 * @return 1, or 0 with @p fault filled: the rest cannot be read
 */
int tg_log_parts_read(apr_pool_t *pool, const tg_log_parts_t *parts,
                      void (*took)(void *context, const tg_log_part_t *part), void *context,
                      tg_fault_t *fault);

/** How many parts it would have; with one part, threads are not worth it. */
uint64_t tg_log_parts_count(const tg_log_parts_t *parts);

#endif
