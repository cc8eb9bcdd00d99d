/* The guard: when a trial that rejects more than was planned is to stop.
 *
 * Requests are counted in buckets, one after the other, from when the trial is seen first. Two in a
 * row that each reject too much stop it. A cutoff is never stopped.
 */
#ifndef TG_POLICY_GUARD_H
#define TG_POLICY_GUARD_H

#include "base/fault.h"
#include "base/instant.h"

/** The shortest bucket, in seconds: numbers are collected every ten seconds. */
#define TG_GUARD_OVER_MIN 10

/** All requests, as a share: in hundredths of a per cent. */
#define TG_GUARD_WHOLE 10000

/** Room for a share as text, NUL included. */
#define TG_GUARD_STRLEN 16

/** What TlsGateGuard says. Read-only once parsed. */
typedef struct {
    uint32_t share; /**< hundredths of a per cent; 0: there is no guard */
    uint64_t least; /**< requests that a bucket must have */
    int64_t over;   /**< the seconds of a bucket */
    int report_only;
    int holds; /**< no further trial runs until it is taken back */
} tg_guard_t;

/** What is counted for a schedule, since httpd began. It only grows. */
typedef struct {
    uint64_t requests; /**< of the hosts where it applies */
    uint64_t rejected; /**< of them */
} tg_guard_count_t;

/** A trial that was stopped. */
typedef struct {
    tg_instant_t at;      /**< when; 0: none was */
    tg_instant_t until;   /**< when that trial would have ended; TG_NEVER with `hold` */
    tg_guard_count_t met; /**< what the second bucket had */
    uint32_t share;       /**< what was allowed, in hundredths of a per cent */
} tg_guard_trip_t;

/**
 * A time in which it kept the trials of a schedule from running: from trip.at to trip.until, or to
 * when that was taken back. An undo of that begins another one.
 */
typedef struct {
    tg_guard_trip_t trip;
    tg_instant_t back; /**< when it was taken back; 0: it was not */
} tg_guard_stop_t;

/** The end of it; TG_NEVER: it has none yet. */
tg_instant_t tg_guard_stop_end(const tg_guard_stop_t *stop);

/** The bucket of one schedule. All zero: no trial is seen. Written by one process. */
typedef struct {
    tg_instant_t trial;     /**< when the current trial began */
    tg_instant_t begun;     /**< when the bucket began */
    tg_guard_count_t start; /**< what was counted then */
    tg_guard_count_t last;  /**< what was in the last bucket that rejected too much */
    uint32_t is_second;     /**< the bucket before rejected too much */
    uint32_t is_done;       /**< with report-only: this trial was reported already */
} tg_guard_bucket_t;

/**
 * Reads `SHARE [min=COUNT] [over=DURATION] [report-only|hold]`.
 * @return 1, or 0 with @p fault filled
 */
int tg_guard_parse(int argc, const char *const *argv, tg_guard_t *out, tg_fault_t *fault);

/** Writes a share of hundredths of a per cent: `5%`, `0.25%`. @param buf TG_GUARD_STRLEN bytes */
const char *tg_guard_share(uint32_t share, char *buf);

/** The share that was rejected, in hundredths of a per cent, rounded down; 0 of no requests. */
uint32_t tg_guard_met(const tg_guard_count_t *met);

/** 1 if too large a share of @p bucket was rejected. */
int tg_guard_exceeds(const tg_guard_t *guard, const tg_guard_count_t *bucket);

/** 1 if this guard, which may be NULL, would not have stopped the trial, or not indefinitely: the
 * stop is withdrawn. */
int tg_guard_withdraws(const tg_guard_t *guard, const tg_guard_trip_t *trip);

/**
 * Looks at what was counted, and begins the next bucket if one is over.
 * @param trial when the trial began that is open at @p now; TG_NEVER: there is none
 * @return 1 if the trial is to stop; once in a trial
 */
int tg_guard_look(tg_guard_bucket_t *bucket, const tg_guard_t *guard, tg_instant_t trial,
                  const tg_guard_count_t *counted, tg_instant_t now);

#endif
