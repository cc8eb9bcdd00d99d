/* A complete sighting, and its line read back. */
#ifndef SEEN_H
#define SEEN_H

#include "unit.h"

#include "format/sighting.h"

#include <apr_strings.h>
#include <jansson.h>

static tg_schedule_t schedule = { .name = "legacy-tls" };
static const tg_binding_t binding = { .schedule = &schedule };
static const tg_outcome_t rejected = {
    .binding = &binding, .phase = TG_PHASE_TRIAL, .action = TG_ACTION_REJECT, .enforced = 1
};

/* Every member is set; each test changes those that it tests. */
static inline tg_sighting_t whole(void)
{
    tg_sighting_t s = { .time = INT64_C(1531213200123999),
                        .protocol = TG_PROTOCOL_TLS1_0,
                        .ip = "192.0.2.7",
                        .port = 50123,
                        .client = "account:4711",
                        .user_id = "4711",
                        .user_agent = "Java/1.7.0_80",
                        .cipher = "TLS_RSA_WITH_AES_128_CBC_SHA",
                        .library_cipher = "AES128-SHA",
                        .server_name = "api.example.com",
                        .domain = "api.example.com",
                        .path = "/v1/sms",
                        .method = "POST",
                        .curve = "x25519",
                        .advice = "Start it with TLS 1.2",
                        .ja4 = "t10d230100_6a57a6f57151_000000000000",
                        .cause = TG_CAUSE_OLD,
                        .status = 426,
                        .test = 0,
                        .outcome = &rejected };

    return s;
}

/* Writes the line and checks what holds for every line. */
static inline json_t *written(const tg_sighting_t *s, const char *row)
{
    char line[TG_SIGHTING_MAX + 2];
    apr_size_t n;
    json_t *json;

    memset(line, 'X', sizeof(line));
    n = tg_sighting_write(s, line);
    CHECK(n > 0, "%s: no line at all", row);
    CHECK(n <= TG_SIGHTING_MAX, "%s: %d bytes", row, (int)n);
    CHECK(line[TG_SIGHTING_MAX + 1] == 'X', "%s: written past the end", row);
    CHECK(line[n] == '\0' && strlen(line) == n, "%s: not %d bytes", row, (int)n);
    CHECK(strchr(line, '\n') == line + n - 1, "%s: not one line: %s", row, line);
    json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    CHECK(json != NULL, "%s: no JSON: %s", row, line);
    return json;
}

/* Where each text is in the line. */
static const struct {
    size_t offset;
    const char *path;
} texts[] = {
    { offsetof(tg_sighting_t, ip), "client.ip" },
    { offsetof(tg_sighting_t, client), "tlsgate.client" },
    { offsetof(tg_sighting_t, user_id), "user.id" },
    { offsetof(tg_sighting_t, user_agent), "user_agent.original" },
    { offsetof(tg_sighting_t, cipher), "tls.cipher" },
    { offsetof(tg_sighting_t, library_cipher), "tlsgate.cipher" },
    { offsetof(tg_sighting_t, curve), "tls.curve" },
    { offsetof(tg_sighting_t, server_name), "tls.client.server_name" },
    { offsetof(tg_sighting_t, domain), "url.domain" },
    { offsetof(tg_sighting_t, path), "url.path" },
    { offsetof(tg_sighting_t, method), "http.request.method" },
    { offsetof(tg_sighting_t, advice), "tlsgate.advice" },
    { offsetof(tg_sighting_t, ja4), "tls.client.ja4" },
};

static inline void set_text(tg_sighting_t *s, size_t which, const char *value)
{
    *(const char **)(void *)((char *)s + texts[which].offset) = value;
}

static inline void set_all(tg_sighting_t *s, const char *value)
{
    size_t w;

    for (w = 0; w < ROWS(texts); w++) {
        set_text(s, w, value);
    }
}

static inline const char *get_text(const json_t *line, const char *path)
{
    char *rest = apr_pstrdup(unit_pool, path), *name;

    while (line && (name = apr_strtok(rest, ".", &rest)) != NULL) {
        line = json_object_get(line, name);
    }
    return json_string_value(line);
}

/* 1 if the line says that this text was cut. */
static inline int is_cut(const json_t *line, const char *path)
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

#define REPLACED "\xEF\xBF\xBD"

/** What is kept of ASCII: its control characters are replaced. */
static inline const char *without_controls(const char *text)
{
    char *out = apr_palloc(unit_pool, 3 * strlen(text) + 1), *end = out;

    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            memcpy(end, REPLACED, 3);
            end += 3;
        }
        else {
            *end++ = *text;
        }
    }
    *end = '\0';
    return out;
}

static inline const char *repeated(int byte, size_t length)
{
    char *text = apr_palloc(unit_pool, length + 1);

    memset(text, byte, length);
    text[length] = '\0';
    return text;
}

#endif
