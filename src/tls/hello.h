/* ClientHello: bytes in, struct out.
 *
 * What a client offers before anything is decided. Nothing is allocated and nothing
 * copied: every list points into the caller's buffer. The parser is never stricter
 * than OpenSSL, so that it reads every hello that OpenSSL accepts.
 */
#ifndef TG_TLS_HELLO_H
#define TG_TLS_HELLO_H

#include "trait.h"

#include <stddef.h>

/** What the parsers return instead of a length. */
#define TG_HELLO_BAD (-1)
#define TG_HELLO_INCOMPLETE (-2)

/** Bytes inside the hello; {NULL, 0} if they were not sent. */
typedef struct {
    const unsigned char *at;
    size_t length;
} tg_bytes_t;

/** One ClientHello. Valid as long as the buffer that it was parsed from. */
typedef struct {
    unsigned legacy_version;         /**< as sent: 0x0301 is TLS 1.0 */
    unsigned max_version;            /**< the highest number named, GREASE skipped; 0 if none */
    tg_traits_t versions;            /**< every protocol on offer that we know, as bits */
    int offers_newer;                /**< and one of TLS that is newer: no draft, and no DTLS */
    int cipher_size;                 /**< bytes per cipher: 2, or 3 in an SSLv2-format hello */
    int fallback;                    /**< TLS_FALLBACK_SCSV is present (RFC 7507) */
    int compression;                 /**< a compression method other than null is on offer */
    tg_bytes_t ciphers;              /**< cipher_size bytes each */
    tg_bytes_t extensions;           /**< as sent: type, length, data */
    tg_bytes_t server_name;          /**< the first host_name, without its length */
    tg_bytes_t groups;               /**< supported_groups: 2 bytes each */
    tg_bytes_t point_formats;        /**< 1 byte each */
    tg_bytes_t signature_algorithms; /**< 2 bytes each */
    tg_bytes_t supported_versions;   /**< 2 bytes each */
    tg_bytes_t alpn;                 /**< protocol names, a length byte before each */
} tg_hello_t;

/**
 * Reads a handshake message that is a ClientHello (RFC 8446 section 4.1.2, RFC 5246
 * section 7.4.1.2), with its header of four bytes.
 * @param hello is reset first, whatever is returned
 * @return the bytes used; TG_HELLO_BAD if it can never become one, TG_HELLO_INCOMPLETE
 *         if more bytes are needed
 */
long tg_hello_parse(const unsigned char *buffer, size_t length, tg_hello_t *hello);

/**
 * Reads a ClientHello in SSLv2 format (RFC 5246 appendix E.2), without its record
 * header of two bytes.
 * @return as tg_hello_parse() does
 */
long tg_hello_parse_sslv2(const unsigned char *buffer, size_t length, tg_hello_t *hello);

/** RFC 8701 section 2: a reserved value that servers must ignore. */
static inline int tg_hello_is_grease(unsigned value)
{
    return (value & 0x0F0F) == 0x0A0A && (value >> 8) == (value & 0xFF);
}

/** The number in the two bytes at @p at. */
static inline unsigned tg_hello_u16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/** 1 if a post-quantum group is among the groups on offer. */
int tg_hello_offers_post_quantum(const tg_hello_t *hello);

/** 1 if the only protocol on offer by ALPN is that one. */
int tg_hello_alpn_is(const tg_hello_t *hello, const char *protocol);

#endif
