/* The stragglers: see straggler_table.h. */
#include "straggler_table.h"

#include "base/siphash.h"

#include <apr_strings.h>
#include <string.h>

static uint32_t *hash_places(tg_stragglers_t *table)
{
    return (uint32_t *)(void *)&table->entries[table->capacity];
}

size_t tg_stragglers_size(uint32_t capacity)
{
    return sizeof(tg_stragglers_t) + capacity * (sizeof(tg_straggler_t) + sizeof(uint32_t));
}

void tg_stragglers_set_up(tg_stragglers_t *table, uint32_t capacity, uint64_t seed)
{
    table->capacity = capacity;
    table->seed = seed;
}

/* Of the schedule, under a key that the client is part of. */
static uint64_t hash_of_client(const tg_stragglers_t *table, const char *client,
                               const char *schedule)
{
    tg_siphash_key_t key = { table->seed, 0 };

    key.k1 = tg_siphash(&key, client, strnlen(client, TG_STRAGGLER_CLIENT_SIZE - 1));
    return tg_siphash(&key, schedule, strnlen(schedule, TG_SCHEDULE_NAME_MAX));
}

static const tg_straggler_t *linked_entry(const tg_stragglers_t *table, uint32_t link)
{
    return link > 0 && link <= table->capacity ? &table->entries[link - 1] : NULL;
}

/* The same, to be written to. */
static tg_straggler_t *entry_at(tg_stragglers_t *table, uint32_t link)
{
    return (tg_straggler_t *)linked_entry(table, link);
}

static uint32_t link_to(const tg_stragglers_t *table, const tg_straggler_t *entry)
{
    return (uint32_t)(entry - table->entries) + 1;
}

static tg_straggler_t *find_entry(tg_stragglers_t *table, uint64_t hash, const char *client,
                                  const char *schedule)
{
    tg_straggler_t *entry = entry_at(table, hash_places(table)[hash % table->capacity]);

    while (entry && !(entry->hash == hash &&
                      strncmp(entry->client, client, sizeof(entry->client) - 1) == 0 &&
                      strcmp(entry->schedule, schedule) == 0)) {
        entry = entry_at(table, entry->next);
    }
    return entry;
}

tg_straggler_t *tg_stragglers_find(tg_stragglers_t *table, const char *client, const char *schedule)
{
    return find_entry(table, hash_of_client(table, client, schedule), client, schedule);
}

/* --- chains --- */

static void take_out_of_time(tg_stragglers_t *table, tg_straggler_t *entry)
{
    tg_straggler_t *newer = entry_at(table, entry->newer), *older = entry_at(table, entry->older);

    *(newer ? &newer->older : &table->newest) = entry->older;
    *(older ? &older->newer : &table->oldest) = entry->newer;
}

static void put_first_in_time(tg_stragglers_t *table, tg_straggler_t *entry)
{
    tg_straggler_t *before = entry_at(table, table->newest);
    uint32_t link = link_to(table, entry);

    entry->turn = ++table->turns;
    entry->newer = 0;
    entry->older = table->newest;
    *(before ? &before->newer : &table->oldest) = link;
    table->newest = link;
}

static void put_in_place(tg_stragglers_t *table, tg_straggler_t *entry)
{
    uint32_t *place = &hash_places(table)[entry->hash % table->capacity];

    entry->next = *place;
    *place = link_to(table, entry);
}

static void take_out_of_place(tg_stragglers_t *table, const tg_straggler_t *entry)
{
    uint32_t *link = &hash_places(table)[entry->hash % table->capacity];

    while (*link && *link != link_to(table, entry)) {
        link = &entry_at(table, *link)->next;
    }
    *link = entry->next;
}

/* The compiler keeps the order: a process that is killed after this leaves the mark. */
static void set_mark(uint32_t *mark, uint32_t value)
{
    __atomic_store_n(mark, value, __ATOMIC_SEQ_CST);
}

