/* Whether something may give a request another path than the one that it was made for. */
#ifndef TG_SERVER_STARTUP_PATH_CHANGES_H
#define TG_SERVER_STARTUP_PATH_CHANGES_H

#include "server/base/conf.h"

/** check_config: notes in the configuration whether anything may. */
void tg_path_changes_find(const server_rec *main_server);

#endif
