/* Pieces of text, joined once and not sentence by sentence: every rejection is made of them. */
#ifndef TG_SERVER_REQUEST_PIECES_H
#define TG_SERVER_REQUEST_PIECES_H

#include <apr_strings.h>
#include <string.h>

/**
 * Room for pieces: a rejection in JSON has fewer than 60. What is more is joined to the last
 * one.
 */
#define TG_PIECES_MAX 64

/** Begun by tg_pieces_begin(), since it is large. The pieces themselves must live until they are
 * joined. */
typedef struct {
    apr_pool_t *pool;
    apr_size_t n;
    struct iovec at[TG_PIECES_MAX];
} tg_pieces_t;

static inline void tg_pieces_begin(apr_pool_t *pool, tg_pieces_t *pieces)
{
    pieces->pool = pool;
    pieces->n = 0;
}

static inline void tg_pieces_add_bytes(tg_pieces_t *pieces, const char *bytes, apr_size_t length)
{
    struct iovec *last = &pieces->at[TG_PIECES_MAX - 1];

    if (pieces->n < TG_PIECES_MAX) {
        pieces->at[pieces->n].iov_base = (void *)bytes;
        pieces->at[pieces->n++].iov_len = length;
    }
    else {
        const struct iovec both[] = { *last, { (void *)bytes, length } };

        last->iov_base = apr_pstrcatv(pieces->pool, both, 2, &last->iov_len);
    }
}

static inline void tg_pieces_add(tg_pieces_t *pieces, const char *text)
{
    tg_pieces_add_bytes(pieces, text, strlen(text));
}

#define TG_PIECES_ADD_LITERAL(pieces, literal)                                                     \
    tg_pieces_add_bytes((pieces), "" literal, sizeof(literal) - 1)

static inline void tg_pieces_add_all(tg_pieces_t *pieces, const tg_pieces_t *more)
{
    apr_size_t i;

    for (i = 0; i < more->n; i++) {
        tg_pieces_add_bytes(pieces, more->at[i].iov_base, more->at[i].iov_len);
    }
}

/** Those from @p from up to @p to. */
static inline char *tg_pieces_join_some(apr_pool_t *pool, const tg_pieces_t *pieces,
                                        apr_size_t from, apr_size_t to)
{
    return apr_pstrcatv(pool, pieces->at + from, to - from, NULL);
}

static inline char *tg_pieces_join(apr_pool_t *pool, const tg_pieces_t *pieces)
{
    return tg_pieces_join_some(pool, pieces, 0, pieces->n);
}

#endif
