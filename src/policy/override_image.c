/* Images: see override_image.h.
 *
 * A header, then the overrides, the exemptions, a hash table of these by client and by network, and
 * the texts. What would be a pointer is a distance from the start, or an index that begins at 1.
 */
#include "override_image.h"

#include <apr_strings.h>
#include <stdint.h>
#include <string.h>

/** How many exemptions of one client, from other schedules, are looked at for an equal one. */
#define EQUALS_MAX 64

/** Of a text, in bytes: more than any text of a state has. */
#define IMAGE_TEXT_MAX 65535

typedef struct {
    uint32_t overrides, overrides_at;
    uint32_t exemptions, exemptions_at;
    uint32_t slots, slots_at;   /* of the table: a power of two, or 0 */
    unsigned char used[2][129]; /* of IPv4 and IPv6: the numbers of bits that networks have */
} image_head_t;

typedef struct {
    tg_override_t override; /* its pointer is not used */
    uint32_t schedule;
} flat_override_t;

/* Of a client or a network. All of one are a chain, which the table leads to. */
typedef struct {
    tg_instant_t until;
    uint32_t hash, is_network;
    uint32_t key, schedule, owner, reason;
    uint32_t next;
} flat_exemption_t;

/* A key that is looked for. */
typedef struct {
    const void *bytes;
    uint32_t length, is_network, hash;
} image_key_t;

/* FNV-1a. */
static uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t length)
{
    const unsigned char *s = bytes;

    for (; length > 0; length--, s++) {
        hash = (hash ^ *s) * 16777619U;
    }
    return hash;
}

static image_key_t image_key(const void *bytes, size_t length, int is_network)
{
    image_key_t key = { bytes, (uint32_t)length, (uint32_t)is_network,
                        hash_bytes(2166136261U + (uint32_t)is_network, bytes, length) };

    return key;
}

/* --- reading --- */

typedef struct {
    const char *base;
    apr_size_t size;
} image_t;

/* NULL if that much is not there. */
static const void *image_part(const image_t *image, uint64_t at, uint64_t length)
{
    return at <= image->size && length <= image->size - at ? image->base + at : NULL;
}

static const void *image_row(const image_t *image, uint32_t at, uint64_t index, size_t row)
{
    const void *found = image_part(image, at + index * row, row);

    return at % sizeof(uint64_t) == 0 ? found : NULL;
}

/* A text has its length before it, and a NUL after it. */
static const char *image_text(const image_t *image, uint32_t at, uint32_t *length)
{
    const void *prefix = image_part(image, at, sizeof(*length));

    if (!prefix) {
        return NULL;
    }
    memcpy(length, prefix, sizeof(*length));
    return *length <= IMAGE_TEXT_MAX ? image_part(image, (uint64_t)at + sizeof(*length), *length)
                                     : NULL;
}

static const char *image_copy(apr_pool_t *pool, const image_t *image, uint32_t at)
{
    uint32_t length;
    const char *text = image_text(image, at, &length);

    return text ? apr_pstrmemdup(pool, text, length) : "";
}

static const image_head_t *image_head(const image_t *image)
{
    return image_part(image, 0, sizeof(image_head_t));
}

static const flat_exemption_t *exemption_at(const image_t *image, const image_head_t *head,
                                            uint32_t index)
{
    return index == 0 || index > head->exemptions
               ? NULL
               : image_row(image, head->exemptions_at, index - 1, sizeof(flat_exemption_t));
}

static int has_key(const image_t *image, const flat_exemption_t *e, const image_key_t *key)
{
    uint32_t length;
    const char *text;

    if (e->hash != key->hash || e->is_network != key->is_network) {
        return 0;
    }
    text = image_text(image, e->key, &length);
    return text && length == key->length && memcmp(text, key->bytes, length) == 0;
}

/* The place in the table that leads to the chain of a key, or is still free. NULL: neither. */
static const uint32_t *find_slot(const image_t *image, const image_head_t *head,
                                 const image_key_t *key)
{
    uint32_t slots = head->slots, i;

    for (i = 0; i < slots; i++) {
        const uint32_t *slot =
            image_row(image, head->slots_at, (key->hash + i) & (slots - 1), sizeof(*slot));
        const flat_exemption_t *e;

        if (!slot || *slot == 0) {
            return slot;
        }
        e = exemption_at(image, head, *slot);
        if (!e || has_key(image, e, key)) {
            return e ? slot : NULL;
        }
    }
    return NULL;
}

