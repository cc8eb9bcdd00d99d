/* A question to ClickHouse: see ask.h. */
#include "ask.h"

#include "base/buffer.h"
#include "base/json_scan.h"
#include "base/rows.h"
#include "base/text.h"
#include "os/http.h"
#include "os/password.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/** The longest row: some texts of a record. */
#define ROW_MAX ((apr_size_t)1024 * 1024)
/** How much of an error is kept. */
#define ERROR_MAX ((apr_size_t)4096)
/** As much of it is shown. */
#define SHOWN_MAX 200

#define STATUS_OK 200L
/** How long it may take to connect, TLS included. */
#define CONNECT_MILLISECONDS 10000L
/** So long it may say nothing: it answers once it has counted all. */
#define SILENT_SECONDS 1800L

struct tg_clickhouse_t {
    apr_pool_t *pool;
    const tg_clickhouse_url_t *url;
    const char *password; /* or NULL */
    CURL *easy;
    tg_buffer_t rows; /* what came and was not taken yet */
    char *scratch;    /* for a row; as long as the longest so far */
    apr_size_t room;
};

/* An answer while it comes. */
typedef struct {
    tg_clickhouse_t *db;
    int cells;
    tg_clickhouse_take_t *take;
    void *context;
    tg_buffer_t error; /* the text of a status that is not 200 */
    int is_wrong;      /* a row does not have the expected form */
} answer_t;

tg_clickhouse_t *tg_clickhouse_open(apr_pool_t *pool, const tg_clickhouse_url_t *url,
                                    const char *password, tg_fault_t *fault)
{
    tg_clickhouse_t *db = apr_pcalloc(pool, sizeof(*db));

    db->pool = pool;
    db->url = url;
    db->password = password;
    db->easy = tg_http_new(pool);
    if (!db->easy) {
        tg_fault_set(fault, "try again", "out of memory");
        return NULL;
    }
    db->rows = (tg_buffer_t){ .pool = pool, .most = 2 * ROW_MAX };
    if (url->password_file && !tg_password_read(pool, url->password_file, &db->password, fault)) {
        return NULL;
    }
    return db;
}

/* --- the rows --- */

/* Values in the order of the members, whatever their names. */
static int values_of_row(const answer_t *a, tg_json_scan_t *scan, tg_clickhouse_row_t *row)
{
    tg_json_scan_value_t name, value;
    int count = 0, more, cell = 0;

    if (tg_json_scan_value(scan, &value) != TG_JSON_SCAN_OBJECT) {
        return 0;
    }
    while ((more = tg_json_scan_member(scan, &count, &name)) > 0) {
        tg_json_scan_kind_t kind = tg_json_scan_value(scan, &value);

        if (cell == a->cells || (kind != TG_JSON_SCAN_TEXT && kind != TG_JSON_SCAN_NUMBER)) {
            return 0;
        }
        row->cell[cell++] = (tg_span_t){ value.at, (uint32_t)value.length };
    }
    return more == 0 && cell == a->cells && tg_json_scan_is_end(scan);
}

static int take_row(answer_t *a, const char *text, apr_size_t length)
{
    tg_clickhouse_t *db = a->db;
    tg_clickhouse_row_t row;
    tg_json_scan_t scan;

    if (length > db->room) {
        db->room = 2 * length;
        db->scratch = apr_palloc(db->pool, db->room);
    }
    tg_json_scan_begin(&scan, text, length, db->scratch);
    return values_of_row(a, &scan, &row) && a->take(a->context, &row);
}

static int take_rows(answer_t *a)
{
    tg_buffer_t *rows = &a->db->rows;
    apr_size_t at = 0;
    const char *end;

    while (at < rows->length && (end = memchr(rows->text + at, '\n', rows->length - at)) != NULL) {
        apr_size_t length = (apr_size_t)(end - rows->text) - at;

        if (length > 0 && !take_row(a, rows->text + at, length)) {
            return 0;
        }
        at += length + 1;
    }
    if (at > 0) {
        rows->length -= at;
        memmove(rows->text, rows->text + at, rows->length + 1);
    }
    return rows->length < ROW_MAX;
}

/* curl's write callback. Returning another count than it was given ends the transfer. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *data)
{
    answer_t *a = data;
    long status = 0;

    curl_easy_getinfo(a->db->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != STATUS_OK) {
        apr_size_t left = a->error.most - a->error.length;

        (void)tg_buffer_append(&a->error, bytes, size * count < left ? size * count : left);
        return size * count;
    }
    a->is_wrong = !tg_buffer_append(&a->db->rows, bytes, size * count) || !take_rows(a);
    return a->is_wrong ? 0 : size * count;
}

/* --- what went wrong --- */

