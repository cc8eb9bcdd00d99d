/* The state document where it is read without jansson: for each document, and for each that a
 * mistake makes of it, the answer is that of jansson. One escape in the name of a member of the
 * document itself leaves all of it to jansson.
 */
#include "unit.h"

#include "format/state.h"

#include <apr_strings.h>
#include <stdlib.h>

#define MISTAKES 30000

#define PLAIN "\"version\""
#define ESCAPED "\"\\u0076ersion\""

#define REST "\"owner\":\"o\",\"reason\":\"r\",\"by\":\"b\",\"since\":\"2018-08-08T12:00:00Z\""
#define UNTIL "\"until\":\"2018-08-21T09:00:00.00Z\","
#define HEAD "{\"version\":1,\"overrides\":[],\"exemptions\":["

static const char *const documents[] = {
    "{\"version\":1,\"overrides\":[],\"exemptions\":[]}",
    " {\n\t\"exemptions\" : [ ] ,\r\n \"overrides\" : [ ] , \"version\" : 1 } \n",
    HEAD "{\"schedule\":\"a\",\"client\":\"account:1\"," UNTIL REST "}]}",
    HEAD "{\"schedule\":\"a\",\"network\":\"192.0.2.0/24\"," UNTIL REST "},\n{" REST "," UNTIL
         "\"client\":\"a\\\"b\",\"schedule\":\"a\"},{\"schedule\":\"\xC3\xA9\xE2\x82\xAC\","
         "\"client\":\"x\"," UNTIL REST " } ] } ",
    "{\"$schema\":\"x\",\"version\":1,\"overrides\":[{\"schedule\":\"a\",\"kind\":"
    "\"suspend\"," UNTIL
    "\"reason\":\"r\",\"by\":\"b\",\"since\":\"2018-08-08T12:00:00Z\"}],\"exemptions\":["
    "{\"schedule\":\"a\",\"client\":\"account:1\"," UNTIL REST "}]}",
};

static const char *const mistakes[] = {
    "",  " ",    ",",    ":",        "\"",   "\\",      "{",      "}",        "[",          "]",
    "0", "\x7F", "\x01", "\xC3\xA9", "\xFF", "\\u0041", "\\n",    "null",     "\"until\"",  "a",
    "Z", "\xED", "\xA0", "client",   "2018", ".0",      "{\"a\"", "\"b\":1,", "exemptions", "\n",
};

static unsigned seed = 7;

static unsigned some_below(unsigned n)
{
    seed = seed * 1103515245U + 12345U;
    return (seed >> 8) % n;
}

/* The same document for jansson alone; NULL if it has no such member. */
static const char *for_jansson(apr_pool_t *pool, const char *text)
{
    const char *at = strstr(text, PLAIN);

    return at ? apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(at - text)), ESCAPED,
                            at + strlen(PLAIN), NULL)
              : NULL;
}

/* 1 if both read it, and as the same. */
static int is_read(apr_pool_t *pool, const char *text)
{
    const char *other = for_jansson(pool, text);
    tg_state_t got, want;
    tg_fault_t fault, why;
    int ok;

    if (!other) {
        return 0;
    }
    ok = tg_state_parse(pool, other, strlen(other), &want, &why);
    CHECK(tg_state_parse(pool, text, strlen(text), &got, &fault) == ok, "%s\n%s", text,
          ok ? fault.reason : why.reason);
    if (ok) {
        same_text(tg_state_print(pool, &got), tg_state_print(pool, &want), text);
    }
    return ok;
}

static void whole_documents_are_read_as_the_same(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(documents); i++) {
        CHECK(is_read(unit_pool, documents[i]), "%s", documents[i]);
    }
}

static const char *with_mistake(apr_pool_t *pool, const char *text)
{
    unsigned length = (unsigned)strlen(text), at = some_below(length + 1);
    unsigned left_out = some_below(4) ? some_below(3) : some_below(30);
    unsigned to = at + left_out < length ? at + left_out : length;

    return apr_pstrcat(pool, apr_pstrmemdup(pool, text, at), mistakes[some_below(ROWS(mistakes))],
                       text + to, NULL);
}

static void mistakes_are_found_as_by_jansson(void **state)
{
    int i, right = 0, wrong = 0;
    apr_pool_t *pool;

    (void)state;
    apr_pool_create(&pool, unit_pool);
    for (i = 0; i < MISTAKES; i++) {
        const char *text = with_mistake(pool, documents[some_below(ROWS(documents))]);
        int ok = is_read(pool, some_below(3) ? text : with_mistake(pool, text));

        right += ok;
        wrong += !ok;
        apr_pool_clear(pool);
    }
    CHECK(right > MISTAKES / 50 && wrong > MISTAKES / 50, "%d right, %d wrong", right, wrong);
}

/* What is shorter than it was when it was opened. */
static void no_byte_after_its_end_is_read(void **state)
{
    const char *text = documents[3];
    size_t length, whole = strlen(text);

    (void)state;
    for (length = 0; length < whole - 2; length++) {
        char *copy = malloc(length ? length : 1); /* AddressSanitizer knows its end */
        tg_state_t read;
        tg_fault_t fault;

        memcpy(copy, text, length);
        CHECK(!tg_state_parse(unit_pool, copy, length, &read, &fault), "%lu bytes",
              (unsigned long)length);
        free(copy);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(whole_documents_are_read_as_the_same),
    cmocka_unit_test(mistakes_are_found_as_by_jansson),
    cmocka_unit_test(no_byte_after_its_end_is_read),
};

UNIT_MAIN(tests)
