/* Which store a call is about: the state file of this machine, or the one of a fleet. */
#ifndef TG_CTL_STORE_CHOICE_H
#define TG_CTL_STORE_CHOICE_H

#include "ctl.h"

#include "store/store.h"

/**
 * The URL of the store that the call is about: --store, else $TLSGATE_STORE unless --state
 * names a file; NULL: it is about a file.
 */
const char *tg_ctl_store_choice_url(const tg_ctl_t *ctl);

/** The same for who needs the store besides the state file: --state does not matter. */
const char *tg_ctl_store_choice_named(const tg_ctl_t *ctl);

/** Reads such a URL. 1, or 0 after an error was printed. */
int tg_ctl_store_choice_parse(const tg_ctl_t *ctl, const char *text, tg_store_url_t *url);

/** 1 if --store is not given or right, or 0 after an error was printed. */
int tg_ctl_store_choice_check(const tg_ctl_t *ctl);

/**
 * The store that the call is about.
 * @param state the state file of this machine
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_store_choice_open(const tg_ctl_t *ctl, const char *state, tg_store_t *out);

#endif
