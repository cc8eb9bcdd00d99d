/* JA4 and JA3: see ja4.h. The sentences quoted are those of the JA4 specification,
 * technical_details/JA4.md. */
#include "ja4.h"

#include "ja4_hash.h"

#include "base/digest.h"
#include "base/rows.h"

#include <apr_escape.h>
#include <stdio.h>
#include <string.h>

#define EXT_SERVER_NAME 0
#define EXT_ALPN 16

/** The longest text that is hashed: a number has five digits and a separator. */
#define TEXT_MAX (6 * (TG_OFFER_NUMBERS_MAX + 1) + TG_OFFER_LISTS)

/* The text to be hashed. Only the length is set at first: the rest is large. */
typedef struct {
    char at[TEXT_MAX];
    size_t length;
} text_t;

static void add_char(text_t *text, char c)
{
    text->at[text->length++] = c;
}

/* The two hex digits of each byte, in lower case. */
#define HEX_ROW(high)                                                                              \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high \
         "a" high "b" high "c" high "d" high "e" high "f"
static const char hex[] = HEX_ROW("0") HEX_ROW("1") HEX_ROW("2") HEX_ROW("3") HEX_ROW("4")
    HEX_ROW("5") HEX_ROW("6") HEX_ROW("7") HEX_ROW("8") HEX_ROW("9") HEX_ROW("a") HEX_ROW("b")
        HEX_ROW("c") HEX_ROW("d") HEX_ROW("e") HEX_ROW("f");

static inline void put_hex(char *at, unsigned byte)
{
    memcpy(at, hex + 2 * (size_t)(byte & 0xFF), 2);
}

static void add_decimal(text_t *text, unsigned number)
{
    text->length += (size_t)snprintf(text->at + text->length, 7, "%u", number);
}

static void add_decimals(text_t *text, const uint16_t *numbers, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        if (i > 0) {
            add_char(text, '-');
        }
        add_decimal(text, numbers[i]);
    }
}

/* "The list is created using the 4 character hex values of the ciphers, lower case, comma
 * delimited"; so are the others. */
static void add_hexes(text_t *text, const uint16_t *numbers, int n)
{
    char *at = text->at + text->length;
    int i;

    for (i = 0; i < n; i++, at += 5) {
        put_hex(at, numbers[i] >> 8);
        put_hex(at + 2, numbers[i]);
        at[4] = ',';
    }
    text->length = (size_t)(at - text->at) - (n > 0); /* without the last comma */
}

/* --- JA4 --- */

/* Shell's sort: without qsort's calls and for a hostile hello not quadratic. */
static void sort_numbers(uint16_t *numbers, int n)
{
    static const int gaps[] = { 132, 57, 23, 10, 4, 1 };
    size_t g;
    int i, j;

    for (g = 0; g < TG_ROWS(gaps); g++) {
        for (i = gaps[g]; i < n; i++) {
            uint16_t number = numbers[i];

            for (j = i; j >= gaps[g] && numbers[j - gaps[g]] > number; j -= gaps[g]) {
                numbers[j] = numbers[j - gaps[g]];
            }
            numbers[j] = number;
        }
    }
}

static const char *ja4_version(unsigned version)
{
    static const char *const ja4_versions[] = { "s3", "10", "11", "12", "13" };
    TG_ROWS_ARE(ja4_versions, TG_PROTOCOLS - TG_PROTOCOL_OLDEST);

    if (version == TG_WIRE_SSL2) {
        return "s2";
    }
    return version >= TG_WIRE_SSL3 && version <= TG_WIRE_NEWEST
               ? ja4_versions[version - TG_WIRE_SSL3]
               : "00";
}

/* "If there are no ciphers in the sorted cipher list, then the value of JA4_b is set to
 * `000000000000`"; the same for JA4_c. */
static int ja4_hash(EVP_MD_CTX **ctx, const text_t *text, char *out)
{
    if (text->length == 0) {
        memset(out, '0', TG_JA4_HASH);
        out[TG_JA4_HASH] = '\0';
        return 1;
    }
    return tg_ja4_hash(ctx, text->at, text->length, out);
}

/* The ciphers, "ignoring GREASE", sorted. */
static int ja4_b(EVP_MD_CTX **ctx, const tg_offer_t *offer, char *out)
{
    uint16_t sorted[TG_OFFER_NUMBERS_MAX];
    text_t text;
    int n;
    const uint16_t *ciphers = tg_offer_list(offer, TG_OFFER_CIPHERS, &n);

    memcpy(sorted, ciphers, (size_t)n * sizeof(*ciphers));
    sort_numbers(sorted, n);
    text.length = 0;
    add_hexes(&text, sorted, n);
    return ja4_hash(ctx, &text, out);
}

/* "Ignore the SNI extension (0000) and the ALPN extension (0010) as we've already
 * captured them in the _a_ section of the fingerprint." */
static int listed_extensions(const tg_offer_t *offer, uint16_t *out)
{
    int i, n, listed = 0;
    const uint16_t *extensions = tg_offer_list(offer, TG_OFFER_EXTENSIONS, &n);

    for (i = 0; i < n; i++) {
        if (extensions[i] != EXT_SERVER_NAME && extensions[i] != EXT_ALPN) {
            out[listed++] = extensions[i];
        }
    }
    sort_numbers(out, listed);
    return listed;
}

/* "The signature algorithm hex values are then added to the end of the list in the order
 * that they appear (not sorted) with an underscore delimiting the two lists." "If there
 * are no signature algorithms in the hello packet, then the string ends without an
 * underscore and is hashed." */
