/* The body of a rejection: see rejection_body.h. */
#include "rejection_body.h"

#include "base/rows.h"
#include "base/text.h"
#include "report/wording.h"
#include "server/base/page_names.h"

#include <apr_strings.h>

static void add_quoted(apr_pool_t *pool, tg_pieces_t *json, const char *before, const char *value)
{
    if (value) {
        tg_pieces_add(json, before);
        tg_pieces_add(json, tg_text_quote(pool, value));
    }
}

/* RFC 9457: the members of the problem, then ours; those that are not known are left out. Names,
 * versions, phases, instants and links were checked when the configuration was read, and the
 * sentences about them are ours: only the operator's text and the host need quoting. */
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

    tg_pieces_begin(pool, &json);
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
    add_quoted(pool, &json, ",\"host\":", text->host);
    add_quoted(pool, &json, ",\"test_page\":", text->test_page);
    add_quoted(pool, &json, ",\"advice\":", text->advice);
    TG_PIECES_ADD_LITERAL(&json, "}\n");
    return tg_pieces_join(pool, &json);
#undef MEMBER
}

/* A part of the detail, without the space that parts it from the one before. */
static const char *part_of_detail(apr_pool_t *pool, const tg_rejection_text_t *text,
                                  apr_size_t from, apr_size_t to)
{
    const char *part = tg_pieces_join_some(pool, &text->detail, from, to);

    return *part ? part + (*part == ' ') : NULL;
}

static void add_rejected_remedy(tg_frame_t *frame, request_rec *r, const tg_rejection_text_t *text)
{
    tg_frame_add_part(frame, TG_PART_REMEDY, "What to do");
    tg_frame_add(frame, TG_ITEM_ADVICE, NULL, text->advice);
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                 part_of_detail(r->pool, text, text->why, text->detail.n));
    tg_frame_add(frame, TG_ITEM_LINK, "Test your client: open this with it", text->test_page);
    tg_frame_add(frame, TG_ITEM_LINK, "All dates of this host", tg_page_url(r, TG_PAGE_SCHEDULE));
    tg_frame_add(frame, TG_ITEM_LINK, "More about this change", text->schedule->info);
}

static void add_rejected_dates(tg_frame_t *frame, const tg_rejection_text_t *text)
{
    tg_frame_add_part(frame, TG_PART_SECTION, "When");
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL, text->is_permanent ? "This is permanent." : NULL);
    tg_frame_add_instant(frame, "This trial ends", text->ends);
    tg_frame_add_instant(frame, "Rejected for good from", text->sunset);
    tg_frame_add_instant(frame, tg_wording_refused(text->is_capable), text->refused_from);
}

static void add_rejected_details(tg_frame_t *frame, const tg_decision_t *d,
                                 const tg_rejection_text_t *text)
{
    tg_frame_add_part(frame, TG_PART_FOLD, "Technical details");
    tg_frame_add(frame, TG_ITEM_FACT, "Host", text->host);
    if (text->protocol) {
        tg_frame_add(frame, TG_ITEM_FACT, "Protocol used",
                     tg_wording_protocol_both(frame->pool, d->over->protocol));
    }
    if (text->needed) {
        tg_frame_add(frame, TG_ITEM_FACT, "Needed",
                     tg_wording_protocol_both(frame->pool, tg_protocol_parse(text->needed)));
    }
    tg_frame_add(frame, TG_ITEM_FACT, "Schedule", text->schedule->name);
    tg_frame_add(frame, TG_ITEM_FACT, "Phase",
                 apr_pstrcat(frame->pool, text->phase, " (", tg_wording_phase(d->decides->phase),
                             ")", NULL));
    tg_frame_add(frame, TG_ITEM_FACT, "Time", tg_instant_text(frame->pool, frame->now));
}

static const char *body_for_people(request_rec *r, tg_type_t type, const tg_decision_t *d,
                                   const tg_rejection_text_t *text)
{
    tg_frame_t frame;

    tg_frame_begin(&frame, r->pool, d->subject.now, text->title);
    frame.host = text->host;
    frame.verdict = "Rejected";
    frame.tone = TG_TONE_BAD;
    frame.lead = part_of_detail(r->pool, text, 0, text->when);
    add_rejected_remedy(&frame, r, text);
    add_rejected_dates(&frame, text);
    add_rejected_details(&frame, d, text);
    return tg_respond_frame(&frame, type);
}

const char *tg_rejection_body(request_rec *r, tg_type_t type, const tg_decision_t *d,
                              const tg_rejection_text_t *text)
{
    return type == TG_TYPE_JSON ? problem_json(r->pool, d->status, text)
                                : body_for_people(r, type, d, text);
}
