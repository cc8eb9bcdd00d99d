/* What TlsGateGuard stopped, in the file of the ledger: it is read as it was written, a file of a
 * version without it has none, and what cannot be is refused. */
#include "unit.h"

#include "ledger/ledger_file.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define NOW INT64_C(1531213200)

/** Bytes of one entry after its name. */
#define ENTRY_SIZE 44

/** Bytes of a stop that is kept, the last of which is at the end of the file. */
#define STOP_SIZE 44

static const tg_guard_trip_t ended = { NOW - 60, NOW + 600, { 200, 11 }, 500 };
static const tg_guard_trip_t held = { NOW - 30, TG_NEVER, { 7, 7 }, 1 };

static tg_ledger_t *ledger_of(const char *const *names, size_t count)
{
    tg_ledger_t *ledger = aligned_alloc(_Alignof(tg_ledger_t), sizeof(*ledger));
    size_t i;

    assert_non_null(ledger);
    memset(ledger, 0, sizeof(*ledger));
    for (i = 0; i < count; i++) {
        tg_ledger_schedule(ledger, names[i]);
    }
    return ledger;
}

static tg_ledger_t *tripped_ledger(void)
{
    static const char *const names[] = { "quiet", "ended", "held", "before" };
    tg_ledger_t *ledger = ledger_of(names, ROWS(names));

    tg_ledger_trip(ledger, 1, &ended);
    tg_ledger_trip(ledger, 2, &ended);
    tg_ledger_trip(ledger, 2, &held);
    tg_ledger_trip(ledger, 3, &ended);
    tg_ledger_trip_end(ledger, 3);
    return ledger;
}

static char *bytes_of(tg_ledger_t *ledger, size_t *length)
{
    const tg_ledger_file_t what = { .ledger = ledger,
                                    .kept = tg_ledger_read(ledger, unit_pool, NOW),
                                    .time = NOW };
    const char *bytes = tg_ledger_file_write(unit_pool, &what, length);

    assert_non_null(bytes);
    return apr_pmemdup(unit_pool, bytes, *length);
}

static int read_into(tg_ledger_t *ledger, const char *bytes, size_t length, tg_fault_t *fault)
{
    tg_ledger_file_t what = { .ledger = ledger };

    return tg_ledger_file_read(bytes, length, &what, fault);
}

static void same_trip(const tg_ledger_t *ledger, const char *name, const tg_guard_trip_t *trip)
{
    tg_guard_trip_t found = tg_ledger_tripped(ledger, tg_ledger_schedule_known(ledger, name));

    same_number(found.at, trip->at, name);
    same_number(found.until, trip->until, name);
    same_number((int64_t)found.met.requests, (int64_t)trip->met.requests, name);
    same_number((int64_t)found.met.rejected, (int64_t)trip->met.rejected, name);
    same_number(found.share, trip->share, name);
}

static void trips_are_read_as_they_were(void **state)
{
    static const char *const names[] = { "held", "new" };
    static const tg_guard_trip_t none = { 0 };
    tg_ledger_t *ledger = ledger_of(names, ROWS(names));
    size_t length;
    const char *bytes = bytes_of(tripped_ledger(), &length);
    tg_fault_t fault;

    (void)state;
    /* Only schedules that are configured come back: none has a history here. */
    assert_true(read_into(ledger, bytes, length, &fault));
    same_trip(ledger, "held", &held);
    same_trip(ledger, "new", &none);
    same_number(ledger->stops, 1, "one is stopped");
    same_number((int64_t)ledger->guards[0].trips, 2, "two times");
    same_number(ledger->schedules_used, 2, "the others are gone");
}

static void all_of_them_come_back(void **state)
{
    static const char *const names[] = { "before", "held", "ended", "quiet" };
    static const tg_guard_trip_t none = { 0 };
    tg_ledger_t *ledger = ledger_of(names, ROWS(names));
    size_t length;
    const char *bytes = bytes_of(tripped_ledger(), &length);
    tg_fault_t fault;

    (void)state;
    assert_true(read_into(ledger, bytes, length, &fault));
    same_trip(ledger, "ended", &ended);
    same_trip(ledger, "held", &held);
    same_trip(ledger, "before", &none);
    same_number((int64_t)ledger->guards[0].trips, 1, "before");
    same_number(ledger->stops, 2, "two are stopped");
}

