/* Comma-separated values: what is read, and that what is written is read as the same. */
#include "unit.h"

#include "base/csv.h"

#include <apr_strings.h>

static const struct {
    const char *text, *read; /* fields between bars, a slash after each record, with its line */
} rows[] = {
    { "", "" },
    { "a,b\nc,d\n", "1|a|b|/2|c|d|/" },
    { "a,b\r\nc,d", "1|a|b|/2|c|d|/" },
    { "\xEF\xBB\xBF"
      "a\n",
      "1|a|/" },
    { "\n\na\n\n\nb\n\n", "3|a|/6|b|/" },
    { ",\n", "1|||/" },
    { "a,,b,\n", "1|a||b||/" },
    { "\"a,b\",\"c \"\"d\"\"\"\n\"\",e\n", "1|a,b|c \"d\"|/2||e|/" },
    { "\"a\nb\",c\nd\n", "1|a\nb|c|/3|d|/" },
    { " a , b \n", "1| a | b |/" },
    { "a\"b,c\n", "1|a\"b|c|/" },
    { "\"a", "1|a|!a quote has no end/" },
    { "\"a\"b,c\nd\n", "1|a|c|!a comma must follow the quote/2|d|/" },
};

static const char *read_all(const char *text)
{
    tg_csv_t csv = tg_csv_begin(apr_pstrdup(unit_pool, text), strlen(text));
    apr_array_header_t *fields = apr_array_make(unit_pool, 2, sizeof(const char *));
    const char *read = "";
    int i;

    while (tg_csv_next(&csv, fields)) {
        read = apr_psprintf(unit_pool, "%s%d|", read, csv.line);
        for (i = 0; i < fields->nelts; i++) {
            read = apr_pstrcat(unit_pool, read, APR_ARRAY_IDX(fields, i, const char *), "|", NULL);
        }
        read = apr_pstrcat(unit_pool, read, csv.problem ? "!" : "", csv.problem ? csv.problem : "",
                           "/", NULL);
    }
    return read;
}

static void reads_records(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        same_text(read_all(rows[i].text), rows[i].read, rows[i].text);
    }
}

static void a_nul_is_a_problem(void **state)
{
    char plain[] = "a\0b,c\nd\n", quoted[] = "\"a\0b\",c\nd\n";
    tg_csv_t csvs[] = { tg_csv_begin(plain, sizeof(plain) - 1),
                        tg_csv_begin(quoted, sizeof(quoted) - 1) };
    apr_array_header_t *fields = apr_array_make(unit_pool, 2, sizeof(const char *));
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(csvs); i++) {
        assert_true(tg_csv_next(&csvs[i], fields));
        same_text(csvs[i].problem, "it has a NUL", i ? "quoted" : "plain");
    }
}

static void what_is_written_is_read_as_the_same(void **state)
{
    static const char *const texts[] = {
        "",         "a",   " a",   "a ",   "a,b", "\"",       "a\"\"b", "a\r\nb",
        "\xC3\xA9", "'a",  "=1+1", "-",    "'-",  "+1",       "-1",     "@SUM",
        "\tx",      "\rx", "'=1",  "''=1", "'",   "=\"a\",b", "a=1",    "1-1"
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(texts); i++) {
        const char *line =
            apr_pstrcat(unit_pool, "x,", tg_csv_field(unit_pool, texts[i]), "\n", NULL);

        same_text(read_all(line), apr_pstrcat(unit_pool, "1|x|", texts[i], "|/", NULL), line);
    }
}

static const struct {
    const char *text, *written;
} formulas[] = {
    { "", "" },
    { "-", "-" },
    { "a=1", "a=1" },
    { "=1", "'=1" },
    { "'=1", "''=1" },
    { "'a", "'a" },
    { "+1", "'+1" },
    { "-1", "'-1" },
    { "@a", "'@a" },
    { "=a,b", "\"'=a,b\"" },
    { "\t=1", "'\t=1" },
    { "\r=1", "\"'\r=1\"" },
    { "=\"x\"", "\"'=\"\"x\"\"\"" },
};

static void no_text_is_a_formula(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(formulas); i++) {
        same_text(tg_csv_field(unit_pool, formulas[i].text), formulas[i].written, formulas[i].text);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_text_is_a_formula),
    cmocka_unit_test(reads_records),
    cmocka_unit_test(a_nul_is_a_problem),
    cmocka_unit_test(what_is_written_is_read_as_the_same),
};

UNIT_MAIN(tests)
