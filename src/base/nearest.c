/* Names that are near another one: see nearest.h. */
#include "nearest.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/** The longest name that is compared. */
#define NAME_MAX_LETTERS 64

static unsigned least_of(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static int is_same_letter(char a, char b)
{
    return apr_tolower(a) == apr_tolower(b);
}

/* The restricted Damerau-Levenshtein distance, one row for each letter of @p a. */
static unsigned edit_distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned rows[3][NAME_MAX_LETTERS + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    size_t i, j;

    for (j = 0; j <= m; j++) {
        above[j] = (unsigned)j;
    }
    for (i = 1; i <= n; i++) {
        unsigned *reused = before;

        row[0] = (unsigned)i;
        for (j = 1; j <= m; j++) {
            unsigned replaced = above[j - 1] + !is_same_letter(a[i - 1], b[j - 1]);

            row[j] = least_of(least_of(above[j], row[j - 1]) + 1, replaced);
            if (i > 1 && j > 1 && is_same_letter(a[i - 1], b[j - 2]) &&
                is_same_letter(a[i - 2], b[j - 1])) {
                row[j] = least_of(row[j], before[j - 2] + 1);
            }
        }
        before = above;
        above = row;
        row = reused;
    }
    return above[m];
}

/* Twice the distance, so that a mere beginning comes between the last that is near and the first
 * that is too far. */
static unsigned least_too_far(const char *typed)
{
    size_t allowed = strlen(typed) / 3;

    return 2 * ((unsigned)(allowed > 0 ? allowed : 1) + 1);
}

tg_nearest_t tg_nearest_to(const char *typed)
{
    const tg_nearest_t nearest = { typed, NULL, least_too_far(typed) };

    return nearest;
}

void tg_nearest_try(tg_nearest_t *nearest, const char *name)
{
    size_t n = strlen(nearest->typed), m = strlen(name);
    unsigned distance;

    if (n == 0 || n > NAME_MAX_LETTERS || m > NAME_MAX_LETTERS) {
        return;
    }
    distance = 2 * edit_distance(nearest->typed, n, name, m);
    if (n > 1 && n < m && strncmp(nearest->typed, name, n) == 0) {
        distance = least_of(distance, least_too_far(nearest->typed) - 1);
    }
    /* What differs in every letter that was typed is not near it. */
    if (distance < nearest->distance && distance < 2 * n) {
        nearest->distance = distance;
        nearest->found = name;
    }
}

const char *tg_nearest_question(apr_pool_t *pool, const tg_nearest_t *nearest)
{
    return nearest->found ? apr_pstrcat(pool, "; did you mean ", nearest->found, "?", NULL) : "";
}
