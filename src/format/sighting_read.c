/* Reading a line of our own log: see sighting_read.h.
 *
 * The line is walked once. Each member that matters is kept as it lies there; the record is made
 * of them at the end, since of two members of one name the last one counts, as everywhere.
 */
#include "sighting_read.h"

#include "time_read.h"

#include "base/instant.h"
#include "base/json_scan.h"
#include "base/rows.h"

#include <string.h>

/* The objects in which something matters. */
typedef enum {
    NODE_LINE,
    NODE_CLIENT,
    NODE_AGENT,
    NODE_URL,
    NODE_HTTP,
    NODE_RESPONSE,
    NODE_TLS,
    NODE_HELLO,
    NODE_TLSGATE,
    NODE_OVERRIDE,
    NODES
} node_t;

/* What matters in them. */
typedef enum {
    LEAF_TIME,
    LEAF_IP,
    LEAF_AGENT,
    LEAF_DOMAIN,
    LEAF_PATH,
    LEAF_STATUS,
    LEAF_ESTABLISHED,
    LEAF_CIPHER,
    LEAF_CURVE,
    LEAF_SNI,
    LEAF_JA4,
    LEAF_CLIENT,
    LEAF_ADDRESS_HASH,
    LEAF_ADVICE,
    LEAF_PROTOCOL,
    LEAF_SCHEDULE,
    LEAF_PHASE,
    LEAF_VERDICT,
    LEAF_ENFORCED,
    LEAF_OVERRIDE,
    LEAF_EXEMPTION,
    LEAF_TEST,
    LEAF_CAUSE,
    LEAF_PASSED, /* does not matter; listed so that the search keeps its place */
    LEAVES
} leaf_t;

/* A member: in which object, its name, and what it is. In the order of a line as far as
 * sighting.def has it, so that the next one is mostly the one that comes. */
#define MEMBER_NODE(node, name, into)                                                              \
    {                                                                                              \
        NODE_##node, sizeof(name) - 1, name, 1, NODE_##into                                        \
    }
#define MEMBER_LEAF(node, name, leaf)                                                              \
    {                                                                                              \
        NODE_##node, sizeof(name) - 1, name, 0, LEAF_##leaf                                        \
    }

static const struct {
    node_t node;
    unsigned length;
    const char *name;
    int is_node;
    int what; /* of node_t or leaf_t */
} line_members[] = {
    MEMBER_LEAF(LINE, "@timestamp", TIME),
    MEMBER_LEAF(LINE, "ecs", PASSED),
    MEMBER_NODE(LINE, "client", CLIENT),
    MEMBER_LEAF(LINE, "user", PASSED),
    MEMBER_NODE(LINE, "user_agent", AGENT),
    MEMBER_NODE(LINE, "url", URL),
    MEMBER_NODE(LINE, "http", HTTP),
    MEMBER_NODE(LINE, "tls", TLS),
    MEMBER_NODE(LINE, "tlsgate", TLSGATE),
    MEMBER_LEAF(CLIENT, "port", PASSED),
    MEMBER_LEAF(CLIENT, "ip", IP),
    MEMBER_LEAF(AGENT, "original", AGENT),
    MEMBER_LEAF(URL, "domain", DOMAIN),
    MEMBER_LEAF(URL, "path", PATH),
    MEMBER_LEAF(HTTP, "request", PASSED),
    MEMBER_NODE(HTTP, "response", RESPONSE),
    MEMBER_LEAF(RESPONSE, "status_code", STATUS),
    MEMBER_LEAF(TLS, "version", PASSED),
    MEMBER_LEAF(TLS, "version_protocol", PASSED),
    MEMBER_LEAF(TLS, "established", ESTABLISHED),
    MEMBER_LEAF(TLS, "cipher", CIPHER),
    MEMBER_LEAF(TLS, "curve", CURVE),
    MEMBER_NODE(TLS, "client", HELLO),
    MEMBER_LEAF(HELLO, "server_name", SNI),
    MEMBER_LEAF(HELLO, "ja4", JA4),
    MEMBER_LEAF(TLSGATE, "client", CLIENT),
    MEMBER_LEAF(TLSGATE, "address_hash", ADDRESS_HASH),
    MEMBER_LEAF(TLSGATE, "cipher", PASSED),
    MEMBER_LEAF(TLSGATE, "advice", ADVICE),
    MEMBER_LEAF(TLSGATE, "protocol", PROTOCOL),
    MEMBER_LEAF(TLSGATE, "schedule", SCHEDULE),
    MEMBER_LEAF(TLSGATE, "phase", PHASE),
    MEMBER_LEAF(TLSGATE, "verdict", VERDICT),
    MEMBER_LEAF(TLSGATE, "enforced", ENFORCED),
    MEMBER_NODE(TLSGATE, "override", OVERRIDE),
    MEMBER_LEAF(TLSGATE, "exemption", EXEMPTION),
    MEMBER_LEAF(TLSGATE, "test", TEST),
    MEMBER_LEAF(TLSGATE, "cause", CAUSE),
    MEMBER_LEAF(TLSGATE, "client_hello", PASSED),
    MEMBER_LEAF(OVERRIDE, "kind", OVERRIDE),
};