static apr_array_header_t *add_found(apr_pool_t *pool, const image_t *image, const image_key_t *key,
                                     const flat_exemption_t *e, apr_array_header_t *found)
{
    tg_exemption_t *copy;

    found = found ? found : apr_array_make(pool, 1, sizeof(tg_exemption_t));
    copy = apr_array_push(found);
    copy->schedule = image_copy(pool, image, e->schedule);
    copy->client = key->is_network ? NULL : apr_pstrmemdup(pool, key->bytes, key->length);
    copy->network = key->is_network ? apr_pmemdup(pool, key->bytes, key->length) : NULL;
    copy->until = e->until;
    copy->owner = image_copy(pool, image, e->owner);
    copy->reason = image_copy(pool, image, e->reason);
    return found;
}

static apr_array_header_t *find_key(apr_pool_t *pool, const image_t *image,
                                    const image_head_t *head, const image_key_t *key,
                                    apr_array_header_t *found)
{
    const uint32_t *slot = find_slot(image, head, key);
    const flat_exemption_t *e = slot ? exemption_at(image, head, *slot) : NULL;
    uint32_t i;

    /* No chain is longer, unless it is being written. */
    for (i = 0; e && i < head->exemptions; i++) {
        found = add_found(pool, image, key, e, found);
        e = exemption_at(image, head, e->next);
    }
    return found;
}

/* From one address to ever larger networks, as far as there are any. */
static apr_array_header_t *find_networks(apr_pool_t *pool, const image_t *image,
                                         const image_head_t *head, const apr_sockaddr_t *address,
                                         apr_array_header_t *found)
{
    tg_network_t network = tg_network_of(address);
    const unsigned char *used = head->used[network.length == 16];
    unsigned bits;

    for (bits = network.bits; bits > 0; bits--) {
        if (used[bits]) {
            image_key_t key;

            tg_network_widen(&network, bits);
            key = image_key(&network, sizeof(network), 1);
            found = find_key(pool, image, head, &key, found);
        }
    }
    return found;
}

apr_array_header_t *tg_override_image_find(apr_pool_t *pool, const void *memory, apr_size_t size,
                                           const char *client, const apr_sockaddr_t *address)
{
    const image_t image = { memory, size };
    const image_head_t *head = image_head(&image);
    apr_array_header_t *found = NULL;

    if (!head || head->slots == 0) {
        return NULL;
    }
    if (client) {
        image_key_t key = image_key(client, strlen(client), 0);

        found = find_key(pool, &image, head, &key, found);
    }
    return address ? find_networks(pool, &image, head, address, found) : found;
}

tg_override_set_t *tg_override_image_read(apr_pool_t *pool, const void *memory, apr_size_t size)
{
    tg_override_set_t *set = tg_override_set_create(pool);
    const image_t image = { memory, size };
    const image_head_t *head = image_head(&image);
    uint32_t i;

    for (i = 0; head && i < head->overrides; i++) {
        const flat_override_t *flat =
            image_row(&image, head->overrides_at, i, sizeof(flat_override_t));
        const char *schedule = flat ? image_copy(pool, &image, flat->schedule) : NULL;
        tg_override_t *o;

        if (!flat || flat->override.kind < TG_OVERRIDE_NONE ||
            flat->override.kind >= TG_OVERRIDE_KINDS) {
            break;
        }
        o = tg_override_of(set, schedule);
        *o = flat->override;
        o->schedule = schedule;
    }
    return set;
}

/* --- writing --- */

typedef struct {
    image_t image;
    char *base;
    apr_size_t used;
    int is_full;

    /* What was written last, and where: exemptions beside each other have much in common. */
    const char *schedule, *owner, *reason;
    uint32_t schedule_at, owner_at, reason_at;
} image_writer_t;

/* Room for so many bytes; what is written there if it is full is not part of the image. */
static uint32_t take_room(image_writer_t *w, apr_size_t length)
{
    apr_size_t at = (w->used + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);

    if (w->is_full || at > w->image.size || length > w->image.size - at) {
        w->is_full = 1;
        return 0;
    }
    w->used = at + length;
    return (uint32_t)at;
}

static uint32_t image_put(image_writer_t *w, const void *text, size_t length)
{
    uint32_t prefix = (uint32_t)length;
    uint32_t at = take_room(w, length > IMAGE_TEXT_MAX ? SIZE_MAX : sizeof(prefix) + length + 1);

    if (at) {
        memcpy(w->base + at, &prefix, sizeof(prefix));
        memcpy(w->base + at + sizeof(prefix), text, length);
        w->base[at + sizeof(prefix) + length] = '\0';
    }
    return at;
}

