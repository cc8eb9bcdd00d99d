/* Fuzzing: bytes as an outsider sends them go the whole way from the parser of hellos to
 * the line of the log, and the promises of the headers are checked on the way.
 *
 * An input is a ClientHello without its record header; it is read in both formats. With
 * TLSGATE_FUZZ_FAIL in the environment the first hello that parses is a finding: that is
 * how t/fuzz.t knows that a finding would be seen.
 */
#include "tls/ja4.h"
#include "tls/offered.h"
#include "format/sighting.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program at the finding. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

/* JSON costs more than all the rest: every input that is run alone or in a replay gets
 * it, and one of so many after that. */
#define WRITTEN_AT_FIRST 4096
#define WRITTEN_LATER 64

#define P(version) TG_TRAIT_PROTOCOL(TG_PROTOCOL_##version)
#define OLD (P(SSL3) | P(TLS1_0) | P(TLS1_1))

static const tg_schedule_t schedules[] = {
    { .name = "old", .traits = OLD },
    { .name = "all but 1.3", .traits = OLD | P(TLS1_2) },
    { .name = "all of TLS", .traits = TG_TRAITS_TLS },
    { .name = "gap", .traits = P(TLS1_0) | P(TLS1_2) },
    { .name = "any", .traits = TG_TRAIT_ANY },
    { .name = "cleartext", .traits = P(CLEARTEXT) },
    { .name = "key exchange", .traits = TG_TRAIT_KX_RSA | TG_TRAIT_KX_DHE },
    { .name = "class", .traits = TG_TRAITS_CLASS },
    { .name = "group", .traits = TG_TRAIT_KX_CLASSICAL },
    { .name = "expr", .traits = P(UNKNOWN), .has_expr = 1 },
};
#define SCHEDULES (sizeof(schedules) / sizeof(schedules[0]))

typedef long (*parser_t)(const unsigned char *buffer, size_t length, tg_hello_t *hello);

static apr_pool_t *pool;
static int must_fail;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    json_object_seed(1);
    must_fail = getenv("TLSGATE_FUZZ_FAIL") != NULL;
    return 0;
}

/* --- the parser --- */

static int is_inside(tg_bytes_t bytes, const uint8_t *data, size_t size)
{
    return bytes.at ? bytes.at >= data && bytes.at <= data + size &&
                          bytes.length <= (size_t)(data + size - bytes.at)
                    : bytes.length == 0;
}

static void check_spans(const tg_hello_t *hello, const uint8_t *data, size_t used)
{
    const tg_bytes_t spans[] = { hello->ciphers,       hello->extensions,
                                 hello->server_name,   hello->groups,
                                 hello->point_formats, hello->signature_algorithms,
                                 hello->alpn,          hello->supported_versions };
    size_t i;

    for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        REQUIRE(is_inside(spans[i], data, used));
    }
    REQUIRE(hello->cipher_size == 2 || hello->cipher_size == 3);
    REQUIRE(hello->ciphers.length % (size_t)hello->cipher_size == 0);
    REQUIRE(hello->groups.length % 2 == 0);
    REQUIRE(hello->signature_algorithms.length % 2 == 0);
    REQUIRE(hello->supported_versions.length % 2 == 0);
}

static void check_versions(const tg_hello_t *hello)
{
    tg_protocol_t newest = tg_protocol_newest(hello->versions);

    REQUIRE((hello->versions & ~TG_TRAITS_TLS) == 0);
    REQUIRE(hello->max_version <= 0xFFFF && hello->legacy_version <= 0xFFFF);
    REQUIRE((hello->versions == 0) == (newest == TG_PROTOCOL_UNKNOWN));
    if (hello->versions) {
        tg_protocol_t named = tg_protocol_of_wire(hello->max_version);

        REQUIRE(hello->max_version >= TG_WIRE_SSL3);
        /* RFC 8446 appendix D.1: the number in front is never TLS 1.3, even if it says so. */
        REQUIRE(named == TG_PROTOCOLS || named == newest ||
                (!hello->supported_versions.at && named == TG_PROTOCOL_TLS1_3));
    }
    if (!hello->supported_versions.at) {
        REQUIRE(hello->max_version == hello->legacy_version);
        REQUIRE(!(hello->versions & P(TLS1_3)));
    }
}

