/* Writing images: see override_image.h. */
#include "override_image.h"

#include "image_layout.h"

#include <stdlib.h>
#include <string.h>

/** How many exemptions of one client or network, from other schedules, are looked at for an equal
 * one. */
#define EQUALS_MAX 64

/** How many networks can be around each other. */
#define NESTED_MAX 129

typedef struct {
    tg_image_t image;
    tg_image_head_t *head;
    char *base;
    apr_size_t used;
    int is_full;

    /* What was written last, and where: exemptions beside each other have much in common. */
    const char *schedule, *owner, *reason;
    uint32_t schedule_at, owner_at, reason_at;
} image_writer_t;

/* Room for that many bytes; if the image is full, a place that is not part of it. */
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
    uint32_t at = take_room(w, length > TG_IMAGE_TEXT_MAX ? SIZE_MAX : sizeof(prefix) + length + 1);

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

static void put_overrides(image_writer_t *w, const tg_override_set_t *set)
{
    apr_hash_index_t *i;
    tg_image_override_t *flat;

    w->head->overrides = apr_hash_count(set->overrides);
    w->head->overrides_at = take_room(w, w->head->overrides * sizeof(*flat));
    flat = (tg_image_override_t *)(void *)(w->base + w->head->overrides_at);
    for (i = apr_hash_first(NULL, set->overrides); i && !w->is_full; i = apr_hash_next(i), flat++) {
        const tg_override_t *o = apr_hash_this_val(i);

        flat->override = *o;
        flat->override.schedule = NULL;
        flat->schedule = image_put(w, o->schedule, strlen(o->schedule));
    }
}

/* --- chains --- */

static tg_image_exemption_t *exemption_of(const image_writer_t *w, uint32_t index)
{
    return (tg_image_exemption_t *)(void *)(w->base + w->head->exemptions_at) + (index - 1);
}

/* One of the chain that is from the same schedule: of the two only the longer one is kept. */
static tg_image_exemption_t *find_equal(const image_writer_t *w, uint32_t first,
                                        const char *schedule)
{
    uint32_t length, index = first;
    int i;

    for (i = 0; i < EQUALS_MAX && index; i++) {
        tg_image_exemption_t *e = exemption_of(w, index);
        const char *text = tg_image_text(&w->image, e->schedule, &length);

        if (text && strcmp(text, schedule) == 0) {
            return e;
        }
        index = e->next;
    }
    return NULL;
}

static void fill_exemption(image_writer_t *w, tg_image_exemption_t *flat, const tg_exemption_t *e)
{
    flat->until = e->until;
    flat->schedule = put_common(w, e->schedule, &w->schedule, &w->schedule_at);
    flat->owner = put_common(w, e->owner, &w->owner, &w->owner_at);
    flat->reason = put_common(w, e->reason, &w->reason, &w->reason_at);
}

/* Adds to the chain that @p first begins, if there is one. The index of what begins it then. */
static uint32_t put_exemption(image_writer_t *w, const tg_exemption_t *e, uint32_t first,
                              const void *key, size_t length)
{
    tg_image_exemption_t *flat = find_equal(w, first, e->schedule);

    if (flat) {
        if (e->until > flat->until) {
            fill_exemption(w, flat, e);
        }
        return first;
    }
    w->head->exemptions++;
    flat = exemption_of(w, w->head->exemptions);
    fill_exemption(w, flat, e);
    flat->key = first ? exemption_of(w, first)->key : image_put(w, key, length);
    flat->next = first;
    flat->outer = 0;
    return w->head->exemptions;
}

/* --- clients --- */

/* At least half of the table stays free. */
static uint32_t slots_for(int clients)
{
    uint32_t slots = clients ? 2 : 0;

    while (slots && slots < 2 * (uint32_t)clients) {
        slots *= 2;
    }
    return slots;
}

static void put_client(image_writer_t *w, const tg_exemption_t *e)
{
    tg_image_slot_t *table = (tg_image_slot_t *)(void *)(w->base + w->head->slots_at);
    tg_image_key_t key = tg_image_key(e->client);
    tg_image_slot_t *slot =
        &table[tg_image_slot(&w->image, w->head, table, w->head->slots, &key) - table];

    slot->hash = key.hash;
    slot->exemption = put_exemption(w, e, slot->exemption, key.client, key.length);
}

static void put_clients(image_writer_t *w, const apr_array_header_t *exemptions, int clients)
{
    int i;

    w->head->slots = slots_for(clients);
    w->head->slots_at = take_room(w, w->head->slots * sizeof(tg_image_slot_t));
    if (!w->is_full) {
        memset(w->base + w->head->slots_at, 0, w->head->slots * sizeof(tg_image_slot_t));
    }
    for (i = 0; i < exemptions->nelts && !w->is_full; i++) {
        const tg_exemption_t *e = APR_ARRAY_IDX(exemptions, i, const tg_exemption_t *);

        if (!e->network) {
            put_client(w, e);
        }
    }
}

/* --- networks --- */

typedef struct {
    tg_image_address_t first, last;
    const tg_exemption_t *e;
} image_network_t;

