/* The list of mail addresses: where to write to each client. */
#ifndef TG_CTL_REPORT_ADDRESS_BOOK_H
#define TG_CTL_REPORT_ADDRESS_BOOK_H

#include <apr_tables.h>

/** One client of the list. */
typedef struct {
    const char *client;     /**< `kind:value`, as the list has it */
    apr_array_header_t *to; /**< of const char *: addresses that were checked, at least one */
} tg_ctl_addressee_t;

/** All of it. Lives in the pool that it was read into. */
typedef struct tg_ctl_address_book_t tg_ctl_address_book_t;

/**
 * Reads a file of comma-separated values with the columns `client` (or `account`) and `address` (or
 * `email`), or a JSON object of a text or of a list of texts for each client. A client without a
 * kind is an account. One without an address is left out; one may have several.
 * @return NULL after everything that is wrong in it was printed
 */
const tg_ctl_address_book_t *tg_ctl_address_book_read(apr_pool_t *pool, const char *path);

/**
 * The client of that name, also where the log has the hash of its value; NULL: it is not in the
 * list.
 */
const tg_ctl_addressee_t *tg_ctl_address_book_find(const tg_ctl_address_book_t *book,
                                                   const char *client);

#endif