/* Nothing that a prefix of the input yields is contradicted by the whole. */
static void check_part(parser_t parse, const uint8_t *data, size_t size, long whole)
{
    size_t part = size > 0 ? data[size - 1] * size / 256 : 0;
    tg_hello_t hello;
    long result = parse(data, part, &hello);

    REQUIRE(result == TG_HELLO_INCOMPLETE || result == whole);
    if (whole > 0) {
        REQUIRE(parse(data, (size_t)whole, &hello) == whole);
        REQUIRE(parse(data, (size_t)whole - 1, &hello) == TG_HELLO_INCOMPLETE);
    }
}

/* --- conclusions from a hello --- */

/* What decides a verdict does not come twice (RFC 8446 section 4.2). */
static void check_types(const tg_offer_t *offer)
{
    static const uint16_t types[] = { 0, 10, 11, 13, 16, 43 };
    size_t t;
    int i, n;
    const uint16_t *numbers = tg_offer_list(offer, TG_OFFER_EXTENSIONS, &n);

    for (t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
        int times = 0;

        for (i = 0; i < n; i++) {
            times += numbers[i] == types[t];
        }
        REQUIRE(times <= 1);
    }
}

static void check_offer(const tg_offer_t *offer, const tg_hello_t *hello)
{
    int list, i, n, sum = 0;

    for (list = 0; list < TG_OFFER_LISTS; list++) {
        const uint16_t *numbers = tg_offer_list(offer, (tg_offer_list_t)list, &n);

        for (i = 0; i < n && list != TG_OFFER_POINT_FORMATS; i++) {
            REQUIRE(!tg_hello_is_grease(numbers[i]));
        }
        sum += n;
    }
    REQUIRE(sum <= TG_OFFER_NUMBERS_MAX);
    REQUIRE((offer->versions & ~hello->versions) == 0);
    REQUIRE(tg_offer_newest(offer) == tg_protocol_newest(hello->versions));
    REQUIRE(!tg_offer_post_quantum(offer) || offer->counts[TG_OFFER_GROUPS] > 0);
    REQUIRE(!tg_offer_ephemeral(offer) || offer->counts[TG_OFFER_CIPHERS] > 0);
}

/* @p form has `x` for a hex digit, `9` for a digit, `a` for a letter or digit. */
static int has_form(const char *text, const char *form)
{
    for (; *form; form++, text++) {
        int c = (unsigned char)*text;

        if ((*form == 'x' && (!isxdigit(c) || isupper(c))) || (*form == '9' && !isdigit(c)) ||
            (*form == 'a' && !isalnum(c)) || (*form == '_' && c != '_')) {
            return 0;
        }
    }
    return *text == '\0';
}

