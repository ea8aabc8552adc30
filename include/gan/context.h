/*
 * The context: memory, threads, the seed and the error sentence that all objects made from it
 * share.
 */
#ifndef GAN_CONTEXT_H
#define GAN_CONTEXT_H

#include <gan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A libgan inside the caller's process; as many as wanted, each independent of the others. */
typedef struct gan_context gan_context;

/** Levels of the host's log callback. */
enum { GAN_LOG_DEBUG = 0, GAN_LOG_INFO = 1, GAN_LOG_WARNING = 2 };

/**
 * What the host program provides in place of libgan's own; each callback may be NULL. Copied by
 * gan_context_create(). Callbacks must not call libgan, throw or longjmp.
 */
typedef struct gan_host {
    /**
     * sizeof(gan_host); a smaller struct of an older header gets defaults, a larger one must have a
     * zero tail.
     */
    size_t struct_size;
    /** Handed back as the first argument of each callback. */
    void *user;
    /**
     * Return `bytes` bytes at a multiple of `alignment` (a power of two), or NULL. Called from any
     * thread. Set both of allocate and release or none.
     */
    void *(*allocate)(void *user, size_t bytes, size_t alignment);
    /** Take back what allocate returned, with the same sizes. Called from any thread. */
    void (*release)(void *user, void *pointer, size_t bytes, size_t alignment);
    /**
     * Take a line of log (UTF-8, no newline); without it nothing is logged. Called on the thread
     * that called libgan.
     */
    void (*log)(void *user, int32_t level, const char *message);
    /**
     * Run task(argument, index) once for each index from 0 to count - 1, in any order, on any
     * threads, and return when all are done. No two running at the same time may have the same
     * index (it is the slot of scratch memory). count is the context's option `threads`. With it
     * the context starts no thread of its own.
     */
    void (*parallel_for)(void *user, int64_t count, void (*task)(void *argument, int64_t index),
                         void *argument);
} gan_host;

/**
 * Make a context.
 *
 * Options: `threads` (0 = the CPUs this process may use: affinity mask and cgroup quota; 1 starts
 * no thread), `seed` (an unsigned 64-bit number from which everything random is drawn, default 0),
 * `isa` (`auto`, `avx512`, `avx2`, `portable`: results are the same bits on each), `memory_limit`
 * (bytes, 0 = none; suffixes KiB, MiB, GiB).
 *
 * @param out      The new context; give it up with gan_context_destroy(). Set also when the call
 *                 fails, so that gan_context_error() can say why: such a context is good for
 *                 gan_context_error() and gan_context_destroy() only. NULL only if there is no
 *                 memory for it.
 * @param options  "key=value ..." or NULL.
 * @param host     The host's callbacks, or NULL. Copied.
 * @retval GAN_OK             *out is ready.
 * @retval GAN_E_ARG          A bad option, or a host with a non-zero unknown tail or only one of
 *                            allocate and release.
 * @retval GAN_E_NOMEM        No memory; *out may be NULL.
 * @retval GAN_E_RESOURCE     The system refused a thread.
 * @retval GAN_E_UNSUPPORTED  This CPU has no FMA, or not the `isa` asked for.
 * @par Threads  Any.
 */
GAN_API GAN_NODISCARD gan_status gan_context_create(gan_context **out, const char *options,
                                                    const gan_host *host);

/** Add a reference. @par Threads  Any thread, at any time. */
GAN_API void gan_context_retain(gan_context *context);

/**
 * Give up a reference. Objects made from the context keep it alive until they are given up too;
 * then its threads end and all its memory is released, before this or the last object's destroy
 * returns.
 * @par Threads  Any thread, at any time.
 */
GAN_API void gan_context_destroy(gan_context *context);

/**
 * The sentence for the last call in this context that failed, or "" if the last call succeeded.
 *
 * Valid until the context's next call; never NULL (for a NULL context it says so). The sentence is
 * that of the thread that is inside the context; another thread meanwhile reads that it is.
 */
GAN_API const char *gan_context_error(gan_context *context);

/**
 * Describe the context for people and bug reports: version, instruction set, kernels in use,
 * threads, seed, memory.
 *
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  context is NULL, or buffer is NULL and size is not 0.
 */
GAN_API GAN_NODISCARD gan_status gan_context_describe(gan_context *context, char *buffer,
                                                      size_t size, size_t *needed);

/**
 * Read one of the context's numbers by name: `threads`, `seed`, `memory_limit`, `memory_used`
 * (bytes that libgan's allocator holds now, reserve included), `memory_peak`, `system_allocations`
 * (calls of the allocator so far).
 *
 * @retval GAN_OK     *value is set.
 * @retval GAN_E_ARG  A NULL pointer, or an unknown name (the sentence lists the right ones).
 */
GAN_API GAN_NODISCARD gan_status gan_context_get(gan_context *context, uint64_t *value,
                                                 const char *name);

/**
 * List the kinds that can be made by name, with each option's type, bounds, default and meaning,
 * one a line.
 *
 * @param category  "layer", "loss", "penalty", "optimizer", "dataset", "metric"; "preset" for
 *                  networks that are ready to name, "recipe" for trainers'; or "context", "trainer",
 *                  "judge" (gan_judge_create()), "augment" (gan_augment()), "augmented"
 *                  (gan_dataset_create_augmented()), "stacked" (gan_dataset_create_stacked()), "run"
 *                  (gan_run_open()), "evaluation" and "alarms" (monitor.h), "profile"
 *                  (gan_profile_start()) for the options of those.
 * @param buffer,size,needed  As everywhere (gan.h).
 * @retval GAN_OK     Written.
 * @retval GAN_E_ARG  A NULL pointer, or an unknown category (the sentence lists the right ones).
 */
GAN_API GAN_NODISCARD gan_status gan_kinds(gan_context *context, const char *category, char *buffer,
                                           size_t size, size_t *needed);

#ifdef __cplusplus
}
#endif

#endif
