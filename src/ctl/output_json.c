/* Output in JSON, in ASCII. */
#include "output.h"

#include <stdlib.h>

void tg_ctl_output_json(const json_t *document, FILE *out)
{
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);

    fprintf(out, "%s\n", text ? text : "null");
    free(text);
}
