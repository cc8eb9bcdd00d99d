/* Documents that commands print: see document.h. */
#include "document.h"

#include "base/text.h"

const char *tg_ctl_document_text(const json_t *object, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : otherwise;
}

tg_instant_t tg_ctl_document_instant(const json_t *object, const char *name, tg_instant_t otherwise)
{
    const char *text = tg_ctl_document_text(object, name, NULL);
    tg_instant_t t;
    tg_fault_t ignored;

    return text && tg_instant_parse(text, &t, &ignored) ? t : otherwise;
}

json_t *tg_ctl_document_lines(apr_pool_t *pool, const apr_array_header_t *lines)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < lines->nelts; i++) {
        json_array_append_new(
            list, json_string(tg_text_printable(pool, APR_ARRAY_IDX(lines, i, const char *))));
    }
    return list;
}