static void check_fingerprints(const tg_offer_t *offer, char *ja4)
{
    char ja3[TG_JA3_STRLEN];
    size_t at;

    REQUIRE(tg_ja4(offer, ja4) == ja4);
    REQUIRE(tg_ja4_prefix_fault(ja4, &at) == NULL && at == TG_JA4_STRLEN - 1);
    REQUIRE(ja4[0] == 't' && (ja4[3] == 'd' || ja4[3] == 'i'));
    REQUIRE(has_form(ja4, "aaaa9999aa_xxxxxxxxxxxx_xxxxxxxxxxxx"));
    REQUIRE(tg_ja3(offer, ja3) == ja3);
    REQUIRE(has_form(ja3, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
}

static tg_cause_t check_cause(const tg_offer_t *offer, tg_protocol_t known, tg_protocol_t protocol,
                              int established, const tg_schedule_t *schedule)
{
    tg_traits_t traits =
        TG_TRAIT_PROTOCOL(protocol) | TG_TRAIT_KX_RSA | TG_TRAIT_CIPHER_CBC | TG_TRAIT_KX_CLASSICAL;
    tg_cause_t cause = tg_cause_of(offer, known, protocol, traits, established, schedule);
    const char *sentence;

    REQUIRE(cause < TG_CAUSES);
    REQUIRE((tg_cause_name(cause) == NULL) == (cause == TG_CAUSE_NONE));
    REQUIRE(cause != TG_CAUSE_FALLBACK || !established);
    REQUIRE(cause != TG_CAUSE_CAPABLE || established);
    REQUIRE(cause != TG_CAUSE_PINNED || known > tg_offer_newest(offer));
    sentence =
        tg_cause_sentence(pool, cause, offer, known, tg_schedule_reason(schedule, protocol, traits),
                          TG_PROTOCOL_TLS1_3);
    REQUIRE((sentence == NULL) == (cause == TG_CAUSE_NONE || cause == TG_CAUSE_SERVER_CAPPED));
    return cause;
}

/* One schedule for each input: the next input has another. */
static tg_cause_t check_causes(const tg_offer_t *offer, long used)
{
    const tg_schedule_t *schedule = &schedules[(size_t)used % SCHEDULES];
    tg_protocol_t newest = tg_offer_newest(offer);
    tg_protocol_t known = tg_cause_evidence(offer);

    REQUIRE(known >= newest && known < TG_PROTOCOLS);
    check_cause(offer, known, newest, 1, schedule);
    check_cause(offer, known, TG_PROTOCOL_TLS1_0, 0, schedule);
    return check_cause(offer, known, newest, 0, &schedules[0]);
}

/* --- the line --- */

/* Bytes as a text; a NUL would end it, so it becomes the byte that JSON makes most of. */
static const char *text_of(tg_bytes_t bytes)
{
    char *text = bytes.at ? apr_pstrmemdup(pool, (const char *)bytes.at, bytes.length) : NULL;
    size_t i;

    for (i = 0; i < bytes.length; i++) {
        text[i] = text[i] ? text[i] : 0x01;
    }
    return text;
}

static void check_line(const tg_hello_t *hello, const tg_offer_t *offer, const char *ja4,
                       tg_cause_t cause)
{
    const tg_binding_t binding = { .schedule = &schedules[0] };
    const tg_outcome_t outcome = {
        .binding = &binding, .phase = TG_PHASE_REFUSE, .action = TG_ACTION_REFUSE, .enforced = 1
    };
    const tg_sighting_t sighting = { .protocol =
                                         offer ? tg_offer_newest(offer) : TG_PROTOCOL_UNKNOWN,
                                     .failed = 1,
                                     .alert = hello->legacy_version & 0xFF,
                                     .ip = "192.0.2.7",
                                     .port = 40000,
                                     .client = "ip:192.0.2.7",
                                     .server_name = text_of(hello->server_name),
                                     .user_agent = text_of(hello->extensions),
                                     .path = text_of(hello->alpn),
                                     .offer = offer,
                                     .ja4 = ja4,
                                     .cause = cause,
                                     .outcome = &outcome };
    char line[TG_SIGHTING_MAX + 1];
    apr_size_t length = tg_sighting_write(&sighting, line);
    json_t *json;

    REQUIRE(length > 0 && length <= TG_SIGHTING_MAX);
    REQUIRE(line[length] == '\0' && strlen(line) == length);
    REQUIRE(strchr(line, '\n') == line + length - 1);
    json = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    REQUIRE(json != NULL);
    json_decref(json);
}

/* What a page shows of the same hello. */
static void check_page(const tg_offer_t *offer)
{
    json_t *page = json_object();
    char *text;

    tg_offered_json(page, offer);
    REQUIRE(json_object_size(page) > 0);
    REQUIRE(!offer || (tg_offered_versions(pool, offer) != NULL) == (offer->versions != 0));
    text = json_dumps(page, JSON_COMPACT);
    REQUIRE(text != NULL);
    free(text);
    json_decref(page);
}

static int is_written(void)
{
    static unsigned seen;

    return ++seen <= WRITTEN_AT_FIRST || seen % WRITTEN_LATER == 0;
}

static void check_input(parser_t parse, const uint8_t *data, size_t size)
{
    char ja4[TG_JA4_STRLEN];
    const tg_offer_t *offer;
    tg_cause_t cause = TG_CAUSE_NONE;
    tg_hello_t hello;
    long used;

    memset(&hello, 0xA5, sizeof(hello));
    used = parse(data, size, &hello);
    REQUIRE(used == TG_HELLO_BAD || used == TG_HELLO_INCOMPLETE ||
            (used > 0 && (size_t)used <= size));
    check_part(parse, data, size, used);
    if (used < 0) {
        REQUIRE(hello.versions == 0 && hello.max_version == 0 && !hello.fallback);
        return;
    }
    REQUIRE(!must_fail);
    check_spans(&hello, data, (size_t)used);
    check_versions(&hello);
    (void)tg_hello_alpn_is(&hello, "acme-tls/1");
    offer = tg_offer_make(pool, &hello);
    if (offer) {
        check_offer(offer, &hello);
        check_types(offer);
        check_fingerprints(offer, ja4);
        cause = check_causes(offer, used);
    }
    if (is_written()) {
        check_line(&hello, offer, offer ? ja4 : NULL, cause);
        check_page(offer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_input(tg_hello_parse, data, size);
    check_input(tg_hello_parse_sslv2, data, size);
    apr_pool_clear(pool);
    return 0;
}
