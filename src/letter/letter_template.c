/* The template of letters: see letter_template.h. */
#include "letter_template.h"

#include "base/utf8.h"

#include <apr_strings.h>
#include <string.h>

#define SUBJECT "Subject:"
#define FIX_TEMPLATE "begin as the one that --print-template prints"

/* --- one line --- */

/* A part of a line: text, or a name. */
typedef struct {
    const char *at;
    size_t length;         /* of the text */
    tg_letter_name_t name; /* TG_LETTER_NAMES for text */
} template_part_t;

/* The part that begins there, and where the next one does; 0 with the fault filled. */
static int next_part(const char **at, template_part_t *part, tg_fault_t *fault)
{
    const char *s = *at, *end;

    *part = (template_part_t){ s, 1, TG_LETTER_NAMES };
    if (s[0] == '{' && s[1] == '{') {
        *at = s + 2;
        return 1;
    }
    if (s[0] != '{') {
        part->length = strcspn(s, "{");
        *at = s + part->length;
        return 1;
    }
    end = strchr(s, '}');
    if (!end) {
        return tg_fault_set(fault, "close it, or write {{ for a brace", "a brace is not closed");
    }
    part->name = tg_letter_name_parse(s + 1, (size_t)(end - s) - 1);
    *at = end + 1;
    return part->name < TG_LETTER_NAMES ||
           tg_fault_set(fault, "write one that --print-template lists, or {{ for a brace",
                        "there is no name {%.*s}",
                        (int)(end - s) - 1 < 80 ? (int)(end - s) - 1 : 80, s + 1);
}

static int is_right_line(const char *line, tg_fault_t *fault)
{
    template_part_t part;

    while (*line) {
        if (!next_part(&line, &part, fault)) {
            return 0;
        }
    }
    return 1;
}

/* --- reading --- */

/* Cut at its end; @p text then is the next line, or NULL. */
static char *cut_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');

    *text = end ? end + 1 : NULL;
    if (end) {
        *end = '\0';
    }
    line[strcspn(line, "\r")] = '\0';
    return line;
}

static int is_utf8_line(const char *line)
{
    const unsigned char *s = (const unsigned char *)line;
    size_t length;

    for (; *s; s += length) {
        length = tg_utf8_length(s);
        if (!length) {
            return 0;
        }
    }
    return 1;
}

/* Where a line of the template belongs. */
static int take_template_line(tg_letter_template_t *t, const char *line, int *has_gap,
                              tg_fault_t *fault)
{
    if (!is_utf8_line(line)) {
        return tg_fault_set(fault, "save it as UTF-8", "it is not UTF-8");
    }
    if (!t->subject && *line == '#') {
        return 1;
    }
    if (!t->subject && strncmp(line, SUBJECT, strlen(SUBJECT)) != 0) {
        return tg_fault_set(fault, FIX_TEMPLATE, "the first line is not the subject");
    }
    if (!is_right_line(line, fault)) {
        return 0;
    }
    if (!t->subject) {
        t->subject = line + strlen(SUBJECT);
        t->subject += strspn(t->subject, " \t");
        return 1;
    }
    if (!*has_gap && *line) {
        return tg_fault_set(fault, FIX_TEMPLATE, "an empty line must follow the subject");
    }
    if (*has_gap) {
        APR_ARRAY_PUSH(t->lines, const char *) = line;
    }
    *has_gap = 1;
    return 1;
}

int tg_letter_template_parse(apr_pool_t *pool, const char *text, apr_size_t length,
                             tg_letter_template_t *out, int *line, tg_fault_t *fault)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* of the byte order, which some editors write */
    char *rest = apr_pstrmemdup(pool, text, length);
    int has_gap = 0;

    *line = 1;
    out->subject = NULL;
    out->lines = apr_array_make(pool, 64, sizeof(const char *));
    if (strlen(rest) != length) {
        return tg_fault_set(fault, "save it as UTF-8", "it has a NUL");
    }
    rest += strncmp(rest, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
    for (*line = 0; rest && *rest;) {
        ++*line;
        if (!take_template_line(out, cut_line(&rest), &has_gap, fault)) {
            return 0;
        }
    }
    return out->lines->nelts > 0 || tg_fault_set(fault, FIX_TEMPLATE, "it has no text");
}

