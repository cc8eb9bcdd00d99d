/* Symbolic links in the name of a file: see link.h. */
#include "link.h"

#include "file.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

int tg_link_follow(char at[PATH_MAX])
{
    char target[PATH_MAX], directory[PATH_MAX], whole[2 * PATH_MAX];
    ssize_t n = readlink(at, target, sizeof(target) - 1);

    if (n < 0) {
        return 0;
    }
    target[n] = '\0';
    apr_snprintf(whole, sizeof(whole), "%s/%s", tg_file_directory(at, directory), target);
    apr_cpystrn(at, *target == '/' ? target : whole, PATH_MAX);
    return 1;
}

const char *tg_link_end(apr_pool_t *pool, const char *path)
{
    char at[PATH_MAX];
    int links = 0;

    apr_cpystrn(at, path, sizeof(at));
    while (links < TG_LINKS_MAX && tg_link_follow(at)) {
        links++;
    }
    return links ? apr_pstrdup(pool, at) : path;
}

const char *tg_link_beside(apr_pool_t *pool, const char *path, const char *suffix)
{
    const char *end = tg_link_end(pool, path);
    const char *beside = apr_pstrcat(pool, end, suffix, NULL);
    const char *earlier = apr_pstrcat(pool, path, suffix, NULL);

    return end != path && access(beside, F_OK) != 0 && access(earlier, F_OK) == 0 ? earlier
                                                                                  : beside;
}
