/* Sightings: one line of JSON within its bound, whatever an outsider sent. */
#include "unit.h"

#include "policy/sighting.h"
#include "policy/text.h"

#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>

static tg_schedule_t schedule = { .name = "legacy-tls" };
static const tg_binding_t binding = { .schedule = &schedule };
static const tg_override_t suspend = { "legacy-tls", TG_OVERRIDE_SUSPEND, 1533722400, TG_NEVER,
                                       TG_NEVER };
static const tg_override_t trial = { "legacy-tls", TG_OVERRIDE_TRIAL, 1533722400, TG_NEVER,
                                     TG_NEVER };
static const tg_override_t postpone = { "legacy-tls", TG_OVERRIDE_NONE, TG_NEVER, 1533631200,
                                        1533722400 };
static const tg_override_t over_and_postpone = { "legacy-tls", TG_OVERRIDE_SUSPEND, 1531000000,
                                                 1531000000, 1533722400 };
static const tg_exemption_t exemption = { "legacy-tls", "account:4711", NULL,
                                          1533722400,   "billing",      "late" };

static const tg_outcome_t rejected = { &binding, TG_PHASE_TRIAL, TG_ACTION_REJECT, 1, NULL, NULL };
static const tg_outcome_t suspended = {
    &binding, TG_PHASE_GRACE, TG_ACTION_WARN, 1, &suspend, NULL
};
static const tg_outcome_t raised = { &binding, TG_PHASE_TRIAL, TG_ACTION_REJECT, 1, &trial, NULL };
static const tg_outcome_t postponed = { &binding, TG_PHASE_ANNOUNCED, TG_ACTION_WARN,
                                        1,        &postpone,          NULL };
static const tg_outcome_t postponed_still = { &binding, TG_PHASE_ANNOUNCED, TG_ACTION_WARN,
                                              1,        &over_and_postpone, NULL };
static const tg_outcome_t exempted = { &binding, TG_PHASE_CUTOFF, TG_ACTION_WARN, 0,
                                       NULL,     &exemption };

/* Every member set; each test changes what it is about. */
static tg_sighting_t whole(void)
{
    tg_sighting_t s = { .time = INT64_C(1531213200123999),
                        .protocol = TG_PROTOCOL_TLS1_0,
                        .ip = "192.0.2.7",
                        .client = "account:4711",
                        .user_id = "4711",
                        .user_agent = "Java/1.7.0_80",
                        .cipher = "AES128-SHA",
                        .server_name = "api.example.com",
                        .domain = "api.example.com",
                        .path = "/v1/sms",
                        .method = "POST",
                        .advice = "Start it with TLS 1.2",
                        .cause = "old",
                        .status = 426,
                        .test = 0,
                        .outcome = &rejected };

    return s;
}

/* Writes the line and checks what holds for each of them. */
static json_t *written(const tg_sighting_t *s, const char *row)
{
    char line[TG_SIGHTING_MAX + 2];
    apr_pool_t *pool;
    apr_size_t n;
    json_t *json;

    apr_pool_create(&pool, unit_pool);
    memset(line, 'X', sizeof(line));
    n = tg_sighting_write(s, line, pool);
    CHECK(n > 0, "%s: no line at all", row);
    CHECK(n <= TG_SIGHTING_MAX, "%s: %d bytes", row, (int)n);
    CHECK(line[TG_SIGHTING_MAX + 1] == 'X', "%s: written behind the end", row);
    CHECK(line[n] == '\0' && strlen(line) == n, "%s: not %d bytes", row, (int)n);
    CHECK(strchr(line, '\n') == line + n - 1, "%s: not one line: %s", row, line);
    json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    CHECK(json != NULL, "%s: no JSON: %s", row, line);
    apr_pool_destroy(pool);
    return json;
}

static const struct {
    const char *what;
    const char *json; /* with ' for " */
} lines[] = {
    { "whole",
      "{'@timestamp':'2018-07-10T09:00:00.123Z','ecs':{'version':'8.11.0'},"
      "'tls':{'version':'1.0','version_protocol':'tls','established':true,"
      "'client':{'server_name':'api.example.com'},'cipher':'AES128-SHA'},"
      "'http':{'request':{'method':'POST'},'response':{'status_code':426}},"
      "'client':{'ip':'192.0.2.7'},'user':{'id':'4711'},'user_agent':{'original':'Java/1.7.0_80'},"
      "'url':{'domain':'api.example.com','path':'/v1/sms'},"
      "'tlsgate':{'client':'account:4711','cause':'old','advice':'Start it with TLS 1.2',"
      "'protocol':'TLSv1','schedule':'legacy-tls','phase':'trial','verdict':'reject',"
      "'enforced':true,'override':null,'exemption':null,'test':false}}" },
    { "little", "{'@timestamp':'1970-01-01T00:00:00.000Z','ecs':{'version':'8.11.0'},'http':{},"
                "'tlsgate':{'protocol':'cleartext','schedule':'legacy-tls','phase':'cutoff',"
                "'verdict':'warn','enforced':false,'override':null,"
                "'exemption':{'until':'2018-08-08T10:00:00Z','owner':'billing'},'test':true}}" },
};

