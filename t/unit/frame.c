/* Our pages: dates and protocols as people write them, in HTML and as text. */
#include "unit.h"

#include "report/html_frame.h"
#include "report/text_frame.h"
#include "report/wording.h"

static const struct {
    const char *t;
    const char *words;
} dates[] = {
    { "2018-07-10T09:00:00Z", "Tue 10 Jul 2018, 09:00 UTC" },
    { "2018-07-01T00:00:00Z", "Sun 1 Jul 2018, 00:00 UTC" },
    { "2018-07-10T09:00:01Z", "Tue 10 Jul 2018, 09:00:01 UTC" },
    { "2018-07-10T09:00:59Z", "Tue 10 Jul 2018, 09:00:59 UTC" },
    { "2000-02-29T23:59:00Z", "Tue 29 Feb 2000, 23:59 UTC" },
    { "9999-12-31T23:59:59Z", "Fri 31 Dec 9999, 23:59:59 UTC" },
};

static void dates_are_written(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(dates); i++) {
        same_text(tg_wording_instant(unit_pool, at(dates[i].t)), dates[i].words, dates[i].t);
    }
}

static void protocols_are_named(void **state)
{
    (void)state;
    same_text(tg_wording_protocol(unit_pool, TG_PROTOCOL_SSL3), "SSL 3.0", "SSLv3");
    same_text(tg_wording_protocol(unit_pool, TG_PROTOCOL_TLS1_0), "TLS 1.0", "TLSv1");
    same_text(tg_wording_protocol(unit_pool, TG_PROTOCOL_CLEARTEXT), "plain HTTP", "cleartext");
    same_text(tg_wording_protocol_both(unit_pool, TG_PROTOCOL_TLS1_2), "TLS 1.2 (TLSv1.2)", "both");
    same_text(tg_wording_protocol_both(unit_pool, TG_PROTOCOL_UNKNOWN), "unknown", "unknown");
    same_text(tg_wording_every(unit_pool, 3600), "every hour", "an hour");
    same_text(tg_wording_every(unit_pool, 5400), "every 1 h 30 min", "an hour and a half");
}

/* Now is 2018-07-10T09:00:00Z. */
#define TIME(rfc, words) "<time datetime=\"" rfc "\">" words "</time>"
#define FAR(words) " <span class=\"far\">(" words ")</span>"
#define JULY_11 "2018-07-11T09:00:00Z"

static const struct {
    const char *sentence;
    const char *html;
} sentences[] = {
    { "", "" },
    { "a <b> & \"c\"", "a &lt;b&gt; &amp; &quot;c&quot;" },
    { "TLSv1, TLSv1.1. TLSv1.2", "TLS 1.0, TLS 1.1. TLS 1.2" },
    { "xTLSv1 TLSv1x TLSv11", "xTLSv1 TLSv1x TLSv11" },
    { "SSLv3", "SSL 3.0" },
    { "at " JULY_11 ".", "at " TIME(JULY_11, "Wed 11 Jul 2018, 09:00 UTC") FAR("in 1 day") "." },
    { JULY_11, TIME(JULY_11, "Wed 11 Jul 2018, 09:00 UTC") FAR("in 1 day") },
    { "2018-07-10T09:00:00Z", TIME("2018-07-10T09:00:00Z", "Tue 10 Jul 2018, 09:00 UTC") },
    { "2018-07-09T09:00:00Z", TIME("2018-07-09T09:00:00Z", "Mon 9 Jul 2018, 09:00 UTC") },
    { "2018-07-1", "2018-07-1" },
    { "2018-13-10T09:00:00Z", "2018-13-10T09:00:00Z" },
    { "2018-07-10T09:00:00+0", "2018-07-10T09:00:00+0" },
};

static void sentences_are_marked_up(void **state)
{
    tg_html_t html;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(sentences); i++) {
        tg_html_begin(&html, unit_pool, at("2018-07-10T09:00:00Z"));
        tg_html_sentence_far(&html, sentences[i].sentence);
        same_text(tg_html_end(&html), sentences[i].html, sentences[i].sentence);
    }
    tg_html_begin(&html, unit_pool, at("2018-07-10T09:00:00Z"));
    tg_html_sentence(&html, JULY_11);
    same_text(tg_html_end(&html), TIME(JULY_11, "Wed 11 Jul 2018, 09:00 UTC"), "no distance");
}

static const struct {
    const char *words;
    const char *html;
} advice[] = {
    { "", "" },
    { "one  two ", "one two " },
    { "java -Dx=<1> -jar", "java <span class=\"word\">-Dx=&lt;1&gt;</span> "
                           "<span class=\"word\">-jar</span>" },
    { "a - b -", "a - b -" },
    { "TLSv1 2018-07-10T09:00:00Z", "TLSv1 2018-07-10T09:00:00Z" },
};

static void advice_stays_as_it_is(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(advice); i++) {
        tg_html_t html;

        tg_html_begin(&html, unit_pool, 0);
        tg_html_words(&html, advice[i].words);
        same_text(tg_html_end(&html), advice[i].html, advice[i].words);
    }
}

