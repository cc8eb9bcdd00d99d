/* tlsgatectl hash: what an identity looks like in the log where TlsGateIdentity hashes it. */
#include "commands.h"

#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/output.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

/** The longest identity that is read from the standard input, as long as a request line. */
#define INPUT_MAX 8192

/* The standard input without its last newline; NULL if it is empty, too long or has a NUL. */
static const char *read_input(apr_pool_t *pool)
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

static void hash_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    (void)pool;
    (void)now;
    fprintf(out, "%s\n", tg_ctl_document_text(document, "hash", ""));
}

/* Not what was hashed: it may be a secret. */
static void explain_hash(const char *text, const char *hash)
{
    tg_term_note("SHA-256 of these %" APR_SIZE_T_FMT " bytes, the first 32 hex digits, as hash: of "
                 "TlsGateIdentity writes it. In the log it is tlsgate.client \"account:%s\"; to "
                 "exempt that customer: " TG_PROGRAM_NAME " exempt add NAME account:%s",
                 strlen(text), hash, hash);
}

static tg_exit_t hash_run(const tg_ctl_t *ctl)
{
    const char *hash, *text = ctl->operands ? ctl->operand[0] : read_input(ctl->pool);

    if (!text || !*text) {
        tg_term_error(
            "there is no text to hash, or more than %d bytes of it; write it to the standard "
            "input: printf %%s TEXT | " TG_PROGRAM_NAME " hash",
            INPUT_MAX);
        return TG_EXIT_ERROR;
    }
    hash = tg_text_hash(ctl->pool, text);
    tg_ctl_output(ctl,
                  json_pack("{s:s, s:s, s:I, s:s}", "hash", hash, "kind",
                            "SHA-256, the first 32 "
                            "hex digits",
                            "bytes", (json_int_t)strlen(text), "client",
                            apr_pstrcat(ctl->pool, "account:", hash, NULL)),
                  hash_text);
    if (tg_ctl_output_is_text()) {
        explain_hash(text, hash);
    }
    return TG_EXIT_OK;
}

const tg_command_t tg_command_hash = {
    .name = "hash",
    .usage = (const char *const[]){ "[TEXT] [--json]", NULL },
    .summary = "Show what an identity looks like in the log where it is hashed",
    .more =
        "Without TEXT it reads the standard input, which keeps the identity out of the shell's\n"
        "history.\n",
    .examples =
        (const tg_example_t[]){
            { "Find a customer in the log", TG_PROGRAM_NAME " hash A-20" },
            { "A key that is to stay out of the history",
              "printf %s A-20 | " TG_PROGRAM_NAME " hash --json" },
            { 0 },
        },
    .most = 1,
    .options = (const tg_option_t *const[]){ tg_ctl_output_options, NULL },
    .run = hash_run,
};
