/*
 * One word, `state`, says which region is open and how many threads are inside it. A thread joins
 * by adding itself while the region is open, so the caller never waits for threads that come too
 * late: it closes the region when the work is gone and waits for those inside. Waiting is a short
 * spin (regions follow each other closely in training), then sleep.
 */
#include "base/team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/context.h"
#include "base/float_environment.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/thread.h"

enum {
    SPIN_NANOSECONDS = 40000,
    SPIN_LOOKS = 32 /* between looks at the clock */
};

/* state: number of the region (32 bits), open (1 bit), threads inside (31 bits) */
static const uint64_t state_inside = ((uint64_t)1 << 31) - 1;
static const uint64_t state_open = (uint64_t)1 << 31;
static const uint64_t state_region = (uint64_t)1 << 32;

struct member {
    struct gan__team *team;
    int32_t slot;
    pthread_t thread;
};

struct gan__team {
    _Alignas(64) _Atomic uint64_t state;
    _Alignas(64) _Atomic int32_t sleepers;
    _Atomic bool caller_sleeps;
    _Atomic bool stop;
    bool spins;
    gan__team_work work;
    void *argument;
    pthread_mutex_t mutex;
    pthread_cond_t opened, left;
    int32_t count;
    struct member members[];
};

static inline void
pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static int64_t
now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* There is a region to join that is not number `seen`. */
static bool
is_open(uint64_t state, uint64_t seen)
{
    return (state & state_open) != 0 && state / state_region != seen;
}

/* The state with an open region, or 0 when the team stops. */
static uint64_t
wait_for_region(struct gan__team *team, uint64_t seen)
{
    uint64_t state;
    if (team->spins) {
        const int64_t end = now() + SPIN_NANOSECONDS;
        do {
            for (int i = 0; i < SPIN_LOOKS; i++) {
                state = atomic_load(&team->state);
                if (is_open(state, seen)) {
                    return state;
                }
                pause_cpu();
            }
        } while (now() < end);
    }
    (void)pthread_mutex_lock(&team->mutex);
    atomic_fetch_add(&team->sleepers, 1);
    for (;;) {
        state = atomic_load(&team->state);
        if (is_open(state, seen)) {
            break;
        }
        if (atomic_load(&team->stop)) {
            state = 0;
            break;
        }
        (void)pthread_cond_wait(&team->opened, &team->mutex);
    }
    atomic_fetch_sub(&team->sleepers, 1);
    (void)pthread_mutex_unlock(&team->mutex);
    return state;
}

static void
leave_region(struct gan__team *team)
{
    const uint64_t state = atomic_fetch_sub(&team->state, 1) - 1;
    if ((state & (state_open | state_inside)) == 0 && atomic_load(&team->caller_sleeps)) {
        (void)pthread_mutex_lock(&team->mutex);
        (void)pthread_cond_signal(&team->left);
        (void)pthread_mutex_unlock(&team->mutex);
    }
}

static void *
member_main(void *argument)
{
    const struct member *const member = argument;
    struct gan__team *const team = member->team;
    uint64_t seen = 0; /* regions are numbered from 1 */
    for (;;) {
        uint64_t state = wait_for_region(team, seen);
        if (state == 0) {
            return NULL;
        }
        while (is_open(state, seen)) {
            if (atomic_compare_exchange_weak(&team->state, &state, state + 1)) {
                (void)gan__float_environment_set();
                team->work(team->argument, member->slot);
                seen = state / state_region;
                leave_region(team);
                break;
            }
        }
    }
}

void
gan__team_run(struct gan__team *team, int64_t helpers)
{
    uint64_t state = atomic_load_explicit(&team->state, memory_order_relaxed);
    state = (state & ~(state_region - 1)) + state_region;
    if (state == 0) {
        state = state_region; /* the numbers went around; 0 is what a new thread has seen */
    }
    atomic_store(&team->state, state | state_open);
    if (atomic_load(&team->sleepers) > 0) {
        (void)pthread_mutex_lock(&team->mutex);
        if (helpers >= team->count) {
            (void)pthread_cond_broadcast(&team->opened);
        } else {
            for (int64_t i = 0; i < helpers; i++) {
                (void)pthread_cond_signal(&team->opened);
            }
        }
        (void)pthread_mutex_unlock(&team->mutex);
    }
    team->work(team->argument, 0);

    state = atomic_fetch_and(&team->state, ~state_open);
    const int64_t end = now() + SPIN_NANOSECONDS;
    for (int i = 0; team->spins && (state & state_inside) != 0; i++) {
        if (i % SPIN_LOOKS == SPIN_LOOKS - 1 && now() >= end) {
            break;
        }
        pause_cpu();
        state = atomic_load(&team->state);
    }
    if ((state & state_inside) == 0) {
        return;
    }
    (void)pthread_mutex_lock(&team->mutex);
    atomic_store(&team->caller_sleeps, true);
    while ((atomic_load(&team->state) & state_inside) != 0) {
        (void)pthread_cond_wait(&team->left, &team->mutex);
    }
    atomic_store(&team->caller_sleeps, false);
    (void)pthread_mutex_unlock(&team->mutex);
}

static void
stop(struct gan__team *team)
{
    (void)pthread_mutex_lock(&team->mutex);
    atomic_store(&team->stop, true);
    (void)pthread_cond_broadcast(&team->opened);
    (void)pthread_mutex_unlock(&team->mutex);
    for (int32_t i = 0; i < team->count; i++) {
        (void)pthread_join(team->members[i].thread, NULL);
    }
}

static int
prepare(struct gan__team *team)
{
    int error = pthread_mutex_init(&team->mutex, NULL);
    if (error != 0) {
        return error;
    }
    error = pthread_cond_init(&team->opened, NULL);
    if (error == 0) {
        error = pthread_cond_init(&team->left, NULL);
        if (error == 0) {
            return 0;
        }
        (void)pthread_cond_destroy(&team->opened);
    }
    (void)pthread_mutex_destroy(&team->mutex);
    return error;
}

gan_status
gan__team_create(gan_context *ctx, struct gan__team **out, int32_t threads, gan__team_work work,
                 void *argument)
{
    char words[GAN__ERROR_TEXT_SIZE];
    *out = NULL;
    struct gan__team *team =
        gan__alloc_zero(ctx, sizeof *team + (size_t)threads * sizeof(struct member));
    if (team == NULL) {
        return GAN_E_NOMEM;
    }
    team->work = work;
    team->argument = argument;
    team->spins = gan__cpus_affinity() > threads;
    int error = prepare(team);
    if (error != 0) {
        gan__free(ctx, team);
        return gan__fail(ctx, GAN_E_RESOURCE, "the system refused a lock: %s",
                         gan__error_text(words, error));
    }
    for (; team->count < threads; team->count++) {
        struct member *const member = &team->members[team->count];
        member->team = team;
        member->slot = team->count + 1;
        error = gan__thread_start(&member->thread, member_main, member);
        if (error != 0) {
            const int32_t number = team->count + 1;
            gan__team_destroy(ctx, team);
            return gan__fail(ctx, GAN_E_RESOURCE,
                             "the system refused thread %d of the %d that threads=%d starts: %s",
                             (int)number, (int)threads, (int)threads + 1,
                             gan__error_text(words, error));
        }
    }
    *out = team;
    return GAN_OK;
}

void
gan__team_destroy(gan_context *ctx, struct gan__team *team)
{
    stop(team);
    (void)pthread_cond_destroy(&team->left);
    (void)pthread_cond_destroy(&team->opened);
    (void)pthread_mutex_destroy(&team->mutex);
    gan__free(ctx, team);
}
