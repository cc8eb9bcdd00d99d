/* Looking into images: see override_image.h. */
#include "override_image.h"

#include "image_layout.h"

#include <apr_strings.h>
#include <string.h>

/* Eight bytes at a time. */
tg_image_key_t tg_image_key(const char *client)
{
    size_t length = strlen(client), left = length;
    const char *s = client;
    uint64_t hash = length, word;

    for (; left >= sizeof(word); left -= sizeof(word), s += sizeof(word)) {
        memcpy(&word, s, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    for (word = 0; left > 0; left--, s++) {
        word = word << 8 | (unsigned char)*s;
    }
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return (tg_image_key_t){ client, (uint32_t)length, (uint32_t)(hash >> 32) };
}

tg_image_address_t tg_image_address(const tg_network_t *network)
{
    tg_image_address_t address = 0;
    unsigned i;

    for (i = 0; i < network->length; i++) {
        address = address << 8 | network->bytes[i];
    }
    return address;
}

/* --- parts, none of which may be believed to be there --- */

static const void *image_part(const tg_image_t *image, uint64_t at, uint64_t length)
{
    return at <= image->size && length <= image->size - at ? image->base + at : NULL;
}

static const void *image_rows(const tg_image_t *image, uint32_t at, uint64_t count, size_t row)
{
    return at % sizeof(uint64_t) == 0 ? image_part(image, at, count * row) : NULL;
}

/* Its length precedes it. */
const char *tg_image_text(const tg_image_t *image, uint32_t at, uint32_t *length)
{
    const void *prefix = image_part(image, at, sizeof(*length));

    if (!prefix) {
        return NULL;
    }
    memcpy(length, prefix, sizeof(*length));
    return *length <= TG_IMAGE_TEXT_MAX ? image_part(image, (uint64_t)at + sizeof(*length), *length)
                                        : NULL;
}

static const char *image_copy(apr_pool_t *pool, const tg_image_t *image, uint32_t at)
{
    uint32_t length;
    const char *text = tg_image_text(image, at, &length);

    return text ? apr_pstrmemdup(pool, text, length) : "";
}

/* By its index; NULL if there is none, as for 0. */
static const tg_image_exemption_t *exemption_row(const tg_image_t *image,
                                                 const tg_image_head_t *head, uint32_t index)
{
    const tg_image_exemption_t *rows =
        index == 0 ? NULL : image_rows(image, head->exemptions_at, index, sizeof(*rows));

    return rows ? rows + (index - 1) : NULL;
}

/* --- finding --- */

static int has_key(const tg_image_t *image, const tg_image_exemption_t *e,
                   const tg_image_key_t *key)
{
    uint32_t length;
    const char *text = e ? tg_image_text(image, e->key, &length) : NULL;

    return text && length == key->length && memcmp(text, key->client, length) == 0;
}

const tg_image_slot_t *tg_image_slot(const tg_image_t *image, const tg_image_head_t *head,
                                     const tg_image_slot_t *table, uint32_t slots,
                                     const tg_image_key_t *key)
{
    uint32_t i;

    for (i = 0; i < slots; i++) {
        const tg_image_slot_t *slot = &table[(key->hash + i) & (slots - 1)];

        if (slot->exemption == 0 ||
            (slot->hash == key->hash &&
             has_key(image, exemption_row(image, head, slot->exemption), key))) {
            return slot;
        }
    }
    return NULL;
}

/* One question. */
typedef struct {
    apr_pool_t *pool;
    tg_image_t image;
    const tg_image_head_t *head;
    uint32_t most;             /* exemptions, as the head says and as there is room for */
    apr_array_header_t *found; /* of tg_exemption_t; NULL: none yet */
} image_find_t;

static tg_exemption_t *add_found(image_find_t *f, const tg_image_exemption_t *e)
{
    tg_exemption_t *copy;

    if (!f->found) {
        f->found = apr_array_make(f->pool, 1, sizeof(tg_exemption_t));
    }
    copy = apr_array_push(f->found);
    memset(copy, 0, sizeof(*copy));
    copy->schedule = image_copy(f->pool, &f->image, e->schedule);
    copy->until = e->until;
    copy->owner = image_copy(f->pool, &f->image, e->owner);
    copy->reason = image_copy(f->pool, &f->image, e->reason);
    return copy;
}

/* No chain is longer than all exemptions, unless it is being written. */
static const tg_image_exemption_t *next_exemption(const image_find_t *f, uint32_t index,
                                                  uint32_t *steps)
{
    return index != 0 && (*steps)++ < f->most ? exemption_row(&f->image, f->head, index) : NULL;
}

static void find_client(image_find_t *f, const char *client)
{
    uint32_t slots = f->head->slots, steps = 0;
    const tg_image_slot_t *table =
        (slots & (slots - 1)) ? NULL
                              : image_rows(&f->image, f->head->slots_at, slots, sizeof(*table));
    const tg_image_exemption_t *e;
    const tg_image_slot_t *slot;
    tg_image_key_t key;

    if (!table || !slots) {
        return;
    }
    key = tg_image_key(client);
    slot = tg_image_slot(&f->image, f->head, table, slots, &key);
    for (e = slot ? next_exemption(f, slot->exemption, &steps) : NULL; e;
         e = next_exemption(f, e->next, &steps)) {
        add_found(f, e)->client = client;
    }
}

/* The exemption of the last range that begins at or before the address. */
static uint32_t range_of(const image_find_t *f, unsigned family, uint64_t high, uint64_t low)
{
    uint32_t from = 0, to = f->head->ranges[family];
    const tg_image_range_t *ranges =
        image_rows(&f->image, f->head->ranges_at[family], to, sizeof(*ranges));

    if (!ranges) {
        return 0;
    }
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        const tg_image_range_t *r = &ranges[middle];

        if (r->high > high || (r->high == high && r->low > low)) {
            to = middle;
        }
        else {
            from = middle + 1;
        }
    }
    return from ? ranges[from - 1].exemption : 0;
}

static void add_network(image_find_t *f, const tg_image_exemption_t *e)
{
    tg_network_t network;
    uint32_t length;
    const char *text = tg_image_text(&f->image, e->key, &length);

    if (text && length == sizeof(network)) {
        memcpy(&network, text, sizeof(network));
        add_found(f, e)->network = apr_pmemdup(f->pool, &network, sizeof(network));
    }
}

/* From the smallest network to ever larger ones. */
static void find_networks(image_find_t *f, const apr_sockaddr_t *address)
{
    tg_network_t network = tg_network_of(address);
    tg_image_address_t number = tg_image_address(&network);
    uint32_t steps = 0,
             index = range_of(f, network.length == 16, (uint64_t)(number >> 64), (uint64_t)number);
    const tg_image_exemption_t *first, *e;

    for (first = next_exemption(f, index, &steps); first;
         first = next_exemption(f, first->outer, &steps)) {
        for (e = first; e; e = next_exemption(f, e->next, &steps)) {
            add_network(f, e);
        }
    }
}

apr_array_header_t *tg_override_image_find(apr_pool_t *pool, const void *memory, apr_size_t size,
                                           const char *client, const apr_sockaddr_t *address)
{
    image_find_t f = { .pool = pool, .image = { memory, size } };

    f.head = image_part(&f.image, 0, sizeof(*f.head));
    if (!f.head) {
        return NULL;
    }
    /* Once: it may be written meanwhile. */
    f.most = __atomic_load_n(&f.head->exemptions, __ATOMIC_RELAXED);
    if (f.most > size / sizeof(tg_image_exemption_t)) {
        f.most = (uint32_t)(size / sizeof(tg_image_exemption_t));
    }
    if (client) {
        find_client(&f, client);
    }
    if (address) {
        find_networks(&f, address);
    }
    return f.found;
}

tg_override_set_t *tg_override_image_read(apr_pool_t *pool, const void *memory, apr_size_t size)
{
    tg_override_set_t *set = tg_override_set_create(pool);
    const tg_image_t image = { memory, size };
    const tg_image_head_t *head = image_part(&image, 0, sizeof(*head));
    uint32_t i, count = head ? head->overrides : 0;
    const tg_image_override_t *rows =
        count ? image_rows(&image, head->overrides_at, count, sizeof(*rows)) : NULL;

    for (i = 0; rows && i < count; i++) {
        tg_override_t o = rows[i].override;

        if (o.kind >= TG_OVERRIDE_NONE && o.kind < TG_OVERRIDE_KINDS) {
            o.schedule = image_copy(pool, &image, rows[i].schedule);
            *tg_override_of(set, o.schedule) = o;
        }
    }
    return set;
}