/* A window, or what stands for an instant or an end alone, seen at a time. */
static const struct {
    const char *from;
    const char *until;
    const char *now;
    const char *distance;
} windows[] = {
    { "2018-07-10T09:00:00Z", "2018-07-10T10:00:00Z", "2018-07-10T08:59:59Z", "in 1 s" },
    { "2018-07-10T09:00:00Z", "2018-07-10T10:00:00Z", "2018-07-10T09:00:00Z", "now, ends in 1 h" },
    { "2018-07-10T09:00:00Z", "2018-07-10T10:00:00Z", "2018-07-10T09:59:59Z", "now, ends in 1 s" },
    { "2018-07-10T09:00:00Z", "2018-07-10T10:00:00Z", "2018-07-10T10:00:00Z", "over" },
    { "2018-07-10T09:00:00Z", "never", "2018-07-10T09:00:00Z", "now" },
    { "2018-07-10T09:00:00Z", "never", "2018-07-10T09:00:01Z", "1 s ago" },
    { "always", "2018-07-10T10:00:00Z", "2018-07-10T09:00:00Z", "in 1 h" },
    { "always", "2018-07-10T10:00:00Z", "2018-07-10T10:00:00Z", "over" },
    { "always", "never", "2018-07-10T10:00:00Z", NULL },
};

static void distances_are_told(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(windows); i++) {
        tg_item_t item = { TG_FRAME_DATE };
        tg_frame_t frame;

        tg_frame_begin(&frame, unit_pool, at(windows[i].now), "title");
        item.from = at(windows[i].from);
        item.until = item.over = at(windows[i].until);
        same_text(tg_frame_distance(&frame, &item), windows[i].distance, windows[i].now);
    }
}

static void parts_without_items_are_left_out(void **state)
{
    tg_frame_t frame;
    const char *html, *text;

    (void)state;
    tg_frame_begin(&frame, unit_pool, at("2018-07-10T09:00:00Z"), "A <title>");
    frame.lead = "A lead.";
    tg_frame_add_part(&frame, TG_PART_REMEDY, "Empty");
    tg_frame_add(&frame, TG_ITEM_ADVICE, NULL, NULL);
    tg_frame_add_instant(&frame, "No date", TG_NEVER);
    tg_frame_add_part(&frame, TG_PART_FOLD, "Details & more");
    tg_frame_add(&frame, TG_ITEM_FACT, "one", "1");
    tg_frame_add(&frame, TG_ITEM_FACT, "two", "<2>");
    tg_frame_add_instant(&frame, "Cutoff", at("2018-07-10T09:00:00Z"));
    html = tg_frame_html(&frame);
    text = tg_frame_text(&frame);
    CHECK(!strstr(html, "Empty") && !strstr(html, "No date"), "what is empty is left out");
    has_text(html, "<title>A &lt;title&gt;</title>", "the title");
    has_text(html,
             "<details>\n<summary>Details &amp; more</summary>\n<dl>\n<dt>one</dt><dd>1</dd>\n"
             "<dt>two</dt><dd>&lt;2&gt;</dd>\n</dl>\n<table>\n<tr><th scope=\"row\">Cutoff</th>",
             "groups in a part");
    has_text(html, "</table>\n</details>\n</main>", "and their ends");
    same_text(text,
              "A <title>\n\nA lead.\n\nDetails & more\none: 1\ntwo: <2>\n"
              "Cutoff: 2018-07-10T09:00:00Z (now)\n",
              "the text");
}

/* A date on which nothing happens, though it is now; and what to do, in a row and in an entry. */
static void what_stands_out(void **state)
{
    tg_item_t off = { TG_FRAME_DATE, .label = "Trial", .more = "Held.", .is_off = 1 };
    tg_item_t warning = { TG_FRAME_DATE, .label = "Log", .value = "It is full",
                          .remedy = "Empty it." };
    tg_item_t entry = { TG_FRAME_DATE, .label = "account:1", .value = "Two." };
    const char *html;
    tg_frame_t frame;

    (void)state;
    tg_frame_begin(&frame, unit_pool, at("2018-07-10T09:00:00Z"), "t");
    frame.lead = "l";
    tg_frame_add_part(&frame, TG_PART_SECTION, "p");
    off.from = at("2018-07-10T08:00:00Z");
    off.until = off.over = at("2018-07-10T10:00:00Z");
    tg_frame_add_date(&frame, &off);
    tg_frame_add_date(&frame, &warning);
    entry.kind = TG_ITEM_ENTRY;
    tg_frame_add_date(&frame, &entry);
    tg_frame_add(&frame, TG_ITEM_ADVISED, NULL, "Update <it>.");
    tg_frame_add(&frame, TG_ITEM_DETAIL, NULL, "seen");
    html = tg_frame_html(&frame);
    has_text(html, "<tr class=\"off\"><th scope=\"row\">Trial</th>", "a row that is off");
    has_text(html, "10:00 UTC</time> <span class=\"more\">Held.</span></td>",
             "is not told as open");
    has_text(html, "It is full <span class=\"advised\">Empty it.</span></td>", "a remedy");
    has_text(html, "<p>Two.</p>\n<p class=\"advised\">Update &lt;it&gt;.</p>\n<p class=\"detail\">",
             "an advice");
    same_text(tg_frame_text(&frame),
              "t\n\nl\n\np\nTrial: 2018-07-10T08:00:00Z to 2018-07-10T10:00:00Z. Held.\n"
              "Log: It is full. Empty it.\naccount:1\n  Two.\n  Update <it>.\n  seen\n",
              "the text");
    frame.now = at("2018-07-10T10:00:00Z");
    has_text(tg_frame_html(&frame), "<tr class=\"past\"><th scope=\"row\">Trial</th>", "over");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(dates_are_written),       cmocka_unit_test(protocols_are_named),
    cmocka_unit_test(sentences_are_marked_up), cmocka_unit_test(advice_stays_as_it_is),
    cmocka_unit_test(distances_are_told),      cmocka_unit_test(parts_without_items_are_left_out),
    cmocka_unit_test(what_stands_out),
};

UNIT_MAIN(tests)
