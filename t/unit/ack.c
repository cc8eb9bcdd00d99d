/* The acknowledgement: what is written is read as the same, what was read while it was written is
 * refused, and a new document never lies over the one in force.
 */
#include "unit.h"

#include "format/ack.h"

#include <stdlib.h>

/* Its numbers are as large as they come, its texts as long. */
static tg_ack_t whole_ack(void)
{
    tg_ack_t ack = { .looks = INT64_MAX,
                     .pid = INT64_MAX,
                     .started = at("2018-08-07T08:40:00Z"),
                     .looked = at("2018-08-07T15:25:01Z"),
                     .condition = TG_ACK_REFUSES,
                     .since = at("2018-08-07T15:25:00Z"),
                     .seen = { INT64_MAX, INT64_MAX },
                     .document = { UINT32_MAX, at("2018-08-07T09:00:00Z"), "", INT64_MAX,
                                   INT64_MAX } };

    memset(ack.document.digest, 'f', TG_ACK_DIGEST - 1);
    memset(ack.fault.reason, '"', TG_FAULT_MAX - 1);
    memset(ack.fault.fix, '\\', TG_FAULT_MAX - 1);
    for (ack.trip_count = 0; ack.trip_count < TG_ACK_TRIPS_MAX; ack.trip_count++) {
        tg_ack_trip_t *t = &ack.trips[ack.trip_count];

        memset(t->schedule, 'a' + ack.trip_count % 26, TG_SCHEDULE_NAME_MAX);
        t->trip = (tg_guard_trip_t){ at("2018-08-07T09:00:00Z") + ack.trip_count,
                                     ack.trip_count % 2 ? TG_NEVER : at("2018-08-07T10:00:00Z"),
                                     { INT64_MAX, INT64_MAX - 1 },
                                     TG_GUARD_WHOLE };
    }
    for (ack.stop_count = 0; ack.stop_count < TG_ACK_STOPS_MAX; ack.stop_count++) {
        tg_ack_stop_t *s = &ack.stops[ack.stop_count];

        memset(s->schedule, 'a' + ack.stop_count % 26, TG_SCHEDULE_NAME_MAX);
        s->stop.trip =
            (tg_guard_trip_t){ at("2018-08-06T09:00:00Z") + ack.stop_count,
                               ack.stop_count % 3 ? TG_NEVER : at("2018-08-07T10:00:00Z"),
                               { INT64_MAX, INT64_MAX - 1 },
                               TG_GUARD_WHOLE };
        s->stop.back = ack.stop_count % 4 ? at("2018-08-07T09:30:00Z") : 0;
    }
    return ack;
}

static tg_ack_t read_well(const char line[TG_ACK_HEADER])
{
    tg_ack_t ack;
    tg_fault_t fault;

    CHECK(tg_ack_parse(unit_pool, line, &ack, &fault), "%.*s: %s", TG_ACK_HEADER, line,
          fault.reason);
    return ack;
}

static void compare(const tg_ack_t *a, const tg_ack_t *b)
{
    int i;

    same_number(a->looks, b->looks, "looks");
    same_number(a->pid, b->pid, "pid");
    same_number(a->started, b->started, "started");
    same_number(a->looked, b->looked, "looked");
    same_number(a->condition, b->condition, "condition");
    same_number(a->since, b->since, "since");
    same_text(a->fault.reason, b->fault.reason, "reason");
    same_text(a->fault.fix, b->fault.fix, "fix");
    same_number(a->seen.inode, b->seen.inode, "inode");
    same_number(a->seen.changed, b->seen.changed, "changed");
    same_number(a->document.generation, b->document.generation, "generation");
    same_number(a->document.since, b->document.since, "document since");
    same_text(a->document.digest, b->document.digest, "digest");
    same_number(a->document.offset, b->document.offset, "offset");
    same_number(a->document.length, b->document.length, "length");
    same_number(a->trip_count, b->trip_count, "trips");
    for (i = 0; i < a->trip_count; i++) {
        const tg_ack_trip_t *t = &a->trips[i], *u = &b->trips[i];

        same_text(t->schedule, u->schedule, "schedule of a trip");
        same_number(t->trip.at, u->trip.at, "at");
        same_number(t->trip.until, u->trip.until, "until");
        same_number((int64_t)t->trip.met.requests, (int64_t)u->trip.met.requests, "requests");
        same_number((int64_t)t->trip.met.rejected, (int64_t)u->trip.met.rejected, "rejected");
        same_number(t->trip.share, u->trip.share, "share");
    }
    same_number(a->stop_count, b->stop_count, "stops");
    for (i = 0; i < a->stop_count; i++) {
        const tg_ack_stop_t *s = &a->stops[i], *u = &b->stops[i];

        same_text(s->schedule, u->schedule, "schedule of a stop");
        same_number(s->stop.trip.at, u->stop.trip.at, "its time");
        same_number(s->stop.trip.until, u->stop.trip.until, "its end");
        same_number(s->stop.back, u->stop.back, "when it was taken back");
        same_number((int64_t)s->stop.trip.met.requests, (int64_t)u->stop.trip.met.requests,
                    "its requests");
    }
}

