/* Unpacking: plain bytes, gzip (RFC 1952) or zstd (RFC 8878), by the first bytes of the file. */
#include "unpack.h"

#include "base/rows.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PACKED_SIZE 262144

/* One form of compression. @p step moves what it can from `packed` to `to`. */
typedef struct {
    const char *magic;
    size_t magic_length;
    int (*begin)(tg_unpack_t *u);
    /* 1, or 0 if the compressed data is corrupt. */
    int (*step)(tg_unpack_t *u, char *to, size_t room, size_t *length);
    void (*end)(tg_unpack_t *u);
} packing_t;

struct tg_unpack_t {
    int file;
    uint64_t position, size;
    const packing_t *packing;
    char *packed;
    size_t packed_at, packed_length;
    int is_at_end;  /* of the file */
    int is_between; /* between two compressed streams: the file may end here */
    z_stream gzip;
    ZSTD_DStream *zstd;
};

/* --- the ways to pack --- */

static int plain_begin(tg_unpack_t *u)
{
    u->is_between = 1;
    return 1;
}

static int plain_step(tg_unpack_t *u, char *to, size_t room, size_t *length)
{
    size_t n = u->packed_length - u->packed_at;

    n = n < room ? n : room;
    memcpy(to, u->packed + u->packed_at, n);
    u->packed_at += n;
    *length = n;
    return 1;
}

static void plain_end(tg_unpack_t *u)
{
    (void)u;
}

static int gzip_begin(tg_unpack_t *u)
{
    /* 16: gzip, with the largest window. */
    return inflateInit2(&u->gzip, 16 + MAX_WBITS) == Z_OK;
}

/* A file may have several streams, one after the other, as rotation and pigz write it. */
static int gzip_step(tg_unpack_t *u, char *to, size_t room, size_t *length)
{
    int rv;

    if (u->is_between && inflateReset(&u->gzip) != Z_OK) {
        return 0;
    }
    u->gzip.next_in = (unsigned char *)u->packed + u->packed_at;
    u->gzip.avail_in = (unsigned)(u->packed_length - u->packed_at);
    u->gzip.next_out = (unsigned char *)to;
    u->gzip.avail_out = (unsigned)room;
    rv = inflate(&u->gzip, Z_NO_FLUSH);
    u->packed_at = u->packed_length - u->gzip.avail_in;
    *length = room - u->gzip.avail_out;
    u->is_between = rv == Z_STREAM_END;
    return rv == Z_OK || rv == Z_STREAM_END || rv == Z_BUF_ERROR;
}

static void gzip_end(tg_unpack_t *u)
{
    (void)inflateEnd(&u->gzip);
}

static int zstd_begin(tg_unpack_t *u)
{
    u->zstd = ZSTD_createDStream();
    return u->zstd != NULL;
}

static int zstd_step(tg_unpack_t *u, char *to, size_t room, size_t *length)
{
    ZSTD_inBuffer in = { u->packed, u->packed_length, u->packed_at };
    ZSTD_outBuffer out = { to, room, 0 };
    size_t rv = ZSTD_decompressStream(u->zstd, &out, &in);

    u->packed_at = in.pos;
    *length = out.pos;
    u->is_between = rv == 0;
    return !ZSTD_isError(rv);
}

static void zstd_end(tg_unpack_t *u)
{
    (void)ZSTD_freeDStream(u->zstd);
}

/* The last one fits any file. */
static const packing_t packings[] = {
    { "\x1F\x8B", 2, gzip_begin, gzip_step, gzip_end },
    { "\x28\xB5\x2F\xFD", 4, zstd_begin, zstd_step, zstd_end },
    { "", 0, plain_begin, plain_step, plain_end },
};

/* --- the file --- */

static apr_status_t close_unpack(void *data)
{
    tg_unpack_t *u = data;

    if (u->packing) {
        u->packing->end(u);
    }
    if (u->file != STDIN_FILENO) {
        (void)close(u->file);
    }
    return APR_SUCCESS;
}

/* Reads of the file. 0 with the fault filled. */
static int read_packed(tg_unpack_t *u, char *to, size_t room, size_t *length, tg_fault_t *fault)
{
    ssize_t n;

    do {
        n = read(u->file, to, room);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return tg_fault_set(fault, "read it again", "it cannot be read: %s", strerror(errno));
    }
    u->is_at_end = n == 0;
    u->position += (uint64_t)n;
    *length = (size_t)n;
    return 1;
}