/* With a checksum that is right, as another version would write it. */
static void sign(char *bytes, size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestUpdate(context, bytes, 32);
    EVP_DigestUpdate(context, bytes + TG_LEDGER_FILE_HEADER, length - TG_LEDGER_FILE_HEADER);
    EVP_DigestFinal_ex(context, (unsigned char *)bytes + 32, NULL);
    EVP_MD_CTX_free(context);
}

static size_t place_of(const char *bytes, size_t length, const char *name)
{
    size_t place = length - 4;

    while (memcmp(bytes + place, name, 4) != 0) {
        place--;
    }
    return place;
}

static size_t place_of_section(const char *bytes, size_t length)
{
    return place_of(bytes, length, "GUAR");
}

/* Another section follows it. */
static size_t end_of_section(const char *bytes, size_t length)
{
    return place_of(bytes, length, "AGEN");
}

static void put_number(char *bytes, size_t place, uint64_t number, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        bytes[place + i] = (char)(number >> 8 * i);
    }
}

static void a_file_without_the_section_has_none(void **state)
{
    static const char *const names[] = { "held" };
    static const tg_guard_trip_t none = { 0 };
    tg_ledger_t *ledger = ledger_of(names, ROWS(names));
    size_t length;
    char *bytes = bytes_of(tripped_ledger(), &length);
    tg_fault_t fault;

    (void)state;
    length = place_of_section(bytes, length);
    put_number(bytes, 24, length - TG_LEDGER_FILE_HEADER, 8);
    sign(bytes, length);
    assert_true(read_into(ledger, bytes, length, &fault));
    same_trip(ledger, "held", &none);
    same_number(ledger->stops, 0, "none is stopped");
}

/* Where they are in an entry, after its name: trips, at, until, requests, rejected, share. */
static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *name;
        size_t at, size;
        uint64_t number;
        int is_good;
    } rows[] = {
        { "as it was written", 8, 8, NOW - 60, 1 },
        { "stopped after 2106", 8, 8, UINT64_C(0xFFFFFFFF), 0 },
        { "until after 2106", 16, 8, UINT64_C(0xFFFFFFFF), 0 },
        { "until before it was stopped", 16, 8, NOW - 61, 0 },
        { "until it was stopped", 16, 8, NOW - 60, 0 },
        { "until the second after", 16, 8, NOW - 59, 1 },
        { "more requests than there can be", 24, 8, (UINT64_C(1) << 48) + 1, 0 },
        { "all requests rejected", 32, 8, 200, 1 },
        { "more rejected than there were", 32, 8, 201, 0 },
        { "more than all are allowed", 40, 4, 10000, 0 },
        { "almost all are allowed", 40, 4, 9999, 1 },
    };
    static const char *const names[] = { "ended" };
    size_t length, i;
    tg_ledger_t *one = ledger_of(names, 1);
    const char *written;

    (void)state;
    tg_ledger_trip(one, 0, &ended);
    written = bytes_of(one, &length);
    for (i = 0; i < ROWS(rows); i++) {
        char *bytes = apr_pmemdup(unit_pool, written, length);
        tg_fault_t fault = { "", "" };

        put_number(bytes, end_of_section(bytes, length) - ENTRY_SIZE + rows[i].at, rows[i].number,
                   rows[i].size);
        sign(bytes, length);
        same_number(read_into(ledger_of(names, 1), bytes, length, &fault), rows[i].is_good,
                    rows[i].name);
        assert_true(rows[i].is_good || fault.fix[0]);
    }
}

/* The bytes of the section before what it has: its name, version and length. */
#define SECTION_HEAD 16

/* With the section of that length; what follows in the file is gone. */
static size_t cut_section(char *bytes, size_t section, size_t length)
{
    const size_t end = section + SECTION_HEAD + length;

    put_number(bytes, section + 8, length, 8);
    put_number(bytes, 24, end - TG_LEDGER_FILE_HEADER, 8);
    sign(bytes, end);
    return end;
}

