/* The question before a change: see prompt.h. */
#include "prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int is_answer(const char *answer, const char *word)
{
    return strcmp(answer, word) == 0;
}

/* Reads a line. One that does not fit is no answer, and all of it is read, so that its rest does
 * not answer the next question. */
static int read_answer(char *answer, size_t size)
{
    int c = '\0';

    if (!fgets(answer, (int)size, stdin)) {
        return 0;
    }
    if (!strchr(answer, '\n')) {
        do {
            c = getchar();
        } while (c != '\n' && c != EOF);
        answer[0] = '\0';
    }
    answer[strcspn(answer, "\n")] = '\0';
    return 1;
}

tg_prompt_t tg_ctl_prompt(const char *word)
{
    char answer[16];

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        return TG_PROMPT_NO_TERMINAL;
    }
    if (word) {
        fprintf(stderr, "Type %s to do it: ", word);
    }
    else {
        fputs("Do it? [y/N] ", stderr);
    }
    if (!read_answer(answer, sizeof(answer))) {
        return TG_PROMPT_NO;
    }
    return is_answer(answer, word ? word : "y") || (!word && is_answer(answer, "yes"))
               ? TG_PROMPT_YES
               : TG_PROMPT_NO;
}
