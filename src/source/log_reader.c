/* The fields of foreign logs: see log_reader.h. */
#include "log_reader.h"

#include "log_text.h"
#include "log_time.h"

#include "base/rows.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

/** `sha256:...` and names of hosts are longer than an address, and are not one. */
#define ADDRESS_MAX INET6_ADDRSTRLEN
#define CIPHER_MAX 64
/** Each text may grow threefold when it is repaired, after a copy; and `ip:` precedes an address.
 * */
#define GROWTH 4
#define ROOM_BESIDE 256

int tg_span_is(tg_span_t text, const char *other)
{
    return text.length == strlen(other) && memcmp(text.at, other, text.length) == 0;
}

tg_log_reader_t *tg_log_reader_make(apr_pool_t *pool)
{
    tg_log_reader_t *reader = apr_pcalloc(pool, sizeof(*reader));

    reader->pool = pool;
    return reader;
}

void tg_log_reader_start(tg_log_reader_t *reader, size_t length, tg_record_t *record)
{
    size_t need = GROWTH * length + ROOM_BESIDE;

    memset(record, 0, sizeof(*record));
    reader->used = 0;
    if (reader->room < need) {
        reader->room = 2 * need;
        reader->scratch = apr_palloc(reader->pool, reader->room);
    }
}

/* Servers write `-` for what a request does not have. */
static int is_missing(tg_span_t text)
{
    return text.length == 0 || (text.length == 1 && text.at[0] == '-');
}

/* --- addresses --- */

/* In the spelling of the module: an IPv4 address that came over IPv6 is one of IPv4. */
static int spell_address(tg_span_t text, char *spelled)
{
    static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };
    char name[ADDRESS_MAX];
    unsigned char bytes[16];

    if (text.length >= sizeof(name) || text.length < 2 || memchr(text.at, '\0', text.length)) {
        return 0;
    }
    memcpy(name, text.at, text.length);
    name[text.length] = '\0';
    if (inet_pton(AF_INET, name, bytes) == 1) {
        memcpy(spelled, name, text.length + 1);
        return 1;
    }
    if (inet_pton(AF_INET6, name, bytes) != 1) {
        return 0;
    }
    return memcmp(bytes, mapped, sizeof(mapped)) == 0
               ? inet_ntop(AF_INET, bytes + sizeof(mapped), spelled, ADDRESS_MAX) != NULL
               : inet_ntop(AF_INET6, bytes, spelled, ADDRESS_MAX) != NULL;
}

int tg_log_is_address(tg_span_t text)
{
    char spelled[ADDRESS_MAX];

    return spell_address(text, spelled);
}

int tg_log_reader_address(tg_log_reader_t *reader, tg_span_t text, tg_record_t *record)
{
    static const char kind[] = { 'i', 'p', ':' };
    char spelled[ADDRESS_MAX];
    char *client;
    size_t length;

    if (!spell_address(text, spelled)) {
        return 0;
    }
    length = strlen(spelled);
    client = tg_log_text_room(reader, length + sizeof(kind));
    if (!client) {
        return 0;
    }
    memcpy(client, kind, sizeof(kind));
    memcpy(client + sizeof(kind), spelled, length);
    record->client = (tg_span_t){ client, (uint32_t)length + 3 };
    record->address = (tg_span_t){ client + 3, (uint32_t)length };
    return 1;
}

/* The text before the last colon, without brackets. */
static tg_span_t without_port(tg_span_t text)
{
    const char *colon = memrchr(text.at, ':', text.length);

    if (colon) {
        text.length = (uint32_t)(colon - text.at);
    }
    if (text.length > 2 && text.at[0] == '[' && text.at[text.length - 1] == ']') {
        text.at++;
        text.length -= 2;
    }
    return text;
}

/* --- names --- */

/* `-` and `none` are a request without TLS. */
static const struct {
    const char *name;
    tg_protocol_t protocol;
} protocol_names[] = {
    { "TLSv1.3", TG_PROTOCOL_TLS1_3 }, { "TLSv1.2", TG_PROTOCOL_TLS1_2 },
    { "TLSv1.1", TG_PROTOCOL_TLS1_1 }, { "TLSv1", TG_PROTOCOL_TLS1_0 },
    { "TLSv1.0", TG_PROTOCOL_TLS1_0 }, { "SSLv3", TG_PROTOCOL_SSL3 },
    { "SSLv3.0", TG_PROTOCOL_SSL3 },   { "-", TG_PROTOCOL_CLEARTEXT },
    { "", TG_PROTOCOL_CLEARTEXT },     { "none", TG_PROTOCOL_CLEARTEXT },
};

tg_protocol_t tg_log_protocol(tg_span_t name)
{
    size_t i;

    for (i = 0; i < TG_ROWS(protocol_names); i++) {
        if (tg_span_is(name, protocol_names[i].name)) {
            return protocol_names[i].protocol;
        }
    }
    return TG_PROTOCOLS;
}

