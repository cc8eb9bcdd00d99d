/* A JSON document written straight into a buffer: the line of the log.
 *
 * Texts from outside are escaped, repaired and cut in the pass that copies them. Nothing is
 * allocated. What does not fit is left out, and the line says so at the end.
 */
#ifndef TG_BASE_JSON_LINE_H
#define TG_BASE_JSON_LINE_H

#include <stddef.h>

/** One document. Written by one thread, between begin and end. */
typedef struct {
    char *start;
    char *at;     /**< where the next byte goes */
    char *end;    /**< after the last byte of the buffer */
    int is_first; /**< the next member is the first of its object: no comma */
    int is_full;  /**< something did not fit: the document is not complete */
} tg_json_line_t;

/** Begins the document, with its outer brace. @param size at least 2 */
void tg_json_line_begin(tg_json_line_t *line, char *buffer, size_t size);

/**
 * Ends the document with its outer brace.
 * @return its length in bytes, without a NUL; 0 if it did not fit
 */
size_t tg_json_line_end(tg_json_line_t *line);

/** Opens the object of that name. @param name plain ASCII without quotes, as everywhere here */
void tg_json_line_open(tg_json_line_t *line, const char *name);
void tg_json_line_close(tg_json_line_t *line);

/** Opens an array; its values have NULL for a name. */
void tg_json_line_open_array(tg_json_line_t *line, const char *name);
void tg_json_line_close_array(tg_json_line_t *line);

/** A value that is JSON already: `true`, `null`. */
void tg_json_line_literal(tg_json_line_t *line, const char *name, const char *literal);

/** A number, 0 or more. */
void tg_json_line_number(tg_json_line_t *line, const char *name, unsigned long number);

/**
 * A text from anywhere. Bytes that are not UTF-8, and characters that a terminal would act
 * on, become U+FFFD each.
 * @param max the most bytes of it, before they are escaped; 4 or more
 * @return 1 if it was cut
 */
int tg_json_line_text(tg_json_line_t *line, const char *name, const char *text, size_t max);

#endif
