/* The question before a change: see prompt.h. */
#include "prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

tg_prompt_t tg_ctl_prompt(void)
{
    char answer[16] = "";

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        return TG_PROMPT_NO_TERMINAL;
    }
    fputs("Do it? [y/N] ", stderr);
    return fgets(answer, sizeof(answer), stdin) &&
                   (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0)
               ? TG_PROMPT_YES
               : TG_PROMPT_NO;
}
