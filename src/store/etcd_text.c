/* Values in etcd's JSON: see etcd_text.h. */
#include "etcd_text.h"

#include <apr_strings.h>
#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

json_t *tg_etcd_base64(apr_pool_t *pool, const char *text)
{
    size_t length = strlen(text);
    unsigned char *base64 = apr_palloc(pool, 4 * ((length + 2) / 3) + 1);

    EVP_EncodeBlock(base64, (const unsigned char *)text, (int)length);
    return json_string((const char *)base64);
}

const char *tg_etcd_bytes(apr_pool_t *pool, const json_t *value, apr_size_t *length)
{
    const char *base64 = json_is_string(value) ? json_string_value(value) : "";
    size_t size = strlen(base64);
    unsigned char *text = apr_palloc(pool, size + 1);
    int padding = 0, n = 0;

    if (size > INT_MAX || size % 4 != 0) {
        return NULL;
    }
    while (padding < 2 && size > (size_t)padding && base64[size - 1 - (size_t)padding] == '=') {
        padding++;
    }
    /* EVP_DecodeBlock() counts the padding as bytes. */
    if (size > 0 && (n = EVP_DecodeBlock(text, (const unsigned char *)base64, (int)size)) < 0) {
        return NULL;
    }
    *length = n > 0 ? (apr_size_t)(n - padding) : 0;
    text[*length] = '\0';
    return (const char *)text;
}

/* 0 for what cannot be a revision, a lease or a time to live. INT64_MAX cannot: the next one would
 * overflow. */
int64_t tg_etcd_number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    int64_t n =
        json_is_string(value) ? apr_atoi64(json_string_value(value)) : json_integer_value(value);

    return n > 0 && n < INT64_MAX ? n : 0;
}

json_t *tg_etcd_quoted(apr_pool_t *pool, int64_t n)
{
    return json_string(apr_psprintf(pool, "%" APR_INT64_T_FMT, (apr_int64_t)n));
}
