/* What a sighting's texts become in its line, by another decoder of UTF-8 than the module's, and
 * where they stand there.
 */
#ifndef REPAIRED_H
#define REPAIRED_H

#include "format/sighting.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The objects of the line. */
enum {
#define SIGHTING_OBJECT(object, parent, name, path) OBJECT_##object,
#include "format/sighting.def"
};
static const char *const object_paths[] = {
#define SIGHTING_OBJECT(object, parent, name, path) path,
#include "format/sighting.def"
};

/* The texts of a sighting. */
static const struct {
    int object;
    const char *name;
    size_t offset;
} sent[] = {
#define SIGHTING_TEXT(object, name, member, max, gives_way, doc)                                   \
    { OBJECT_##object, name, offsetof(tg_sighting_t, member) },
#include "format/sighting.def"
};

static inline const char *path_of(size_t i)
{
    static char path[64];

    snprintf(path, sizeof(path), "%s.%s", object_paths[sent[i].object], sent[i].name);
    return path;
}

/* One character by its bits; its length, or 0 if it is none. */
static inline size_t decode(const unsigned char *s, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t length = s[0] < 0x80       ? 1
                    : s[0] >> 5 == 6  ? 2
                    : s[0] >> 4 == 14 ? 3
                    : s[0] >> 3 == 30 ? 4
                                      : 0;
    size_t i;

    *code = length == 1 ? s[0] : s[0] & (0x7FU >> length);
    for (i = 1; i < length; i++) {
        if (s[i] >> 6 != 2) {
            return 0;
        }
        *code = *code << 6 | (s[i] & 0x3FU);
    }
    return length && *code >= least[length] && *code <= 0x10FFFF && *code >> 11 != 0x1B ? length
                                                                                        : 0;
}

static inline int is_acting(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The text as it is meant to be, if nothing is cut. */
static inline void repair(const char *text, char *out)
{
    const unsigned char *s = (const unsigned char *)text;

    while (*s) {
        uint32_t code;
        size_t length = decode(s, &code);
        int is_kept = length > 0 && !is_acting(code);

        memcpy(out, is_kept ? (const char *)s : "\xEF\xBF\xBD", is_kept ? length : 3);
        out += is_kept ? length : 3;
        s += length ? length : 1;
    }
    *out = '\0';
}

static inline const json_t *member_of(const json_t *root, const char *object, const char *name)
{
    char first[64];
    const char *dot = strchr(object, '.');

    snprintf(first, sizeof(first), "%.*s", (int)(dot ? dot - object : (long)strlen(object)),
             object);
    root = json_object_get(root, first);
    return json_object_get(dot ? json_object_get(root, dot + 1) : root, name);
}

#endif
