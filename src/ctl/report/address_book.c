/* The list of mail addresses: see address_book.h. */
#include "address_book.h"

#include "base/csv.h"
#include "base/rows.h"
#include "base/text.h"
#include "letter/mail.h"
#include "os/file.h"
#include "term/term.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#define BOOK_MAX ((apr_size_t)256 * 1024 * 1024)

struct tg_ctl_address_book_t {
    apr_hash_t *addressees; /* of tg_ctl_addressee_t *, also by the hashes of their values */
};

/* A list that is being read. */
typedef struct {
    apr_pool_t *pool;
    const char *path;
    tg_ctl_address_book_t *book;
    int is_wrong;
} book_reading_t;

/* --- one client --- */

/* The value after the kind; the kind is `account` where there is none. */
static const char *split_client(const char *text, const char **kind)
{
    static const char *const kinds[] = { "account:", "cert:", "ip:" };
    size_t i;

    for (i = 0; i < TG_ROWS(kinds); i++) {
        if (strncmp(text, kinds[i], strlen(kinds[i])) == 0) {
            *kind = kinds[i];
            return text + strlen(kinds[i]);
        }
    }
    *kind = kinds[0];
    return text;
}

static tg_ctl_addressee_t *addressee_of(const book_reading_t *r, const char *text)
{
    apr_hash_t *all = r->book->addressees;
    const char *kind, *value = split_client(text, &kind);
    const char *client = apr_pstrcat(r->pool, kind, value, NULL);
    tg_ctl_addressee_t *a = apr_hash_get(all, client, APR_HASH_KEY_STRING);

    if (!a) {
        a = apr_palloc(r->pool, sizeof(*a));
        a->client = client;
        a->to = apr_array_make(r->pool, 1, sizeof(const char *));
        apr_hash_set(all, client, APR_HASH_KEY_STRING, a);
        apr_hash_set(all, apr_pstrcat(r->pool, kind, tg_text_hash(r->pool, value), NULL),
                     APR_HASH_KEY_STRING, a);
    }
    return a;
}

/* @p where of the list: `customers.csv:7` */
static void take_address(book_reading_t *r, const char *where, const char *client,
                         const char *address)
{
    tg_fault_t fault;
    tg_ctl_addressee_t *a;
    int i;

    if (!*client || !*address) {
        return;
    }
    if (!tg_mail_address_check(address, &fault)) {
        tg_term_error("%s: \"%s\": %s; %s", where, address, fault.reason, fault.fix);
        r->is_wrong = 1;
        return;
    }
    a = addressee_of(r, client);
    for (i = 0; i < a->to->nelts; i++) {
        if (strcasecmp(APR_ARRAY_IDX(a->to, i, const char *), address) == 0) {
            return;
        }
    }
    APR_ARRAY_PUSH(a->to, const char *) = apr_pstrdup(r->pool, address);
}

/* --- comma-separated values --- */

/* The place of a column that has one of two names; -1: there is none. */
static int column_of(const apr_array_header_t *header, const char *name, const char *or_name)
{
    int i;

    for (i = 0; i < header->nelts; i++) {
        const char *field = APR_ARRAY_IDX(header, i, const char *);

        if (strcasecmp(field, name) == 0 || strcasecmp(field, or_name) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *field_at(const apr_array_header_t *fields, int i)
{
    return i < fields->nelts ? APR_ARRAY_IDX(fields, i, const char *) : "";
}

static void read_csv(book_reading_t *r, char *text, apr_size_t length)
{
    tg_csv_t csv = tg_csv_begin(text, length);
    apr_array_header_t *fields = apr_array_make(r->pool, 8, sizeof(const char *));
    int client, address;

    (void)tg_csv_next(&csv, fields);
    client = column_of(fields, "client", "account");
    address = column_of(fields, "address", "email");
    if (client < 0 || address < 0) {
        tg_term_error("%s:1: the first line does not name the columns; begin with client,address",
                      r->path);
        r->is_wrong = 1;
        return;
    }
    while (tg_csv_next(&csv, fields)) {
        const char *where = apr_psprintf(r->pool, "%s:%d", r->path, csv.line);

        if (csv.problem) {
            tg_term_error("%s: %s; write it as RFC 4180 has it", where, csv.problem);
            r->is_wrong = 1;
            return;
        }
        take_address(r, where, field_at(fields, client), field_at(fields, address));
    }
}

/* --- JSON --- */

static void take_json(book_reading_t *r, const char *client, const json_t *value)
{
    const char *where = apr_psprintf(r->pool, "%s: %s", r->path, client);
    const json_t *item;
    size_t i;

    if (json_is_string(value)) {
        take_address(r, where, client, json_string_value(value));
        return;
    }
    if (!json_is_array(value) && !json_is_null(value)) {
        tg_term_error("%s: it is neither a text nor a list of texts", where);
        r->is_wrong = 1;
        return;
    }
    json_array_foreach (value, i, item) {
        if (!json_is_string(item)) {
            tg_term_error("%s: the list has something else than texts", where);
            r->is_wrong = 1;
            return;
        }
        take_address(r, where, client, json_string_value(item));
    }
}

static void read_json(book_reading_t *r, const char *text, apr_size_t length)
{
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error), *value;
    const char *client;

    if (!json_is_object(root)) {
        tg_term_error("%s:%d: %s; write {\"account:A-20\": \"name@example.com\"}", r->path,
                      root ? 1 : error.line, root ? "it is not an object" : error.text);
        r->is_wrong = 1;
    }
    json_object_foreach(root, client, value)
    {
        take_json(r, client, value);
    }
    json_decref(root);
}

/* --- the list --- */

const tg_ctl_address_book_t *tg_ctl_address_book_read(apr_pool_t *pool, const char *path)
{
    book_reading_t r = { .pool = pool, .path = path };
    tg_fault_t fault = { "there is no such file", "name the list of mail addresses" };
    tg_file_t file;
    char *text;

    if (tg_file_read(pool, path, BOOK_MAX, &file, &fault) != TG_FILE_READ) {
        tg_term_error("--addresses %s: %s; %s", path, fault.reason, fault.fix);
        return NULL;
    }
    r.book = apr_palloc(pool, sizeof(*r.book));
    r.book->addressees = apr_hash_make(pool);
    text = apr_pmemdup(pool, file.text, file.length + 1);
    if (text[strspn(text, " \t\r\n")] == '{') {
        read_json(&r, text, file.length);
    }
    else {
        read_csv(&r, text, file.length);
    }
    return r.is_wrong ? NULL : r.book;
}

const tg_ctl_addressee_t *tg_ctl_address_book_find(const tg_ctl_address_book_t *book,
                                                   const char *client)
{
    return apr_hash_get(book->addressees, client, APR_HASH_KEY_STRING);
}
