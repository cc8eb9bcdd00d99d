/* Reading TlsGateAdvice lines: see advice_file.h. Words are taken as httpd takes them. */
#include "advice_file.h"

#include "os/file.h"
#include "policy/advice.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#define DIRECTIVE "TlsGateAdvice"
#define ADVICE_FILE_MAX ((apr_size_t)4 << 20)

/* The next word. Within quotes a backslash makes a quote or a backslash; elsewhere it is one. */
static const char *next_word(apr_pool_t *pool, const char **line)
{
    const char *at = *line + strspn(*line, " \t");
    char quote = *at == '"' || *at == '\'' ? *at++ : '\0';
    char *word = apr_palloc(pool, strlen(at) + 1), *to = word;

    if (!quote && !*at) {
        return NULL;
    }
    while (*at && (quote ? *at != quote : !strchr(" \t", *at))) {
        if (quote && *at == '\\' && (at[1] == quote || at[1] == '\\')) {
            at++;
        }
        *to++ = *at++;
    }
    *to = '\0';
    *line = at + (quote && *at);
    return word;
}

/* 1, or 0 after an error was printed. */
static int read_advice(apr_pool_t *pool, const char *path, int number, const char *line,
                       apr_array_header_t *advice)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    tg_advice_t *one = apr_palloc(pool, sizeof(*one));
    const char *word = next_word(pool, &line);
    tg_fault_t fault;

    if (!word || strcasecmp(word, DIRECTIVE) != 0) {
        return 1;
    }
    while ((word = next_word(pool, &line)) != NULL) {
        APR_ARRAY_PUSH(words, const char *) = word;
    }
    if (!tg_advice_parse(pool, words->nelts, (const char *const *)(const void *)words->elts, one,
                         &fault)) {
        tg_term_error("%s:%d: %s; %s", path, number, fault.reason, fault.fix);
        return 0;
    }
    APR_ARRAY_PUSH(advice, tg_advice_t *) = one;
    return 1;
}

apr_array_header_t *tg_ctl_advice_file(apr_pool_t *pool, const char *path)
{
    apr_array_header_t *advice = apr_array_make(pool, 16, sizeof(tg_advice_t *));
    tg_fault_t fault = { "there is no such file", "name a file with " DIRECTIVE " lines" };
    tg_file_t file;
    char *text, *line, *rest;
    int number = 0;

    if (tg_file_read(pool, path, ADVICE_FILE_MAX, &file, &fault) != TG_FILE_READ) {
        tg_term_error("--advice %s: %s; %s", path, fault.reason, fault.fix);
        return NULL;
    }
    text = apr_pstrmemdup(pool, file.text, file.length);
    for (rest = text; rest;) {
        line = rest;
        rest = strchr(line, '\n');
        if (rest) {
            *rest++ = '\0';
        }
        line[strcspn(line, "\r")] = '\0';
        if (!read_advice(pool, path, ++number, line, advice)) {
            return NULL;
        }
    }
    return advice;
}