/* Of the errors of ClickHouse, by their numbers; the last row is the default. */
static const struct {
    long code;
    const char *fix;
} fixes[] = {
    { 47, "make the table as conf/clickhouse/tlsgate.sql of this version has it" },
    { 60, "check DATABASE and TABLE, or make the table with conf/clickhouse/tlsgate.sql" },
    { 81, "check DATABASE, or make it and the table with conf/clickhouse/tlsgate.sql" },
    { 159, "ask for less with --since, or give the user more time" },
    { 192, "check USER, and the password" },
    { 193, "check USER, and the password" },
    { 194, "write USER@HOST, and give the password in a file or in " TG_CLICKHOUSE_VARIABLE },
    { 241, "ask for less with --since, or give the user more memory" },
    { 497, "let the user SELECT from the table" },
    { 516, "check USER, and the password" },
    { 0, "check that it is ClickHouse, and see its log" },
};

/* `Code: 60. DB::Exception: Table ... doesn't exist.`, and more of no use here. */
static int fault_of_answer(const answer_t *a, apr_pool_t *pool, long status, tg_fault_t *fault)
{
    static const char code_is[] = "Code: ", what_is[] = "DB::Exception: ";
    const char *text = a->error.text ? a->error.text : "", *what = strstr(text, what_is);
    long code = strncmp(text, code_is, sizeof(code_is) - 1) == 0
                    ? strtol(text + sizeof(code_is) - 1, NULL, 10)
                    : 0;
    size_t i;
    char *shown, *more;

    for (i = 0; i < TG_ROWS(fixes) - 1 && fixes[i].code != code; i++) {
    }
    what = what ? what + sizeof(what_is) - 1 : text;
    shown = apr_pstrndup(pool, what, SHOWN_MAX);
    more = strstr(shown, ", e.what()");
    if (more) {
        *more = '\0';
    }
    shown[strcspn(shown, "\r\n")] = '\0';
    return tg_fault_set(fault, fixes[i].fix, "it answered with status %ld: %s", status,
                        tg_text_printable(pool, shown));
}

static const tg_http_fix_t http_fixes[] = {
    { CURLE_PEER_FAILED_VERIFICATION, 1,
      "name its authority with ca=FILE, and the host as its certificate does" },
    { CURLE_OPERATION_TIMEDOUT, 0, "check that it runs, or ask for less with --since" },
    { CURLE_OK, 0, "check that it runs and can be reached from here" },
};

static int fault_of_curl(const answer_t *a, const tg_http_request_t *request, CURLcode code,
                         const char *why, tg_fault_t *fault)
{
    if (a->is_wrong) {
        return tg_fault_set(fault, "check that it is ClickHouse, and see its log",
                            "its answer does not have the expected form");
    }
    return tg_fault_set(fault, tg_http_fix(request, code)->fix, "%s",
                        *why ? why : curl_easy_strerror(code));
}

/* --- the question --- */

static void set_user(const tg_clickhouse_t *db)
{
    if (db->url->user) {
        curl_easy_setopt(db->easy, CURLOPT_USERNAME, db->url->user);
        curl_easy_setopt(db->easy, CURLOPT_PASSWORD, db->password ? db->password : "");
        curl_easy_setopt(db->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    }
}

int tg_clickhouse_ask(tg_clickhouse_t *db, const char *sql, int cells, tg_clickhouse_take_t *take,
                      void *context, tg_fault_t *fault)
{
    answer_t a = { db, cells, take, context, { .pool = db->pool, .most = ERROR_MAX }, 0 };
    tg_http_request_t request = { .url = apr_pstrcat(db->pool, db->url->http,
                                                     "?wait_end_of_query=1", NULL),
                                  .ca = db->url->ca,
                                  .token = "",
                                  .connect_milliseconds = CONNECT_MILLISECONDS,
                                  .silent_seconds = SILENT_SECONDS,
                                  .fixes = http_fixes,
                                  .body = apr_pstrcat(db->pool, sql, " FORMAT JSONEachRow", NULL) };
    struct curl_slist *headers = tg_http_prepare(db->easy, &request);
    char why[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURLcode code;

    db->rows.length = 0;
    set_user(db);
    curl_easy_setopt(db->easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(db->easy, CURLOPT_WRITEDATA, &a);
    curl_easy_setopt(db->easy, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(db->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    code = curl_easy_perform(db->easy);
    curl_easy_getinfo(db->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(db->easy, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(db->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
        return fault_of_curl(&a, &request, code, why, fault);
    }
    if (status != STATUS_OK) {
        return fault_of_answer(&a, db->pool, status, fault);
    }
    a.is_wrong = db->rows.length > 0;
    return !a.is_wrong || fault_of_curl(&a, &request, code, why, fault);
}
