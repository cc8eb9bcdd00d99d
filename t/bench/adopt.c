/* For `t/bench/run exemptions`: what a process of httpd does with a document that is new, by the
 * functions that do it: it reads the text and writes the image.
 *
 * usage: adopt TIMES FILE: prints the fewest milliseconds of CPU that one took
 */
#include "format/state.h"

#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;
    char *text = malloc(TG_STATE_MAX), *image = malloc(TG_STATE_IMAGE_MAX);
    int i, n = argc == 3 ? atoi(argv[1]) : 0;
    double least = 1e9;
    apr_pool_t *pool;
    size_t length;

    if (!file || !text || !image || apr_initialize()) {
        fprintf(stderr, "usage: adopt TIMES FILE\n");
        return 1;
    }
    length = fread(text, 1, TG_STATE_MAX, file);
    for (i = 0; i < n; i++) {
        double begun = milliseconds(), took;
        tg_state_t state;
        tg_fault_t fault;

        if (apr_pool_create(&pool, NULL) || !tg_state_parse(pool, text, length, &state, &fault) ||
            !tg_state_image(pool, &state, image, TG_STATE_IMAGE_MAX)) {
            return 1;
        }
        took = milliseconds() - begun;
        least = took < least ? took : least;
        apr_pool_destroy(pool);
    }
    printf("%.1f\n", least);
    return 0;
}
