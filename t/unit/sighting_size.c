/* Sightings: one line within its bound, whatever a client sent, and cut fields are named. */
#include "seen.h"
#include "wire.h"

#include "base/text.h"

static const tg_exemption_t exemption = { "legacy-tls", "account:4711", NULL,
                                          1533722400,   "billing",      "late" };
static const tg_outcome_t exempted = { .binding = &binding,
                                       .phase = TG_PHASE_CUTOFF,
                                       .action = TG_ACTION_WARN,
                                       .enforced = 0,
                                       .exemption = &exemption };

/* A field not named as cut is complete; one that is begins as it was sent. */
static void check_texts(const tg_sighting_t *s, const char *row)
{
    json_t *line = written(s, row);
    size_t w;

    for (w = 0; w < ROWS(texts); w++) {
        const char *sent = *(const char *const *)(const void *)((const char *)s + texts[w].offset);
        const char *got = get_text(line, texts[w].path);
        int cut = 0;
        const char *clean = without_controls(tg_text_clean(unit_pool, sent, 100000, &cut));

        CHECK(got != NULL, "%s: %s is missing", row, texts[w].path);
        CHECK(strncmp(got, clean, strlen(got)) == 0, "%s: %s differs", row, texts[w].path);
        CHECK(is_cut(line, texts[w].path) == (strlen(got) < strlen(clean)), "%s: %s %s", row,
              texts[w].path, is_cut(line, texts[w].path) ? "is not cut" : "is cut in silence");
    }
    json_decref(line);
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

        set_all(&all, text);
        for (w = 0; w < ROWS(texts); w++) {
            tg_sighting_t one = whole();

            set_text(&one, w, text);
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

/* One byte more each time: a line may reach its bound, and not exceed it. */
static void uses_the_whole_line(void **state)
{
    size_t n, shift, longest = 0;

    (void)state;
    for (n = 0; n < 512; n++) {
        for (shift = 0; shift < 2; shift++) {
            tg_sighting_t s = whole();
            char line[TG_SIGHTING_MAX + 1];
            apr_size_t length;

            s.user_agent = repeated('"', 1024);
            s.advice = repeated('"', 512);
            s.path = repeated('"', n);
            s.domain = repeated('d', shift);
            length = tg_sighting_write(&s, line);
            CHECK(length > 0 && length <= TG_SIGHTING_MAX, "%d, %d: %d bytes", (int)n, (int)shift,
                  (int)length);
            longest = length > longest ? length : longest;
        }
    }
    assert_int_equal(longest, TG_SIGHTING_MAX);
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
    int all; /* every text of the client is the worst possible */
} owners[] = {
    { "a long owner", 'o', 8192, 0 },
    { "a long owner of control bytes", 0x01, 8192, 0 },
    { "an owner that is not UTF-8", 0xFF, 5, 0 },
    { "an ordinary owner, and a hostile client", 'o', 32, 1 },
    { "a long owner, and a hostile client", 'o', 8192, 1 },
    { "a long owner of control bytes, and a hostile client", 0x01, 8192, 1 },
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
        if (owners[i].all) {
            set_all(&s, repeated(0x01, 8192));
        }
        o.exemption = &e;
        s.outcome = &o;
        line = written(&s, owners[i].what);
        CHECK(json_is_object(json_object_get(json_object_get(line, "tlsgate"), "exemption")),
              "%s: no exemption", owners[i].what);
        json_decref(line);
    }
}

/* Every field that a line can have, at its longest, from the worst possible client. */
static void fits_with_everything(void **state)
{
    const char *text = wire_hello("0304", "5600 002f",
                                  "0000 2[] 0010 2[] 002b 2[ 1[ 0300 0301 "
                                  "0302 0303 0304 ] ]");
    tg_hello_t hello = wire_parse(text, "everything");
    tg_override_t o = { .kind = TG_OVERRIDE_SUSPEND,
                        .until = TG_NEVER - 1,
                        .postponed_from = TG_NEVER };
    tg_exemption_t e = exemption;
    tg_outcome_t outcome = { .binding = &binding,
                             .phase = TG_PHASE_ANNOUNCED,
                             .action = TG_ACTION_OBSERVE,
                             .enforced = 0,
                             .override = &o,
                             .by_hand = TG_OVERRIDE_SUSPEND,
                             .exemption = &e };
    int byte;

    (void)state;
    e.owner = repeated(0x01, 8192);
    o.until = e.until = at("9999-12-31T23:59:59Z");
    for (byte = 1; byte < 256; byte++) {
        tg_sighting_t s = whole();
        json_t *line, *offered;

        set_all(&s, repeated(byte, 8192));
        s.failed = 1;
        s.alert = 111;
        s.port = 65535;
        s.identity_cut = 1;
        s.status = 999;
        s.cause = TG_CAUSE_SERVER_CAPPED;
        s.offer = tg_offer_make(unit_pool, &hello);
        s.outcome = &outcome;
        line = written(&s, "everything");
        offered = json_object_get(json_object_get(line, "tlsgate"), "client_hello");
        assert_int_equal(json_array_size(json_object_get(offered, "versions")), 5);
        assert_string_equal(get_text(line, "tlsgate.alert"), "certificate_unobtainable_RESERVED");
        json_decref(line);
    }
}

/* The longest that a text of each kind may be, step by step, while the rest of the line grows: what
 * a client can write at will gives way first, then who it claims to be, and its address and the cipher never. */
static const struct {
    size_t user_agent, client, ip, cipher;
} steps[] = {
    { 1024, 280, 64, 64 }, { 512, 280, 64, 64 }, { 256, 280, 64, 64 }, { 64, 280, 64, 64 },
    { 64, 140, 64, 64 },   { 64, 70, 64, 64 },   { 64, 35, 64, 64 },
};

static int kept_as(const char *line, size_t step)
{
    json_t *json = json_loads(line, 0, NULL);
    int is_kept;

    CHECK(json, "no JSON: %s", line);
    is_kept = strlen(get_text(json, "user_agent.original")) == steps[step].user_agent &&
              strlen(get_text(json, "tlsgate.client")) == steps[step].client &&
              strlen(get_text(json, "client.ip")) == steps[step].ip &&
              strlen(get_text(json, "tlsgate.cipher")) == steps[step].cipher;
    json_decref(json);
    return is_kept;
}

static void gives_way_in_this_order(void **state)
{
    tg_schedule_t named = { .name = NULL };
    tg_binding_t bound = { .schedule = &named };
    tg_outcome_t outcome = rejected;
    tg_sighting_t s = whole();
    char line[TG_SIGHTING_MAX + 1];
    size_t step = 0, n;

    (void)state;
    outcome.binding = &bound;
    set_all(&s, repeated('x', 8192));
    s.outcome = &outcome;
    for (n = 1; named.name = repeated('n', n), tg_sighting_write(&s, line) > 0; n += 8) {
        if (!kept_as(line, step)) {
            step++;
            CHECK(step < ROWS(steps) && kept_as(line, step), "after step %d: %s", (int)step, line);
        }
    }
    same_number((int64_t)step, (int64_t)ROWS(steps) - 1, "the last step before there is no line");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(fits_whatever_the_byte),  cmocka_unit_test(fits_whatever_the_length),
    cmocka_unit_test(uses_the_whole_line),     cmocka_unit_test(leaves_ordinary_texts_alone),
    cmocka_unit_test(survives_its_exemption),  cmocka_unit_test(fits_with_everything),
    cmocka_unit_test(gives_way_in_this_order),
};

UNIT_MAIN(tests)