/* Of each object: its first member above, and the object that it is in. */
static const struct {
    unsigned char first, parent;
} line_nodes[] = {
    { 0, NODES },      { 9, NODE_LINE },     { 11, NODE_LINE }, { 12, NODE_LINE },
    { 14, NODE_LINE }, { 16, NODE_HTTP },    { 17, NODE_LINE }, { 23, NODE_TLS },
    { 25, NODE_LINE }, { 39, NODE_TLSGATE },
};
_Static_assert(TG_ROWS(line_nodes) == NODES, "a row for each object");

/* A line while it is read. */
typedef struct {
    tg_json_scan_t scan;
    tg_json_scan_value_t leaf[LEAVES]; /* kind TG_JSON_SCAN_WRONG: it is not there */
    unsigned seen;                     /* objects, a bit for each */
} reading_t;

static int is_node_within(node_t node, node_t outer)
{
    while (node != NODES && node != outer) {
        node = line_nodes[node].parent;
    }
    return node == outer;
}

/* Of an object that comes a second time, or as something else, nothing is left. Most come once. */
static void forget_node(reading_t *r, node_t node)
{
    size_t i;

    for (i = 0; i < TG_ROWS(line_members) && (r->seen >> node & 1); i++) {
        if (!line_members[i].is_node && is_node_within(line_members[i].node, node)) {
            r->leaf[line_members[i].what].kind = TG_JSON_SCAN_WRONG;
        }
    }
}

/* The row of a member. @p from is where it is looked for first. -1: it does not matter. */
static int find_member(node_t node, unsigned *from, const tg_json_scan_value_t *name)
{
    unsigned i;

    for (i = *from; i < TG_ROWS(line_members) && line_members[i].node == node; i++) {
        if (line_members[i].length == name->length &&
            memcmp(line_members[i].name, name->at, name->length) == 0) {
            *from = i + 1;
            return (int)i;
        }
    }
    for (i = line_nodes[node].first; i < *from; i++) {
        if (line_members[i].length == name->length &&
            memcmp(line_members[i].name, name->at, name->length) == 0) {
            *from = i + 1;
            return (int)i;
        }
    }
    return -1;
}

/* The next member, as tg_json_scan_member(): mostly it is the one that a line of ours has there.
 * *@p row receives its row. */
static int next_member(reading_t *r, node_t node, unsigned *from, int *count, int *row)
{
    tg_json_scan_value_t name;
    int more;

    if (*from < TG_ROWS(line_members) && line_members[*from].node == node &&
        tg_json_scan_named(&r->scan, count, line_members[*from].name, line_members[*from].length)) {
        *row = (int)(*from)++;
        return 1;
    }
    more = tg_json_scan_member(&r->scan, count, &name);
    *row = more > 0 ? find_member(node, from, &name) : -1;
    return more;
}

/* The members of an object that is open. They are nested as deep as the table is. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static int read_node(reading_t *r, node_t node)
{
    unsigned from = line_nodes[node].first;
    tg_json_scan_value_t value;
    int count = 0, more, row;

    forget_node(r, node);
    r->seen |= 1U << node;
    while ((more = next_member(r, node, &from, &count, &row)) > 0) {
        if (tg_json_scan_value(&r->scan, &value) == TG_JSON_SCAN_WRONG) {
            return 0;
        }
        if (row >= 0 && line_members[row].is_node) {
            if (value.kind == TG_JSON_SCAN_OBJECT) {
                if (!read_node(r, (node_t)line_members[row].what)) {
                    return 0;
                }
                continue;
            }
            forget_node(r, (node_t)line_members[row].what);
        }
        else if (row >= 0) {
            r->leaf[line_members[row].what] = value;
        }
        if ((value.kind == TG_JSON_SCAN_OBJECT || value.kind == TG_JSON_SCAN_ARRAY) &&
            !tg_json_scan_pass(&r->scan, value.kind)) {
            return 0;
        }
    }
    return more == 0;
}

/* --- the record --- */

static tg_span_t text_of(const reading_t *r, leaf_t leaf)
{
    const tg_json_scan_value_t *value = &r->leaf[leaf];

    return value->kind == TG_JSON_SCAN_TEXT ? (tg_span_t){ value->at, (uint32_t)value->length }
                                            : (tg_span_t){ NULL, 0 };
}

