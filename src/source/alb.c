/* Access logs of AWS Application Load Balancers. */
#include "log_template.h"

#include <string.h>

/* The fields in their order, as far as they are needed; some are in `"`. */
static const struct {
    tg_log_value_t value;
    const char *after;
} alb_fields[] = {
    { { .field = TG_LOG_IGNORED }, " " }, /* type */
    { { .field = TG_LOG_TIME, .form = TG_LOG_TIME_RFC3339 }, " " },
    { { .field = TG_LOG_IGNORED }, " " }, /* elb */
    { { .field = TG_LOG_ADDRESS_PORT }, " " },
    { { .field = TG_LOG_IGNORED }, " " }, /* target:port */
    { { .field = TG_LOG_IGNORED }, " " }, /* request_processing_time */
    { { .field = TG_LOG_IGNORED }, " " }, /* target_processing_time */
    { { .field = TG_LOG_IGNORED }, " " }, /* response_processing_time */
    { { .field = TG_LOG_STATUS }, " " },
    { { .field = TG_LOG_IGNORED }, " " },   /* target_status_code */
    { { .field = TG_LOG_IGNORED }, " " },   /* received_bytes */
    { { .field = TG_LOG_IGNORED }, " \"" }, /* sent_bytes */
    { { .field = TG_LOG_REQUEST, .escape = TG_LOG_BACKSLASH }, "\" \"" },
    { { .field = TG_LOG_USER_AGENT, .escape = TG_LOG_BACKSLASH }, "\" " },
    { { .field = TG_LOG_CIPHER }, " " },
    { { .field = TG_LOG_PROTOCOL }, " " },
    { { .field = TG_LOG_IGNORED }, " \"" },   /* target_group_arn */
    { { .field = TG_LOG_IGNORED }, "\" \"" }, /* trace_id */
    { { .field = TG_LOG_HOST }, "\"" },
};

static tg_log_reader_t *alb_begin(apr_pool_t *pool, tg_span_t line, const char *argument)
{
    tg_log_template_t *shape = tg_log_template_make(pool);
    tg_log_reader_t *reader = tg_log_template_reader(pool, shape);
    tg_record_t record;
    size_t i;

    (void)argument;
    for (i = 0; i < sizeof(alb_fields) / sizeof(alb_fields[0]); i++) {
        tg_log_template_field(shape, &alb_fields[i].value);
        tg_log_template_text(shape, alb_fields[i].after, strlen(alb_fields[i].after));
    }
    tg_log_template_open(shape);
    return tg_log_template_read(reader, line, &record) ? reader : NULL;
}

const tg_log_format_t tg_log_format_alb = {
    .name = "alb",
    .has_all = 1,
    .begin = alb_begin,
    .read = tg_log_template_line,
    .is_apart = 1,
};
