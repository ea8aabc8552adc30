/*
 * The one parallel loop. Pieces are taken from a counter by the caller (slot 0) and its helpers:
 * the context's own team of threads, or the host's loop. A process made by fork has none of its
 * parent's threads: it makes a team of its own.
 */
#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/context.h"
#include "base/float_environment.h"
#include "base/memory.h"
#include "base/team.h"

/* Who runs as this slot now, for loops inside tasks. A line each: threads write them at the same
 * moment. */
struct slot {
    _Alignas(64) _Atomic uintptr_t thread;
};

struct gan__pool {
    /* The loop that runs; written by the caller before anybody joins. */
    gan__task task;
    void *argument;
    int64_t count, grain;
    bool running;
    _Alignas(64) _Atomic int64_t next;

    _Alignas(64) int32_t slot_count;
    bool hosted;
    pid_t process; /* that made the team */
    struct gan__team
        *team; /* NULL with one slot, with the host's loop, or refused in a forked child */
    struct slot slots[];
};

static void
run_pieces(void *argument, int32_t slot)
{
    struct gan__pool *const pool = argument;
    atomic_store_explicit(&pool->slots[slot].thread, (uintptr_t)pthread_self(),
                          memory_order_relaxed);
    const int64_t pieces = (pool->count - 1) / pool->grain + 1;
    for (;;) {
        const int64_t piece = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (piece >= pieces) {
            break;
        }
        const int64_t begin = piece * pool->grain;
        const int64_t left = pool->count - begin;
        pool->task(pool->argument, begin, begin + (left < pool->grain ? left : pool->grain), slot);
    }
    atomic_store_explicit(&pool->slots[slot].thread, 0, memory_order_relaxed);
}

/* The host's threads come with a floating-point environment of their own. */
static void
hosted_task(void *argument, int64_t index)
{
    const uint32_t before = gan__float_environment_set();
    run_pieces(argument, (int32_t)index);
    gan__float_environment_restore(before);
}

static void
run_inline(int64_t count, int64_t grain, gan__task task, void *argument, int32_t slot)
{
    for (int64_t begin = 0; begin < count;) {
        const int64_t end = count - begin < grain ? count : begin + grain;
        task(argument, begin, end, slot);
        begin = end;
    }
}

/* The slot that this thread runs as, inside a loop. */
static int32_t
current_slot(const struct gan__pool *pool)
{
    const uintptr_t self = (uintptr_t)pthread_self();
    for (int32_t slot = 0; slot < pool->slot_count; slot++) {
        if (atomic_load_explicit(&pool->slots[slot].thread, memory_order_relaxed) == self) {
            return slot;
        }
    }
    return 0;
}

/* After a fork the parent's team is memory without threads: not even its locks may be touched. */
static void
adopt_process(gan_context *ctx, struct gan__pool *pool)
{
    const pid_t process = getpid();
    if (process == pool->process) {
        return;
    }
    const gan_status before = ctx->error_status;
    gan__free(ctx, pool->team);
    if (gan__team_create(ctx, &pool->team, pool->slot_count - 1, run_pieces, pool) != GAN_OK &&
        before == GAN_OK) {
        gan__recover(ctx); /* the loop runs without helpers, and the next one asks again */
    }
    pool->process = pool->team != NULL ? process : 0;
}

void
gan__parallel_for(gan_context *ctx, int64_t count, int64_t grain, gan__task task, void *argument)
{
    struct gan__pool *const pool = ctx->pool;
    if (count <= 0) {
        return;
    }
    grain = grain < 1 ? 1 : grain;
    if (pool == NULL) {
        run_inline(count, grain, task, argument, 0);
        return;
    }
    if (pool->running) {
        run_inline(count, grain, task, argument, current_slot(pool));
        return;
    }
    pool->task = task;
    pool->argument = argument;
    pool->count = count;
    pool->grain = grain;
    pool->running = true;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    const int64_t pieces = (count - 1) / grain + 1;
    if (pool->slot_count == 1 || pieces == 1) {
        run_pieces(pool, 0);
    } else if (pool->hosted) {
        gan__float_environment_restore(ctx->caller_fp);
        ctx->host.parallel_for(ctx->host.user, pool->slot_count, hosted_task, pool);
        (void)gan__float_environment_set();
    } else {
        adopt_process(ctx, pool);
        if (pool->team != NULL) {
            gan__team_run(pool->team, pieces - 1);
        } else {
            run_pieces(pool, 0);
        }
    }
    pool->running = false;
}

int32_t
gan__pool_slots(gan_context *ctx)
{
    return ctx->pool == NULL ? 1 : ctx->pool->slot_count;
}

gan_status
gan__pool_create(gan_context *ctx, int64_t threads)
{
    if (threads == 0) {
        threads = gan__cpus_allowed();
        threads = threads < GAN__THREADS_MAX ? threads : GAN__THREADS_MAX;
    }
    if (threads < 0 || threads > GAN__THREADS_MAX) {
        return gan__fail(ctx, GAN_E_ARG, "threads is %lld, but must be between 0 and %d",
                         (long long)threads, GAN__THREADS_MAX);
    }
    struct gan__pool *pool =
        gan__alloc_zero(ctx, sizeof *pool + (size_t)threads * sizeof(struct slot));
    if (pool == NULL) {
        return GAN_E_NOMEM;
    }
    pool->slot_count = (int32_t)threads;
    pool->hosted = ctx->host.parallel_for != NULL;
    pool->process = getpid();
    if (threads > 1 && !pool->hosted) {
        const gan_status st =
            gan__team_create(ctx, &pool->team, pool->slot_count - 1, run_pieces, pool);
        if (st != GAN_OK) {
            gan__free(ctx, pool);
            return st;
        }
    }
    ctx->pool = pool;
    return GAN_OK;
}

void
gan__pool_destroy(gan_context *ctx)
{
    struct gan__pool *const pool = ctx->pool;
    if (pool == NULL) {
        return;
    }
    ctx->pool = NULL;
    if (pool->team != NULL && pool->process == getpid()) {
        gan__team_destroy(ctx, pool->team);
    } else {
        gan__free(ctx, pool->team);
    }
    gan__free(ctx, pool);
}
