/* What a command prints: see output.h. */
#include "output.h"

/* One row for each format: the option that chooses it, and the help of that. */
#define FORMATS(ROW) ROW(json, "print JSON, for programs")

#define FORMAT_DECLARED(name, help) extern const tg_format_t tg_format_##name;
#define FORMAT_INDEX(name, help) FORMAT_##name,
#define FORMAT_OPTION(name, help)                                                                  \
    { #name, NULL, help, &format_given[FORMAT_##name], TG_COMPLETE_NOTHING },
#define FORMAT_LISTED(name, help) &tg_format_##name,

FORMATS(FORMAT_DECLARED)
enum { FORMATS(FORMAT_INDEX) FORMAT_COUNT };

/* Written once, while the command line is read. */
static const char *format_given[FORMAT_COUNT];

const tg_option_t tg_ctl_output_options[] = { FORMATS(FORMAT_OPTION){ 0 } };

static const tg_format_t *const formats[FORMAT_COUNT] = { FORMATS(FORMAT_LISTED) };

/* FORMAT_COUNT: text. */
static int format_chosen(void)
{
    int i;

    for (i = 0; i < FORMAT_COUNT && !format_given[i]; i++) {
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
        formats[format_chosen()]->print(document, stdout);
    }
    json_decref(document);
}
