/* Records that --exclude leaves out of a report: see report.h. */
#include "report.h"

#include "policy/network.h"

#include <string.h>

#define LONGEST_ADDRESS 64

int tg_ctl_report_excludes(const tg_ctl_report_question_t *q, const tg_record_t *record)
{
    tg_span_t text = record->address.length ? record->address : record->client;
    char address[LONGEST_ADDRESS];
    tg_network_t network;
    int i;

    if (text.length > 3 && memcmp(text.at, "ip:", 3) == 0) {
        text = (tg_span_t){ text.at + 3, text.length - 3 };
    }
    if (q->excluded->nelts == 0 || text.length == 0 || text.length >= sizeof(address)) {
        return 0;
    }
    memcpy(address, text.at, text.length);
    address[text.length] = '\0';
    if (tg_network_parse(address, &network) != TG_NETWORK_USABLE) {
        return 0;
    }
    for (i = 0; i < q->excluded->nelts; i++) {
        const tg_network_t *excluded = &APR_ARRAY_IDX(q->excluded, i, tg_network_t);
        tg_network_t within = network;

        if (excluded->length == network.length && excluded->bits <= network.bits) {
            tg_network_widen(&within, excluded->bits);
            if (memcmp(&within, excluded, sizeof(within)) == 0) {
                return 1;
            }
        }
    }
    return 0;
}
