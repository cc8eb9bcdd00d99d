/* What a machine that follows knows about its state file, kept and said: see follow_known.h. */
#include "follow_known.h"

#include "base/message.h"

#include <errno.h>
#include <string.h>

void tg_follow_known_fails(tg_follow_install_t *in, tg_follow_fails_t what, const tg_fault_t *fault)
{
    if (!in->fails[what]) {
        tg_message(TG_MESSAGE_ERROR, "%s; %s; retrying", fault->reason, fault->fix);
    }
    in->fails[what] = 1;
}

void tg_follow_known_works(tg_follow_install_t *in, tg_follow_fails_t what)
{
    in->fails[what] = 0;
}

void tg_follow_known_write(tg_follow_install_t *in, apr_pool_t *pool)
{
    tg_fault_t fault;

    in->is_unwritten = !tg_follow_file_write(pool, in->fd, &in->had);
    if (in->is_unwritten) {
        tg_fault_set(&fault, "check permissions and free space", "%s" TG_FOLLOW_FILE_SUFFIX ": %s",
                     in->file.name, strerror(errno));
        tg_follow_known_fails(in, TG_FOLLOW_FAILS_FOLLOW, &fault);
    }
    else {
        tg_follow_known_works(in, TG_FOLLOW_FAILS_FOLLOW);
    }
}

int tg_follow_known_lacks_audit(const tg_follow_install_t *in)
{
    return in->had.audited < in->had.revision;
}
