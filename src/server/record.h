/* From the decision about a request to a sighting in the log. */
#ifndef TG_RECORD_H
#define TG_RECORD_H

#include <httpd.h>

/** log_transaction: records every deprecated request, when its status is final. */
int tg_record_log(request_rec *r);

#endif
