/* Symbolic links in the name of a file: what is kept beside the file is kept where they lead to. */
#ifndef TG_OS_LINK_H
#define TG_OS_LINK_H

#include <apr_pools.h>
#include <limits.h>

/** As many links as Linux follows. */
#define TG_LINKS_MAX 40

/** 1 if the path names a link, and @p at is now what that leads to; the file need not exist. */
int tg_link_follow(char at[PATH_MAX]);

/** Where a path leads to in the end, also if no file is there yet. In @p pool. */
const char *tg_link_end(apr_pool_t *pool, const char *path);

/**
 * A file beside what a path leads to; where that is missing and one is beside the link, where
 * earlier versions kept some, that one.
 */
const char *tg_link_beside(apr_pool_t *pool, const char *path, const char *suffix);

#endif
