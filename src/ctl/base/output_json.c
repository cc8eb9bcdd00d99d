/* Output in JSON, in ASCII. */
#include "output.h"

static void print_json(const json_t *document, FILE *out)
{
    if (json_dumpf(document, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0) {
        fputc('\n', out);
    }
}

const tg_format_t tg_format_json = { print_json };
