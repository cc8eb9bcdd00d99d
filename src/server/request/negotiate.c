/* Content negotiation: see negotiate.h. */
#include "negotiate.h"

#include <apr_lib.h>
#include <apr_strings.h>

/** The weight of what has none: 1. */
#define WEIGHT_MAX 1000

/* The media types that mean each of ours. */
static const struct {
    const char *name;
    tg_type_t type;
} names[] = {
    { "application/problem+json", TG_TYPE_JSON },
    { "application/json", TG_TYPE_JSON },
    { "text/html", TG_TYPE_HTML },
    { "application/xhtml+xml", TG_TYPE_HTML },
    { "text/plain", TG_TYPE_TEXT },
};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* What is known of one type so far: the most specific range decides its weight. */
typedef struct {
    int specificity; /* 0: nothing matched; 1: any; 2: the kind; 3: the very type */
    int weight;      /* in thousandths */
} type_liking_t;

static int range_specificity(const char *range, const char *name)
{
    apr_size_t kind = (apr_size_t)(strchr(name, '/') - name) + 1;

    if (strcmp(range, "*/*") == 0) {
        return 1;
    }
    if (ap_cstr_casecmpn(range, name, kind) == 0 && strcmp(range + kind, "*") == 0) {
        return 2;
    }
    return ap_cstr_casecmp(range, name) == 0 ? 3 : 0;
}

/* In thousandths, as RFC 9110 section 12.4.2 writes it: 0 or 1 with up to three digits after the
 * point. Further digits are less than what is told apart, and passed over. What is nothing of the
 * kind says nothing: the type is as welcome as without it. */
static int read_qvalue(const char *text)
{
    int weight, unit = 100;

    if (*text != '0' && *text != '1') {
        return WEIGHT_MAX;
    }
    weight = (*text - '0') * WEIGHT_MAX;
    text++;
    if (*text == '.') {
        for (text++; apr_isdigit(*text); text++, unit /= 10) {
            weight += (*text - '0') * unit;
        }
    }
    return (*text && !strchr("; \t", *text)) || weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
}

static int weight_of(const char *parameters)
{
    const char *s;

    for (s = strchr(parameters, ';'); s; s = strchr(s, ';')) {
        s++;
        s += strspn(s, " \t");
        if ((s[0] == 'q' || s[0] == 'Q') && s[1] == '=') {
            return read_qvalue(s + 2);
        }
    }
    return WEIGHT_MAX;
}

static void consider_range(type_liking_t *likings, const char *range, int weight)
{
    size_t i;

    for (i = 0; i < NAMES; i++) {
        type_liking_t *liking = &likings[names[i].type];
        int found = range_specificity(range, names[i].name);

        if (found > liking->specificity ||
            (found && found == liking->specificity && weight > liking->weight)) {
            liking->specificity = found;
            liking->weight = weight;
        }
    }
}

tg_type_t tg_negotiate_type(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");
    type_liking_t likings[TG_TYPES] = { { 0, 0 }, { 0, 0 }, { 0, 0 } };
    tg_type_t best = TG_TYPE_JSON;
    int type;

    if (!accept || strcmp(accept, "*/*") == 0) {
        return TG_TYPE_JSON; /* programs, by far the most */
    }
    while (*accept) {
        const char *item = ap_getword(r->pool, &accept, ',');
        const char *range;

        item += strspn(item, " \t");
        range = apr_pstrndup(r->pool, item, strcspn(item, "; \t"));
        consider_range(likings, range, weight_of(item));
    }
    for (type = 0; type < TG_TYPES; type++) {
        /* Old browsers end their list with a plain range of everything: what is
         * named goes before it. */
        if (likings[type].weight > likings[best].weight ||
            (likings[type].weight > 0 && likings[type].weight == likings[best].weight &&
             likings[type].specificity > likings[best].specificity)) {
            best = (tg_type_t)type;
        }
    }
    return best;
}
