/* The context's core: entering and leaving public calls, callbacks, the error sentence, the log,
 * the last teardown. */
#include "base/context.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/float_environment.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/profile.h"
#include "base/text.h"

static void
forget(gan_context *ctx)
{
    ctx->error_status = GAN_OK;
    ctx->error[0] = '\0';
}

gan_status
gan__enter(struct gan__call *call, gan_context *ctx, uint32_t group)
{
    if (ctx == NULL) {
        return GAN_E_ARG;
    }
    const uintptr_t self = (uintptr_t)pthread_self();
    *call = (struct gan__call){.ctx = ctx};
    if (atomic_load_explicit(&ctx->owner, memory_order_relaxed) != self) {
        uintptr_t none = 0;
        if (!atomic_compare_exchange_strong_explicit(&ctx->owner, &none, self, memory_order_acquire,
                                                     memory_order_relaxed)) {
            return GAN_E_STATE; /* the sentence belongs to the thread that is inside */
        }
        if (!ctx->ready) { /* the sentence of the failed create stays */
            atomic_store_explicit(&ctx->owner, 0, memory_order_release);
            return GAN_E_STATE;
        }
        /* A callback may give up the caller's last handle: the call keeps the context for
         * itself. */
        atomic_fetch_add_explicit(&ctx->handles, 1, memory_order_relaxed);
        call->owner = true;
    }
    call->outer = ctx->depth == 0;
    if (call->outer) {
        if (ctx->allowed != 0) {
            forget(ctx);
        }
        if ((ctx->allowed & group) == 0) {
            return gan__fail(ctx, GAN_E_STATE,
                             "this call is not allowed from the callback that made it; the "
                             "comment on that callback's type lists what it may call");
        }
        call->caller_fp = ctx->caller_fp;
        ctx->caller_fp = gan__float_environment_set();
    }
    ctx->depth++;
    gan__object_collect(ctx);
    return GAN_OK;
}

gan_status
gan__leave(struct gan__call *call, gan_status st)
{
    gan_context *const ctx = call->ctx;
    ctx->depth--;
    if (!call->outer) {
        return st;
    }
    if (st == GAN_OK) {
        forget(ctx);
    } else if (ctx->error_status == GAN_OK) {
        (void)gan__fail(ctx, st, "%s", gan_status_name(st));
    }
    gan__float_environment_restore(ctx->caller_fp);
    ctx->caller_fp = call->caller_fp;
    if (call->owner) {
        atomic_store_explicit(&ctx->owner, 0, memory_order_release);
        gan__context_unref(ctx);
    }
    return st;
}

void
gan__callout_begin(struct gan__callout *callout, gan_context *ctx, uint32_t groups)
{
    callout->ctx = ctx;
    callout->depth = ctx->depth;
    callout->allowed = ctx->allowed;
    callout->failed = ctx->error_status != GAN_OK;
    ctx->depth = 0;
    ctx->allowed = callout->failed ? 0 : groups;
    gan__float_environment_restore(ctx->caller_fp);
}

gan_status
gan__callout_end(struct gan__callout *callout, gan_status st, const char *what)
{
    gan_context *const ctx = callout->ctx;
    (void)gan__float_environment_set();
    ctx->depth = callout->depth;
    ctx->allowed = callout->allowed;
    if (st == GAN_OK) {
        if (!callout->failed) {
            forget(ctx); /* of calls that the callback made and got over */
        }
        return GAN_OK;
    }
    if (st > GAN_OK || st < GAN_E_INTERNAL) {
        return gan__fail(ctx, GAN_E_CANCELLED, "%s returned %d, which is no status", what, (int)st);
    }
    return gan__fail(ctx, st, "%s returned %s", what, gan_status_name(st));
}

gan_status
gan__fail(gan_context *ctx, gan_status status, const char *format, ...)
{
    if (ctx->error_status != GAN_OK) {
        return status;
    }
    ctx->error_status = status;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(ctx->error, sizeof ctx->error, format, arguments);
    va_end(arguments);
    if (length < 0) {
        ctx->error[0] = '\0';
    } else if ((size_t)length >= sizeof ctx->error) {
        ctx->error[gan__utf8_cut(ctx->error, sizeof ctx->error - 1)] = '\0';
    }
    gan__utf8_mend(ctx->error);
    return status;
}

void
gan__fail_prefix(gan_context *ctx, const char *format, ...)
{
    if (ctx->error_status == GAN_OK) {
        return;
    }
    char prefix[GAN__ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    const int written = vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    if (written < 0) {
        return;
    }
    /* A long prefix must leave room for the sentence. */
    const size_t room = sizeof prefix / 2;
    const size_t length = (size_t)written < room ? (size_t)written : gan__utf8_cut(prefix, room);
    prefix[length] = '\0';

    char sentence[GAN__ERROR_SIZE];
    memcpy(sentence, ctx->error, sizeof sentence);
    (void)snprintf(ctx->error, length + 3, "%s: ", prefix);
    const size_t left = sizeof ctx->error - 1 - (length + 2);
    size_t rest = strlen(sentence);
    rest = rest > left ? gan__utf8_cut(sentence, left) : rest;
    memcpy(ctx->error + length + 2, sentence, rest);
    ctx->error[length + 2 + rest] = '\0';
}

void
gan__recover(gan_context *ctx)
{
    forget(ctx);
}

gan_status
gan__null(gan_context *ctx, const char *argument)
{
    return gan__fail(ctx, GAN_E_ARG, "%s is NULL", argument);
}

void
gan__log(gan_context *ctx, int32_t level, const char *format, ...)
{
    if (ctx->host.log == NULL) {
        return;
    }
    char line[GAN__ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return;
    }
    if ((size_t)length >= sizeof line) {
        line[gan__utf8_cut(line, sizeof line - 1)] = '\0';
    }
    gan__utf8_mend(line);
    gan__float_environment_restore(ctx->caller_fp);
    ctx->host.log(ctx->host.user, level, line);
    (void)gan__float_environment_set();
}

gan_context *
gan__context_alloc(const gan_host *host)
{
    gan_context *ctx = gan__system_allocate(host, sizeof *ctx);
    if (ctx == NULL) {
        return NULL;
    }
    memset(ctx, 0, sizeof *ctx);
    atomic_init(&ctx->handles, 1);
    atomic_init(&ctx->dead, NULL);
    atomic_init(&ctx->owner, 0);
    ctx->allowed = GAN__GROUP_ALL;
    ctx->caller_fp = gan__float_environment_set();
    gan__float_environment_restore(ctx->caller_fp);
    if (host != NULL) {
        ctx->host = *host;
    }
    if (!gan__memory_create(ctx)) {
        gan__system_release(host, ctx, sizeof *ctx);
        return NULL;
    }
    return ctx;
}

void
gan__context_free(gan_context *ctx)
{
    gan__profile_free(ctx);
    gan__pool_destroy(ctx);
    gan__memory_destroy(ctx);
    const gan_host host = ctx->host;
    gan__system_release(&host, ctx, sizeof *ctx);
}

void
gan__context_unref(gan_context *ctx)
{
    if (atomic_fetch_sub_explicit(&ctx->handles, 1, memory_order_acq_rel) != 1) {
        return;
    }
    /* Nobody else is left: what is finalized now may be freed at once, as inside a call. */
    atomic_store_explicit(&ctx->owner, (uintptr_t)pthread_self(), memory_order_relaxed);
    ctx->collecting = false;
    gan__object_release(ctx->kinds);
    gan__object_release(ctx->loss_kinds);
    gan__object_release(ctx->cycles);
    gan__object_collect(ctx);
    gan__context_free(ctx);
}
