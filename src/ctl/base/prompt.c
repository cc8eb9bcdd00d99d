/* The question before a change: see prompt.h. */
#include "prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int is_answer(const char *answer, const char *word)
{
    return strcmp(answer, word) == 0;
}

tg_prompt_t tg_ctl_prompt(const char *word)
{
    char answer[16] = "";

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        return TG_PROMPT_NO_TERMINAL;
    }
    if (word) {
        fprintf(stderr, "Type %s to do it: ", word);
    }
    else {
        fputs("Do it? [y/N] ", stderr);
    }
    if (!fgets(answer, sizeof(answer), stdin)) {
        return TG_PROMPT_NO;
    }
    answer[strcspn(answer, "\n")] = '\0';
    return is_answer(answer, word ? word : "y") || (!word && is_answer(answer, "yes"))
               ? TG_PROMPT_YES
               : TG_PROMPT_NO;
}