/* Wherever it is cut, or if it has fewer or more entries than it says, nothing of it is taken. */
static void a_section_that_is_cut_is_refused(void **state)
{
    static const char *const names[] = { "before", "held", "ended", "quiet" };
    size_t length, section, whole, at;
    const char *written = bytes_of(tripped_ledger(), &length);
    char *bytes;
    tg_fault_t fault;

    (void)state;
    section = place_of_section(written, length);
    whole = end_of_section(written, length) - section - SECTION_HEAD;
    for (at = 0; at <= whole; at++) {
        bytes = apr_pmemdup(unit_pool, written, length);
        CHECK(read_into(ledger_of(names, ROWS(names)), bytes, cut_section(bytes, section, at),
                        &fault) == (at == whole),
              "cut after %d of %d bytes", (int)at, (int)whole);
    }
    for (at = 0; at <= TG_LEDGER_SCHEDULES + 1; at++) { /* it has three */
        bytes = apr_pmemdup(unit_pool, written, length);
        put_number(bytes, section + SECTION_HEAD, at, 2);
        sign(bytes, length);
        same_number(read_into(ledger_of(names, ROWS(names)), bytes, length, &fault), at == 3,
                    "entries");
    }
}

/* Its memory lies between that of the names and of what was collected. */
static void an_unknown_schedule_leaves_all_as_it_is(void **state)
{
    static const char *const names[] = { "new", "other" };
    tg_ledger_t *ledger = ledger_of(names, ROWS(names)), *fresh = ledger_of(names, ROWS(names));
    size_t length;
    const char *bytes = bytes_of(tripped_ledger(), &length);
    tg_fault_t fault;

    (void)state;
    assert_true(read_into(ledger, bytes, length, &fault));
    assert_memory_equal(ledger->masks, fresh->masks, sizeof(ledger->masks));
    assert_memory_equal(ledger->guards, fresh->guards, sizeof(ledger->guards));
    same_number(ledger->stops, 0, "none is stopped");
}

/* What the parent found is of the stop that there is, and not in the file. */
static void what_was_found_is_of_one_stop(void **state)
{
    static const char *const names[] = { "held" };
    tg_ledger_t *ledger = ledger_of(names, 1);
    size_t length;
    const char *bytes;
    tg_fault_t fault;

    (void)state;
    same_number(ledger->guards[0].found, TG_LEDGER_STOP_NEW, "at first");
    tg_ledger_trip(ledger, 0, &held);
    same_number(ledger->guards[0].found, TG_LEDGER_STOP_ON, "stopped");
    bytes = bytes_of(ledger, &length);
    ledger->guards[0].found = TG_LEDGER_STOP_BACK;
    tg_ledger_trip(ledger, 0, &ended);
    same_number(ledger->guards[0].found, TG_LEDGER_STOP_ON, "stopped again");
    tg_ledger_trip_end(ledger, 0);
    same_number(ledger->guards[0].found, TG_LEDGER_STOP_NEW, "forgotten");
    ledger = ledger_of(names, 1);
    assert_true(read_into(ledger, bytes, length, &fault));
    same_trip(ledger, "held", &held);
    same_number(ledger->guards[0].found, TG_LEDGER_STOP_NEW, "from a file");
}

/* The last second that half a word has; after it there is no stop, also with hold. */
static void the_last_second_is_in_2106(void **state)
{
    static const char *const names[] = { "held" };
    const tg_guard_trip_t last = { INT64_C(0xFFFFFFFE), TG_NEVER, { 7, 7 }, 1 };
    const tg_guard_trip_t until = { NOW, INT64_C(0xFFFFFFFE), { 7, 7 }, 1 };
    tg_ledger_t *ledger = ledger_of(names, 1), *read = ledger_of(names, 1);
    size_t length;
    char *bytes;
    tg_fault_t fault;

    (void)state;
    tg_ledger_trip(ledger, 0, &until);
    bytes = bytes_of(ledger, &length);
    assert_true(read_into(read, bytes, length, &fault));
    same_trip(read, "held", &until);
    tg_ledger_trip(ledger, 0, &last);
    bytes = bytes_of(ledger, &length);
    assert_true(read_into(read, bytes, length, &fault));
    same_trip(read, "held", &last);
    put_number(bytes, end_of_section(bytes, length) - ENTRY_SIZE + 8, UINT64_C(0xFFFFFFFF), 8);
    sign(bytes, length);
    assert_false(read_into(ledger_of(names, 1), bytes, length, &fault));
}

