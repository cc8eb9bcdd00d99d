/* A JSON document written straight into a buffer: the line of the log.
 *
 * Texts from outside are escaped, repaired and cut in the pass that copies them. Nothing is
 * allocated. What does not fit is left out, and the line says so at the end.
 */
#ifndef TG_BASE_JSON_LINE_H
#define TG_BASE_JSON_LINE_H

#include <stddef.h>

/** The most bytes of a name with its quotes and colon: all of them are copied at once. */
#define TG_JSON_NAME_MAX 32

/** What precedes a value: the name of its member in quotes, and a colon. */
typedef struct {
    char text[TG_JSON_NAME_MAX]; /**< more of it than the name has is written and overwritten */
    unsigned char length;
} tg_json_name_t;

/** Of a name, a literal of plain ASCII. One that is too long does not compile. */
#define TG_JSON_NAME_ROW(name)                                                                     \
    {                                                                                              \
        "\"" name "\":", sizeof("\"" name "\":") - 1                                               \
    }
#define TG_JSON_NAME(name) (&(const tg_json_name_t)TG_JSON_NAME_ROW(name))

/** In place of a name, for the values of an array. */
#define TG_JSON_NO_NAME (&(const tg_json_name_t){ "", 0 })

/** An object of a document, in a static table: where it stands, and how it begins. */
typedef struct tg_json_object {
    const struct tg_json_object *parent; /**< the object that it is in; NULL: the document */
    tg_json_name_t opening;
} tg_json_object_t;

#define TG_JSON_OBJECT_ROW(parent, name)                                                           \
    {                                                                                              \
        parent,                                                                                    \
        {                                                                                          \
            "\"" name "\":{", sizeof("\"" name "\":{") - 1                                         \
        }                                                                                          \
    }

/** One document. Written by one thread, between begin and end. */
typedef struct {
    char *start;
    char *at;                       /**< where the next byte goes */
    char *end;                      /**< after the last byte of the buffer */
    int is_full;                    /**< something did not fit: the document is not complete */
    const tg_json_object_t *object; /**< the one that members go to; NULL: the document */
} tg_json_line_t;

/** Begins the document, with its outer brace. @param size at least 2 */
void tg_json_line_begin(tg_json_line_t *line, char *buffer, size_t size);

/**
 * Ends the document with its outer brace.
 * @return its length in bytes, without a NUL; 0 if it did not fit
 */
size_t tg_json_line_end(tg_json_line_t *line);

/** What tg_json_line_at() does if it is another object. */
void tg_json_line_go(tg_json_line_t *line, const tg_json_object_t *object);

/**
 * Goes to an object, NULL for the document: the members that follow are its own. Objects that
 * are not around it are closed, so all members of an object must come in one run, one at least.
 */
static inline void tg_json_line_at(tg_json_line_t *line, const tg_json_object_t *object)
{
    if (object != line->object) {
        tg_json_line_go(line, object);
    }
}

/** Opens the object of that name. */
void tg_json_line_open(tg_json_line_t *line, const tg_json_name_t *name);
void tg_json_line_close(tg_json_line_t *line);

/** Opens an array; its values have TG_JSON_NO_NAME. */
void tg_json_line_open_array(tg_json_line_t *line, const tg_json_name_t *name);
void tg_json_line_close_array(tg_json_line_t *line);

/** A value that is JSON already: `true`, `null`. */
void tg_json_line_literal(tg_json_line_t *line, const tg_json_name_t *name, const char *literal);

/** One of our own words: plain ASCII without quotes. */
void tg_json_line_word(tg_json_line_t *line, const tg_json_name_t *name, const char *word);

/** A number, 0 or more. */
void tg_json_line_number(tg_json_line_t *line, const tg_json_name_t *name, unsigned long number);

/**
 * A text from anywhere. Bytes that are not UTF-8, and characters that a terminal would act
 * on, become U+FFFD each.
 * @param max the most bytes of it, before they are escaped; 4 or more
 * @return 1 if it was cut
 */
int tg_json_line_text(tg_json_line_t *line, const tg_json_name_t *name, const char *text,
                      size_t max);

#endif
