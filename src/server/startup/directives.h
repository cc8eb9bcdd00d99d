/* The directives: from the words of httpd.conf to the configuration. */
#ifndef TG_SERVER_STARTUP_DIRECTIVES_H
#define TG_SERVER_STARTUP_DIRECTIVES_H

#include "directive_args.h"

/* Each reads the arguments of the directive in its name: tg_directive_t.read. Those of a
 * schedule are in schedule_section.c, those of the ledger in ledger_directives.c. */
const char *tg_directive_schedule(const tg_args_t *args);
const char *tg_directive_deprecate(const tg_args_t *args);
const char *tg_directive_trial(const tg_args_t *args);
const char *tg_directive_grace(const tg_args_t *args);
const char *tg_directive_date(const tg_args_t *args);
const char *tg_directive_status(const tg_args_t *args);
const char *tg_directive_info(const tg_args_t *args);
const char *tg_directive_gate(const tg_args_t *args);
const char *tg_directive_identity(const tg_args_t *args);
const char *tg_directive_privacy(const tg_args_t *args);
const char *tg_directive_log(const tg_args_t *args);
const char *tg_directive_state(const tg_args_t *args);
const char *tg_directive_advice(const tg_args_t *args);
const char *tg_directive_ledger(const tg_args_t *args);
const char *tg_directive_census(const tg_args_t *args);
const char *tg_directive_track_upgrades(const tg_args_t *args);
const char *tg_directive_verify_history(const tg_args_t *args);
const char *tg_directive_guard(const tg_args_t *args);
const char *tg_directive_ignore(const tg_args_t *args);

#endif
