/* What a machine of a fleet reports: see machine.h. */
#include "machine.h"

#include "base/json.h"
#include "base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#define MACHINE_VERSION 1

int tg_machine_is_name(const char *name)
{
    size_t length = 0;

    while (apr_isalnum(name[length]) || (name[length] && strchr(".-_", name[length]))) {
        length++;
    }
    return length > 0 && length <= TG_MACHINE_NAME_MAX && name[length] == '\0';
}

const char *tg_machine_print(apr_pool_t *pool, const tg_machine_t *machine)
{
    return tg_json_print(pool,
                         json_pack("{s:i, s:I, s:b, s:s, s:s, s:o}", "version", MACHINE_VERSION,
                                   "revision", (json_int_t)machine->revision, "acts", machine->acts,
                                   "sha256", machine->digest, "text",
                                   tg_text_printable(pool, machine->text), "time",
                                   tg_json_instant(machine->time)),
                         JSON_COMPACT);
}

/* A text of others, safe for a terminal. */
static const char *read_printable(apr_pool_t *pool, const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? tg_text_printable(pool, text) : "";
}

int tg_machine_parse(apr_pool_t *pool, const char *text, tg_machine_t *out)
{
    const json_t *root = tg_json_keep(pool, json_loads(text, JSON_REJECT_DUPLICATES, NULL));
    const char *time = json_string_value(json_object_get(root, "time"));
    tg_fault_t ignored;

    memset(out, 0, sizeof(*out));
    out->revision = json_integer_value(json_object_get(root, "revision"));
    out->acts = json_is_true(json_object_get(root, "acts"));
    out->digest = read_printable(pool, root, "sha256");
    out->text = read_printable(pool, root, "text");
    return json_is_object(root) && time && tg_instant_parse(time, &out->time, &ignored);
}
