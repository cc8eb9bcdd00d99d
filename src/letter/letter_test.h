/* How a client's host is tested. */
#ifndef TG_LETTER_LETTER_TEST_H
#define TG_LETTER_LETTER_TEST_H

#include "letter_facts.h"

/**
 * The command with curl that opens the page for tests of each host that the client called, one on
 * each line; empty if none is known. Anybody can send any Host, so with a plan only the hosts of
 * its servers count, and without one only names. In @p pool.
 */
const char *tg_letter_test(apr_pool_t *pool, const tg_letter_facts_t *facts);

#endif
