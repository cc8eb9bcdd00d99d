/* Bytes that grow: see buffer.h. */
#include "buffer.h"

#include <string.h>

#define FIRST_SIZE ((apr_size_t)4096)

int tg_buffer_append(tg_buffer_t *b, const void *bytes, apr_size_t length)
{
    if (b->length > b->most || length > b->most - b->length) {
        return 0;
    }
    if (b->length + length + 1 > b->size) {
        apr_size_t size = 2 * (b->length + length) + FIRST_SIZE;
        char *wider = apr_palloc(b->pool, size);

        if (b->length) {
            memcpy(wider, b->text, b->length);
        }
        b->text = wider;
        b->size = size;
    }
    memcpy(b->text + b->length, bytes, length);
    b->length += length;
    b->text[b->length] = '\0';
    return 1;
}