/* One that is free, or the one that was seen least recently. */
static tg_straggler_t *free_entry(tg_stragglers_t *table)
{
    tg_straggler_t *entry;

    if (table->used < table->capacity) {
        return &table->entries[table->used++];
    }
    entry = &table->entries[table->oldest - 1]; /* a full table has one */
    set_mark(&entry->is_used, 0);
    take_out_of_time(table, entry);
    take_out_of_place(table, entry);
    table->forgotten++;
    return entry;
}

static void keep_straggler_text(char *to, const char *text, size_t size)
{
    apr_cpystrn(to, text ? text : "", size);
}

/* Where it is among the earlier ones, or the first free place; TG_STRAGGLER_AGENTS: neither. */
static int agent_place(const tg_straggler_t *entry, const char *agent)
{
    int place = 0;

    while (place < TG_STRAGGLER_AGENTS && *entry->agents[place] &&
           strncmp(entry->agents[place], agent, TG_STRAGGLER_TEXT_MAX) != 0) {
        place++;
    }
    return place;
}

/* Each is kept once; of a client that sends another one each time, the last ones are. */
static void keep_agent(tg_straggler_t *entry, const char *agent)
{
    const size_t size = sizeof(entry->agents[0]);
    int place;

    agent = agent ? agent : "";
    if (strncmp(entry->user_agent, agent, TG_STRAGGLER_TEXT_MAX) == 0) {
        return;
    }
    place = agent_place(entry, agent);
    if (*entry->user_agent) {
        place = place < TG_STRAGGLER_AGENTS ? place : TG_STRAGGLER_AGENTS - 1;
        memmove(entry->agents[1], entry->agents[0], (size_t)place * size);
        memcpy(entry->agents[0], entry->user_agent, size);
    }
    else if (place < TG_STRAGGLER_AGENTS) { /* it is the last one again */
        memmove(entry->agents + place, entry->agents + place + 1,
                (size_t)(TG_STRAGGLER_AGENTS - 1 - place) * size);
        *entry->agents[TG_STRAGGLER_AGENTS - 1] = '\0';
    }
    keep_straggler_text(entry->user_agent, agent, sizeof(entry->user_agent));
}

static void write_entry(tg_straggler_t *entry, const tg_straggler_sight_t *sight)
{
    unsigned hour = tg_straggler_hour(sight->time);

    entry->week[hour / 8] |= (uint8_t)(1U << hour % 8);
    entry->moved_at = 0;
    entry->is_probable = 0;
    entry->requests += sight->failed ? 0 : 1;
    entry->failed += sight->failed && entry->failed < UINT32_MAX ? 1 : 0;
    entry->rejected += sight->rejected ? 1 : 0;
    entry->last_seen = sight->time;
    entry->protocol = sight->protocol;
    entry->cause = sight->cause;
    keep_agent(entry, sight->user_agent);
    keep_straggler_text(entry->host, sight->host, sizeof(entry->host));
    keep_straggler_text(entry->ja4, sight->ja4, sizeof(entry->ja4));
}

static tg_straggler_t *new_entry(tg_stragglers_t *table, uint64_t hash,
                                 const tg_straggler_sight_t *sight)
{
    tg_straggler_t *entry = free_entry(table);

    memset(entry, 0, sizeof(*entry));
    entry->hash = hash;
    entry->first_seen = sight->time;
    keep_straggler_text(entry->client, sight->client, sizeof(entry->client));
    keep_straggler_text(entry->schedule, sight->schedule, sizeof(entry->schedule));
    put_in_place(table, entry);
    return entry;
}

void tg_stragglers_add(tg_stragglers_t *table, const tg_straggler_sight_t *sight)
{
    uint64_t hash = hash_of_client(table, sight->client, sight->schedule);
    tg_straggler_t *entry = find_entry(table, hash, sight->client, sight->schedule);

    if (entry) {
        take_out_of_time(table, entry);
    }
    else {
        entry = new_entry(table, hash, sight);
    }
    set_mark(&entry->is_being_written, 1);
    write_entry(entry, sight);
    set_mark(&entry->is_used, 1);
    set_mark(&entry->is_being_written, 0);
    put_first_in_time(table, entry);
}

const tg_straggler_t *tg_stragglers_newest(const tg_stragglers_t *table)
{
    return linked_entry(table, table->newest);
}

