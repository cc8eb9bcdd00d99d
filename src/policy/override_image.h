/* An image: overrides and exemptions in one piece of memory that holds no pointers, so that
 * processes share it, however many exemptions there are. One process writes it, where nobody reads.
 *
 * A reader may find that another image is being written in its place. So it believes nothing that
 * it finds, copies what it needs, and its caller looks afterwards whether that is still the image.
 */
#ifndef TG_POLICY_OVERRIDE_IMAGE_H
#define TG_POLICY_OVERRIDE_IMAGE_H

#include "override.h"

/** The bytes of an image with that many exemptions, each of which may be of another schedule, and
 * that many overrides, without its texts. */
#define TG_OVERRIDE_IMAGE_SIZE(overrides, exemptions)                                              \
    ((apr_size_t)(overrides)*128 + (apr_size_t)(exemptions)*256 + 1024)

/**
 * Writes an image.
 * @param set        its overrides; its exemptions are not read
 * @param exemptions of const tg_exemption_t *; tg_override_heed() was called for each
 * @param memory     aligned as malloc() does it
 * @return 1, or 0 if it does not fit
 */
int tg_override_image_write(apr_pool_t *scratch, const tg_override_set_t *set,
                            const apr_array_header_t *exemptions, void *memory, apr_size_t size);

/** The overrides of an image, without exemptions. All of it is copied to @p pool. */
tg_override_set_t *tg_override_image_read(apr_pool_t *pool, const void *memory, apr_size_t size);

/**
 * The exemptions of one client, from whatever schedule and until whatever date.
 * @param client  or NULL
 * @param address or NULL
 * @return of tg_exemption_t, copied to @p pool; NULL if there are none
 */
apr_array_header_t *tg_override_image_find(apr_pool_t *pool, const void *memory, apr_size_t size,
                                           const char *client, const apr_sockaddr_t *address);

#endif
