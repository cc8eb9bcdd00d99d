/* ClientHello: see hello.h. */
#include "hello.h"

#include "registry.h"

#include <string.h>

#define HANDSHAKE_CLIENT_HELLO 1
#define SSLV2_CLIENT_HELLO 1
#define RANDOM_LENGTH 32
#define SESSION_ID_MAX 32
#define NAME_TYPE_HOST_NAME 0

/** RFC 7507 section 2. */
#define FALLBACK_SCSV 0x5600

/* IANA's numbers of the extensions that are read. */
#define EXT_SERVER_NAME 0
#define EXT_SUPPORTED_GROUPS 10
#define EXT_EC_POINT_FORMATS 11
#define EXT_SIGNATURE_ALGORITHMS 13
#define EXT_ALPN 16
#define EXT_SUPPORTED_VERSIONS 43

/* --- reading from the front; each returns 0 if there are too few bytes --- */

static int take_front(tg_bytes_t *from, size_t length, tg_bytes_t *out)
{
    if (from->length < length) {
        return 0;
    }
    out->at = from->at;
    out->length = length;
    from->at += length;
    from->length -= length;
    return 1;
}

/* A number of that many bytes. */
static int take_number(tg_bytes_t *from, size_t size, size_t *out)
{
    tg_bytes_t bytes;
    size_t i;

    if (!take_front(from, size, &bytes)) {
        return 0;
    }
    *out = 0;
    for (i = 0; i < size; i++) {
        *out = *out << 8 | bytes.at[i];
    }
    return 1;
}

/* A vector, preceded by its length in that many bytes. */
static int take_vector(tg_bytes_t *from, size_t size, tg_bytes_t *out)
{
    size_t length;

    return take_number(from, size, &length) && take_front(from, length, out);
}

/* --- extensions: malformed unless the reader uses all of the data --- */

/* RFC 6066 section 3. Servers use only the first name of the list. */
static int read_server_name(tg_bytes_t data, tg_bytes_t *out)
{
    tg_bytes_t list;
    size_t type;

    return take_vector(&data, 2, &list) && data.length == 0 && take_number(&list, 1, &type) &&
           type == NAME_TYPE_HOST_NAME && take_vector(&list, 2, out);
}

/* A list of two-byte numbers, preceded by its length in that many bytes. */
static int read_numbers(tg_bytes_t data, size_t size, tg_bytes_t *out)
{
    return take_vector(&data, size, out) && data.length == 0 && out->length % 2 == 0;
}

/* RFC 8446 sections 4.2.3 and 4.2.7. */
static int read_long_list(tg_bytes_t data, tg_bytes_t *out)
{
    return read_numbers(data, 2, out);
}

/* RFC 8446 section 4.2.1. */
static int read_short_list(tg_bytes_t data, tg_bytes_t *out)
{
    return read_numbers(data, 1, out);
}

/* RFC 8422 section 5.1.2. */
static int read_point_formats(tg_bytes_t data, tg_bytes_t *out)
{
    return take_vector(&data, 1, out) && data.length == 0;
}

/* RFC 7301 section 3.1: no name is empty. */
static int read_alpn(tg_bytes_t data, tg_bytes_t *out)
{
    tg_bytes_t list, name;

    if (!take_vector(&data, 2, out) || data.length != 0) {
        return 0;
    }
    list = *out;
    while (list.length > 0) {
        if (!take_vector(&list, 1, &name) || name.length == 0) {
            return 0;
        }
    }
    return 1;
}

static const struct {
    size_t type;
    size_t offset;
    int (*parse)(tg_bytes_t data, tg_bytes_t *out);
} readers[] = {
    { EXT_SERVER_NAME, offsetof(tg_hello_t, server_name), read_server_name },
    { EXT_SUPPORTED_GROUPS, offsetof(tg_hello_t, groups), read_long_list },
    { EXT_EC_POINT_FORMATS, offsetof(tg_hello_t, point_formats), read_point_formats },
    { EXT_SIGNATURE_ALGORITHMS, offsetof(tg_hello_t, signature_algorithms), read_long_list },
    { EXT_ALPN, offsetof(tg_hello_t, alpn), read_alpn },
    { EXT_SUPPORTED_VERSIONS, offsetof(tg_hello_t, supported_versions), read_short_list },
};
#define READERS (sizeof(readers) / sizeof(readers[0]))

/* A TLS library does not parse an extension that the chosen version does not use, so a
 * malformed one need not end the handshake: it counts as not sent. Only the list of versions
 * is always parsed. */
static int read_known(size_t i, tg_bytes_t data, tg_hello_t *hello)
{
    tg_bytes_t *out = (tg_bytes_t *)(void *)((char *)hello + readers[i].offset);

    if (readers[i].parse(data, out)) {
        return 1;
    }
    out->at = NULL;
    out->length = 0;
    return readers[i].type != EXT_SUPPORTED_VERSIONS;
}

/* RFC 8446 section 4.2: no type appears twice. Types that are not read here are not
 * checked. */
static int read_extension(size_t type, tg_bytes_t data, unsigned *seen, tg_hello_t *hello)
{
    size_t i;

    for (i = 0; i < READERS; i++) {
        if (readers[i].type == type) {
            unsigned bit = 1U << i;

            if (*seen & bit) {
                return 0;
            }
            *seen |= bit;
            return read_known(i, data, hello);
        }
    }
    return 1;
}