/* --- filling in --- */

/* A letter that is being made. */
typedef struct {
    const tg_letter_t *letter;
    apr_array_header_t *parts; /* of const char * */
    int names, filled;         /* names on the line, and those with a value */
} filling_t;

static size_t columns_of(const char *text)
{
    size_t columns = 0;

    for (; *text; text++) {
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return columns;
}

static void add_part(filling_t *f, const char *text)
{
    APR_ARRAY_PUSH(f->parts, const char *) = text;
}

/* Each further line of a value begins with @p between. */
static void add_value(filling_t *f, const char *value, const char *between)
{
    apr_pool_t *pool = f->parts->pool;
    const char *end;

    for (; (end = strchr(value, '\n')) != NULL; value = end + 1) {
        add_part(f, apr_pstrmemdup(pool, value, (apr_size_t)(end - value)));
        add_part(f, between);
    }
    add_part(f, value);
}

/* @p between NULL: further lines of a value go below its beginning */
static void fill_line(filling_t *f, const char *line, const char *between)
{
    apr_pool_t *pool = f->parts->pool;
    size_t column = 0;
    template_part_t part;
    tg_fault_t fault;

    f->names = f->filled = 0;
    while (*line && next_part(&line, &part, &fault)) {
        const char *text;

        if (part.name < TG_LETTER_NAMES) {
            text = f->letter->values[part.name];
            f->names++;
            f->filled += *text != '\0';
            add_value(f, text, between ? between : apr_psprintf(pool, "\n%*s", (int)column, ""));
            column += columns_of(text);
            continue;
        }
        text = apr_pstrmemdup(pool, part.at, part.length);
        add_part(f, text);
        column += columns_of(text);
    }
}

const char *tg_letter_subject(apr_pool_t *pool, const tg_letter_template_t *t,
                              const tg_letter_t *letter)
{
    filling_t f = { letter, apr_array_make(pool, 8, sizeof(const char *)), 0, 0 };

    fill_line(&f, t->subject, ", ");
    return apr_array_pstrcat(pool, f.parts, '\0');
}

/* The lines from @p from to the next empty one, which is returned. @p is_left_out it has names, and
 * none of them has a value. */
static int fill_paragraph(filling_t *f, const tg_letter_template_t *t, int from, int *is_left_out)
{
    int i, names = 0, filled = 0;

    for (i = from; i < t->lines->nelts && *APR_ARRAY_IDX(t->lines, i, const char *); i++) {
        int before = f->parts->nelts;

        fill_line(f, APR_ARRAY_IDX(t->lines, i, const char *), NULL);
        names += f->names;
        filled += f->filled;
        if (f->names > 0 && f->filled == 0) {
            f->parts->nelts = before;
        }
        else {
            add_part(f, "\n");
        }
    }
    *is_left_out = names > 0 && filled == 0;
    return i;
}

const char *tg_letter_body(apr_pool_t *pool, const tg_letter_template_t *t,
                           const tg_letter_t *letter)
{
    filling_t f = { letter, apr_array_make(pool, 256, sizeof(const char *)), 0, 0 };
    int i;

    for (i = 0; i < t->lines->nelts; i++) {
        int before = f.parts->nelts, is_left_out;

        i = fill_paragraph(&f, t, i, &is_left_out);
        if (is_left_out) {
            f.parts->nelts = before;
        }
        else if (i < t->lines->nelts) {
            add_part(&f, "\n");
        }
    }
    return apr_array_pstrcat(pool, f.parts, '\0');
}