const tg_straggler_t *tg_stragglers_older(const tg_stragglers_t *table, const tg_straggler_t *entry)
{
    return linked_entry(table, entry->older);
}

void tg_stragglers_restore(tg_stragglers_t *table, const tg_straggler_t *kept)
{
    const uint64_t hash = hash_of_client(table, kept->client, kept->schedule);
    tg_straggler_t *entry = find_entry(table, hash, kept->client, kept->schedule);

    if (entry) {
        take_out_of_time(table, entry);
        take_out_of_place(table, entry);
    }
    else {
        entry = free_entry(table);
    }
    *entry = *kept;
    entry->hash = hash;
    entry->is_being_written = 0;
    put_in_place(table, entry);
    set_mark(&entry->is_used, 1);
    put_first_in_time(table, entry);
}

/* --- after a process was killed --- */

/* Those that are whole enough to be told apart; the texts of one that was being written may be of
 * two requests, and are left out. */
static void repair_entry(tg_straggler_t *entry)
{
    entry->client[sizeof(entry->client) - 1] = '\0';
    entry->schedule[sizeof(entry->schedule) - 1] = '\0';
    if (entry->is_being_written) {
        entry->user_agent[0] = entry->host[0] = entry->ja4[0] = '\0';
        memset(entry->agents, 0, sizeof(entry->agents));
        entry->is_being_written = 0;
    }
}

/* Entries keep their places in memory; where one is not used, the last one moves into it. */
static void close_gaps(tg_stragglers_t *table)
{
    uint32_t i = 0;

    table->used = table->used < table->capacity ? table->used : table->capacity;
    while (i < table->used) {
        if (table->entries[i].is_used) {
            repair_entry(&table->entries[i++]);
            continue;
        }
        table->used--;
        table->entries[i] = table->entries[table->used];
        memset(&table->entries[table->used], 0, sizeof(tg_straggler_t));
    }
}

/* Of two seen in one second, the one that was moved to the front later. */
static int is_newer(const tg_straggler_t *a, const tg_straggler_t *b)
{
    return a->last_seen != b->last_seen ? a->last_seen > b->last_seen : a->turn >= b->turn;
}

/* By how long ago it was seen, in a chain that is sorted by merging runs: without more memory. */
static uint32_t merge_runs(tg_stragglers_t *table, uint32_t a, uint32_t b)
{
    uint32_t first = 0, *end = &first;

    while (a && b) {
        uint32_t *from = is_newer(entry_at(table, a), entry_at(table, b)) ? &a : &b;

        *end = *from;
        end = &entry_at(table, *from)->older;
        *from = *end;
    }
    *end = a ? a : b;
    return first;
}

static uint32_t sort_by_time(tg_stragglers_t *table)
{
    uint32_t runs[32] = { 0 }, all = 0, i;
    size_t r;

    for (i = 1; i <= table->used; i++) {
        uint32_t run = i;

        entry_at(table, i)->older = 0;
        for (r = 0; r < 31 && runs[r]; r++) {
            run = merge_runs(table, runs[r], run);
            runs[r] = 0;
        }
        runs[r] = run;
    }
    for (r = 0; r < 32; r++) {
        all = merge_runs(table, runs[r], all);
    }
    return all;
}

void tg_stragglers_repair(tg_stragglers_t *table)
{
    tg_straggler_t *entry, *newer = NULL;
    uint64_t turn;
    uint32_t i;

    close_gaps(table);
    memset(hash_places(table), 0, table->capacity * sizeof(uint32_t));
    for (i = 0; i < table->used; i++) {
        put_in_place(table, &table->entries[i]);
    }
    table->newest = sort_by_time(table);
    table->oldest = 0;
    turn = table->turns = table->turns > table->used ? table->turns : table->used;
    for (entry = entry_at(table, table->newest); entry; entry = entry_at(table, entry->older)) {
        entry->turn = turn--;
        entry->newer = newer ? link_to(table, newer) : 0;
        table->oldest = link_to(table, entry);
        newer = entry;
    }
}
