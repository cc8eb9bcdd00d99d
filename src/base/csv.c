/* Comma-separated values: see csv.h. */
#include "csv.h"

#include <apr_strings.h>
#include <string.h>

tg_csv_t tg_csv_begin(char *text, apr_size_t length)
{
    static const char mark[] = "\xEF\xBB\xBF";
    tg_csv_t csv = { text, text + length, 0, 1, NULL };

    if (length >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
        csv.at += strlen(mark);
    }
    return csv;
}

/* From after the first quote to after the last one; two quotes stand for one. */
static char *read_quoted(tg_csv_t *csv)
{
    char *from = csv->at, *to = csv->at;

    for (; from < csv->end; from++) {
        if (*from == '"' && from[1] != '"') {
            *to = '\0';
            return from + 1;
        }
        if (*from == '\0') {
            csv->problem = "it has a NUL";
            return csv->end;
        }
        from += *from == '"';
        csv->next_line += *from == '\n';
        *to++ = *from;
    }
    csv->problem = "a quote has no end";
    return csv->end;
}

/* One field. The character after it is overwritten, so it is returned. */
static char read_field(tg_csv_t *csv, apr_array_header_t *fields)
{
    char *after, next;

    if (*csv->at == '"') {
        csv->at++;
        APR_ARRAY_PUSH(fields, const char *) = csv->at;
        after = read_quoted(csv);
        if (after < csv->end && !strchr(",\r\n", *after)) {
            csv->problem = "a comma must follow the quote";
        }
    }
    else {
        APR_ARRAY_PUSH(fields, const char *) = csv->at;
        after = csv->at;
    }
    after += strcspn(after, ",\r\n");
    if (*after == '\0' && after < csv->end) {
        csv->problem = "it has a NUL";
        after = csv->end;
    }
    next = *after;
    *after = '\0';
    csv->at = after < csv->end ? after + 1 : csv->end;
    return next;
}

/* A line ends with LF, with CR LF, or with the text. */
static void end_line(tg_csv_t *csv, char last)
{
    if (last == '\r' && *csv->at == '\n') {
        csv->at++;
    }
    csv->next_line++;
}

/* What begins like a formula, or like one with apostrophes before it. A dash alone does not. */
static int is_like_formula(const char *text)
{
    const char *first = text + strspn(text, "'");

    return *first && strchr("=+-@\t\r", *first) && strcmp(text, "-") != 0;
}

static void take_apostrophes_away(const apr_array_header_t *fields)
{
    int i;

    for (i = 0; i < fields->nelts; i++) {
        const char **field = &APR_ARRAY_IDX(fields, i, const char *);

        *field += **field == '\'' && is_like_formula(*field) ? 1 : 0;
    }
}

static int is_empty_record(const apr_array_header_t *fields)
{
    return fields->nelts == 1 && *APR_ARRAY_IDX(fields, 0, const char *) == '\0';
}

int tg_csv_next(tg_csv_t *csv, apr_array_header_t *fields)
{
    do {
        char last;

        if (csv->at >= csv->end) {
            return 0;
        }
        apr_array_clear(fields);
        csv->problem = NULL;
        csv->line = csv->next_line;
        do {
            last = read_field(csv, fields);
        } while (last == ',');
        end_line(csv, last);
        take_apostrophes_away(fields);
    } while (is_empty_record(fields) && !csv->problem);
    return 1;
}

static const char *in_quotes(apr_pool_t *pool, const char *text)
{
    char *quoted = apr_palloc(pool, 2 * strlen(text) + 3), *to = quoted;

    *to++ = '"';
    for (; *text; text++) {
        *to++ = *text;
        if (*text == '"') {
            *to++ = '"';
        }
    }
    *to++ = '"';
    *to = '\0';
    return quoted;
}

const char *tg_csv_field(apr_pool_t *pool, const char *text)
{
    apr_size_t length = strlen(text);
    int is_quoted =
        strpbrk(text, ",\"\r\n") || *text == ' ' || (length > 0 && text[length - 1] == ' ');

    if (is_like_formula(text)) {
        text = apr_pstrcat(pool, "'", text, NULL);
    }
    return is_quoted ? in_quotes(pool, text) : text;
}
