/* Texts that are kept once: see texts.h. */
#include "texts.h"

#include <stdlib.h>
#include <string.h>

/* They lie one after the other in blocks. The number of a text is its place, in units. */
#define TEXT_UNIT 4
#define TEXT_BLOCK ((size_t)1 << 20)
#define FIRST_SLOTS 4096

_Static_assert(TG_TEXTS_ROOM_MAX *(TEXT_BLOCK / TEXT_UNIT) <= (size_t)1 << TG_TEXTS_NUMBER_BITS,
               "each place has a number");

/* What is before each text. */
typedef struct {
    uint32_t hash, mark, length;
} text_head_t;

struct tg_texts_t {
    apr_pool_t *pool;
    tg_siphash_key_t key;
    char *blocks[TG_TEXTS_ROOM_MAX];
    uint32_t block_count, room;
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

tg_texts_t *tg_texts_create(apr_pool_t *pool, const tg_siphash_key_t *key, uint32_t room)
{
    tg_texts_t *texts = apr_pcalloc(pool, sizeof(*texts));

    texts->pool = pool;
    texts->key = *key;
    texts->room = room < TG_TEXTS_ROOM_MAX ? room : TG_TEXTS_ROOM_MAX;
    texts->slot_count = FIRST_SLOTS;
    texts->slots = calloc(FIRST_SLOTS, sizeof(uint32_t));
    if (!texts->slots) {
        abort();
    }
    /* The number 0 is that of the empty text, which has a head like any other. */
    texts->blocks[0] = apr_palloc(pool, TEXT_BLOCK);
    memset(texts->blocks[0], 0, sizeof(text_head_t));
    texts->block_count = 1;
    texts->used = sizeof(text_head_t);
    apr_pool_cleanup_register(pool, texts, free_slots, apr_pool_cleanup_null);
    return texts;
}

static inline text_head_t *head_of(const tg_texts_t *texts, uint32_t number)
{
    size_t place = (size_t)number * TEXT_UNIT;

    return (text_head_t *)(void *)(texts->blocks[place / TEXT_BLOCK] + place % TEXT_BLOCK);
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

/* 0: there is no room. */
static uint32_t intern_text(tg_texts_t *texts, tg_span_t text, uint32_t hash)
{
    size_t size = (sizeof(text_head_t) + text.length + TEXT_UNIT - 1) & ~(size_t)(TEXT_UNIT - 1);
    text_head_t *head;
    uint32_t number;

    if (texts->used + size > TEXT_BLOCK) {
        if (texts->block_count >= texts->room) {
            return 0;
        }
        texts->blocks[texts->block_count++] = apr_palloc(texts->pool, TEXT_BLOCK);
        texts->used = 0;
    }
    number = (uint32_t)(tg_texts_used(texts) / TEXT_UNIT);
    texts->used += size;
    texts->text_count++;
    head = head_of(texts, number);
    *head = (text_head_t){ hash, 0, text.length };
    memcpy(head + 1, text.at, text.length);
    return number;
}

/* Never within a character of UTF-8. */
static tg_span_t cut_text(tg_span_t text)
{
    if (text.length > TG_TEXTS_LENGTH_MAX) {
        text.length = TG_TEXTS_LENGTH_MAX;
        while (text.length > 0 && ((unsigned char)text.at[text.length] & 0xC0) == 0x80) {
            text.length--;
        }
    }
    return text;
}

/* Where the number of that text is, or where it would be: a 0. */
static inline uint32_t *find_slot(const tg_texts_t *texts, tg_span_t text, uint32_t hash)
{
    uint32_t slot = hash & (texts->slot_count - 1), number;

    while ((number = texts->slots[slot]) != 0) {
        const text_head_t *head = head_of(texts, number);

        if (head->hash == hash && head->length == text.length &&
            memcmp(head + 1, text.at, text.length) == 0) {
            break;
        }
        slot = (slot + 1) & (texts->slot_count - 1);
    }
    return &texts->slots[slot];
}

static uint32_t put_hashed(tg_texts_t *texts, tg_span_t text, uint32_t hash)
{
    uint32_t *slot = find_slot(texts, text, hash), number = *slot;

    if (!number) {
        *slot = number = intern_text(texts, text, hash);
        if (texts->text_count > texts->slot_count / 4 * 3) {
            grow_slots(texts);
        }
    }
    return number;
}

uint32_t tg_texts_put(tg_texts_t *texts, tg_span_t text)
{
    text = cut_text(text);
    return text.length
               ? put_hashed(texts, text, (uint32_t)tg_siphash(&texts->key, text.at, text.length))
               : 0;
}

uint32_t tg_texts_find(const tg_texts_t *texts, tg_span_t text)
{
    text = cut_text(text);
    return text.length
               ? *find_slot(texts, text, (uint32_t)tg_siphash(&texts->key, text.at, text.length))
               : 0;
}

uint32_t tg_texts_copy(tg_texts_t *texts, const tg_texts_t *others, uint32_t number)
{
    return number ? put_hashed(texts, tg_texts_get(others, number), head_of(others, number)->hash)
                  : 0;
}

size_t tg_texts_used(const tg_texts_t *texts)
{
    return (texts->block_count - 1) * TEXT_BLOCK + texts->used;
}

tg_span_t tg_texts_get(const tg_texts_t *texts, uint32_t number)
{
    const text_head_t *head = head_of(texts, number);

    return (tg_span_t){ (const char *)(head + 1), head->length };
}

uint32_t *tg_texts_mark(const tg_texts_t *texts, uint32_t number)
{
    return &head_of(texts, number)->mark;
}

int tg_texts_compare(tg_span_t a, tg_span_t b)
{
    uint32_t shared = a.length < b.length ? a.length : b.length;
    int order = shared ? memcmp(a.at, b.at, shared) : 0;

    return order ? order : (a.length > b.length) - (a.length < b.length);
}
