/* The frame of the file of the ledger: see ledger_file.h. */
#include "ledger_file.h"

#include "base/digest.h"

#include <string.h>

#define MAGIC "TLSGATE LEDGER\r\n"

/* Where the numbers of the header are. */
enum {
    PLACE_VERSION = 16,
    PLACE_LENGTH = 24,
    PLACE_DIGEST = 32,
    DIGEST_SIZE = 32,
};

_Static_assert(sizeof(MAGIC) - 1 == PLACE_VERSION, "the version follows the name");
_Static_assert(PLACE_DIGEST + DIGEST_SIZE == TG_LEDGER_FILE_HEADER, "the digest ends the header");

/* Of everything but itself. */
static int digest_file(const unsigned char *bytes, size_t length, unsigned char *digest)
{
    const EVP_MD *how = tg_digest_get(TG_DIGEST_SHA256);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok =
        how && context && EVP_DigestInit_ex(context, how, NULL) &&
        EVP_DigestUpdate(context, bytes, PLACE_DIGEST) &&
        EVP_DigestUpdate(context, bytes + TG_LEDGER_FILE_HEADER, length - TG_LEDGER_FILE_HEADER) &&
        EVP_DigestFinal_ex(context, digest, NULL);

    EVP_MD_CTX_free(context);
    return ok;
}

/* --- writing --- */

static void write_section(tg_ledger_out_t *out, const tg_ledger_section_t *section,
                          const tg_ledger_file_t *what)
{
    size_t place;

    tg_ledger_bytes_put_raw(out, section->name, 4);
    tg_ledger_bytes_put(out, section->version, 4);
    place = out->length;
    tg_ledger_bytes_put(out, 0, 8);
    section->put(out, what);
    tg_ledger_bytes_put_at(out, place, out->length - place - 8, 8);
}

static void write_parts(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    int i;

    tg_ledger_bytes_put_raw(out, MAGIC, PLACE_VERSION);
    tg_ledger_bytes_put(out, TG_LEDGER_FILE_VERSION, 8);
    tg_ledger_bytes_put(out, 0, 8);
    out->length = TG_LEDGER_FILE_HEADER;
    for (i = 0; i < TG_LEDGER_SECTIONS; i++) {
        write_section(out, &tg_ledger_sections[i], what);
    }
    tg_ledger_bytes_put_at(out, PLACE_LENGTH, out->length - TG_LEDGER_FILE_HEADER, 8);
}

const char *tg_ledger_file_write(apr_pool_t *pool, const tg_ledger_file_t *what, size_t *length)
{
    tg_ledger_out_t counted = { 0 }, out = { 0 };

    write_parts(&counted, what);
    out.room = *length = counted.length;
    out.at = apr_palloc(pool, out.room);
    write_parts(&out, what);
    return digest_file(out.at, out.room, out.at + PLACE_DIGEST) ? (const char *)out.at : NULL;
}

/* --- reading --- */

static int report_other_version(tg_fault_t *fault)
{
    return tg_fault_set(fault,
                        "start the version of mod_tlsgate that wrote it, or start without it",
                        "it was written by another version of mod_tlsgate");
}

int tg_ledger_file_is_ours(const char *bytes, size_t length)
{
    return length >= PLACE_VERSION && memcmp(bytes, MAGIC, PLACE_VERSION) == 0;
}

static int check_header(const unsigned char *bytes, size_t length, tg_fault_t *fault)
{
    static const char restore[] = "restore a backup while httpd is stopped, or start without it";
    unsigned char digest[DIGEST_SIZE];
    tg_ledger_in_t in = { bytes + PLACE_VERSION, bytes + length, 1 };
    uint64_t version, expected;

    if (length < TG_LEDGER_FILE_HEADER || !tg_ledger_file_is_ours((const char *)bytes, length)) {
        return tg_fault_set(fault, "name a file that nothing else uses", "it is not a ledger file");
    }
    version = tg_ledger_bytes_get(&in, 8);
    expected = tg_ledger_bytes_get(&in, 8);
    if (version != TG_LEDGER_FILE_VERSION) {
        return report_other_version(fault);
    }
    if (expected != length - TG_LEDGER_FILE_HEADER) {
        return tg_fault_set(fault, restore, "its length does not match its header");
    }
    if (!digest_file(bytes, length, digest)) {
        return tg_fault_set(fault, "check the configuration of OpenSSL",
                            "OpenSSL provides no SHA-256");
    }
    return memcmp(digest, bytes + PLACE_DIGEST, DIGEST_SIZE) == 0 ||
           tg_fault_set(fault, restore, "its checksum does not match");
}

/* What reads that version of a section; NULL: nothing does. */
static tg_ledger_get_t *reader_of(const tg_ledger_section_t *section, uint64_t version)
{
    return version == section->version       ? section->get
           : version + 1 == section->version ? section->get_before
                                             : NULL;
}

static int read_section(tg_ledger_in_t *in, const tg_ledger_section_t *section,
                        tg_ledger_file_t *what, tg_fault_t *fault)
{
    tg_ledger_in_t part = *in;
    char name[4];
    tg_ledger_get_t *get;
    uint64_t length;

    tg_ledger_bytes_get_raw(&part, name, sizeof(name));
    get = reader_of(section, tg_ledger_bytes_get(&part, 4));
    length = tg_ledger_bytes_get_most(&part, 8, (uint64_t)(in->end - in->at));
    if (!part.is_whole || memcmp(name, section->name, 4) != 0 || !get ||
        length > (uint64_t)(in->end - part.at)) {
        return report_other_version(fault);
    }
    in->at = part.end = part.at + length;
    get(&part, what);
    return (part.is_whole && part.at == part.end) || report_other_version(fault);
}

int tg_ledger_file_read(const char *bytes, size_t length, tg_ledger_file_t *what, tg_fault_t *fault)
{
    const unsigned char *at = (const unsigned char *)bytes;
    tg_ledger_in_t in = { at, at + length, 1 };
    int i;

    if (!check_header(at, length, fault)) {
        return 0;
    }
    in.at += TG_LEDGER_FILE_HEADER;
    for (i = 0; i < TG_LEDGER_SECTIONS; i++) {
        if (!(in.at == in.end && tg_ledger_sections[i].may_be_absent) &&
            !read_section(&in, &tg_ledger_sections[i], what, fault)) {
            return 0;
        }
    }
    return in.at == in.end || report_other_version(fault);
}
