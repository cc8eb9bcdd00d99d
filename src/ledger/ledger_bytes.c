/* Numbers and texts one after the other: see ledger_bytes.h. */
#include "ledger_bytes.h"

#include "base/instant.h"

#include <string.h>

void tg_ledger_bytes_put_raw(tg_ledger_out_t *out, const void *bytes, size_t length)
{
    if (out->at && out->length + length <= out->room) {
        memcpy(out->at + out->length, bytes, length);
    }
    out->length += length;
}

void tg_ledger_bytes_put_at(tg_ledger_out_t *out, size_t place, uint64_t number, int bytes)
{
    int i;

    for (i = 0; out->at && i < bytes && place + (size_t)i < out->room; i++) {
        out->at[place + (size_t)i] = (unsigned char)(number >> 8 * i);
    }
}

void tg_ledger_bytes_put(tg_ledger_out_t *out, uint64_t number, int bytes)
{
    tg_ledger_bytes_put_at(out, out->length, number, bytes);
    out->length += (size_t)bytes;
}

void tg_ledger_bytes_put_text(tg_ledger_out_t *out, const char *text)
{
    size_t length = strlen(text);

    tg_ledger_bytes_put(out, length, 2);
    tg_ledger_bytes_put_raw(out, text, length);
}

void tg_ledger_bytes_get_raw(tg_ledger_in_t *in, void *bytes, size_t length)
{
    if ((size_t)(in->end - in->at) < length) {
        in->is_whole = 0;
        in->at = in->end;
        memset(bytes, 0, length);
        return;
    }
    memcpy(bytes, in->at, length);
    in->at += length;
}

uint64_t tg_ledger_bytes_get(tg_ledger_in_t *in, int bytes)
{
    unsigned char read[8] = { 0 };
    uint64_t number = 0;

    tg_ledger_bytes_get_raw(in, read, (size_t)bytes);
    while (bytes-- > 0) {
        number = number << 8 | read[bytes];
    }
    return number;
}

uint64_t tg_ledger_bytes_get_most(tg_ledger_in_t *in, int bytes, uint64_t most)
{
    uint64_t number = tg_ledger_bytes_get(in, bytes);

    if (number > most) {
        in->is_whole = 0;
        return 0;
    }
    return number;
}

int64_t tg_ledger_bytes_get_time(tg_ledger_in_t *in)
{
    return (int64_t)tg_ledger_bytes_get_most(in, 8, (uint64_t)TG_INSTANT_MAX);
}

void tg_ledger_bytes_get_text(tg_ledger_in_t *in, char *text, size_t size)
{
    size_t length = tg_ledger_bytes_get_most(in, 2, size - 1);

    tg_ledger_bytes_get_raw(in, text, length);
    text[length] = '\0';
    if (strlen(text) != length) {
        in->is_whole = 0;
    }
}
