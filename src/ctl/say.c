/* What the program says: see say.h. */
#include "say.h"

#include "ctl.h"

#include "../policy/text.h"

#include <apr_strings.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const looks[] = {
    [TG_CTL_PLAIN] = "",
    [TG_CTL_STRONG] = "\033[1m",
    [TG_CTL_WARN] = "\033[33m",
    [TG_CTL_BAD] = "\033[31m",
};

/* https://no-color.org: set and not empty. */
static int has_colours(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fileno(out)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

/* The code point of a character that a terminal would act on: controls of C0 and C1, and
 * what changes the direction of text. 0 for any other. @p s is well-formed UTF-8. */
static unsigned acts(const unsigned char *s, size_t *length)
{
    unsigned wide;

    *length = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (*length == 1) {
        return s[0] < 0x20 || s[0] == 0x7F ? s[0] : 0;
    }
    if (*length == 2) {
        return s[0] == 0xC2 && s[1] < 0xA0 ? s[1] : 0;
    }
    wide = (s[0] & 0x0FU) << 12 | (s[1] & 0x3FU) << 6 | (s[2] & 0x3FU);
    return *length == 3 &&
                   ((wide >= 0x200E && wide <= 0x200F) || (wide >= 0x2028 && wide <= 0x202E) ||
                    (wide >= 0x2066 && wide <= 0x2069))
               ? wide
               : 0;
}

const char *tg_ctl_say_safe(apr_pool_t *pool, const char *text)
{
    int cut = 0;
    const char *s = tg_text_clean(pool, text, 3 * strlen(text) + 4, &cut);
    char *out = apr_palloc(pool, 6 * strlen(s) + 1), *end = out;
    size_t length;

    for (; *s; s += length) {
        unsigned code = acts((const unsigned char *)s, &length);

        if (code) {
            end += sprintf(end, code < 0x100 ? "\\x%02x" : "\\u%04x", code);
        }
        else {
            memcpy(end, s, length);
            end += length;
        }
    }
    *end = '\0';
    return out;
}

int tg_ctl_say_is_safe(apr_pool_t *pool, const char *text)
{
    return strcmp(tg_ctl_say_safe(pool, text), text) == 0;
}

static void say(FILE *out, tg_ctl_look_t look, const char *first, const char *format, va_list args)
{
    int coloured = look != TG_CTL_PLAIN && has_colours(out);
    apr_pool_t *pool;

    apr_pool_create(&pool, NULL);
    fprintf(out, "%s%s%s%s\n", coloured ? looks[look] : "", first,
            tg_ctl_say_safe(pool, apr_pvsprintf(pool, format, args)), coloured ? "\033[0m" : "");
    apr_pool_destroy(pool);
}

void tg_ctl_say(FILE *out, tg_ctl_look_t look, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(out, look, "", format, args);
    va_end(args);
}

void tg_ctl_say_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(stderr, TG_CTL_BAD, TG_CTL_NAME ": ", format, args);
    va_end(args);
}

void tg_ctl_say_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(stderr, TG_CTL_WARN, TG_CTL_NAME ": warning: ", format, args);
    va_end(args);
}

void tg_ctl_say_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(stderr, TG_CTL_PLAIN, TG_CTL_NAME ": ", format, args);
    va_end(args);
}

void tg_ctl_say_row(FILE *out, const char *what, const char *value)
{
    tg_ctl_say(out, TG_CTL_PLAIN, "  %-11s %s", what, value);
}

void tg_ctl_say_json(json_t *root)
{
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);

    puts(text ? text : "null");
    free(text);
    json_decref(root);
}