static int read_extensions(tg_hello_t *hello)
{
    tg_bytes_t rest = hello->extensions;
    unsigned seen = 0;

    while (rest.length > 0) {
        tg_bytes_t data;
        size_t type;

        if (!take_number(&rest, 2, &type) || !take_vector(&rest, 2, &data) ||
            !read_extension(type, data, &seen, hello)) {
            return 0;
        }
    }
    return 1;
}

/* --- versions --- */

static void offer_version(tg_hello_t *hello, unsigned version)
{
    tg_protocol_t protocol = tg_protocol_of_wire(version);

    if (!tg_hello_is_grease(version)) {
        hello->max_version = version > hello->max_version ? version : hello->max_version;
    }
    if (protocol != TG_PROTOCOLS) {
        hello->versions |= TG_TRAIT_PROTOCOL(protocol);
    }
    else if (version > TG_WIRE_NEWEST && version < TG_WIRE_SSL3 + 0x100) {
        hello->offers_newer = 1;
    }
}

/* RFC 8446 section 4.2.1: if the list is present, legacy_version is ignored. Without it,
 * legacy_version is the highest on offer, and TLS 1.3 is not offered (appendix D.1). */
static void read_versions(tg_hello_t *hello)
{
    const tg_bytes_t *list = &hello->supported_versions;
    unsigned version;
    size_t i;

    if (list->at) {
        for (i = 0; i < list->length; i += 2) {
            offer_version(hello, tg_hello_u16(list->at + i));
        }
        return;
    }
    for (version = TG_WIRE_SSL3; version <= TG_WIRE_TLS1_2; version++) {
        if (version <= hello->legacy_version) {
            offer_version(hello, version);
        }
    }
    hello->max_version = hello->legacy_version;
}

static void read_ciphers(tg_hello_t *hello)
{
    size_t i, size = (size_t)hello->cipher_size;

    for (i = 0; i < hello->ciphers.length; i += size) {
        const unsigned char *cipher = hello->ciphers.at + i + size - 2;

        if (tg_hello_u16(cipher) == FALLBACK_SCSV && (size == 2 || cipher[-1] == 0)) {
            hello->fallback = 1;
        }
    }
}

/* --- messages --- */

static int read_body(tg_bytes_t body, tg_hello_t *hello)
{
    tg_bytes_t skipped, session_id, compression;
    size_t version;

    if (!take_number(&body, 2, &version) || !take_front(&body, RANDOM_LENGTH, &skipped) ||
        !take_vector(&body, 1, &session_id) || session_id.length > SESSION_ID_MAX ||
        !take_vector(&body, 2, &hello->ciphers) || hello->ciphers.length % 2 != 0 ||
        !take_vector(&body, 1, &compression)) {
        return 0;
    }
    /* SSLv3 and early TLS 1.0 clients send no extensions, not even an empty block. */
    if (body.length > 0 && (!take_vector(&body, 2, &hello->extensions) || body.length != 0 ||
                            !read_extensions(hello))) {
        return 0;
    }
    hello->legacy_version = (unsigned)version;
    hello->compression = compression.length > 1;
    read_ciphers(hello);
    read_versions(hello);
    return 1;
}

long tg_hello_parse(const unsigned char *buffer, size_t length, tg_hello_t *hello)
{
    tg_bytes_t rest = { buffer, length };
    tg_bytes_t body;
    size_t type, size;

    memset(hello, 0, sizeof(*hello));
    hello->cipher_size = 2;
    if (!take_number(&rest, 1, &type)) {
        return TG_HELLO_INCOMPLETE;
    }
    if (type != HANDSHAKE_CLIENT_HELLO) {
        return TG_HELLO_BAD;
    }
    if (!take_number(&rest, 3, &size) || !take_front(&rest, size, &body)) {
        return TG_HELLO_INCOMPLETE;
    }
    return read_body(body, hello) ? (long)(length - rest.length) : TG_HELLO_BAD;
}

long tg_hello_parse_sslv2(const unsigned char *buffer, size_t length, tg_hello_t *hello)
{
    tg_bytes_t rest = { buffer, length };
    tg_bytes_t session_id, challenge;
    size_t type, version, ciphers, ids, challenges;

    memset(hello, 0, sizeof(*hello));
    hello->cipher_size = 3;
    if (!take_number(&rest, 1, &type)) {
        return TG_HELLO_INCOMPLETE;
    }
    if (type != SSLV2_CLIENT_HELLO) {
        return TG_HELLO_BAD;
    }
    if (!take_number(&rest, 2, &version) || !take_number(&rest, 2, &ciphers) ||
        !take_number(&rest, 2, &ids) || !take_number(&rest, 2, &challenges)) {
        return TG_HELLO_INCOMPLETE;
    }
    if (ciphers % 3 != 0) {
        return TG_HELLO_BAD;
    }
    if (!take_front(&rest, ciphers, &hello->ciphers) || !take_front(&rest, ids, &session_id) ||
        !take_front(&rest, challenges, &challenge)) {
        return TG_HELLO_INCOMPLETE;
    }
    hello->legacy_version = (unsigned)version;
    read_ciphers(hello);
    read_versions(hello);
    return (long)(length - rest.length);
}

int tg_hello_offers_post_quantum(const tg_hello_t *hello)
{
    size_t i;

    for (i = 0; i + 1 < hello->groups.length; i += 2) {
        if (tg_registry_group_is_post_quantum(tg_hello_u16(hello->groups.at + i))) {
            return 1;
        }
    }
    return 0;
}

int tg_hello_alpn_is(const tg_hello_t *hello, const char *protocol)
{
    size_t length = strlen(protocol);

    return hello->alpn.length == length + 1 && hello->alpn.at[0] == length &&
           memcmp(hello->alpn.at + 1, protocol, length) == 0;
}