/* As many as there can be, each with the longest name. */
static void a_full_ledger_comes_back(void **state)
{
    static const tg_guard_trip_t none = { 0 };
    const char *names[TG_LEDGER_SCHEDULES];
    const tg_override_set_t *set;
    size_t length, i;
    tg_ledger_t *ledger, *read;
    const char *bytes;
    tg_fault_t fault;

    (void)state;
    for (i = 0; i < ROWS(names); i++) {
        names[i] = apr_psprintf(unit_pool, "%0*d", TG_SCHEDULE_NAME_MAX, (int)i);
    }
    ledger = ledger_of(names, ROWS(names));
    read = ledger_of(names, ROWS(names));
    for (i = 0; i < ROWS(names); i++) {
        tg_ledger_trip(ledger, (int)i, &held);
    }
    set = tg_ledger_overrides(unit_pool, ledger, NULL);
    same_number(apr_hash_count(set->overrides), TG_LEDGER_SCHEDULES, "all are stopped");
    assert_null(tg_ledger_overrides(unit_pool, NULL, NULL));
    bytes = bytes_of(ledger, &length);
    assert_true(read_into(read, bytes, length, &fault));
    same_number(read->stops, TG_LEDGER_SCHEDULES, "all are stopped again");
    for (i = 0; i < ROWS(names); i++) {
        same_trip(read, names[i], &held);
    }
    tg_ledger_trip_end(read, 3);
    same_trip(read, names[3], &none);
}

/* --- stops that are over --- */

static void same_stop(const tg_guard_stop_t *stop, const tg_guard_trip_t *trip, tg_instant_t back,
                      const char *what)
{
    same_number(stop->trip.at, trip->at, what);
    same_number(stop->trip.until, trip->until, what);
    same_number((int64_t)stop->trip.met.requests, (int64_t)trip->met.requests, what);
    same_number((int64_t)stop->trip.met.rejected, (int64_t)trip->met.rejected, what);
    same_number(stop->trip.share, trip->share, what);
    same_number(stop->back, back, what);
}

static void stops_are_kept_when_they_are_over(void **state)
{
    static const char *const names[] = { "new", "held" };
    tg_guard_stop_t stops[TG_LEDGER_STOPS];
    tg_ledger_t *ledger = ledger_of(&names[1], 1), *read = ledger_of(names, 2);
    size_t length;
    const char *bytes;
    tg_fault_t fault;

    (void)state;
    same_number(tg_ledger_stops(ledger, 0, stops), 0, "none at first");
    tg_ledger_stop_back(ledger, 0, NOW);
    tg_ledger_trip(ledger, 0, &ended);
    tg_ledger_stop_back(ledger, 0, NOW);
    tg_ledger_trip_end(ledger, 0);
    tg_ledger_trip(ledger, 0, &held);
    tg_ledger_trip_end(ledger, 0);
    bytes = bytes_of(ledger, &length);
    assert_true(read_into(read, bytes, length, &fault));
    same_number(tg_ledger_stops(read, 0, stops), 0, "of another schedule");
    same_number(tg_ledger_stops(read, 1, stops), 2, "both");
    same_stop(&stops[0], &ended, NOW, "the first, which was taken back");
    same_number(tg_guard_stop_end(&stops[0]), NOW, "its end");
    same_stop(&stops[1], &held, 0, "the second");
    same_number(tg_guard_stop_end(&stops[1]), TG_NEVER, "it has no end");
    length = place_of(bytes, length, "STOP");
    put_number((char *)(uintptr_t)bytes, 24, length - TG_LEDGER_FILE_HEADER, 8);
    sign((char *)(uintptr_t)bytes, length);
    read = ledger_of(names, 2);
    assert_true(read_into(read, bytes, length, &fault));
    same_number(tg_ledger_stops(read, 1, stops), 0, "a file without them has none");
}

