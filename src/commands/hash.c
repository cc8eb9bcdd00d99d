/* tlsgatectl hash: what an identity looks like in the log where TlsGateIdentity hashes it. */
#include "cmd.h"

#include "base/text.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

/** The longest identity that is read from the standard input, as long as a request line. */
#define INPUT_MAX 8192

/* The standard input without its last newline; NULL if it is empty, too long or has a NUL. */
static const char *from_input(apr_pool_t *pool)
{
    char *text = apr_palloc(pool, INPUT_MAX + 2);
    size_t length = fread(text, 1, INPUT_MAX + 1, stdin);

    if (length > INPUT_MAX || ferror(stdin)) {
        return NULL;
    }
    if (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    text[length] = '\0';
    return length > 0 && strlen(text) == length ? text : NULL;
}

int tg_cmd_hash(tg_ctl_t *ctl)
{
    const char *text = ctl->operands ? ctl->operand[0] : from_input(ctl->pool);

    if (!text || !*text) {
        tg_term_error("there is no text to hash, or more than %d bytes of it", INPUT_MAX);
        return TG_CTL_ERROR;
    }
    puts(tg_text_hash(ctl->pool, text));
    return TG_CTL_OK;
}