/* One after the other, a network before those in it, equal ones in their order. */
static int compare_networks(const void *a, const void *b)
{
    const image_network_t *x = a, *y = b;

    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    return x->last != y->last ? (x->last > y->last ? -1 : 1) : (x->e > y->e) - (x->e < y->e);
}

static image_network_t network_of(const tg_exemption_t *e)
{
    image_network_t n = { .first = tg_image_address(e->network), .e = e };
    unsigned free_bits = 8U * e->network->length - e->network->bits;

    n.last = n.first | (((tg_image_address_t)1 << free_bits) - 1);
    return n;
}

/* The networks around an address while they are gone through: the last one is the smallest. */
typedef struct {
    unsigned family;
    tg_image_range_t *ranges;
    struct {
        tg_image_address_t last;
        uint32_t exemption;
    } open[NESTED_MAX];
    unsigned depth;
} sweep_t;

static uint32_t innermost_of(const sweep_t *s)
{
    return s->depth ? s->open[s->depth - 1].exemption : 0;
}

/* From that address on. What begins where another range begins is in its place. */
static void begin_range(image_writer_t *w, sweep_t *s, tg_image_address_t at)
{
    tg_image_range_t range = { (uint64_t)(at >> 64), (uint64_t)at, innermost_of(s) };
    uint32_t *count = &w->head->ranges[s->family];
    const tg_image_range_t *before = *count ? &s->ranges[*count - 1] : NULL;

    if (!before || before->high != range.high || before->low != range.low) {
        ++*count;
    }
    s->ranges[*count - 1] = range;
}

/* Those that end before that address. */
static void close_networks(image_writer_t *w, sweep_t *s, tg_image_address_t before)
{
    while (s->depth && s->open[s->depth - 1].last < before) {
        tg_image_address_t after = s->open[--s->depth].last + 1;

        begin_range(w, s, after);
    }
}

static void sweep_networks(image_writer_t *w, unsigned family, const image_network_t *networks,
                           int count)
{
    sweep_t s = { .family = family };
    int i, j;

    w->head->ranges_at[family] = take_room(w, 2 * (apr_size_t)count * sizeof(*s.ranges));
    s.ranges = (tg_image_range_t *)(void *)(w->base + w->head->ranges_at[family]);
    for (i = 0; i < count && !w->is_full; i = j) {
        const image_network_t *n = &networks[i];
        uint32_t first = 0, outer;

        close_networks(w, &s, n->first);
        outer = innermost_of(&s);
        for (j = i; j < count && networks[j].first == n->first && networks[j].last == n->last;
             j++) {
            first = put_exemption(w, networks[j].e, first, n->e->network, sizeof(*n->e->network));
        }
        exemption_of(w, first)->outer = outer;
        s.open[s.depth].last = n->last;
        s.open[s.depth++].exemption = first;
        begin_range(w, &s, n->first);
    }
    /* The last address has none after it. */
    while (s.depth && !w->is_full) {
        tg_image_address_t last = s.open[--s.depth].last;
        tg_image_address_t end = family ? ~(tg_image_address_t)0 : UINT32_MAX;

        if (last != end) {
            begin_range(w, &s, last + 1);
        }
    }
}

static void put_networks(image_writer_t *w, apr_pool_t *scratch,
                         const apr_array_header_t *exemptions)
{
    static const apr_size_t length[TG_IMAGE_FAMILIES] = { 4, 16 };
    unsigned family;
    int i;

    for (family = 0; family < TG_IMAGE_FAMILIES; family++) {
        apr_array_header_t *networks = apr_array_make(scratch, 8, sizeof(image_network_t));

        for (i = 0; i < exemptions->nelts; i++) {
            const tg_exemption_t *e = APR_ARRAY_IDX(exemptions, i, const tg_exemption_t *);

            if (e->network && e->network->length == length[family]) {
                APR_ARRAY_PUSH(networks, image_network_t) = network_of(e);
            }
        }
        qsort(networks->elts, (size_t)networks->nelts, sizeof(image_network_t), compare_networks);
        sweep_networks(w, family, (const image_network_t *)(const void *)networks->elts,
                       networks->nelts);
    }
}

int tg_override_image_write(apr_pool_t *scratch, const tg_override_set_t *set,
                            const apr_array_header_t *exemptions, void *memory, apr_size_t size)
{
    image_writer_t w = { .image = { memory, size }, .head = memory, .base = memory };
    int i, clients = 0;

    take_room(&w, sizeof(*w.head));
    if (w.is_full) {
        return 0;
    }
    memset(w.head, 0, sizeof(*w.head));
    put_overrides(&w, set);
    w.head->exemptions_at =
        take_room(&w, (apr_size_t)exemptions->nelts * sizeof(tg_image_exemption_t));
    for (i = 0; i < exemptions->nelts; i++) {
        clients += !APR_ARRAY_IDX(exemptions, i, const tg_exemption_t *)->network;
    }
    put_clients(&w, exemptions, clients);
    put_networks(&w, scratch, exemptions);
    return !w.is_full;
}