/* The last ones, however many there were. */
static void the_oldest_stop_goes(void **state)
{
    static const char *const names[] = { "held" };
    tg_guard_stop_t stops[TG_LEDGER_STOPS];
    tg_ledger_t *ledger = ledger_of(names, 1), *read = ledger_of(names, 1);
    size_t length;
    const char *bytes;
    tg_fault_t fault;
    int i, n, count;

    (void)state;
    for (n = 1; n <= 3 * TG_LEDGER_STOPS; n++) {
        const tg_guard_trip_t trip = { NOW + n, NOW + 1000, { 7, 7 }, 1 };

        tg_ledger_trip(ledger, 0, &trip);
        count = tg_ledger_stops(ledger, 0, stops);
        same_number(count, n < TG_LEDGER_STOPS ? n : TG_LEDGER_STOPS, "as many as there is room");
        for (i = 0; i < count; i++) {
            same_number(stops[i].trip.at, NOW + n - count + 1 + i, "the last ones, in their order");
        }
    }
    bytes = bytes_of(ledger, &length);
    assert_true(read_into(read, bytes, length, &fault));
    same_number(tg_ledger_stops(read, 0, stops), TG_LEDGER_STOPS, "all of them come back");
    same_number(stops[0].trip.at, NOW + 2 * TG_LEDGER_STOPS + 1, "the oldest");
}

/* An end for which the file has no place is the last one that it has: none would mean `hold`. */
static void a_stop_of_a_later_century_is_kept(void **state)
{
    static const struct {
        tg_instant_t at, until, kept_at, kept_until;
    } rows[] = {
        { NOW, INT64_C(0xFFFFFFFE), NOW, INT64_C(0xFFFFFFFE) },
        { NOW, INT64_C(0xFFFFFFFF), NOW, INT64_C(0xFFFFFFFE) },
        { NOW, INT64_C(0x100000000), NOW, INT64_C(0xFFFFFFFE) },
        { NOW, TG_NEVER, NOW, TG_NEVER },
        { INT64_C(0xFFFFFFFD), INT64_C(0x200000000), INT64_C(0xFFFFFFFD), INT64_C(0xFFFFFFFE) },
    };
    static const char *const names[] = { "held" };
    size_t i, length;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const tg_guard_trip_t trip = { rows[i].at, rows[i].until, { 7, 7 }, 1 };
        const tg_guard_trip_t kept = { rows[i].kept_at, rows[i].kept_until, { 7, 7 }, 1 };
        tg_ledger_t *ledger = ledger_of(names, 1), *read = ledger_of(names, 1);
        tg_guard_stop_t stops[TG_LEDGER_STOPS];
        const char *bytes;
        tg_fault_t fault;

        tg_ledger_trip(ledger, 0, &trip);
        bytes = bytes_of(ledger, &length);
        assert_true(read_into(read, bytes, length, &fault));
        same_number(tg_ledger_stops(read, 0, stops), 1, "it is kept");
        same_stop(&stops[0], &kept, 0, "as far as there is room");
        same_number(tg_ledger_tripped(read, 0).at, kept.at, "what is in force began");
        same_number(tg_ledger_tripped(read, 0).until, kept.until, "... and ends");
    }
}

/* At most one is open: another stop ends the one before it, if that is not over already. */
static void the_next_stop_ends_the_one_before(void **state)
{
    static const struct {
        tg_instant_t until, back, end;
    } rows[] = {
        { TG_NEVER, 0, NOW + 9 },
        { NOW + 8, 0, NOW + 8 },
        { TG_NEVER, NOW + 5, NOW + 5 },
        { NOW + 100, 0, NOW + 9 },
    };
    static const char *const names[] = { "held" };
    const tg_guard_trip_t second = { NOW + 9, TG_NEVER, { 7, 7 }, 1 };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        const tg_guard_trip_t first = { NOW, rows[i].until, { 7, 7 }, 1 };
        tg_ledger_t *ledger = ledger_of(names, 1);
        tg_guard_stop_t stops[TG_LEDGER_STOPS];

        tg_ledger_trip(ledger, 0, &first);
        if (rows[i].back) {
            tg_ledger_stop_back(ledger, 0, rows[i].back);
        }
        tg_ledger_trip(ledger, 0, &second);
        same_number(tg_ledger_stops(ledger, 0, stops), 2, "both are kept");
        same_number(tg_guard_stop_end(&stops[0]), rows[i].end, "the end of the first");
        same_stop(&stops[1], &second, 0, "the second is open");
    }
}

