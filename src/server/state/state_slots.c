/* Documents in shared memory: see state_slots.h. */
#include "state_slots.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <signal.h>
#include <string.h>

/** How often a copy is tried again that a writer overtook. */
#define TRIES_MAX 8

/* The overrides of a document, as this process has taken them out of its image; freed once they are
 * unused and there is a newer document. Under the mutex. */
typedef struct {
    apr_pool_t *pool;
    apr_uint32_t generation;
    int users;
    const tg_override_set_t *set;
} taken_state_t;

/* Set in the parent before any child exists. */
static tg_state_slots_t *shared_slots;

/* Of this process. */
static apr_thread_mutex_t *mutex;
static taken_state_t *taken;

/* Of this thread: 1 while it has the mutex, or is about to. prefork's SIGTERM destroys the pools of
 * a child from within a signal handler, whatever its thread does: our cleanups must not wait for
 * that thread. */
static __thread volatile sig_atomic_t is_mutex_ours;

void tg_state_slots_lock(void)
{
    is_mutex_ours = 1; /* first, and last: a signal may come in between */
    apr_thread_mutex_lock(mutex);
}

void tg_state_slots_unlock(void)
{
    apr_thread_mutex_unlock(mutex);
    is_mutex_ours = 0;
}

void tg_state_slots_let_go(void)
{
    if (is_mutex_ours) {
        apr_thread_mutex_unlock(mutex);
    }
}

apr_uint32_t tg_state_slots_generation(void)
{
    return shared_slots ? apr_atomic_read32(&shared_slots->generation) : 0;
}

static const tg_state_slot_t *slot_of(apr_uint32_t generation)
{
    return &shared_slots->slots[generation & 1];
}

const tg_state_slot_t *tg_state_slots_current(void)
{
    return slot_of(tg_state_slots_generation());
}

/* All others go on with the slot beside it meanwhile. The mutex is for this process alone: none of
 * its threads still looks into the slot, since they look into that of the generation while they
 * have it. */
int tg_state_slots_publish(apr_pool_t *scratch, const tg_state_t *state, const char *text,
                           apr_size_t length, tg_fault_t *fault)
{
    apr_uint32_t generation = tg_state_slots_generation() + 1;
    tg_state_slot_t *slot = &shared_slots->slots[generation & 1];

    if (!tg_state_image(scratch, state, slot->image.bytes, sizeof(slot->image.bytes))) {
        return tg_fault_set(fault, "shorten it", "it does not fit into the shared memory");
    }
    memcpy(slot->text, text, length);
    slot->length = (apr_uint32_t)length;
    tg_state_slots_lock();
    apr_atomic_set32(&shared_slots->generation, generation);
    tg_state_slots_unlock();
    return 1;
}

/* 1 if that is still the generation: what was copied out of its slot is whole. The next one is
 * written beside it; only the one after that there. What was read before the call stays before it,
 * also on processors that would read the generation first. */
static int is_current(apr_uint32_t generation)
{
#ifndef __SANITIZE_THREAD__ /* which knows no fences */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
#endif
    return tg_state_slots_generation() == generation;
}

static int copy_document(apr_pool_t *pool, apr_uint32_t *generation, const char **text,
                         apr_size_t *length)
{
    int i;

    for (i = 0; i < TRIES_MAX; i++) {
        const tg_state_slot_t *slot;

        *generation = tg_state_slots_generation();
        slot = slot_of(*generation);
        *length = slot->length <= TG_STATE_MAX ? slot->length : 0;
        *text = apr_pstrmemdup(pool, slot->text, *length);
        if (is_current(*generation)) {
            return 1;
        }
    }
    return 0;
}

int tg_state_slots_read(apr_pool_t *pool, tg_state_t *state)
{
    apr_uint32_t generation;
    const char *text;
    apr_size_t length;
    tg_fault_t fault;

    return copy_document(pool, &generation, &text, &length) &&
           tg_state_parse(pool, text, length, state, &fault);
}

static void drop_if_unused(taken_state_t *t)
{
    if (t && t->users == 0 && t != taken) {
        apr_pool_destroy(t->pool);
    }
}

static apr_status_t release_taken(void *data)
{
    taken_state_t *t = data;

    if (is_mutex_ours) {
        return APR_SUCCESS; /* a signal ends this process, and with it all of this memory */
    }
    tg_state_slots_lock();
    t->users--;
    drop_if_unused(t);
    tg_state_slots_unlock();
    return APR_SUCCESS;
}

/* The overrides of that generation; NULL if it has been overtaken. */
static taken_state_t *take_overrides(apr_uint32_t generation)
{
    const tg_state_slot_t *slot = slot_of(generation);
    taken_state_t *t;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return NULL;
    }
    apr_pool_tag(pool, "tlsgate_state");
    t = apr_pcalloc(pool, sizeof(*t));
    t->pool = pool;
    t->generation = generation;
    t->set = tg_override_image_read(pool, slot->image.bytes, sizeof(slot->image.bytes));
    if (!is_current(generation)) {
        apr_pool_destroy(pool);
        return NULL;
    }
    return t;
}

/* Under the mutex. 1 if what is taken is of that generation. */
static int refresh_taken(apr_uint32_t generation)
{
    taken_state_t *old = taken, *new;

    if (old && old->generation == generation) {
        return 1;
    }
    new = take_overrides(generation);
    if (new) {
        taken = new;
        drop_if_unused(old);
    }
    return new != NULL;
}

/* Under the mutex. The overrides, and the exemptions of one client, of one generation. */
static const tg_override_set_t *look_into_slot(apr_pool_t *pool, const char *client,
                                               const apr_sockaddr_t *address)
{
    apr_array_header_t *exemptions = NULL;
    int i;

    for (i = 0; i < TRIES_MAX; i++) {
        apr_uint32_t generation = tg_state_slots_generation();
        const tg_state_slot_t *slot = slot_of(generation);

        if (!refresh_taken(generation)) {
            continue;
        }
        exemptions = tg_override_image_find(pool, slot->image.bytes, sizeof(slot->image.bytes),
                                            client, address);
        if (is_current(generation)) {
            break;
        }
    }
    return taken ? tg_override_set_with(pool, taken->set, exemptions) : NULL;
}

const tg_override_set_t *tg_state_slots_overrides(apr_pool_t *pool, const char *client,
                                                  const apr_sockaddr_t *address)
{
    const tg_override_set_t *set;

    if (!tg_state_slots_are_ready() || tg_state_slots_generation() == 0) {
        return NULL;
    }
    tg_state_slots_lock();
    set = look_into_slot(pool, client, address);
    if (set) {
        taken->users++;
        apr_pool_cleanup_register(pool, taken, release_taken, apr_pool_cleanup_null);
    }
    tg_state_slots_unlock();
    return set;
}

/* --- for as long as it lasts --- */

void tg_state_slots_share(tg_state_slots_t *slots)
{
    shared_slots = slots;
}

void tg_state_slots_begin(apr_pool_t *pool)
{
    taken = NULL;
    /* Nested, so that only its owner can unlock it. */
    if (apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_NESTED, pool) != APR_SUCCESS) {
        mutex = NULL;
    }
}

void tg_state_slots_end(void)
{
    if (taken && taken->users == 0) {
        apr_pool_destroy(taken->pool);
    }
    taken = NULL;
    mutex = NULL;
}

int tg_state_slots_are_ready(void)
{
    return shared_slots && mutex;
}