const char *tg_log_cipher(tg_span_t name)
{
    char text[CIPHER_MAX];
    const char *found;

    if (name.length == 0 || name.length >= sizeof(text) || memchr(name.at, '\0', name.length)) {
        return NULL;
    }
    memcpy(text, name.at, name.length);
    text[name.length] = '\0';
    found = tg_registry_cipher_name(text);
    return found == text ? NULL : found;
}

static tg_span_t span_of(const char *text)
{
    return (tg_span_t){ text, text ? (uint32_t)strlen(text) : 0 };
}

static tg_span_t group_name(tg_span_t text)
{
    char name[CIPHER_MAX];

    if (text.length >= sizeof(name)) {
        return span_of(NULL);
    }
    memcpy(name, text.at, text.length);
    name[text.length] = '\0';
    return span_of(tg_registry_group(tg_registry_group_number(name)));
}

/* --- one function for each field --- */

static int fill_nothing(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                        tg_record_t *record)
{
    (void)reader, (void)value, (void)text, (void)record;
    return 1;
}

static int fill_address(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                        tg_record_t *record)
{
    return tg_log_reader_address(
        reader, value->field == TG_LOG_ADDRESS_PORT ? without_port(text) : text, record);
}

static int fill_agent(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                      tg_record_t *record)
{
    return is_missing(text) || tg_log_text(reader, text, value->escape, &record->user_agent);
}

/* An IPv6 address has colons too, and is in brackets. */
static int fill_host(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                     tg_record_t *record)
{
    const char *colon = memchr(text.at, ':', text.length);

    if (colon && text.at[0] != '[') {
        text.length = (uint32_t)(colon - text.at);
    }
    return is_missing(text) || tg_log_text(reader, text, value->escape, &record->host);
}

static int fill_protocol(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                         tg_record_t *record)
{
    tg_protocol_t protocol = tg_log_protocol(text);

    (void)reader, (void)value;
    record->protocol = protocol < TG_PROTOCOLS ? protocol : TG_PROTOCOL_UNKNOWN;
    return protocol < TG_PROTOCOLS;
}

static int fill_cipher(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                       tg_record_t *record)
{
    const char *name = tg_log_cipher(text);

    if (name) {
        record->cipher = span_of(name);
        return 1;
    }
    return is_missing(text) || tg_log_text(reader, text, value->escape, &record->cipher);
}

static int fill_group(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                      tg_record_t *record)
{
    (void)reader, (void)value;
    record->group = group_name(text);
    return 1;
}

static int fill_status(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                       tg_record_t *record)
{
    uint32_t i;
    int status = 0;

    (void)reader, (void)value;
    if (is_missing(text) || tg_span_is(text, "-1")) {
        return 1;
    }
    for (i = 0; i < text.length && i < 4; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return 0;
        }
        status = status * 10 + text.at[i] - '0';
    }
    record->status = status;
    return status <= 999;
}

static int fill_time(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                     tg_record_t *record)
{
    return tg_log_time(value, text, reader->offset, &record->time);
}

/* The path of a target, without scheme, host and query. */
static tg_span_t path_of_target(tg_span_t target)
{
    const char *at = memmem(target.at, target.length, "://", 3), *end = target.at + target.length;
    const char *query = memchr(target.at, '?', target.length);

    end = query ? query : end;
    at = at && at < end && target.at[0] != '/' ? at + 3 : target.at;
    at = at < end ? memchr(at, '/', (size_t)(end - at)) : NULL;
    return at ? (tg_span_t){ at, (uint32_t)(end - at) } : span_of(NULL);
}

/* Anything but a path is ignored: a client may write what it likes there. */
static int fill_path(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                     tg_record_t *record)
{
    const char *blank = memchr(text.at, ' ', text.length), *last;

    if (value->field == TG_LOG_REQUEST && blank) {
        last = memrchr(text.at, ' ', text.length);
        text = (tg_span_t){ blank + 1, last > blank ? (uint32_t)(last - blank - 1) : 0 };
    }
    else if (value->field == TG_LOG_REQUEST) {
        return 1;
    }
    text = path_of_target(text);
    if (text.length > 0) {
        (void)tg_log_text(reader, text, value->escape, &record->path);
    }
    return 1;
}

/* Both parts add to the time, in any order. */
static int fill_part(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                     tg_record_t *record)
{
    int64_t seconds = 0;

    (void)reader;
    if (!(value->field == TG_LOG_DATE ? tg_log_date : tg_log_clock)(text, &seconds)) {
        return 0;
    }
    record->time += seconds;
    return 1;
}

static int (*const fills[])(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                            tg_record_t *record) = {
    fill_nothing, fill_address, fill_address, fill_agent, fill_host, fill_protocol, fill_cipher,
    fill_group,   fill_status,  fill_time,    fill_part,  fill_part, fill_path,     fill_path,
};
TG_ROWS_ARE(fills, TG_LOG_FIELDS);

int tg_log_reader_fill(tg_log_reader_t *reader, const tg_log_value_t *value, tg_span_t text,
                       tg_record_t *record)
{
    return fills[value->field](reader, value, text, record);
}
