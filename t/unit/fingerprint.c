/* Hellos, driven by lines: t/fingerprint.t compares the output with what another
 * computation finds in the same bytes.
 *
 *     hello HEX         a handshake message, with its header of four bytes
 *     sslv2 HEX         a hello in SSLv2 format, without its record header
 *
 * The answer to each is a line of `NAME=VALUE` words, in which lists are separated by
 * commas and `-` is an empty one, or `bad`, `incomplete`, `not-kept` (more numbers
 * than an offer has room for) or `not-understood`.
 */
#include "policy/cause.h"
#include "tls/ja4.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef long (*parser_t)(const unsigned char *buffer, size_t length, tg_hello_t *hello);

static const struct {
    const char *word;
    parser_t parse;
} formats[] = {
    { "hello ", tg_hello_parse },
    { "sslv2 ", tg_hello_parse_sslv2 },
};

/* Bytes of their own on the heap, so that a sanitizer sees a read past their end.
 * NULL if the text is not hex. */
static unsigned char *bytes_of_hex(const char *hex, size_t *length)
{
    unsigned char *bytes;
    size_t i;

    *length = strlen(hex) / 2;
    if (strlen(hex) % 2 != 0 || strspn(hex, "0123456789abcdefABCDEF") != strlen(hex) ||
        !(bytes = malloc(*length + 1))) {
        return NULL;
    }
    for (i = 0; i < *length; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return realloc(bytes, *length ? *length : 1);
}

static const char *version_list(apr_pool_t *pool, tg_traits_t set)
{
    const char *text = NULL;
    int p;

    for (p = TG_PROTOCOL_SSL3; p < TG_PROTOCOLS; p++) {
        if (set & TG_TRAIT_PROTOCOL(p)) {
            const char *name = tg_protocol_name((tg_protocol_t)p);

            text = text ? apr_pstrcat(pool, text, ",", name, NULL) : name;
        }
    }
    return text ? text : "-";
}

static const char *number_list(apr_pool_t *pool, const tg_offer_t *offer, tg_offer_list_t list)
{
    const char *text = NULL;
    int i, n;
    const uint16_t *of = tg_offer_list(offer, list, &n);

    for (i = 0; i < n; i++) {
        text = text ? apr_psprintf(pool, "%s,%u", text, of[i]) : apr_psprintf(pool, "%u", of[i]);
    }
    return text ? text : "-";
}

static const char *hex_of(apr_pool_t *pool, tg_bytes_t bytes)
{
    const char *text = "";
    size_t i;

    for (i = 0; i < bytes.length; i++) {
        text = apr_psprintf(pool, "%s%02x", text, bytes.at[i]);
    }
    return *text ? text : "-";
}

static void answer_line(apr_pool_t *pool, long used, const tg_hello_t *hello)
{
    char ja4[TG_JA4_STRLEN], ja3[TG_JA3_STRLEN];
    const tg_offer_t *offer;
    int ciphers;

    if (used < 0) {
        puts(used == TG_HELLO_INCOMPLETE ? "incomplete" : "bad");
        return;
    }
    offer = tg_offer_make(pool, hello);
    if (!offer || !tg_ja4(offer, ja4) || !tg_ja3(offer, ja3)) {
        puts("not-kept");
        return;
    }
    (void)tg_offer_list(offer, TG_OFFER_CIPHERS, &ciphers);
    printf("used=%ld ja4=%s ja3=%s legacy=%04x max=%04x versions=%s sni=%s ciphers=%d groups=%s "
           "fallback=%d compression=%d pq=%d ephemeral=%d evidence=%s\n",
           used, ja4, ja3, offer->legacy_version, offer->max_version,
           version_list(pool, offer->versions), hex_of(pool, hello->server_name), ciphers,
           number_list(pool, offer, TG_OFFER_GROUPS), offer->fallback, offer->compression,
           tg_offer_post_quantum(offer), tg_offer_ephemeral(offer),
           tg_protocol_name(tg_cause_evidence(offer)));
}

/* Returns 0 if the line is none of those above. */
static int read_line(apr_pool_t *pool, const char *line)
{
    size_t i;

    for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strncmp(line, formats[i].word, strlen(formats[i].word)) == 0) {
            size_t length;
            unsigned char *bytes = bytes_of_hex(line + strlen(formats[i].word), &length);
            tg_hello_t hello;

            if (!bytes) {
                return 0;
            }
            answer_line(pool, formats[i].parse(bytes, length, &hello), &hello);
            free(bytes);
            return 1;
        }
    }
    return 0;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (!read_line(pool, line)) {
            puts("not-understood");
        }
        apr_pool_clear(pool);
    }
    free(line);
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
