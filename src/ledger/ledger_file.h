/* The file of the ledger: what it knows, for the time in which httpd does not run.
 *
 *     TLSGATE LEDGER, version, length, SHA-256, then sections: name, version, length, content
 *
 * Numbers are little-endian (ledger_bytes.h). What is written is read back as a whole or not at
 * all: a checksum covers every byte, and a section that is unknown, or of another version, belongs
 * to another version of this module.
 */
#ifndef TG_LEDGER_LEDGER_FILE_H
#define TG_LEDGER_LEDGER_FILE_H

#include "ledger_sections.h"

#include "base/fault.h"

/** Counted up where the frame changes; each section has a version of its own. */
#define TG_LEDGER_FILE_VERSION 1

/** Bytes before the first section. */
#define TG_LEDGER_FILE_HEADER 64

/** The most that is read. */
#define TG_LEDGER_FILE_MAX ((size_t)1 << 30)

/** The bytes of a file. @param length receives how many; NULL if there is no checksum */
const char *tg_ledger_file_write(apr_pool_t *pool, const tg_ledger_file_t *what, size_t *length);

/** 1 if a file begins as one of this module does, whatever follows. */
int tg_ledger_file_is_ours(const char *bytes, size_t length);

/**
 * Reads a file. After a failure @p what is half filled: read into a copy first. The second read of
 * the same bytes then succeeds.
 * @return 1, or 0 with @p fault filled
 */
int tg_ledger_file_read(const char *bytes, size_t length, tg_ledger_file_t *what,
                        tg_fault_t *fault);

#endif
