/* The body of a rejection: see rejection_body.h. */
#include "rejection_body.h"

#include "base/text.h"

#include <apr_strings.h>

/** The most pieces that a problem is made of: three per member, and three. */
#define PIECES_MAX 40

/* Pieces of text whose lengths are known, to be joined in one go. */
typedef struct {
    struct iovec at[PIECES_MAX];
    apr_size_t n;
} pieces_t;

static void add_piece(pieces_t *pieces, const char *piece, apr_size_t length)
{
    pieces->at[pieces->n].iov_base = (void *)piece;
    pieces->at[pieces->n++].iov_len = length;
}

/* RFC 9457: the members of the problem, then ours; those that are not known are left out. Names,
 * versions, phases, instants and links were checked when the configuration was read, and the
 * sentences about them are ours: only the operator's text needs quoting. */
static const char *problem_json(apr_pool_t *pool, int status, const tg_rejection_text_t *text)
{
#define MEMBER(name, value)                                                                        \
    {                                                                                              \
        ",\"" name "\":\"", sizeof(",\"" name "\":\"") - 1, value                                  \
    }
    const char *info = text->schedule->info;
    const struct {
        const char *before;
        apr_size_t length;
        const char *value;
    } members[] = {
        MEMBER("title", text->title),       MEMBER("detail", text->detail),
        MEMBER("protocol", text->protocol), MEMBER("schedule", text->schedule->name),
        MEMBER("phase", text->phase),       MEMBER("minimum_protocol", text->needed),
        MEMBER("until", text->until),       MEMBER("rejected_for_good", text->for_good),
        MEMBER("cause", text->cause),       MEMBER("info", info),
    };
    const char *type = apr_pstrcat(pool, "{\"type\":\"", info ? info : "about:blank",
                                   "\",\"status\":", apr_itoa(pool, status), NULL);
    const char *advice =
        text->advice ? apr_pstrcat(pool, ",\"advice\":", tg_text_quote(pool, text->advice), NULL)
                     : "";
    pieces_t pieces = { .n = 0 };
    size_t i;

    add_piece(&pieces, type, strlen(type));
    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].value) {
            add_piece(&pieces, members[i].before, members[i].length);
            add_piece(&pieces, members[i].value, strlen(members[i].value));
            add_piece(&pieces, "\"", 1);
        }
    }
    add_piece(&pieces, advice, strlen(advice));
    add_piece(&pieces, "}\n", 2);
    return apr_pstrcatv(pool, pieces.at, pieces.n, NULL);
#undef MEMBER
}

const char *tg_rejection_body(apr_pool_t *pool, tg_type_t type, int status,
                              const tg_rejection_text_t *text)
{
    const tg_fact_t facts[] = {
        { "Protocol used", text->protocol, 0 },
        { "Needed", text->needed, 0 },
        { "Phase", text->phase, 0 },
        { "Until", text->until, 0 },
        { "Rejected for good from", text->for_good, 0 },
        { "What to do", text->advice, 0 },
        { "More", text->schedule->info, 1 },
        { NULL, NULL, 0 },
    };
    const tg_frame_t page = { text->title, text->detail, facts };

    switch (type) {
    case TG_TYPE_HTML:
        return tg_frame_html(pool, &page);
    case TG_TYPE_TEXT:
        return tg_frame_text(pool, &page);
    case TG_TYPE_JSON:
    case TG_TYPES:
        break;
    }
    return problem_json(pool, status, text);
}
