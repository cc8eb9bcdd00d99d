/* The shape of an access log, read off a line: see log_combined.h. */
#include "log_combined.h"

#include "log_template.h"
#include "log_time.h"

#include <string.h>

#define TOKENS_MAX 64

/* `"quoted"`, `[in brackets]` or plain. */
typedef struct {
    tg_span_t text; /* without quotes and brackets */
    char open;      /* or 0 */
    tg_log_value_t value;
} line_token_t;

/* The token at @p at, and where it ends. NULL: its end is missing. */
static const char *take_token(const char *at, const char *end, line_token_t *token)
{
    const char *from = at;

    *token = (line_token_t){ .open = *at == '"' || *at == '[' ? *at : '\0' };
    if (token->open) {
        from = ++at;
        for (; at < end && *at != (token->open == '"' ? '"' : ']'); at++) {
            at += token->open == '"' && *at == '\\' && at + 1 < end;
        }
        if (at >= end) {
            return NULL;
        }
    }
    else {
        for (; at < end && *at != ' '; at++) {
        }
    }
    token->text = (tg_span_t){ from, (uint32_t)(at - from) };
    return at + (token->open != '\0');
}

/* How many there are; 0: the line is not made of them. */
static int split_line(tg_span_t line, line_token_t *tokens)
{
    const char *at = line.at, *end = line.at + line.length;
    int count = 0;

    while (at < end) {
        if (count == TOKENS_MAX || !(at = take_token(at, end, &tokens[count]))) {
            return 0;
        }
        count++;
        if (at < end && *at++ != ' ') {
            return 0;
        }
    }
    return count;
}

static int is_version(const line_token_t *token)
{
    tg_protocol_t protocol = tg_log_protocol(token->text);

    return protocol >= TG_PROTOCOL_OLDEST && protocol < TG_PROTOCOLS;
}

static int is_cipher(const line_token_t *token)
{
    return tg_log_cipher(token->text) != NULL ||
           (token->text.length > 4 && memcmp(token->text.at, "TLS_", 4) == 0);
}

static int is_clf_time(const line_token_t *token)
{
    static const tg_log_value_t clf = { .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF };
    int64_t ignored;

    return token->open == '[' && tg_log_time(&clf, token->text, 0, &ignored);
}

static int is_plain_address(const line_token_t *token)
{
    return !token->open && tg_log_is_address(token->text);
}

static int is_request(const line_token_t *token)
{
    return token->open == '"' &&
           memmem(token->text.at, token->text.length, " HTTP/", strlen(" HTTP/")) != NULL;
}

/* Which tokens a user may be in: between the address and the time, for which a client writes what
 * it likes, spaces too. */
typedef struct {
    int after, before;
} user_range_t;

/* The first token of that kind; -1 if there is none. A client chooses what is in quotes, so tokens
 * without quotes come first. */
static int find_token(const line_token_t *tokens, int count, user_range_t user,
                      int (*is_one)(const line_token_t *))
{
    int i, quoted = -1;

    for (i = 0; i < count; i++) {
        if (!(i > user.after && i < user.before) && is_one(&tokens[i])) {
            if (tokens[i].open != '"') {
                return i;
            }
            quoted = quoted < 0 ? i : quoted;
        }
    }
    return quoted;
}

/* After the request of the combined format: status, size, "referer", "user agent". */
static void mark_combined(line_token_t *tokens, int count, int request)
{
    int i, quoted = 0;

    if (request + 2 < count && tokens[request + 1].text.length == 3 && !tokens[request + 1].open &&
        !tokens[request + 2].open && !tokens[request + 1].value.field) {
        tokens[request + 1].value.field = TG_LOG_STATUS;
    }
    for (i = request + 1; i < count; i++) {
        if (tokens[i].open == '"' && tokens[i].value.field == TG_LOG_IGNORED && ++quoted == 2) {
            tokens[i].value =
                (tg_log_value_t){ .field = TG_LOG_USER_AGENT, .escape = TG_LOG_BACKSLASH };
        }
    }
}

/* 1 if the tokens tell who, when and by which protocol. */
static int mark_tokens(line_token_t *tokens, int count, user_range_t *user)
{
    static const user_range_t nowhere = { 0, 0 };
    int address = find_token(tokens, count, nowhere, is_plain_address);
    int time = find_token(tokens, count, nowhere, is_clf_time);
    int protocol, cipher, request;

    *user = (user_range_t){ address, time };
    protocol = find_token(tokens, count, *user, is_version);
    cipher = find_token(tokens, count, *user, is_cipher);
    request = find_token(tokens, count, *user, is_request);

    if (address < 0 || time < 0 || protocol < 0) {
        return 0;
    }
    tokens[address].value.field = TG_LOG_ADDRESS;
    tokens[time].value = (tg_log_value_t){ .field = TG_LOG_TIME, .form = TG_LOG_TIME_CLF };
    tokens[protocol].value.field = TG_LOG_PROTOCOL;
    if (cipher >= 0 && cipher != request) {
        tokens[cipher].value.field = TG_LOG_CIPHER;
    }
    if (address == 1 && !tokens[0].open && tokens[0].value.field == TG_LOG_IGNORED) {
        tokens[0].value.field = TG_LOG_HOST;
    }
    if (request >= 0) {
        tokens[request].value =
            (tg_log_value_t){ .field = TG_LOG_REQUEST, .escape = TG_LOG_BACKSLASH };
        mark_combined(tokens, count, request);
    }
    return 1;
}

tg_log_reader_t *tg_log_combined(apr_pool_t *pool, tg_span_t line)
{
    line_token_t tokens[TOKENS_MAX];
    int i, count = split_line(line, tokens);
    tg_log_template_t *shape;
    tg_log_reader_t *reader;
    user_range_t user;

    if (!mark_tokens(tokens, count, &user)) {
        return NULL;
    }
    shape = tg_log_template_make(pool);
    for (i = 0; i < count; i++) {
        if (i > user.after + 1 && i < user.before) {
            continue; /* one field, however many words it has in other lines */
        }
        tg_log_template_text(shape, " ", i > 0);
        tg_log_template_text(shape, &tokens[i].open, tokens[i].open != '\0');
        tg_log_template_field(shape, &tokens[i].value);
        tg_log_template_text(shape, tokens[i].open == '[' ? "]" : "\"", tokens[i].open != '\0');
    }
    reader = tg_log_template_reader(pool, shape);
    reader->is_guessed = 1;
    return reader;
}

const char *tg_log_combined_doubt(const tg_log_reader_t *reader, const char **fix)
{
    *fix = "give the format, with --from 'httpd=...' as LogFormat has it or --from 'nginx=...' as "
           "log_format has it";
    return reader->is_guessed ? "httpd and nginx write such lines alike; the fields were "
                                "guessed from the first line"
                              : NULL;
}
