/* The lines of a log: see input.h. */
#include "input.h"

#include "json_records.h"
#include "unpack.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* At first; as long as the longest line needs it then. */
#define BLOCK_SIZE 1048576

struct tg_input_t {
    tg_unpack_t *unpack;
    char *block;
    size_t room, at, length; /* what is not read yet is from `at` to `length` */
    uint64_t number;
    int is_told, has_records; /* whether it is a document of records, once that is known */
    tg_json_records_t records;
    tg_unpack_result_t ended; /* TG_UNPACK_MORE: not yet */
    tg_fault_t fault;         /* why, if it failed */
};

static apr_status_t free_block(void *data)
{
    tg_input_t *input = data;

    free(input->block);
    return APR_SUCCESS;
}

tg_input_t *tg_input_open(apr_pool_t *pool, const char *path, tg_fault_t *fault)
{
    tg_input_t *input = apr_pcalloc(pool, sizeof(*input));

    input->unpack = tg_unpack_open(pool, path, fault);
    if (!input->unpack) {
        return NULL;
    }
    input->room = BLOCK_SIZE;
    input->block = malloc(input->room);
    if (!input->block) {
        (void)tg_fault_set(fault, "free some memory", "out of memory");
        return NULL;
    }
    input->ended = TG_UNPACK_MORE;
    apr_pool_cleanup_register(pool, input, free_block, apr_pool_cleanup_null);
    return input;
}

/* Reads more, and appends it to what is not used yet, which may be the beginning of a line. */
static void fill_block(tg_input_t *input)
{
    size_t n, rest = input->length - input->at;

    memmove(input->block, input->block + input->at, rest);
    input->at = 0;
    input->length = rest;
    if (rest == input->room) {
        char *larger = input->room < UINT32_MAX / 2 ? realloc(input->block, input->room * 2) : NULL;

        if (!larger) {
            (void)tg_fault_set(&input->fault, "use a text log", "a line is too long to read");
            input->ended = TG_UNPACK_FAILED;
            return;
        }
        input->block = larger;
        input->room *= 2;
    }
    input->ended = tg_unpack_read(input->unpack, input->block + input->length,
                                  input->room - input->length, &n, &input->fault);
    input->length += n;
}

static tg_input_result_t input_ended(const tg_input_t *input, tg_fault_t *fault)
{
    if (input->ended == TG_UNPACK_FAILED) {
        *fault = input->fault;
        return TG_INPUT_FAILED;
    }
    if (input->ended == TG_UNPACK_CUT) {
        (void)tg_fault_set(fault, "use the complete file", "the compressed file ends too early");
        return TG_INPUT_CUT;
    }
    return TG_INPUT_END;
}

/* Reads until the first bytes show whether lines or the records of a document follow. */
static void tell_records(tg_input_t *input)
{
    int is = -1;

    while (is < 0 && input->length < BLOCK_SIZE && input->ended == TG_UNPACK_MORE) {
        fill_block(input);
        is = tg_json_records_is(input->block, input->length);
    }
    input->is_told = 1;
    input->has_records = is > 0;
}

static tg_input_result_t read_plain_line(tg_input_t *input, tg_span_t *line, tg_fault_t *fault)
{
    size_t looked = 0, length;
    const char *found;

    for (;;) {
        size_t rest = input->length - input->at;

        found =
            rest > looked ? memchr(input->block + input->at + looked, '\n', rest - looked) : NULL;
        if (found || input->ended != TG_UNPACK_MORE) {
            break;
        }
        looked = rest;
        fill_block(input);
    }
    if (!found && input->at == input->length) {
        return input_ended(input, fault);
    }
    line->at = input->block + input->at;
    length = found ? (size_t)(found - line->at) : input->length - input->at;
    input->at += length + (found != NULL);
    *line = tg_input_span(line->at, length);
    input->number++;
    return found ? TG_INPUT_LINE : TG_INPUT_PART;
}

/* A document is written at once: without its end it was cut off, and will not grow. */
static tg_input_result_t document_cut(const tg_input_t *input, tg_fault_t *fault)
{
    const char *fix = "use the complete file";

    if (input->number == 0) {
        (void)tg_fault_set(fault, fix, "the document was cut off before the end of record 1");
    }
    else {
        (void)tg_fault_set(fault, fix, "the document was cut off after record %" APR_UINT64_T_FMT,
                           (apr_uint64_t)input->number);
    }
    return TG_INPUT_CUT;
}

/* What is left at the end of the file: within a document, or after one. */
static tg_input_result_t read_rest_of_records(tg_input_t *input, tg_span_t *line, tg_fault_t *fault)
{
    const char *at = input->block + input->at;
    size_t rest = input->length - input->at;
    int is_within = input->records.place != TG_JSON_RECORDS_OUTSIDE ||
                    (rest > 0 && tg_json_records_is(at, rest) < 0);

    input->at = input->length;
    input->records = (tg_json_records_t){ .looked = 0 };
    if (is_within && input->ended == TG_UNPACK_END) {
        return document_cut(input, fault);
    }
    if (is_within || rest == 0) {
        return input_ended(input, fault);
    }
    *line = tg_input_span(at, rest);
    input->number++;
    return TG_INPUT_PART;
}

/* No record and no line is that long. */
static tg_input_result_t give_up_records(tg_input_t *input, tg_fault_t *fault)
{
    if (input->records.place == TG_JSON_RECORDS_OUTSIDE) {
        (void)tg_fault_set(&input->fault, "remove it",
                           "the data after record %" APR_UINT64_T_FMT
                           " is neither a document nor a line",
                           (apr_uint64_t)input->number);
    }
    else {
        (void)tg_fault_set(&input->fault, "repair it",
                           "record %" APR_UINT64_T_FMT " of the document is incomplete",
                           (apr_uint64_t)input->number + 1);
    }
    input->at = input->length;
    input->ended = TG_UNPACK_FAILED;
    return input_ended(input, fault);
}

static tg_input_result_t read_next_record(tg_input_t *input, tg_span_t *line, tg_fault_t *fault)
{
    int is_found;
    size_t used;

    for (;;) {
        is_found = tg_json_records_next(&input->records, input->block + input->at,
                                        input->length - input->at, &used, line);
        input->at += used;
        if (is_found || input->ended != TG_UNPACK_MORE) {
            break;
        }
        if (input->records.looked > TG_JSON_RECORD_MAX) {
            return give_up_records(input, fault);
        }
        fill_block(input);
    }
    if (!is_found) {
        return read_rest_of_records(input, line, fault);
    }
    input->number++;
    return TG_INPUT_LINE;
}

tg_input_result_t tg_input_line(tg_input_t *input, tg_span_t *line, tg_fault_t *fault)
{
    if (!input->is_told) {
        tell_records(input);
    }
    return (input->has_records ? read_next_record : read_plain_line)(input, line, fault);
}

uint64_t tg_input_number(const tg_input_t *input)
{
    return input->number;
}

int tg_input_plain(const tg_input_t *input, tg_input_plain_t *plain)
{
    uint64_t unread = input->length - input->at;

    if (input->has_records) {
        return 0;
    }
    plain->size = tg_unpack_size(input->unpack);
    plain->file = tg_unpack_plain(input->unpack, &plain->from);
    plain->from -= plain->file >= 0 ? unread : 0;
    return plain->file >= 0 && plain->size > 0;
}

uint64_t tg_input_position(const tg_input_t *input)
{
    return tg_unpack_position(input->unpack);
}

uint64_t tg_input_size(const tg_input_t *input)
{
    return tg_unpack_size(input->unpack);
}
