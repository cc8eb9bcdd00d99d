/* The store that a call works on: the state file of this machine, or the store of a fleet. */
#ifndef TG_CTL_BASE_STORE_CHOICE_H
#define TG_CTL_BASE_STORE_CHOICE_H

#include "ctl.h"

#include "store/store.h"

/**
 * The URL of that store: --store, otherwise $TLSGATE_STORE unless --state names a file. NULL: it
 * is a file.
 */
const char *tg_ctl_store_choice_url(const tg_ctl_t *ctl);

/** The same for a command that uses both a store and a file: --state does not matter. */
const char *tg_ctl_store_choice_named(const tg_ctl_t *ctl);

/** Reads such a URL. 1, or 0 after an error was printed. */
int tg_ctl_store_choice_parse(const tg_ctl_t *ctl, const char *text, tg_store_url_t *url);

/** 1 if --store is valid or not given, or 0 after an error was printed. */
int tg_ctl_store_choice_check(const tg_ctl_t *ctl);

/**
 * Opens that store.
 * @param state the state file of this machine
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_store_choice_open(const tg_ctl_t *ctl, const char *state, tg_store_t *out);

#endif
