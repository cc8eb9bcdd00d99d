/* How an image lies in memory, for those who write and read it: see override_image.h.
 *
 * A header, then the overrides, the exemptions, a hash table of those of clients, sorted ranges of
 * addresses for those of networks, and the texts. What would be a pointer is a distance from the
 * start, or an index that begins at 1.
 */
#ifndef TG_POLICY_IMAGE_LAYOUT_H
#define TG_POLICY_IMAGE_LAYOUT_H

#include "override.h"

#include <stdint.h>

/** Of a text, in bytes: more than any text of a state has. */
#define TG_IMAGE_TEXT_MAX 65535

/** IPv4, and IPv6. */
#define TG_IMAGE_FAMILIES 2

typedef struct {
    uint32_t overrides, overrides_at;
    uint32_t exemptions, exemptions_at;
    uint32_t slots, slots_at; /**< of the table of clients: a power of two, or 0 */
    uint32_t ranges[TG_IMAGE_FAMILIES], ranges_at[TG_IMAGE_FAMILIES];
} tg_image_head_t;

/** A slot of the table of clients: the head of a chain of exemptions, or 0. */
typedef struct {
    uint32_t hash, exemption;
} tg_image_slot_t;

/** The addresses from here to the next range, all of which are in the same networks: the head of
 * the chain of the smallest network, or 0. */
typedef struct {
    uint64_t high, low;
    uint32_t exemption;
} tg_image_range_t;

typedef struct {
    tg_override_t override; /**< its pointer is not used */
    uint32_t schedule;
} tg_image_override_t;

/** All of one client or network are a chain. */
typedef struct {
    tg_instant_t until;
    uint32_t key, schedule, owner, reason;
    uint32_t next;
    uint32_t outer; /**< in the head of a network's chain: the head for the next larger enclosing
                         network, or 0 */
} tg_image_exemption_t;

/** Where an image is. */
typedef struct {
    const char *base;
    apr_size_t size;
} tg_image_t;

/** Of a client. */
typedef struct {
    const char *client;
    uint32_t length, hash;
} tg_image_key_t;

/** An address as a number. Pools align by eight bytes. */
typedef unsigned __int128 tg_image_address_t __attribute__((aligned(8)));

tg_image_key_t tg_image_key(const char *client);

/** The first address of a network. */
tg_image_address_t tg_image_address(const tg_network_t *network);

/** A text and its length, with a NUL after it if it is whole; NULL if it is not in the image. */
const char *tg_image_text(const tg_image_t *image, uint32_t at, uint32_t *length);

/** The place in the table that leads to the chain of a client, or is still free. NULL: neither. */
const tg_image_slot_t *tg_image_slot(const tg_image_t *image, const tg_image_head_t *head,
                                     const tg_image_slot_t *table, uint32_t slots,
                                     const tg_image_key_t *key);

#endif