static void has_the_names_of_ecs(void **state)
{
    tg_sighting_t little = { .protocol = TG_PROTOCOL_CLEARTEXT, .test = 1, .outcome = &exempted };
    tg_sighting_t full = whole();
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(lines); i++) {
        json_t *got = written(i == 0 ? &full : &little, lines[i].what);
        char *text = apr_pstrdup(unit_pool, lines[i].json), *quote;
        json_t *want;

        while ((quote = strchr(text, '\'')) != NULL) {
            *quote = '"';
        }
        want = json_loads(text, 0, NULL);
        assert_non_null(want);
        CHECK(json_equal(got, want), "%s: %s\nnot %s", lines[i].what, json_dumps(got, JSON_COMPACT),
              text);
        json_decref(got);
        json_decref(want);
    }
}

static const struct {
    const char *what;
    const tg_outcome_t *outcome;
    const char *kind, *key, *instant;
} overrides[] = {
    { "suspend", &suspended, "suspend", "until", "2018-08-08T10:00:00Z" },
    { "trial", &raised, "trial", "until", "2018-08-08T10:00:00Z" },
    { "postpone", &postponed, "postpone", "cutoff", "2018-08-08T10:00:00Z" },
    { "postponed, and a suspend that is over", &postponed_still, "postpone", "cutoff",
      "2018-08-08T10:00:00Z" },
};

static void names_the_override(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(overrides); i++) {
        tg_sighting_t s = whole();
        const json_t *o;
        json_t *line;

        s.outcome = overrides[i].outcome;
        line = written(&s, overrides[i].what);
        o = json_object_get(json_object_get(line, "tlsgate"), "override");
        same_text(json_string_value(json_object_get(o, "kind")), overrides[i].kind,
                  overrides[i].what);
        same_text(json_string_value(json_object_get(o, overrides[i].key)), overrides[i].instant,
                  overrides[i].what);
        json_decref(line);
    }
}

/* What an outsider sends, and what is read from the line again. */
static const struct {
    const char *sent, *logged;
} hostile[] = {
    { "\"},{\"x\":\"", "\"},{\"x\":\"" },
    { "\\", "\\" },
    { "\\\"", "\\\"" },
    { "\\u0000", "\\u0000" },
    { "a\nb", "a\nb" },
    { "a\r\nb", "a\r\nb" },
    { "a\tb\vc\fd\be", "a\tb\vc\fd\be" },
    { "\x01\x1F\x7F", "\x01\x1F\x7F" },
    { "</script>", "</script>" },
    { "\xE2\x80\xA8\xE2\x80\xA9", "\xE2\x80\xA8\xE2\x80\xA9" },
    { "caf\xE9", "caf\xEF\xBF\xBD" },
    { "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" },
    { "%s%n%x", "%s%n%x" },
    { "", "" },
};

/* Where each text is read again. */
static const struct {
    size_t offset;
    const char *path;
} texts[] = {
    { offsetof(tg_sighting_t, ip), "client.ip" },
    { offsetof(tg_sighting_t, client), "tlsgate.client" },
    { offsetof(tg_sighting_t, user_id), "user.id" },
    { offsetof(tg_sighting_t, user_agent), "user_agent.original" },
    { offsetof(tg_sighting_t, cipher), "tls.cipher" },
    { offsetof(tg_sighting_t, server_name), "tls.client.server_name" },
    { offsetof(tg_sighting_t, domain), "url.domain" },
    { offsetof(tg_sighting_t, path), "url.path" },
    { offsetof(tg_sighting_t, method), "http.request.method" },
    { offsetof(tg_sighting_t, advice), "tlsgate.advice" },
    { offsetof(tg_sighting_t, cause), "tlsgate.cause" },
};

static void set_text(tg_sighting_t *s, size_t which, const char *value)
{
    *(const char **)(void *)((char *)s + texts[which].offset) = value;
}

static const char *get_text(const json_t *line, const char *path)
{
    char *rest = apr_pstrdup(unit_pool, path), *name;

    while (line && (name = apr_strtok(rest, ".", &rest)) != NULL) {
        line = json_object_get(line, name);
    }
    return json_string_value(line);
}

/* 1 if the line says that this text was cut. */
static int is_cut(const json_t *line, const char *path)
{
    const json_t *truncated = json_object_get(json_object_get(line, "tlsgate"), "truncated");
    const json_t *name;
    size_t i;

    json_array_foreach (truncated, i, name) {
        if (strcmp(json_string_value(name), path) == 0) {
            return 1;
        }
    }
    return 0;
}

