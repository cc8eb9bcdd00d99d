/* Texts that are kept once: see texts.h. */
#include "texts.h"

#include <stdlib.h>
#include <string.h>

/* They lie one after the other in blocks. The number of a text is its place, in units. */
#define TEXT_UNIT 4
#define TEXT_BLOCK ((size_t)1 << 20)
#define TEXT_BLOCKS_MAX 16384
#define FIRST_SLOTS 4096

/* What is before each text. */
typedef struct {
    uint32_t hash, mark, length;
} text_head_t;

struct tg_texts_t {
    apr_pool_t *pool;
    char *blocks[TEXT_BLOCKS_MAX];
    uint32_t block_count;
    size_t used; /* of the last block */
    uint32_t *slots;
    uint32_t slot_count, text_count;
};

static apr_status_t free_slots(void *data)
{
    tg_texts_t *texts = data;

    free(texts->slots);
    return APR_SUCCESS;
}

tg_texts_t *tg_texts_create(apr_pool_t *pool)
{
    tg_texts_t *texts = apr_pcalloc(pool, sizeof(*texts));

    texts->pool = pool;
    texts->slot_count = FIRST_SLOTS;
    texts->slots = calloc(FIRST_SLOTS, sizeof(uint32_t));
    if (!texts->slots) {
        abort();
    }
    /* No text has the number 0. */
    texts->blocks[0] = apr_palloc(pool, TEXT_BLOCK);
    texts->block_count = 1;
    texts->used = TEXT_UNIT;
    apr_pool_cleanup_register(pool, texts, free_slots, apr_pool_cleanup_null);
    return texts;
}

static inline text_head_t *head_of(const tg_texts_t *texts, uint32_t number)
{
    size_t place = (size_t)number * TEXT_UNIT;

    return (text_head_t *)(void *)(texts->blocks[place / TEXT_BLOCK] + place % TEXT_BLOCK);
}

uint64_t tg_texts_hash(tg_span_t text, uint64_t seed)
{
    uint64_t hash = seed ^ text.length * 0x9E3779B97F4A7C15U, word;
    const char *at = text.at;
    uint32_t left = text.length;

    for (; left >= 8; at += 8, left -= 8) {
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93U;
        hash ^= hash >> 32;
    }
    word = 0;
    if (left > 0) {
        memcpy(&word, at, left);
    }
    hash = (hash ^ word) * 0xD6E8FEB86659FD93U;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93U;
    return hash ^ hash >> 29;
}

static void grow_slots(tg_texts_t *texts)
{
    uint32_t count = texts->slot_count * 2, i, slot;
    uint32_t *slots = calloc(count, sizeof(uint32_t));

    if (!slots) {
        abort();
    }
    for (i = 0; i < texts->slot_count; i++) {
        if (texts->slots[i]) {
            slot = head_of(texts, texts->slots[i])->hash & (count - 1);
            while (slots[slot]) {
                slot = (slot + 1) & (count - 1);
            }
            slots[slot] = texts->slots[i];
        }
    }
    free(texts->slots);
    texts->slots = slots;
    texts->slot_count = count;
}

static uint32_t intern_text(tg_texts_t *texts, tg_span_t text, uint32_t hash)
{
    size_t size = (sizeof(text_head_t) + text.length + TEXT_UNIT - 1) & ~(size_t)(TEXT_UNIT - 1);
    text_head_t *head;
    uint32_t number;

    if (texts->used + size > TEXT_BLOCK) {
        if (texts->block_count == TEXT_BLOCKS_MAX) {
            abort();
        }
        texts->blocks[texts->block_count++] = apr_palloc(texts->pool, TEXT_BLOCK);
        texts->used = 0;
    }
    number = (uint32_t)(((texts->block_count - 1) * TEXT_BLOCK + texts->used) / TEXT_UNIT);
    texts->used += size;
    texts->text_count++;
    head = head_of(texts, number);
    *head = (text_head_t){ hash, 0, text.length };
    memcpy(head + 1, text.at, text.length);
    return number;
}

/* Never within a character of UTF-8. */
static uint32_t cut_length(tg_span_t text)
{
    uint32_t length = TG_TEXTS_LENGTH_MAX;

    while (length > 0 && ((unsigned char)text.at[length] & 0xC0) == 0x80) {
        length--;
    }
    return length;
}

uint32_t tg_texts_put(tg_texts_t *texts, tg_span_t text)
{
    uint32_t hash, slot, number;

    if (text.length == 0) {
        return 0;
    }
    if (text.length > TG_TEXTS_LENGTH_MAX) {
        text.length = cut_length(text);
    }
    hash = (uint32_t)tg_texts_hash(text, 0);
    slot = hash & (texts->slot_count - 1);
    while ((number = texts->slots[slot]) != 0) {
        const text_head_t *head = head_of(texts, number);

        if (head->hash == hash && head->length == text.length &&
            memcmp(head + 1, text.at, text.length) == 0) {
            return number;
        }
        slot = (slot + 1) & (texts->slot_count - 1);
    }
    number = intern_text(texts, text, hash);
    texts->slots[slot] = number;
    if (texts->text_count > texts->slot_count / 4 * 3) {
        grow_slots(texts);
    }
    return number;
}

tg_span_t tg_texts_get(const tg_texts_t *texts, uint32_t number)
{
    const text_head_t *head = number ? head_of(texts, number) : NULL;

    return head ? (tg_span_t){ (const char *)(head + 1), head->length } : (tg_span_t){ "", 0 };
}

uint32_t *tg_texts_mark(tg_texts_t *texts, uint32_t number)
{
    return &head_of(texts, number)->mark;
}
