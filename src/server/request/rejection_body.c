/* The body of a rejection: see rejection_body.h. */
#include "rejection_body.h"

#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>

/* RFC 9457: the members of the problem, then ours; those that are not known are left out. Names,
 * versions, phases, instants and links were checked when the configuration was read, and the
 * sentences about them are ours: only the operator's text needs quoting. */
static const char *problem_json(apr_pool_t *pool, int status, const tg_rejection_text_t *text)
{
#define MEMBER(name, value)                                                                        \
    {                                                                                              \
        "\",\"" name "\":\"", sizeof("\",\"" name "\":\"") - 1, value                              \
    }
    const struct {
        const char *before;
        apr_size_t length;
        const char *value;
    } members[] = {
        MEMBER("protocol", text->protocol), MEMBER("schedule", text->schedule->name),
        MEMBER("phase", text->phase),       MEMBER("minimum_protocol", text->needed),
        MEMBER("until", text->until),       MEMBER("rejected_for_good", text->for_good),
        MEMBER("cause", text->cause),       MEMBER("info", text->schedule->info),
    };
    tg_pieces_t json;
    size_t i;

    json.n = 0;
    TG_PIECES_ADD_LITERAL(&json, "{\"type\":\"");
    tg_pieces_add(&json, text->schedule->info ? text->schedule->info : "about:blank");
    TG_PIECES_ADD_LITERAL(&json, "\",\"status\":");
    tg_pieces_add(&json, apr_itoa(pool, status));
    TG_PIECES_ADD_LITERAL(&json, ",\"title\":\"");
    tg_pieces_add(&json, text->title);
    TG_PIECES_ADD_LITERAL(&json, "\",\"detail\":\"");
    tg_pieces_add_all(&json, &text->detail);
    for (i = 0; i < TG_ROWS(members); i++) {
        if (members[i].value) {
            tg_pieces_add_bytes(&json, members[i].before, members[i].length);
            tg_pieces_add(&json, members[i].value);
        }
    }
    TG_PIECES_ADD_LITERAL(&json, "\"");
    if (text->advice) {
        TG_PIECES_ADD_LITERAL(&json, ",\"advice\":");
        tg_pieces_add(&json, tg_text_quote(pool, text->advice));
    }
    TG_PIECES_ADD_LITERAL(&json, "}\n");
    return tg_pieces_join(pool, &json);
#undef MEMBER
}

static const char *body_for_people(apr_pool_t *pool, tg_type_t type,
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
    const tg_frame_t page = { text->title, tg_pieces_join(pool, &text->detail), facts };

    return type == TG_TYPE_HTML ? tg_frame_html(pool, &page) : tg_frame_text(pool, &page);
}

const char *tg_rejection_body(apr_pool_t *pool, tg_type_t type, int status,
                              const tg_rejection_text_t *text)
{
    return type == TG_TYPE_JSON ? problem_json(pool, status, text)
                                : body_for_people(pool, type, text);
}