static void keeps_what_outsiders_send_in_its_place(void **state)
{
    size_t i, w;

    (void)state;
    for (w = 0; w < ROWS(texts); w++) {
        for (i = 0; i < ROWS(hostile); i++) {
            tg_sighting_t s = whole();
            json_t *line;

            set_text(&s, w, hostile[i].sent);
            line = written(&s, hostile[i].sent);
            same_text(get_text(line, texts[w].path), hostile[i].logged, texts[w].path);
            assert_null(json_object_get(json_object_get(line, "tlsgate"), "truncated"));
            json_decref(line);
        }
    }
}

/* What is not named as cut is there in full; what is, begins as it was sent. */
static void check_texts(const tg_sighting_t *s, const char *row)
{
    json_t *line = written(s, row);
    size_t w;

    for (w = 0; w < ROWS(texts); w++) {
        const char *sent = *(const char *const *)(const void *)((const char *)s + texts[w].offset);
        const char *got = get_text(line, texts[w].path);
        int cut = 0;
        const char *clean = tg_text_clean(unit_pool, sent, 100000, &cut);

        CHECK(got != NULL, "%s: %s is missing", row, texts[w].path);
        CHECK(strncmp(got, clean, strlen(got)) == 0, "%s: %s is another", row, texts[w].path);
        CHECK(is_cut(line, texts[w].path) == (strlen(got) < strlen(clean)), "%s: %s %s", row,
              texts[w].path, is_cut(line, texts[w].path) ? "is not cut" : "is cut in silence");
    }
    json_decref(line);
}

static const char *repeated(int byte, size_t length)
{
    char *text = apr_palloc(unit_pool, length + 1);

    memset(text, byte, length);
    text[length] = '\0';
    return text;
}

/* Eight kilobytes of each byte that can be sent, as each text, and as all of them. */
static void fits_whatever_the_byte(void **state)
{
    int byte;

    (void)state;
    for (byte = 1; byte < 256; byte++) {
        const char *text = repeated(byte, 8192);
        const char *row = apr_psprintf(unit_pool, "8 KB of 0x%02X", byte);
        tg_sighting_t all = whole();
        size_t w;

        for (w = 0; w < ROWS(texts); w++) {
            tg_sighting_t one = whole();

            set_text(&one, w, text);
            set_text(&all, w, text);
            check_texts(&one, row);
        }
        check_texts(&all, row);
    }
}

/* Each length of the bytes that grow most, so that no step between two bounds is missed. */
static void fits_whatever_the_length(void **state)
{
    static const int bytes[] = { 0x01, '"', 'x', 0xFF };
    size_t b, n;

    (void)state;
    for (b = 0; b < ROWS(bytes); b++) {
        for (n = 0; n < 1200; n += 3) {
            tg_sighting_t s = whole();

            s.user_agent = s.path = s.advice = repeated(bytes[b], n);
            check_texts(&s, apr_psprintf(unit_pool, "%d of 0x%02X", (int)n, (unsigned)bytes[b]));
        }
    }
}

/* Ordinary user agents and paths are not cut. */
static void leaves_ordinary_texts_alone(void **state)
{
    tg_sighting_t s = whole();
    json_t *line;

    (void)state;
    s.user_agent = repeated('u', 512);
    s.path = repeated('p', 256);
    s.server_name = repeated('n', 253);
    s.domain = repeated('d', 253);
    line = written(&s, "ordinary");
    assert_null(json_object_get(json_object_get(line, "tlsgate"), "truncated"));
    assert_string_equal(get_text(line, "user_agent.original"), s.user_agent);
    assert_string_equal(get_text(line, "tls.client.server_name"), s.server_name);
    json_decref(line);
}

static const struct {
    const char *what;
    int byte;
    size_t length;
} owners[] = {
    { "a long owner", 'o', 8192 },
    { "a long owner of control bytes", 0x01, 8192 },
    { "an owner that is not UTF-8", 0xFF, 5 },
};

/* An exemption comes from a file that people write: it must not cost the line. */
static void survives_its_exemption(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(owners); i++) {
        tg_exemption_t e = exemption;
        tg_outcome_t o = exempted;
        tg_sighting_t s = whole();
        json_t *line;

        e.owner = repeated(owners[i].byte, owners[i].length);
        o.exemption = &e;
        s.outcome = &o;
        line = written(&s, owners[i].what);
        CHECK(json_is_object(json_object_get(json_object_get(line, "tlsgate"), "exemption")),
              "%s: no exemption", owners[i].what);
        json_decref(line);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(has_the_names_of_ecs),
    cmocka_unit_test(names_the_override),
    cmocka_unit_test(keeps_what_outsiders_send_in_its_place),
    cmocka_unit_test(fits_whatever_the_byte),
    cmocka_unit_test(fits_whatever_the_length),
    cmocka_unit_test(leaves_ordinary_texts_alone),
    cmocka_unit_test(survives_its_exemption),
};

UNIT_MAIN(tests)
