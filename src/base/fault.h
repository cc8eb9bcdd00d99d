/* What is wrong with a value, and what to do about it.
 *
 * Every parser and validator returns 1, or fills a fault and returns 0. The caller adds the
 * first two parts of the message (directive and value); the fault has the other two.
 */
#ifndef TG_BASE_FAULT_H
#define TG_BASE_FAULT_H

/** Room for one sentence, NUL included; a longer text is cut. */
#define TG_FAULT_MAX 256

typedef struct {
    char reason[TG_FAULT_MAX]; /**< why the value is wrong; no capital, no full stop */
    char fix[TG_FAULT_MAX];    /**< what would be right, as an imperative */
} tg_fault_t;

/**
 * Fills @p fault.
 * @param fix    copied as it is
 * @param reason a printf format for the arguments that follow
 * @return 0, so that a parser can `return tg_fault_set(...)`
 */
int tg_fault_set(tg_fault_t *fault, const char *fix, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* clang-tidy sees one file at a time, so it does not know that this returns 0. */
#define tg_fault_set(...) ((void)tg_fault_set(__VA_ARGS__), 0)
#endif

#endif