static int ja4_c(EVP_MD_CTX **ctx, const tg_offer_t *offer, char *out)
{
    uint16_t sorted[TG_OFFER_NUMBERS_MAX];
    text_t text;
    int n;
    const uint16_t *algorithms;

    n = listed_extensions(offer, sorted);
    text.length = 0;
    add_hexes(&text, sorted, n);
    algorithms = tg_offer_list(offer, TG_OFFER_SIGNATURE_ALGORITHMS, &n);
    if (n > 0) {
        add_char(&text, '_');
        add_hexes(&text, algorithms, n);
    }
    return ja4_hash(ctx, &text, out);
}

/* "If there's > 99, which there should never be, then output "99"." */
static char *put_count(char *at, int n)
{
    *at++ = (char)('0' + (n > 99 ? 9 : n / 10));
    *at++ = (char)('0' + (n > 99 ? 9 : n % 10));
    return at;
}

static char *copy_text(char *at, const char *from, size_t length)
{
    memcpy(at, from, length);
    return at + length;
}

const char *tg_ja4(const tg_offer_t *offer, char buf[TG_JA4_STRLEN])
{
    char b[TG_JA4_HASH + 1], c[TG_JA4_HASH + 1], *at = buf;

    EVP_MD_CTX *ctx = NULL;
    int is_hashed = ja4_b(&ctx, offer, b) && ja4_c(&ctx, offer, c);

    EVP_MD_CTX_free(ctx);
    if (!is_hashed) {
        return NULL;
    }
    *at++ = 't';
    at = copy_text(at, ja4_version(offer->max_version), 2);
    *at++ = tg_offer_has(offer, TG_OFFER_EXTENSIONS, EXT_SERVER_NAME) ? 'd' : 'i';
    at = put_count(at, offer->counts[TG_OFFER_CIPHERS]);
    at = put_count(at, offer->counts[TG_OFFER_EXTENSIONS]);
    at = copy_text(at, offer->alpn, 2);
    *at++ = '_';
    at = copy_text(at, b, TG_JA4_HASH);
    *at++ = '_';
    at = copy_text(at, c, TG_JA4_HASH);
    *at = '\0';
    return buf;
}

/* The parts of a JA4, one after the other: which characters, how many, and what they are. */
#define HEX_DIGITS "0123456789abcdef"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HASH_WORDS "a hash: digits, and letters from a to f in lower case"
static const struct {
    const char *of; /* NULL: the version */
    size_t count;
    const char *words;
} shape[] = {
    { "t", 1, "t, for TCP" },
    { NULL, 2, "the version: 13, 12, 11, 10, s3, s2 or 00" },
    { "di", 1, "d with a server name, or i without" },
    { "0123456789", 4, "two digits for the ciphers, and two for the extensions" },
    { "0123456789" LETTERS, 2, "two letters or digits for ALPN, 00 without" },
    { "_", 1, "the character _" },
    { HEX_DIGITS, TG_JA4_HASH, HASH_WORDS },
    { "_", 1, "the character _" },
    { HEX_DIGITS, TG_JA4_HASH, HASH_WORDS },
};

static int begins_version(const char *text, size_t length)
{
    static const char *const versions[] = { "13", "12", "11", "10", "s3", "s2", "00" };
    size_t i;

    for (i = 0; i < TG_ROWS(versions); i++) {
        if (strncmp(text, versions[i], length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* How many characters of a text are of that part. */
static size_t count_part(const char *text, size_t part)
{
    size_t n = 0;

    while (
        n < shape[part].count && text[n] != '\0' &&
        (shape[part].of ? strchr(shape[part].of, text[n]) != NULL : begins_version(text, n + 1))) {
        n++;
    }
    return n;
}

const char *tg_ja4_prefix_fault(const char *text, size_t *at)
{
    size_t part;

    *at = 0;
    for (part = 0; part < TG_ROWS(shape); part++) {
        size_t n = count_part(text + *at, part);

        *at += n;
        if (n < shape[part].count) {
            return text[*at] ? shape[part].words : NULL;
        }
    }
    return text[*at] ? "nothing: it has 36 characters" : NULL;
}

/** Where the parts of a JA4 begin: `t10d230100_6a57a6f57151_000000000000`. */
enum { JA4_CIPHER_COUNT = 4, JA4_ALPN = 8, JA4_EXTENSIONS = 24 };

int tg_ja4_is_same_library(const char *a, const char *b)
{
    return strlen(a) > JA4_EXTENSIONS && strlen(b) > JA4_EXTENSIONS &&
           memcmp(a + JA4_CIPHER_COUNT, b + JA4_CIPHER_COUNT, 2) == 0 &&
           memcmp(a + JA4_ALPN, b + JA4_ALPN, JA4_EXTENSIONS - JA4_ALPN) == 0;
}

/* --- JA3 --- */

const char *tg_ja3(const tg_offer_t *offer, char buf[TG_JA3_STRLEN])
{
    static const tg_offer_list_t lists[] = { TG_OFFER_CIPHERS, TG_OFFER_EXTENSIONS, TG_OFFER_GROUPS,
                                             TG_OFFER_POINT_FORMATS };
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n_digest;
    const EVP_MD *md;
    text_t text;
    size_t i;

    text.length = 0;
    add_decimal(&text, offer->legacy_version);
    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        int n;
        const uint16_t *numbers = tg_offer_list(offer, lists[i], &n);

        add_char(&text, ',');
        add_decimals(&text, numbers, n);
    }
    md = tg_digest_get(TG_DIGEST_MD5);
    if (!md || !EVP_Digest(text.at, text.length, digest, &n_digest, md, NULL)) {
        return NULL;
    }
    (void)apr_escape_hex(buf, digest, n_digest, 0, NULL);
    return buf;
}
