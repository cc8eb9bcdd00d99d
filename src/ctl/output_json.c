/* Output in JSON, in ASCII. */
#include "output.h"

#include <stdlib.h>

static void print_json(const json_t *document, FILE *out)
{
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);

    fprintf(out, "%s\n", text ? text : "null");
    free(text);
}

const tg_format_t tg_format_json = { print_json };
