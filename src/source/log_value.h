/* Parts of a line of a foreign log: what they tell, and how they are written. */
#ifndef TG_SOURCE_LOG_VALUE_H
#define TG_SOURCE_LOG_VALUE_H

#include "log_format.h"

#include <apr_tables.h>
#include <stddef.h>

/** What a part of a line tells. */
typedef enum {
    TG_LOG_IGNORED,
    TG_LOG_ADDRESS,
    TG_LOG_ADDRESS_PORT, /**< `192.0.2.7:49152`, `2001:db8::1:49152` or `[2001:db8::1]:49152` */
    TG_LOG_USER_AGENT,
    TG_LOG_HOST, /**< with or without a port */
    TG_LOG_PROTOCOL,
    TG_LOG_CIPHER,
    TG_LOG_GROUP,
    TG_LOG_STATUS,
    TG_LOG_TIME,
    TG_LOG_DATE,    /**< `2018-07-10`; TG_LOG_CLOCK has the rest, `09:00:00`, both in UTC */
    TG_LOG_CLOCK,   /**< see TG_LOG_DATE */
    TG_LOG_REQUEST, /**< `GET /v1?x=1 HTTP/1.1` */
    TG_LOG_PATH,    /**< `/v1`, with or without a query; or a whole URI */
    TG_LOG_FIELDS
} tg_log_field_t;

/** How a time is written. */
typedef enum {
    TG_LOG_TIME_CLF, /**< `10/Jul/2018:10:00:00 +0100`, or without the offset, with a fraction */
    TG_LOG_TIME_RFC3339, /**< with or without a fraction */
    TG_LOG_TIME_UNIX,    /**< a number since 1970, whose size shows its unit */
    TG_LOG_TIME_PATTERN, /**< as strftime() has it */
    TG_LOG_TIME_FORMS
} tg_log_time_form_t;

/** How characters are escaped. */
typedef enum {
    TG_LOG_PLAIN,
    TG_LOG_BACKSLASH, /**< httpd's and nginx's `\xE4`, `\"`, and those of JSON */
    TG_LOG_PERCENT    /**< `%20` */
} tg_log_escape_t;

/** One field and its form. */
typedef struct {
    tg_log_field_t field;
    tg_log_time_form_t form; /**< of a time */
    const char *pattern;     /**< of TG_LOG_TIME_PATTERN */
    tg_log_escape_t escape;
} tg_log_value_t;

/** Lives as long as its pool. One thread reads with it. */
struct tg_log_reader_t {
    apr_pool_t *pool;
    const tg_log_template_t *shape; /**< of a line; NULL: none */
    apr_array_header_t *columns;    /**< of tg_log_value_t; NULL: no heading yet */
    const struct tg_json_log *json; /**< of a line in JSON; NULL: it is not JSON */
    int offset;                     /**< seconds east of UTC of times without an offset */
    int has_offset;                 /**< the offset was given */
    int is_guessed;                 /**< the shape was guessed from a line */

    char *scratch; /**< for texts that had escapes, until the next record */
    size_t room, used;
};

#endif
