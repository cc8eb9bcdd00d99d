/* The question before a change. */
#ifndef TG_CTL_BASE_PROMPT_H
#define TG_CTL_BASE_PROMPT_H

typedef enum { TG_PROMPT_YES, TG_PROMPT_NO, TG_PROMPT_NO_TERMINAL } tg_prompt_t;

/**
 * Asks at the terminal whether to go on.
 * @param word what has to be typed for that; NULL: y
 */
tg_prompt_t tg_ctl_prompt(const char *word);

#endif