static void what_is_written_is_read(void **state)
{
    tg_ack_t ack = whole_ack(), none = { .condition = TG_ACK_NONE }, got;
    char line[TG_ACK_HEADER];
    int i;

    (void)state;
    for (i = 0; i < TG_ACK_OTHER; i++) {
        ack.condition = (tg_ack_condition_t)i;
        tg_ack_print(&ack, line);
        same_number(line[TG_ACK_HEADER - 1], '\n', "one line");
        CHECK(memchr(line, '\n', TG_ACK_HEADER - 1) == NULL, "one line only");
        got = read_well(line);
        compare(&got, &ack);
    }
    tg_ack_print(&none, line);
    got = read_well(line);
    compare(&got, &none);
}

/* The first bytes of one line and the rest of the next one, wherever the cut is. */
static void half_of_a_line_is_refused(void **state)
{
    char old[TG_ACK_HEADER], new[TG_ACK_HEADER], mixed[TG_ACK_HEADER];
    tg_ack_t a = whole_ack(), b = whole_ack(), got;
    size_t i, read = 0;
    tg_fault_t fault;

    (void)state;
    a.looks = 41;
    b.looks = 42;
    b.condition = TG_ACK_ACTS;
    b.fault = (tg_fault_t){ "", "" };
    b.document.generation = 7;
    tg_ack_print(&a, old);
    tg_ack_print(&b, new);
    for (i = 0; i <= TG_ACK_HEADER; i++) {
        memcpy(mixed, new, i);
        memcpy(mixed + i, old + i, TG_ACK_HEADER - i);
        if (tg_ack_parse(unit_pool, mixed, &got, &fault)) {
            compare(&got, got.looks == 41 ? &a : &b);
            read++;
        }
    }
    CHECK(read > 1, "both ends are read");
}

#define TRIP                                                                                       \
    "{\"schedule\":\"a\",\"at\":\"2018-08-07T09:00:00Z\",\"until\":null,\"requests\":2,"           \
    "\"rejected\":2,\"share\":1}"
#define TRIPS_4 TRIP "," TRIP "," TRIP "," TRIP
#define TRIPS_16 TRIPS_4 "," TRIPS_4 "," TRIPS_4 "," TRIPS_4
#define TRIPS_33 TRIPS_16 "," TRIPS_16 "," TRIP

static const struct {
    const char *what, *by, *says;
} faults[] = {
    { "\"version\":3", "\"version\":2", "stops: there is no such member" },
    { "\"version\":3", "\"version\":\"3\"", "version: it is not" },
    { "\"condition\":\"acts\"", "\"condition\":\"other\"", "condition: it is unknown" },
    { "\"end\":5", "\"end\":4", "end: it was read while it was written" },
    { "\"condition\":\"acts\"", "\"condition\":\"rests\"", "condition: it is unknown" },
    { "\"pid\":1", "\"pid\":-1", "pid: " },
    { "\"document\":null", "\"document\":{}", "document.generation: it is missing" },
    { "\"trips\":[]", "\"trips\":[{}]", "trips[0].schedule: it is missing" },
    { "\"trips\":[]", "\"trips\":[" TRIPS_33 "]", "trips[32].schedule: there are too many" },
    { "{\"looks\"", "[\"looks\"", "line 1" },
};

