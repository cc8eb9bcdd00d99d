/* Guessing a trait: see trait_guess.h. */
#include "trait_guess.h"

#include "base/nearest.h"
#include "base/rows.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* What others call our traits, in small letters and digits alone. */
static const struct {
    const char *called;
    const char *name;
} other_names[] = {
    { "ssl30", "SSLv3" },         { "tls10", "TLSv1" },
    { "http", "cleartext" },      { "plain", "cleartext" },
    { "plaintext", "cleartext" }, { "plainhttp", "cleartext" },
    { "none", "cleartext" },      { "all", "any" },
    { "rsa", "kx=RSA" },          { "dhe", "kx=DHE" },
    { "dh", "kx=DHE" },           { "edh", "kx=DHE" },
};

/* Small letters and digits alone, without the v of a version: `TLSv1.2` is `tls12`. */
static const char *squeezed_name(apr_pool_t *pool, const char *a, const char *b)
{
    char *text = apr_pstrcat(pool, a, b, NULL), *end = text;
    const char *s;

    for (s = text; *s; s++) {
        int is_version = apr_tolower(*s) == 'v' && apr_isdigit(s[1]);

        if (apr_isalnum(*s) && !is_version) {
            *end++ = (char)apr_tolower(*s);
        }
    }
    *end = '\0';
    return text;
}

static const char *find_squeezed(apr_pool_t *pool, const char *squeezed)
{
    int bit;
    size_t i;

    for (bit = 0; bit < 32; bit++) {
        const char *name = tg_trait_name(bit);

        if (name && strcmp(squeezed_name(pool, name, ""), squeezed) == 0) {
            return name;
        }
    }
    for (i = 0; i < TG_ROWS(other_names); i++) {
        if (strcmp(other_names[i].called, squeezed) == 0) {
            return other_names[i].name;
        }
    }
    return NULL;
}

static const char *find_nearest(const char *word)
{
    tg_nearest_t nearest = tg_nearest_to(word);
    int bit;

    for (bit = 0; bit < 32; bit++) {
        if (tg_trait_name(bit)) {
            tg_nearest_try(&nearest, tg_trait_name(bit));
        }
    }
    return nearest.found;
}

/* `TLS 1.0` is one trait, but not `TLSv1 TLSv1.1`, whose second word is another. */
static const char *find_one(apr_pool_t *pool, const char *word, const char *next)
{
    const char *found = NULL;

    if (next && !tg_trait_parse(next)) {
        found = find_squeezed(pool, squeezed_name(pool, word, next));
    }
    found = found ? found : find_squeezed(pool, squeezed_name(pool, word, ""));
    return found ? found : find_nearest(word);
}

const char *tg_trait_guess(apr_pool_t *pool, const char *word, const char *next)
{
    char *rest = apr_pstrdup(pool, word), *state = NULL;
    const char *names = NULL, *part;

    if (!strpbrk(word, ",;|")) {
        return find_one(pool, word, next);
    }
    for (part = apr_strtok(rest, ",;|", &state); part; part = apr_strtok(NULL, ",;|", &state)) {
        const char *name = tg_trait_parse(part) ? part : find_one(pool, part, NULL);

        if (!name) {
            return NULL;
        }
        names = names ? apr_pstrcat(pool, names, " ", name, NULL) : name;
    }
    return names;
}
