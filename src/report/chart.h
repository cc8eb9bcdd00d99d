/* Charts as inline SVG: rectangles that stretch with the page, with words and a legend in HTML
 * beside them. Colours are classes of the style; what a chart says is also in a table. */
#ifndef TG_REPORT_CHART_H
#define TG_REPORT_CHART_H

#include "html.h"

#include "ledger/ledger_history.h"
#include "policy/phase.h"

/** How finely a timeline is drawn, and the most changes of phase that are looked at in a column. */
#define TG_CHART_COLUMNS 500
#define TG_CHART_SPANS 32

/** A schedule and what overrides it, or NULL. */
typedef struct {
    const tg_schedule_t *schedule;
    const tg_override_t *override;
} tg_charted_t;

/** The phases of a schedule from its first date to its last, with now. In @p pool. */
const char *tg_chart_timeline(apr_pool_t *pool, const tg_charted_t *item, tg_instant_t now);

/** What of a history is drawn. */
typedef enum { TG_CHART_DAY, TG_CHART_MONTHS, TG_CHART_RANGES } tg_chart_range_t;

/** The counts of a place of that range, from 0; NULL: nothing was counted. */
const tg_counts_t *tg_chart_place(const tg_history_t *history, tg_chart_range_t range,
                                  tg_instant_t now, int place);

/** When it began, and how many there are. */
tg_instant_t tg_chart_place_start(tg_chart_range_t range, tg_instant_t now, int place);
int tg_chart_places(tg_chart_range_t range);

/**
 * The share of each protocol over time, and above it where a schedule rejects. In @p pool.
 * @param since when the history began: nothing is drawn before
 * @param items the schedules, as many as @p count
 */
const char *tg_chart_shares(apr_pool_t *pool, const tg_history_t *history, tg_chart_range_t range,
                            tg_instant_t since, tg_instant_t now, const tg_charted_t *items,
                            int count);

#endif
