/* A lock that says that a program still runs: it belongs to the open file, so it passes to children
 * with the descriptor, and ends when the last process that has it is gone, however it ended.
 */
#ifndef TG_OS_LOCK_H
#define TG_OS_LOCK_H

/** Takes the lock of a file that is open for writing. 1, or 0 with errno set. */
int tg_lock_take(int fd);

/**
 * 1 if somebody has it, or 0; -1 with errno set. The query takes no lock and needs only read
 * access; holding the lock needs write access.
 */
int tg_lock_is_taken(int fd);

#endif
