/* The directives: from the words of httpd.conf to the configuration. */
#ifndef TG_SERVER_STARTUP_DIRECTIVES_H
#define TG_SERVER_STARTUP_DIRECTIVES_H

#include <httpd.h>
#include <http_config.h>

/* Each is the handler of the directive that its name says, for RAW_ARGS; tg_directive_date()
 * of every one that sets an instant of a schedule. Those of a
 * schedule are in section.c. A mistake is answered with directive, value, reason
 * and right form. */
const char *tg_directive_schedule(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_deprecate(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_date(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_trial(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_grace(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_status(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_info(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_gate(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_identity(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_privacy(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_log(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_state(cmd_parms *cmd, void *dir, const char *args);
const char *tg_directive_advice(cmd_parms *cmd, void *dir, const char *args);

#endif
