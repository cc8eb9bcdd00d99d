/* The scanner of JSON: see json_scan.h. */
#include "json_scan.h"

#include "json_scan_text.h"

#include <string.h>

/* --- white space and single characters --- */

static inline void pass_space(tg_json_scan_t *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) {
        s->at++;
    }
}

static inline int next_is(tg_json_scan_t *s, char c)
{
    /* Programs write it right there. */
    if (s->at < s->end && *s->at == c) {
        s->at++;
        return 1;
    }
    pass_space(s);
    if (s->at < s->end && *s->at == c) {
        s->at++;
        return 1;
    }
    return 0;
}

/* --- numbers and words --- */

/* Passes digits. 0: there is none. */
static int pass_digits(tg_json_scan_t *s)
{
    const char *start = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        s->at++;
    }
    return s->at > start;
}

/* RFC 8259 section 6. */
static tg_json_scan_kind_t read_number(tg_json_scan_t *s, tg_json_scan_value_t *value)
{
    value->at = s->at;
    if (*s->at == '-') {
        s->at++;
    }
    if (s->at < s->end && *s->at == '0') {
        s->at++;
    }
    else if (!pass_digits(s)) {
        return TG_JSON_SCAN_WRONG;
    }
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!pass_digits(s)) {
            return TG_JSON_SCAN_WRONG;
        }
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-')) {
            s->at++;
        }
        if (!pass_digits(s)) {
            return TG_JSON_SCAN_WRONG;
        }
    }
    value->length = (size_t)(s->at - value->at);
    return TG_JSON_SCAN_NUMBER;
}

static tg_json_scan_kind_t read_word(tg_json_scan_t *s, const char *word, size_t length,
                                     tg_json_scan_kind_t kind)
{
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0) {
        return TG_JSON_SCAN_WRONG;
    }
    s->at += length;
    return kind;
}

/* --- values --- */

void tg_json_scan_begin(tg_json_scan_t *scan, const char *at, size_t length, char *scratch)
{
    scan->at = at;
    scan->end = at + length;
    scan->scratch = scratch;
}

tg_json_scan_kind_t tg_json_scan_value(tg_json_scan_t *scan, tg_json_scan_value_t *value)
{
    tg_json_scan_kind_t kind = TG_JSON_SCAN_WRONG;

    if (scan->at < scan->end && *scan->at == '"') {
        scan->at++;
        return value->kind = tg_json_scan_text(scan, value);
    }
    pass_space(scan);
    value->at = NULL;
    value->length = 0;
    switch (scan->at < scan->end ? *scan->at : '\0') {
    case '"':
        scan->at++;
        kind = tg_json_scan_text(scan, value);
        break;
    case '{':
        scan->at++;
        kind = TG_JSON_SCAN_OBJECT;
        break;
    case '[':
        scan->at++;
        kind = TG_JSON_SCAN_ARRAY;
        break;
    case 't':
        kind = read_word(scan, "true", 4, TG_JSON_SCAN_TRUE);
        break;
    case 'f':
        kind = read_word(scan, "false", 5, TG_JSON_SCAN_FALSE);
        break;
    case 'n':
        kind = read_word(scan, "null", 4, TG_JSON_SCAN_NULL);
        break;
    case '-':
    case '0' ... '9':
        kind = read_number(scan, value);
        break;
    default:
        break;
    }
    value->kind = kind;
    return kind;
}

int tg_json_scan_member(tg_json_scan_t *scan, int *count, tg_json_scan_value_t *name)
{
    /* Programs write it without white space. */
    if (*count > 0 && scan->end - scan->at >= 2 && scan->at[0] == ',' && scan->at[1] == '"') {
        scan->at += 2;
    }
    else if (next_is(scan, '}')) {
        return 0;
    }
    else if ((*count > 0 && !next_is(scan, ',')) || !next_is(scan, '"')) {
        return -1;
    }
    ++*count;
    name->kind = tg_json_scan_text(scan, name);
    return name->kind == TG_JSON_SCAN_TEXT && next_is(scan, ':') ? 1 : -1;
}

int tg_json_scan_named(tg_json_scan_t *scan, int *count, const char *name, size_t length)
{
    const char *at = scan->at;
    size_t comma = *count > 0;

    if ((size_t)(scan->end - at) < comma + length + 3 || (comma && *at != ',')) {
        return 0;
    }
    at += comma;
    if (at[0] != '"' || at[length + 1] != '"' || at[length + 2] != ':' ||
        memcmp(at + 1, name, length) != 0) {
        return 0;
    }
    scan->at = at + length + 3;
    ++*count;
    return 1;
}

/* What is open while a value is passed: a bit for each, 1 for an object. */
typedef struct {
    unsigned char kinds[TG_JSON_DEPTH_MAX / 8];
    int depth;
} nesting_t;

static int open_nested(nesting_t *n, tg_json_scan_kind_t kind)
{
    unsigned char bit = (unsigned char)(1U << (n->depth % 8));

    if (n->depth == TG_JSON_DEPTH_MAX) {
        return 0;
    }
    if (kind == TG_JSON_SCAN_OBJECT) {
        n->kinds[n->depth / 8] |= bit;
    }
    else {
        n->kinds[n->depth / 8] &= (unsigned char)~bit;
    }
    n->depth++;
    return 1;
}

int tg_json_scan_pass(tg_json_scan_t *scan, tg_json_scan_kind_t opened)
{
    tg_json_scan_value_t value;
    nesting_t n = { 0 };
    int count = 0; /* of the innermost one: only whether it is the first matters */

    (void)open_nested(&n, opened);
    while (n.depth > 0) {
        int is_object = n.kinds[(n.depth - 1) / 8] >> ((n.depth - 1) % 8) & 1;

        if (is_object) {
            int is_member = tg_json_scan_member(scan, &count, &value);

            if (is_member < 0) {
                return 0;
            }
            n.depth -= !is_member;
            count = 1;
            if (!is_member) {
                continue;
            }
        }
        else if (next_is(scan, ']')) {
            n.depth--;
            count = 1;
            continue;
        }
        else if (count++ > 0 && !next_is(scan, ',')) {
            return 0;
        }
        switch (tg_json_scan_value(scan, &value)) {
        case TG_JSON_SCAN_WRONG:
            return 0;
        case TG_JSON_SCAN_OBJECT:
        case TG_JSON_SCAN_ARRAY:
            if (!open_nested(&n, value.kind)) {
                return 0;
            }
            count = 0;
            break;
        default:
            break;
        }
    }
    return 1;
}

int tg_json_scan_is_end(tg_json_scan_t *scan)
{
    pass_space(scan);
    return scan->at == scan->end;
}
