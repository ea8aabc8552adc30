/* Making a context: the host's struct, the options, the kernels, the threads. */
#include <gan/context.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/pool.h"
#include "context/document.h"
#include "kernels/kernels.h"

struct context_options {
    int64_t threads;
    uint64_t seed, memory_limit;
    int32_t isa;
};

static const struct gan__option context_options[] = {
    {.name = "threads",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct context_options, threads),
     .minimum = 0,
     .maximum = GAN__THREADS_MAX,
     .fallback = "0",
     .doc = "threads that compute; 0 is the CPUs that the process may use (affinity mask, cgroup "
            "quota)"},
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct context_options, seed),
     .fallback = "0",
     .doc = "what everything random is drawn from"},
    {.name = "isa",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct context_options, isa),
     .choices = "auto|avx512|avx2|portable",
     .fallback = "auto",
     .doc = "instruction set of the kernels; the results are the same bits on each"},
    {.name = "memory_limit",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct context_options, memory_limit),
     .fallback = "0",
     .doc = "bytes that may be held, 0 for no limit"},
    GAN__OPTION_END};

/* The words of `choices` above, in order. */
static const char *const isa_names[] = {"auto", "avx512", "avx2", "portable"};

void
gan__context_document(struct gan__text *out)
{
    gan__options_document(out, context_options);
}

enum { HOST_ERROR_SIZE = 160 };

/* Copy the host's struct, of this size or another header's; error: what is wrong with it, or "". */
static void
read_host(gan_host *out, const gan_host *host, char error[HOST_ERROR_SIZE])
{
    *out = (gan_host){.struct_size = sizeof *out};
    error[0] = '\0';
    if (host == NULL) {
        return;
    }
    size_t size;
    memcpy(&size, host, sizeof size);
    if (size < sizeof size) {
        (void)snprintf(error, HOST_ERROR_SIZE,
                       "host: struct_size is %zu, set it to sizeof(gan_host), %zu", size,
                       sizeof *out);
        return;
    }
    const unsigned char *const bytes = (const unsigned char *)host;
    for (size_t i = sizeof *out; i < size; i++) {
        if (bytes[i] != 0) {
            (void)snprintf(error, HOST_ERROR_SIZE,
                           "host: struct_size is %zu and what this libgan does not know (beyond "
                           "%zu bytes) is not zero",
                           size, sizeof *out);
            return;
        }
    }
    memcpy(out, host, size < sizeof *out ? size : sizeof *out);
    out->struct_size = sizeof *out;
    if ((out->allocate == NULL) != (out->release == NULL)) {
        (void)snprintf(error, HOST_ERROR_SIZE,
                       "host: %s is NULL; set both of allocate and release or none",
                       out->allocate == NULL ? "allocate" : "release");
        out->allocate = NULL;
        out->release = NULL;
    }
}

static gan_status
choose_kernels(gan_context *ctx, int32_t isa)
{
    ctx->kernels = gan__kernels_find(isa_names[isa]);
    if (ctx->kernels != NULL) {
        return GAN_OK;
    }
    if (gan__kernels_find("auto") == NULL) {
        return gan__fail(ctx, GAN_E_UNSUPPORTED,
                         "this CPU has no FMA instructions, which libgan needs");
    }
    return gan__fail(ctx, GAN_E_UNSUPPORTED,
                     "isa is %s, which this CPU does not have; the best here is %s", isa_names[isa],
                     gan__kernels_name(gan__kernels_find("auto")));
}

static gan_status
open_context(gan_context *ctx, const char *text, const char *host_error)
{
    static const struct gan__option_origin origin = {.kind = "context"};
    struct context_options options;
    gan_status st;
    if (host_error[0] != '\0') {
        return gan__fail(ctx, GAN_E_ARG, "%s", host_error);
    }
    GAN__TRY(gan__options_parse(ctx, context_options, &options, NULL, NULL, text,
                                text == NULL ? 0 : strlen(text), &origin));
    gan__memory_set_limit(ctx, options.memory_limit);
    ctx->seed = options.seed;
    GAN__TRY(choose_kernels(ctx, options.isa));
    GAN__TRY(gan__pool_create(ctx, options.threads));
    GAN__TRY(gan__blis_warm_up(ctx));
    gan__log(ctx, GAN_LOG_INFO, "context: %s kernels, %d threads", gan__kernels_name(ctx->kernels),
             (int)gan__pool_slots(ctx));
    return GAN_OK;

fail:
    gan__pool_destroy(ctx);
    gan__memory_trim(ctx);
    return st;
}

gan_status
gan_context_create(gan_context **out, const char *options, const gan_host *host)
{
    struct gan__call call;
    gan_host own;
    char host_error[HOST_ERROR_SIZE];
    if (out == NULL) {
        return GAN_E_ARG;
    }
    *out = NULL;
    read_host(&own, host, host_error);
    gan_context *ctx = gan__context_alloc(&own);
    if (ctx == NULL) {
        return GAN_E_NOMEM;
    }
    ctx->ready = true;
    gan_status st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st == GAN_OK) {
        st = open_context(ctx, options, host_error);
        ctx->ready = st == GAN_OK;
        st = gan__leave(&call, st);
    }
    *out = ctx;
    return st;
}

void
gan_context_retain(gan_context *context)
{
    if (context != NULL) {
        atomic_fetch_add_explicit(&context->handles, 1, memory_order_relaxed);
    }
}

void
gan_context_destroy(gan_context *context)
{
    if (context != NULL) {
        gan__context_unref(context);
    }
}

const char *
gan_context_error(gan_context *context)
{
    if (context == NULL) {
        return "context is NULL";
    }
    const uintptr_t owner = atomic_load_explicit(&context->owner, memory_order_relaxed);
    if (owner != 0 && owner != (uintptr_t)pthread_self()) {
        return "another thread is inside the context; one at a time"; /* it may be writing its own */
    }
    return context->error;
}