static uint32_t put_common(image_writer_t *w, const char *text, const char **last, uint32_t *at)
{
    if (text != *last || !*at) {
        *at = image_put(w, text, strlen(text));
        *last = text;
    }
    return *at;
}

static void put_overrides(image_writer_t *w, image_head_t *head, const tg_override_set_t *set)
{
    apr_hash_index_t *i;
    flat_override_t *flat;

    head->overrides = apr_hash_count(set->overrides);
    head->overrides_at = take_room(w, head->overrides * sizeof(*flat));
    flat = (flat_override_t *)(void *)(w->base + head->overrides_at);
    for (i = apr_hash_first(NULL, set->overrides); i && !w->is_full; i = apr_hash_next(i), flat++) {
        const tg_override_t *o = apr_hash_this_val(i);

        flat->override = *o;
        flat->override.schedule = NULL;
        flat->schedule = image_put(w, o->schedule, strlen(o->schedule));
    }
}

/* One of the chain that is from the same schedule: of the two only the longer one is kept. */
static flat_exemption_t *find_equal(const image_writer_t *w, const image_head_t *head,
                                    uint32_t index, const char *schedule)
{
    uint32_t length, i;

    for (i = 0; i < EQUALS_MAX; i++) {
        const flat_exemption_t *e = exemption_at(&w->image, head, index);
        const char *text = e ? image_text(&w->image, e->schedule, &length) : NULL;

        if (!text || strcmp(text, schedule) == 0) {
            return text ? (flat_exemption_t *)(void *)(w->base + ((const char *)e - w->image.base))
                        : NULL;
        }
        index = e->next;
    }
    return NULL;
}

static void fill_exemption(image_writer_t *w, flat_exemption_t *flat, const tg_exemption_t *e)
{
    flat->until = e->until;
    flat->schedule = put_common(w, e->schedule, &w->schedule, &w->schedule_at);
    flat->owner = put_common(w, e->owner, &w->owner, &w->owner_at);
    flat->reason = put_common(w, e->reason, &w->reason, &w->reason_at);
}

static void put_exemption(image_writer_t *w, image_head_t *head, const tg_exemption_t *e)
{
    image_key_t key = e->network ? image_key(e->network, sizeof(*e->network), 1)
                                 : image_key(e->client, strlen(e->client), 0);
    const uint32_t *slot = find_slot(&w->image, head, &key);
    flat_exemption_t *flat = find_equal(w, head, *slot, e->schedule);

    if (flat) {
        if (e->until > flat->until) {
            fill_exemption(w, flat, e);
        }
        return;
    }
    flat = (flat_exemption_t *)(void *)(w->base + head->exemptions_at) + head->exemptions;
    head->exemptions++;
    fill_exemption(w, flat, e);
    flat->hash = key.hash;
    flat->is_network = key.is_network;
    flat->key =
        *slot ? exemption_at(&w->image, head, *slot)->key : image_put(w, key.bytes, key.length);
    flat->next = *slot;
    *(uint32_t *)(void *)(w->base + ((const char *)slot - w->image.base)) = head->exemptions;
    if (e->network) {
        head->used[e->network->length == 16][e->network->bits] = 1;
    }
}

/* At least half of the table stays free. */
static uint32_t slots_for(int exemptions)
{
    uint32_t slots = exemptions ? 2 : 0;

    while (slots && slots < 2 * (uint32_t)exemptions) {
        slots *= 2;
    }
    return slots;
}

int tg_override_image_write(const tg_override_set_t *set, const apr_array_header_t *exemptions,
                            void *memory, apr_size_t size)
{
    image_writer_t w = { .image = { memory, size }, .base = memory };
    image_head_t *head = memory;
    int i;

    take_room(&w, sizeof(*head));
    if (w.is_full) {
        return 0;
    }
    memset(head, 0, sizeof(*head));
    put_overrides(&w, head, set);
    head->exemptions_at = take_room(&w, (apr_size_t)exemptions->nelts * sizeof(flat_exemption_t));
    head->slots = slots_for(exemptions->nelts);
    head->slots_at = take_room(&w, head->slots * sizeof(uint32_t));
    if (!w.is_full) {
        memset(w.base + head->slots_at, 0, head->slots * sizeof(uint32_t));
    }
    for (i = 0; i < exemptions->nelts && !w.is_full; i++) {
        put_exemption(&w, head, APR_ARRAY_IDX(exemptions, i, const tg_exemption_t *));
    }
    return !w.is_full;
}