/* Reads more compressed data. 0 with the fault filled. */
static int fill_packed(tg_unpack_t *u, tg_fault_t *fault)
{
    size_t n;

    memmove(u->packed, u->packed + u->packed_at, u->packed_length - u->packed_at);
    u->packed_length -= u->packed_at;
    u->packed_at = 0;
    if (!read_packed(u, u->packed + u->packed_length, PACKED_SIZE - u->packed_length, &n, fault)) {
        return 0;
    }
    u->packed_length += n;
    return 1;
}

/* Data that is not compressed is not copied either. */
static tg_unpack_result_t read_plain(tg_unpack_t *u, char *to, size_t room, size_t *length,
                                     tg_fault_t *fault)
{
    if (u->is_at_end) {
        return TG_UNPACK_END;
    }
    if (!read_packed(u, to, room, length, fault)) {
        return TG_UNPACK_FAILED;
    }
    return *length > 0 ? TG_UNPACK_MORE : TG_UNPACK_END;
}

static int choose_packing(tg_unpack_t *u, tg_fault_t *fault)
{
    size_t i = 0;

    while (u->packed_length < packings[1].magic_length && !u->is_at_end) {
        if (!fill_packed(u, fault)) {
            return 0;
        }
    }
    while (u->packed_length < packings[i].magic_length ||
           memcmp(u->packed, packings[i].magic, packings[i].magic_length) != 0) {
        i++;
    }
    if (!packings[i].begin(u)) {
        return tg_fault_set(fault, "free some memory", "out of memory");
    }
    u->packing = &packings[i];
    return 1;
}

tg_unpack_t *tg_unpack_open(apr_pool_t *pool, const char *path, tg_fault_t *fault)
{
    tg_unpack_t *u = apr_pcalloc(pool, sizeof(*u));
    struct stat info;

    u->file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (u->file < 0 || fstat(u->file, &info) != 0) {
        (void)tg_fault_set(fault, "name a log that can be read", "it cannot be opened: %s",
                           strerror(errno));
        (void)close_unpack(u);
        return NULL;
    }
    if (S_ISDIR(info.st_mode)) {
        close(u->file);
        (void)tg_fault_set(fault, "name the logs in it", "it is a directory");
        return NULL;
    }
    u->size = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    u->packed = apr_palloc(pool, PACKED_SIZE);
    apr_pool_cleanup_register(pool, u, close_unpack, apr_pool_cleanup_null);
    return choose_packing(u, fault) ? u : NULL;
}

tg_unpack_result_t tg_unpack_read(tg_unpack_t *u, char *to, size_t room, size_t *length,
                                  tg_fault_t *fault)
{
    *length = 0;
    if (u->packing->step == plain_step && u->packed_at == u->packed_length) {
        return read_plain(u, to, room, length, fault);
    }
    for (;;) {
        if (u->packed_at == u->packed_length && u->is_between && u->is_at_end) {
            return TG_UNPACK_END;
        }
        if (u->packed_at < u->packed_length || !u->is_between) {
            if (!u->packing->step(u, to, room, length)) {
                (void)tg_fault_set(fault, "copy it from its source again",
                                   "the compressed data is corrupt");
                return TG_UNPACK_FAILED;
            }
            if (*length > 0) {
                return TG_UNPACK_MORE;
            }
        }
        if (u->packed_at == u->packed_length) {
            if (u->is_at_end) {
                return u->is_between ? TG_UNPACK_END : TG_UNPACK_CUT;
            }
            if (!fill_packed(u, fault)) {
                return TG_UNPACK_FAILED;
            }
        }
    }
}

int tg_unpack_plain(const tg_unpack_t *u, uint64_t *next)
{
    *next = u->position - (u->packed_length - u->packed_at);
    return u->packing->step == plain_step ? u->file : -1;
}

uint64_t tg_unpack_position(const tg_unpack_t *u)
{
    return u->position;
}

uint64_t tg_unpack_size(const tg_unpack_t *u)
{
    return u->size;
}
