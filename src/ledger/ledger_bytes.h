/* Numbers and texts one after the other, for the file of the ledger: little-endian, whatever the
 * machine.
 *
 * Write twice: first with at == NULL to learn the size, then for real. A read past the end returns
 * zeros and clears is_whole.
 */
#ifndef TG_LEDGER_LEDGER_BYTES_H
#define TG_LEDGER_LEDGER_BYTES_H

#include <stddef.h>
#include <stdint.h>

/** What is written. All zero: nothing yet, and only counted. */
typedef struct {
    unsigned char *at; /**< NULL: only counted */
    size_t room;
    size_t length; /**< also of what did not fit */
} tg_ledger_out_t;

/** What is read. */
typedef struct {
    const unsigned char *at, *end;
    int is_whole; /**< nothing was missing, and every number had a meaning */
} tg_ledger_in_t;

/** Writes the lowest @p bytes bytes of a number, at most 8. */
void tg_ledger_bytes_put(tg_ledger_out_t *out, uint64_t number, int bytes);

/** Overwrites the bytes at that place. */
void tg_ledger_bytes_put_at(tg_ledger_out_t *out, size_t place, uint64_t number, int bytes);

/** Writes a text of at most 65535 bytes, with its length. */
void tg_ledger_bytes_put_text(tg_ledger_out_t *out, const char *text);

/** Writes bytes as they are. */
void tg_ledger_bytes_put_raw(tg_ledger_out_t *out, const void *bytes, size_t length);

/** Reads a number of @p bytes bytes. */
uint64_t tg_ledger_bytes_get(tg_ledger_in_t *in, int bytes);

/** Reads a number of at most @p most. */
uint64_t tg_ledger_bytes_get_most(tg_ledger_in_t *in, int bytes, uint64_t most);

/** Reads a time from 1970 on, or the number of a period or day. */
int64_t tg_ledger_bytes_get_time(tg_ledger_in_t *in);

/** Reads a text into @p size bytes, its NUL included. */
void tg_ledger_bytes_get_text(tg_ledger_in_t *in, char *text, size_t size);

/** Reads bytes as they are. */
void tg_ledger_bytes_get_raw(tg_ledger_in_t *in, void *bytes, size_t length);

#endif
