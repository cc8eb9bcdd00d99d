/* What is wrong with a value, said so that its author can mend it.
 *
 * Every parser and validator of this library returns 1, or fills a fault and
 * returns 0. The caller adds the first two parts of the message (directive and
 * value); the fault carries the other two.
 */
#ifndef TG_BASE_FAULT_H
#define TG_BASE_FAULT_H

/** Room for one sentence, NUL included; a longer text is cut. */
#define TG_FAULT_MAX 256

typedef struct {
    char reason[TG_FAULT_MAX]; /**< why it cannot be; no capital, no full stop */
    char form[TG_FAULT_MAX];   /**< what would be right, as an imperative */
} tg_fault_t;

/**
 * Fills @p fault.
 * @param form   the right form, copied as it is
 * @param reason a printf format for the arguments that follow
 */
void tg_fault_set(tg_fault_t *fault, const char *form, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));

/** The same, with the value 0, so that a parser can `return tg_fault(…)`. */
#define tg_fault(fault, form, ...) (tg_fault_set((fault), (form), __VA_ARGS__), 0)

#endif
