/* A calendar on a terminal: see calendar_text.h. */
#include "calendar_text.h"

#include "calendar.h"

#include "base/relative.h"
#include "base/rows.h"
#include "ctl/base/document.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

#define DAY INT64_C(86400)
#define WEEK_DAYS 7

/* How a phase goes on after its letter, and what happens to clients in it; in the order of
 * tg_phase_t. Darker is stricter. */
static const struct {
    const char *shade, *ascii;
    const char *clients;
} shades[] = {
    { "\u00B7", ".", NULL },       { "\u2591", "-", NULL },
    { "\u2592", "=", "served" },   { "\u259A", "+", NULL },
    { "\u2593", "%", "rejected" }, { "\u2588", "#", "refused in the handshake" },
};
TG_ROWS_ARE(shades, TG_PHASES);

static tg_phase_t phase_of_letter(char letter)
{
    int phase = 0;

    while (phase < TG_PHASES - 1 && tg_ctl_calendar_letter((tg_phase_t)phase) != letter) {
        phase++;
    }
    return (tg_phase_t)phase;
}

static const char *shade_of(char letter)
{
    tg_phase_t phase = phase_of_letter(letter);

    return tg_term_has_unicode() ? shades[phase].shade : shades[phase].ascii;
}

/* `16 Jul ` */
static const char *week_label(apr_pool_t *pool, tg_instant_t monday)
{
    char text[TG_INSTANT_STRLEN];

    tg_instant_format_http(monday, text); /* Mon, 16 Jul 2018 00:00:00 GMT */
    return apr_pstrcat(pool, apr_pstrmemdup(pool, text + strlen("Mon, "), strlen("16 Jul")), " ",
                       NULL);
}

static const char *week_heading(apr_pool_t *pool, tg_instant_t start, int marks)
{
    static const char days[] = "Mon"
                               "Tue"
                               "Wed"
                               "Thu"
                               "Fri"
                               "Sat"
                               "Sun";
    const char *line = apr_pstrcat(
        pool, apr_pstrmemdup(pool, tg_instant_text(pool, start), strlen("2018")), "   ", NULL);
    int shown = marks < 3 ? marks : 3, i;

    for (i = 0; i < WEEK_DAYS; i++) {
        line = apr_psprintf(pool, "%s%.*s%*s", line, shown, days + (apr_size_t)3 * (apr_size_t)i,
                            i < WEEK_DAYS - 1 ? marks - shown + 1 : 0, "");
    }
    return line;
}

/* A letter where a day or a phase begins, and shades after it. */
static const char *week_line(apr_pool_t *pool, const char *label, const char *letters, int marks)
{
    const char *line = label;
    int i;

    for (i = 0; letters[i]; i++) {
        int is_first = i % marks == 0 || letters[i] != letters[i - 1];

        line = apr_pstrcat(pool, line, i > 0 && i % marks == 0 ? " " : "",
                           is_first ? apr_pstrmemdup(pool, letters + i, 1) : shade_of(letters[i]),
                           NULL);
    }
    return line;
}

/* `^ now` below the mark of that instant, or `now ^` where that has no room. */
static void print_marker(FILE *out, int64_t mark, int marks, const char *word)
{
    int column = TG_CTL_CALENDAR_LABEL + (int)mark + (int)mark / marks;
    int last = TG_CTL_CALENDAR_LABEL + WEEK_DAYS * (marks + 1) - 2;
    int length = (int)strlen(word) + 1;

    if (column + length <= last) {
        tg_term_print(out, TG_TERM_STRONG, "%*s^ %s", column, "", word);
    }
    else {
        tg_term_print(out, TG_TERM_STRONG, "%*s%s ^", column - length, "", word);
    }
}

/* `O. observe, A- announced, G= grace: served; ...` */
void tg_ctl_calendar_print_legend(FILE *out, apr_pool_t *pool, const json_t *calendar)
{
    json_int_t seconds = json_integer_value(json_object_get(calendar, "mark_seconds"));
    const char *line = "", *between = "";
    int phase;

    for (phase = 0; phase < TG_PHASES; phase++) {
        char letter = tg_ctl_calendar_letter((tg_phase_t)phase);
        const char *clients = shades[phase].clients;

        line = apr_psprintf(pool, "%s%s%c%s %s%s%s", line, between, letter, shade_of(letter),
                            tg_phase_name((tg_phase_t)phase), clients ? ": " : "",
                            clients ? clients : "");
        between = clients ? "; " : ", ";
    }
    tg_term_wrap(out, TG_TERM_PLAIN, "", line);
    tg_term_wrap(out, TG_TERM_PLAIN, "",
                 apr_pstrcat(pool, "In UTC. A mark is ", tg_relative_length(pool, seconds),
                             " and has the strictest phase in it.", NULL));
}

tg_instant_t tg_ctl_calendar_end(const json_t *calendar)
{
    return tg_ctl_document_instant(calendar, "start", TG_ALWAYS) +
           (tg_instant_t)json_array_size(json_object_get(calendar, "weeks")) * WEEK_DAYS * DAY;
}

void tg_ctl_calendar_print(FILE *out, apr_pool_t *pool, const json_t *calendar, const char *at,
                           tg_instant_t now)
{
    const json_t *weeks = json_object_get(calendar, "weeks"), *week;
    tg_instant_t monday = tg_ctl_document_instant(calendar, "start", TG_ALWAYS), marked = now;
    int64_t seconds = json_integer_value(json_object_get(calendar, "mark_seconds"));
    int marks = (int)(DAY / seconds);
    tg_fault_t ignored;
    size_t i;

    tg_instant_parse(at, &marked, &ignored);
    tg_term_print(out, TG_TERM_PLAIN, "%s", week_heading(pool, monday, marks));
    json_array_foreach (weeks, i, week) {
        tg_term_print(out, TG_TERM_PLAIN, "%s",
                      week_line(pool, week_label(pool, monday), json_string_value(week), marks));
        if (marked >= monday && marked < monday + WEEK_DAYS * DAY) {
            print_marker(out, (marked - monday) / seconds, marks, marked == now ? "now" : "then");
        }
        monday += WEEK_DAYS * DAY;
    }
}
