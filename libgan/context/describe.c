/* Reading a context: for people, and its numbers by name. */
#include <gan/context.h>
#include <gan/version.h>

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/pool.h"
#include "base/text.h"
#include "kernels/kernels.h"

gan_status
gan_context_describe(gan_context *context, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__memory_counts counts;
    struct gan__text text;
    const gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    gan__memory_read(context, &counts);
    gan__text_init(&text, context);
    gan__text_add(&text, "libgan %s\n", gan_version());
    gan__text_add(&text, "kernels: %s\n", gan__kernels_name(context->kernels));
    gan__text_add(&text, "matrix products: %s\n", gan__blis_describe());
    gan__text_add(&text, "threads: %d (%s)\n", (int)gan__pool_slots(context),
                  context->host.parallel_for != NULL ? "the host's" : "its own");
    gan__text_add(&text, "seed: %llu\n", (unsigned long long)context->seed);
    gan__text_add(&text, "memory: %llu bytes held, %llu at most so far, from %s; ",
                  (unsigned long long)counts.used, (unsigned long long)counts.peak,
                  context->host.allocate != NULL ? "the host" : "the system");
    if (counts.limit == 0) {
        gan__text_add(&text, "no limit\n");
    } else {
        gan__text_add(&text, "limit %llu\n", (unsigned long long)counts.limit);
    }
    return gan__leave(&call, gan__text_give(&text, buffer, size, needed));
}

struct number {
    const char *name;
    uint64_t value;
};

static gan_status
find_number(gan_context *ctx, uint64_t *value, const struct number *numbers, size_t count,
            const char *name)
{
    const char *names[8];
    for (size_t i = 0; i < count; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *value = numbers[i].value;
            return GAN_OK;
        }
        names[i] = numbers[i].name;
    }
    static const char all[] =
        "threads, seed, memory_limit, memory_used, memory_peak, system_allocations";
    const char *const near = gan__nearest(name, strlen(name), names, count);
    if (near == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "a context has no number \"%.40s\" (numbers: %s)", name,
                         all);
    }
    return gan__fail(ctx, GAN_E_ARG,
                     "a context has no number \"%.40s\"; did you mean \"%s\"? (numbers: %s)", name,
                     near, all);
}

gan_status
gan_context_get(gan_context *context, uint64_t *value, const char *name)
{
    struct gan__call call;
    struct gan__memory_counts counts;
    if (value != NULL) {
        *value = 0;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    if (value == NULL || name == NULL) {
        return gan__leave(&call, gan__null(context, value == NULL ? "value" : "name"));
    }
    gan__memory_read(context, &counts);
    const struct number numbers[] = {{"threads", (uint64_t)gan__pool_slots(context)},
                                     {"seed", context->seed},
                                     {"memory_limit", counts.limit},
                                     {"memory_used", counts.used},
                                     {"memory_peak", counts.peak},
                                     {"system_allocations", counts.system_allocations}};
    st = find_number(context, value, numbers, sizeof numbers / sizeof numbers[0], name);
    return gan__leave(&call, st);
}