static void a_fault_names_its_place(void **state)
{
    tg_ack_t ack = { .looks = 5, .pid = 1, .condition = TG_ACK_ACTS }, got;
    char good[TG_ACK_HEADER], line[TG_ACK_HEADER];
    tg_fault_t fault;
    size_t i;

    (void)state;
    tg_ack_print(&ack, good);
    good[TG_ACK_HEADER - 1] = '\0';
    for (i = 0; i < ROWS(faults); i++) {
        const char *found = strstr(good, faults[i].what);

        CHECK(found, "%s: the line has it not", faults[i].what);
        memset(line, ' ', sizeof(line));
        snprintf(line, sizeof(line), "%.*s%s%s", (int)(found - good), good, faults[i].by,
                 found + strlen(faults[i].what));
        line[strlen(line)] = ' ';
        CHECK(!tg_ack_parse(unit_pool, line, &got, &fault), "%s", faults[i].by);
        has_text(fault.reason, faults[i].says, faults[i].by);
    }
}

/* A line with one piece of it replaced. */
static void replaced_line(const tg_ack_t *ack, const char *what, const char *by,
                          char line[TG_ACK_HEADER])
{
    char whole[TG_ACK_HEADER];
    const char *found;

    tg_ack_print(ack, whole);
    whole[TG_ACK_HEADER - 1] = '\0';
    found = strstr(whole, what);
    CHECK(found, "%s: the line has it not", what);
    memset(line, ' ', TG_ACK_HEADER);
    snprintf(line, TG_ACK_HEADER, "%.*s%s%s", (int)(found - whole), whole, by,
             found + strlen(what));
    line[strlen(line)] = ' ';
}

/* After an upgrade httpd writes what it wrote before, until it is reloaded. */
static void other_versions_are_told_apart(void **state)
{
    tg_ack_t ack = { .looks = 5, .pid = 17, .condition = TG_ACK_ACTS }, got;
    char line[TG_ACK_HEADER];
    char *stops;

    (void)state;
    ack.started = at("2018-08-07T08:40:00Z");
    replaced_line(&ack, "\"version\":3", "\"version\":2", line);
    stops = strstr(line, ",\"stops\":[]");
    assert_non_null(stops);
    memset(stops, ' ', strlen(",\"stops\":[]"));
    got = read_well(line);
    compare(&got, &ack);
    replaced_line(&ack, "\"version\":3", "\"new\":1,\"version\":4", line);
    got = read_well(line);
    same_number(got.condition, TG_ACK_OTHER, "a version that cannot be read");
    same_number(got.pid, 17, "its pid");
    same_number(got.started, ack.started, "when it started");
}

/* Of 10,000 documents none overwrites the one before, and the file stays within three of the
 * longest. */
static void the_next_document_lies_beside(void **state)
{
    tg_ack_document_t at_present = { 0 };
    int64_t length, offset, most = 0;
    int i;

    (void)state;
    srand(1);
    for (i = 1; i < 10000; i++) {
        length = rand() % 5000;
        offset = tg_ack_place(&at_present, (apr_size_t)length);
        CHECK(offset >= TG_ACK_HEADER, "over the line");
        CHECK(at_present.generation == 0 || offset + length <= at_present.offset ||
                  offset >= at_present.offset + at_present.length,
              "over the document in force");
        at_present = (tg_ack_document_t){ (uint32_t)i, 0, "", offset, length };
        most = offset + length > most ? offset + length : most;
    }
    CHECK(most <= TG_ACK_HEADER + INT64_C(3) * 5000, "the file grows: %lld", (long long)most);
}

static void a_digest_is_the_sha256(void **state)
{
    char digest[TG_ACK_DIGEST];

    (void)state;
    CHECK(tg_ack_digest("abc", 3, digest), "it can be computed");
    same_text(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_written_is_read),
    cmocka_unit_test(half_of_a_line_is_refused),
    cmocka_unit_test(a_fault_names_its_place),
    cmocka_unit_test(other_versions_are_told_apart),
    cmocka_unit_test(the_next_document_lies_beside),
    cmocka_unit_test(a_digest_is_the_sha256),
};

UNIT_MAIN(tests)
