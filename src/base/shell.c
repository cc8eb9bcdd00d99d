/* Words for a shell: see shell.h. */
#include "shell.h"

#include <string.h>

/** What each character becomes, at most: `'\''`. */
#define CHARACTER_MAX 4

static int is_plain_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";

    return *word && !word[strspn(word, plain)];
}

int tg_shell_word_into(const char *word, char *out, apr_size_t size)
{
    const char *quote = is_plain_word(word) ? "" : "'";
    char *end = out;

    if (CHARACTER_MAX * strlen(word) + 3 > size) {
        *out = '\0';
        return 0;
    }
    end += strlen(strcpy(end, quote));
    for (; *word; word++) {
        if (*word == '\'') {
            end += strlen(strcpy(end, "'\\'"));
        }
        *end++ = *word;
    }
    strcpy(end, quote);
    return 1;
}

const char *tg_shell_word(apr_pool_t *pool, const char *word)
{
    apr_size_t size = CHARACTER_MAX * strlen(word) + 3;
    char *out = apr_palloc(pool, size);

    tg_shell_word_into(word, out, size);
    return is_plain_word(word) ? word : out;
}