/* Where they are in an entry, after its name and count: at, until, requests, rejected, share, back. */
static void a_stop_that_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *name;
        size_t at, size;
        uint64_t number;
        int is_good;
    } rows[] = {
        { "as it was written", 0, 8, NOW - 60, 1 },
        { "stopped after 2106", 0, 8, UINT64_C(0xFFFFFFFF), 0 },
        { "until it was stopped", 8, 8, NOW - 60, 0 },
        { "more rejected than there were", 24, 8, 201, 0 },
        { "taken back", 36, 8, NOW, 1 },
        { "taken back after 2106", 36, 8, UINT64_C(0xFFFFFFFF), 0 },
    };
    static const char *const names[] = { "ended" };
    tg_ledger_t *one = ledger_of(names, 1);
    size_t length, i;
    const char *written;

    (void)state;
    tg_ledger_trip(one, 0, &ended);
    written = bytes_of(one, &length);
    for (i = 0; i < ROWS(rows); i++) {
        char *bytes = apr_pmemdup(unit_pool, written, length);
        tg_fault_t fault = { "", "" };

        put_number(bytes, length - STOP_SIZE + rows[i].at, rows[i].number, rows[i].size);
        sign(bytes, length);
        same_number(read_into(ledger_of(names, 1), bytes, length, &fault), rows[i].is_good,
                    rows[i].name);
    }
    for (i = place_of(written, length, "STOP") + SECTION_HEAD; i < length; i++) {
        char *bytes = apr_pmemdup(unit_pool, written, length);
        tg_fault_t fault;
        const size_t section = place_of(bytes, length, "STOP");

        CHECK(!read_into(ledger_of(names, 1), bytes,
                         cut_section(bytes, section, i - section - SECTION_HEAD), &fault),
              "cut at %d of %d bytes", (int)i, (int)length);
    }
}

/* Of every protocol, and of that schedule alone. */
static void what_was_counted_is_of_one_schedule(void **state)
{
    static const char *const names[] = { "first", "second", "third" };
    tg_ledger_t *ledger = ledger_of(names, ROWS(names));
    tg_guard_count_t counted = tg_ledger_guarded(ledger, 1);
    int protocol, fate;

    (void)state;
    same_number((int64_t)(counted.requests + counted.rejected), 0, "nothing");
    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        for (fate = 0; fate < TG_FATES; fate++) {
            ledger->kept.totals[2].n[protocol][fate] = fate == TG_FATE_REJECT ? 3 : 10;
        }
    }
    counted = tg_ledger_guarded(ledger, 1);
    same_number((int64_t)counted.rejected, (int64_t)3 * TG_PROTOCOLS, "rejected");
    same_number((int64_t)counted.requests,
                (int64_t)TG_PROTOCOLS *
                    (int64_t)tg_counts_requests(&ledger->kept.totals[2], (tg_protocol_t)0),
                "requests");
    assert_true(counted.requests > counted.rejected);
    counted = tg_ledger_guarded(ledger, 0);
    same_number((int64_t)counted.requests, 0, "the one before");
    counted = tg_ledger_guarded(ledger, 2);
    same_number((int64_t)counted.requests, 0, "the one after");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(trips_are_read_as_they_were),
    cmocka_unit_test(all_of_them_come_back),
    cmocka_unit_test(a_file_without_the_section_has_none),
    cmocka_unit_test(what_cannot_be_is_refused),
    cmocka_unit_test(a_section_that_is_cut_is_refused),
    cmocka_unit_test(an_unknown_schedule_leaves_all_as_it_is),
    cmocka_unit_test(what_was_found_is_of_one_stop),
    cmocka_unit_test(the_last_second_is_in_2106),
    cmocka_unit_test(a_full_ledger_comes_back),
    cmocka_unit_test(stops_are_kept_when_they_are_over),
    cmocka_unit_test(the_oldest_stop_goes),
    cmocka_unit_test(a_stop_of_a_later_century_is_kept),
    cmocka_unit_test(the_next_stop_ends_the_one_before),
    cmocka_unit_test(a_stop_that_cannot_be_is_refused),
    cmocka_unit_test(what_was_counted_is_of_one_schedule),
};

UNIT_MAIN(tests)
