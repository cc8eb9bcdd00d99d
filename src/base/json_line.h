/* A JSON document written straight into a buffer: the line of the log.
 *
 * Texts from outside are escaped, repaired and cut in the pass that copies them. Nothing is
 * allocated. What does not fit is left out, and the line says so at the end.
 */
#ifndef TG_BASE_JSON_LINE_H
#define TG_BASE_JSON_LINE_H

#include <stddef.h>

/** The name of a member, quoted: plain ASCII without quotes. It must be a literal. */
typedef struct {
    const char *text; /**< a comma, the name and a colon */
    size_t length;
} tg_json_name_t;

#define TG_JSON_NAME_ROW(name)                                                                     \
    {                                                                                              \
        ",\"" name "\":", sizeof(",\"" name "\":") - 1                                             \
    }
#define TG_JSON_NAME(name) ((tg_json_name_t)TG_JSON_NAME_ROW(name))

/** In place of a name, for the values of an array. */
#define TG_JSON_NO_NAME ((tg_json_name_t){ ",", 1 })

/** One document. Written by one thread, between begin and end. */
typedef struct {
    char *start;
    char *at;         /**< where the next byte goes */
    char *end;        /**< after the last byte of the buffer */
    const char *path; /**< of the object that tg_json_line_at() opened; "" for the document */
    int is_first;     /**< the next member is the first of its object: no comma */
    int is_full;      /**< something did not fit: the document is not complete */
} tg_json_line_t;

/** Begins the document, with its outer brace. @param size at least 2 */
void tg_json_line_begin(tg_json_line_t *line, char *buffer, size_t size);

/**
 * Ends the document with its outer brace.
 * @return its length in bytes, without a NUL; 0 if it did not fit
 */
size_t tg_json_line_end(tg_json_line_t *line);

/**
 * Goes to an object: the members that follow are its own. Objects that were open and are not
 * on the path are closed, so all members of an object must come in one run.
 * @param path names with dots between them, such as `tls.client`, or "" for the document; it
 *             is kept until the next call
 */
void tg_json_line_at(tg_json_line_t *line, const char *path);

/** Opens the object of that name. */
void tg_json_line_open(tg_json_line_t *line, tg_json_name_t name);
void tg_json_line_close(tg_json_line_t *line);

/** Opens an array; its values have TG_JSON_NO_NAME. */
void tg_json_line_open_array(tg_json_line_t *line, tg_json_name_t name);
void tg_json_line_close_array(tg_json_line_t *line);

/** A value that is JSON already: `true`, `null`. */
void tg_json_line_literal(tg_json_line_t *line, tg_json_name_t name, const char *literal);

/** One of our own words: plain ASCII without quotes. */
void tg_json_line_word(tg_json_line_t *line, tg_json_name_t name, const char *word);

/** A number, 0 or more. */
void tg_json_line_number(tg_json_line_t *line, tg_json_name_t name, unsigned long number);

/**
 * A text from anywhere. Bytes that are not UTF-8, and characters that a terminal would act
 * on, become U+FFFD each.
 * @param max the most bytes of it, before they are escaped; 4 or more
 * @return 1 if it was cut
 */
int tg_json_line_text(tg_json_line_t *line, tg_json_name_t name, const char *text, size_t max);

#endif
