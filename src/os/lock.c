/* Locks of open files: see lock.h. */
#include "lock.h"

#include <fcntl.h>
#include <unistd.h>

/* Not flock(): read access to a file is enough to take that. */
int tg_lock_take(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

int tg_lock_is_taken(int fd)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_OFD_GETLK, &lock) != 0 ? -1 : lock.l_type != F_UNLCK;
}
