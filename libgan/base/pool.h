/*
 * The context's threads and the one parallel loop.
 *
 * Tasks must give the same results whatever the number of threads: they take disjoint parts of the
 * output, cut by shape.
 */
#ifndef GAN__BASE_POOL_H
#define GAN__BASE_POOL_H

#include <gan/context.h>

#include <stdint.h>

/* Items [begin, end); slot is below gan__pool_slots and no two running tasks have the same: the
 * index of scratch memory. */
typedef void (*gan__task)(void *argument, int64_t begin, int64_t end, int32_t slot);

/* Run task over [0, count) in pieces of `grain` items (the last may be shorter), each piece taken
 * by the next free slot. Inline (slot 0) for one piece, one thread, or inside a task. Each worker
 * has the library's floating-point environment. Cannot fail: threads exist already, or (in a forked
 * child, where new ones are refused) the loop runs inline. */
void gan__parallel_for(gan_context *ctx, int64_t count, int64_t grain, gan__task task,
                       void *argument);

int32_t gan__pool_slots(gan_context *ctx);

/* For context/. threads 0: the affinity mask's CPUs capped by the cgroup quota. GAN_E_RESOURCE if a
 * thread is refused. */
gan_status gan__pool_create(gan_context *ctx, int64_t threads);
void gan__pool_destroy(gan_context *ctx);

enum { GAN__THREADS_MAX = 1024 };

/* CPUs in this process's affinity mask, and the same capped by its cgroup's quota; at least 1. */
int64_t gan__cpus_affinity(void);
int64_t gan__cpus_allowed(void);

#endif
