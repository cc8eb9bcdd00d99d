/* The acknowledgement: what a running httpd says of the state file, in a file beside it.
 *
 * httpd writes it and tlsgatectl reads it, without a lock. The first TG_ACK_HEADER bytes are one
 * line of JSON, padded with spaces, that is written at once, with a count at both ends that shows
 * a line that was read while it was written. The text of the document in force is elsewhere in
 * the file, where the line says, and its digest tells whether it is whole; the next one is written
 * beside it before the line names it.
 */
#ifndef TG_FORMAT_ACK_H
#define TG_FORMAT_ACK_H

#include "base/fault.h"
#include "base/instant.h"
#include "ledger/ledger.h"

#include <apr_pools.h>
#include <stdint.h>

/** Between the name of the state file and what tells one httpd from another. */
#define TG_ACK_SUFFIX ".ack."

/** The bytes of the line, its newline included: room for the longest. */
#define TG_ACK_HEADER 24576

#define TG_ACK_VERSION 3

/** The oldest version that is read: until httpd is reloaded, one that was upgraded writes it. It
 * tells of no stops that are over. */
#define TG_ACK_VERSION_LEAST 2

/** The most trials that are stopped: one of each schedule that has numbers of its own. */
#define TG_ACK_TRIPS_MAX TG_LEDGER_SCHEDULES

/** The most stops that are told: the last ones of each schedule. */
#define TG_ACK_STOPS_MAX 48

/** Room for a SHA-256 in hex digits. */
#define TG_ACK_DIGEST 65

/** What httpd makes of the file. */
typedef enum {
    TG_ACK_NONE,    /**< there was no file since it started: there are no overrides */
    TG_ACK_ACTS,    /**< it acts on what is in the file */
    TG_ACK_GONE,    /**< the file is gone: it still uses the last document */
    TG_ACK_REFUSES, /**< it refuses the file: it still uses the document before, if there is one */
    TG_ACK_OTHER,   /**< a line of a version that cannot be read: only who wrote it is known. Never
                         written */
    TG_ACK_CONDITIONS
} tg_ack_condition_t;

/** The file as the last look found it. All 0: there was none, or it could not be looked at. */
typedef struct {
    int64_t inode;
    int64_t changed; /**< its ctime, in nanoseconds since 1970 */
} tg_ack_seen_t;

/** The document in force. */
typedef struct {
    uint32_t generation;        /**< counted up with each document; 0: there is none */
    tg_instant_t since;         /**< when httpd began to act on it */
    char digest[TG_ACK_DIGEST]; /**< its SHA-256 */
    int64_t offset, length;     /**< where its text is in this file */
} tg_ack_document_t;

/** A trial that TlsGateGuard stopped, whatever the document says of it. */
typedef struct {
    char schedule[TG_SCHEDULE_NAME_MAX + 1];
    tg_guard_trip_t trip;
} tg_ack_trip_t;

/** When it kept the trials of a schedule from running, also if that is over. */
typedef struct {
    char schedule[TG_SCHEDULE_NAME_MAX + 1];
    tg_guard_stop_t stop;
} tg_ack_stop_t;

/** One acknowledgement. Written by the process of httpd that looks at the state file. */
typedef struct {
    int64_t looks; /**< at the file, since httpd started */
    int64_t pid;   /**< of its first process */
    tg_instant_t started, looked;
    tg_ack_condition_t condition;
    tg_instant_t since; /**< of the condition */
    tg_fault_t fault;   /**< why it refuses the file */
    tg_ack_seen_t seen;
    tg_ack_document_t document;
    int trip_count;
    tg_ack_trip_t trips[TG_ACK_TRIPS_MAX];
    int stop_count;
    tg_ack_stop_t stops[TG_ACK_STOPS_MAX];
} tg_ack_t;

/** `none`, `acts`, `gone`, `refuses` or `other`. */
const char *tg_ack_condition_name(tg_ack_condition_t condition);

/** The line, with its padding. Allocates nothing. */
void tg_ack_print(const tg_ack_t *ack, char line[TG_ACK_HEADER]);

/**
 * Reads the line. One of another version is read as far as it can be: its condition is
 * TG_ACK_OTHER, and only the pid and when it started are known.
 * @return 1, or 0 with @p fault filled: it was being written
 */
int tg_ack_parse(apr_pool_t *pool, const char line[TG_ACK_HEADER], tg_ack_t *out,
                 tg_fault_t *fault);

/** The digest of a document. 1, or 0 if libcrypto fails. */
int tg_ack_digest(const char *text, apr_size_t length, char digest[TG_ACK_DIGEST]);

/**
 * Where the next document goes: beside the present one.
 * @param present 0 for its length: there is none
 */
int64_t tg_ack_place(const tg_ack_document_t *present, apr_size_t length);

#endif
