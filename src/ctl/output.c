/* What a command prints: see output.h. */
#include "output.h"

/* Each format: its option, the help of that, and the function that prints in it. */
#define FORMATS(ROW) ROW(json, "print JSON, for programs", tg_ctl_output_json)

#define FORMAT_INDEX(name, help, print) FORMAT_##name,
enum { FORMATS(FORMAT_INDEX) FORMAT_COUNT };

/* Written once, while the command line is read. */
static const char *chosen_format[FORMAT_COUNT];

#define FORMAT_OPTION(name, help, print)                                                           \
    { #name, NULL, help, &chosen_format[FORMAT_##name], TG_COMPLETE_NOTHING },
const tg_option_t tg_ctl_output_options[] = { FORMATS(FORMAT_OPTION){ 0 } };

#define FORMAT_PRINTER(name, help, print) print,
static void (*const printers[FORMAT_COUNT])(const json_t *, FILE *) = { FORMATS(FORMAT_PRINTER) };

/* FORMAT_COUNT: text. */
static int format_chosen(void)
{
    int i;

    for (i = 0; i < FORMAT_COUNT && !chosen_format[i]; i++) {
    }
    return i;
}

int tg_ctl_output_is_text(void)
{
    return format_chosen() == FORMAT_COUNT;
}

void tg_ctl_output(const tg_ctl_t *ctl, json_t *document, tg_ctl_text_t *text)
{
    if (tg_ctl_output_is_text()) {
        text(ctl->pool, document, ctl->now, stdout);
    }
    else {
        printers[format_chosen()](document, stdout);
    }
    json_decref(document);
}
