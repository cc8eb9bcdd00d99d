/* Guessing a group: see group_guess.h. */
#include "group_guess.h"

#include "registry.h"

#include "base/nearest.h"
#include "base/rows.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** Fewer letters are part of too many names. */
#define PART_MIN 3

/* The names of OpenSSL, Java and NIST. */
static const struct {
    const char *called;
    const char *name;
} group_aliases[] = {
    { "P-192", "secp192r1" },      { "P-224", "secp224r1" },     { "P-256", "secp256r1" },
    { "P-384", "secp384r1" },      { "P-521", "secp521r1" },     { "prime192v1", "secp192r1" },
    { "prime256v1", "secp256r1" }, { "CurveP256", "secp256r1" }, { "CurveP384", "secp384r1" },
    { "CurveP521", "secp521r1" },  { "curve25519", "x25519" },   { "curve448", "x448" },
};

static const char *alias_of(const char *word)
{
    size_t i;

    for (i = 0; i < TG_ROWS(group_aliases); i++) {
        if (strcasecmp(group_aliases[i].called, word) == 0) {
            return group_aliases[i].name;
        }
    }
    return NULL;
}

static const char *group_by_number(const char *word)
{
    char *end;
    unsigned long number = strtoul(word, &end, 0);

    return *word >= '0' && *word <= '9' && *end == '\0' && number <= 0xFFFF
               ? tg_registry_group((unsigned)number)
               : NULL;
}

static const char *groups_with_part(apr_pool_t *pool, const char *word)
{
    const char *names = NULL;
    unsigned number;

    for (number = 0; strlen(word) >= PART_MIN && number <= 0xFFFF; number++) {
        const char *name = tg_registry_group(number);

        if (name && strcasestr(name, word)) {
            names = names ? apr_pstrcat(pool, names, ", ", name, NULL) : name;
        }
    }
    return names;
}

static const char *nearest_group(const char *word)
{
    tg_nearest_t nearest = tg_nearest_to(word);
    unsigned number;

    for (number = 0; number <= 0xFFFF; number++) {
        const char *name = tg_registry_group(number);

        if (name) {
            tg_nearest_try(&nearest, name);
        }
    }
    return nearest.found;
}

const char *tg_group_guess(apr_pool_t *pool, const char *word)
{
    const char *found = alias_of(word);

    found = found ? found : group_by_number(word);
    found = found ? found : groups_with_part(pool, word);
    return found ? found : nearest_group(word);
}