/* One of a few words: which, of @p count that @p name() names; @p count if it is none. */
static int word_of(const reading_t *r, leaf_t leaf, const char *(*name)(int), int count)
{
    tg_span_t text = text_of(r, leaf);
    int i;

    for (i = 0; i < count; i++) {
        const char *word = text.at ? name(i) : NULL;

        if (word && strncmp(word, text.at, text.length) == 0 && !word[text.length]) {
            return i;
        }
    }
    return count;
}

static const char *protocol_word(int i)
{
    return tg_protocol_name((tg_protocol_t)i);
}

static const char *cause_word(int i)
{
    return tg_cause_name((tg_cause_t)i);
}

static const char *phase_at_index(int i)
{
    return tg_phase_name((tg_phase_t)i);
}

static const char *action_word(int i)
{
    return tg_action_name((tg_action_t)i);
}

static const char *override_word(int i)
{
    return tg_override_kind_name((tg_override_kind_t)i);
}

static int status_of(const tg_json_scan_value_t *value)
{
    int status = 0;
    size_t i;

    for (i = 0; value->kind == TG_JSON_SCAN_NUMBER && i < value->length && i < 3 &&
                value->at[i] >= '0' && value->at[i] <= '9';
         i++) {
        status = status * 10 + value->at[i] - '0';
    }
    return status;
}

static int is_flag(const reading_t *r, leaf_t leaf)
{
    return r->leaf[leaf].kind == TG_JSON_SCAN_TRUE;
}

static int is_object(const reading_t *r, leaf_t leaf)
{
    return r->leaf[leaf].kind == TG_JSON_SCAN_OBJECT;
}

/* 1 if it has what each line of ours has: time, client and protocol. */
static int record_of_line(const reading_t *r, tg_record_t *record)
{
    int protocol = word_of(r, LEAF_PROTOCOL, protocol_word, TG_PROTOCOLS);
    int cause = word_of(r, LEAF_CAUSE, cause_word, TG_CAUSES);
    int phase = word_of(r, LEAF_PHASE, phase_at_index, TG_PHASES);
    int action = word_of(r, LEAF_VERDICT, action_word, TG_ACTIONS);
    int by_hand = word_of(r, LEAF_OVERRIDE, override_word, TG_OVERRIDE_KINDS);
    tg_span_t domain = text_of(r, LEAF_DOMAIN);
    tg_span_t ip = text_of(r, LEAF_IP);

    *record = (tg_record_t){
        .client = text_of(r, LEAF_CLIENT),
        .address = ip.length ? ip : text_of(r, LEAF_ADDRESS_HASH),
        .user_agent = text_of(r, LEAF_AGENT),
        .host = domain.length ? domain : text_of(r, LEAF_SNI),
        .path = text_of(r, LEAF_PATH),
        .ja4 = text_of(r, LEAF_JA4),
        .schedule = text_of(r, LEAF_SCHEDULE),
        .advice = text_of(r, LEAF_ADVICE),
        .group = text_of(r, LEAF_CURVE),
        .cipher = text_of(r, LEAF_CIPHER),
        .protocol = protocol == TG_PROTOCOLS ? TG_PROTOCOL_UNKNOWN : (tg_protocol_t)protocol,
        .cause = cause == TG_CAUSES ? TG_CAUSE_NONE : (tg_cause_t)cause,
        .phase = phase == TG_PHASES ? TG_PHASE_OBSERVE : (tg_phase_t)phase,
        .action = action == TG_ACTIONS ? TG_ACTION_OBSERVE : (tg_action_t)action,
        .is_enforced = is_flag(r, LEAF_ENFORCED),
        .is_exempt = is_object(r, LEAF_EXEMPTION) || text_of(r, LEAF_OVERRIDE).length > 0,
        .by_hand = by_hand == TG_OVERRIDE_KINDS ? TG_OVERRIDE_NONE : (tg_override_kind_t)by_hand,
        .is_test = is_flag(r, LEAF_TEST),
        .is_failed = r->leaf[LEAF_ESTABLISHED].kind == TG_JSON_SCAN_FALSE,
        .status = status_of(&r->leaf[LEAF_STATUS]),
    };
    return protocol < TG_PROTOCOLS && record->client.length > 0 &&
           tg_time_read(text_of(r, LEAF_TIME), &record->time);
}

int tg_sighting_read(tg_span_t line, char *scratch, tg_record_t *record)
{
    tg_json_scan_value_t value;
    reading_t r;
    size_t i;

    r.seen = 0;
    for (i = 0; i < LEAVES; i++) {
        r.leaf[i].kind = TG_JSON_SCAN_WRONG;
    }
    tg_json_scan_begin(&r.scan, line.at, line.length, scratch);
    return tg_json_scan_value(&r.scan, &value) == TG_JSON_SCAN_OBJECT && read_node(&r, NODE_LINE) &&
           tg_json_scan_is_end(&r.scan) && record_of_line(&r, record);
}
