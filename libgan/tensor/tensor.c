/*
 * The tensor object: making one, sharing its storage, giving it up.
 */
#include "tensor/tensor.h"

#include <string.h>

#include "base/checked.h"
#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"

static void
storage_release(gan_context *ctx, struct gan__storage *storage)
{
    if (storage == NULL || --storage->references > 0) {
        return;
    }
    gan__free(ctx, storage->data);
    gan__free(ctx, storage);
}

/*
 * A gradient with a history holds the graph, and the graph may hold the tensor that keeps the
 * gradient. Inside a context it is for the user to cut that (gan_tensor_clear_gradient); at the
 * context's end this list does.
 */
struct cycles {
    struct gan__object object;
    gan_tensor *first;
};

static void
cycle_unlink(gan_tensor *tensor)
{
    if (tensor->cycle_link == NULL) {
        return;
    }
    *tensor->cycle_link = tensor->next_cycle;
    if (tensor->next_cycle != NULL) {
        tensor->next_cycle->cycle_link = tensor->cycle_link;
    }
    tensor->cycle_link = NULL;
    tensor->next_cycle = NULL;
}

static void
cycle_link(gan_tensor *tensor)
{
    struct cycles *cycles = (struct cycles *)tensor->object.ctx->cycles;
    tensor->next_cycle = cycles->first;
    tensor->cycle_link = &cycles->first;
    if (cycles->first != NULL) {
        cycles->first->cycle_link = &tensor->next_cycle;
    }
    cycles->first = tensor;
}

static void
cycles_finalize(struct gan__object *object)
{
    struct cycles *cycles = (struct cycles *)object;
    while (cycles->first != NULL) {
        gan__tensor_keep_gradient(cycles->first, NULL);
    }
}

static const struct gan__class cycles_class = {"cycles", cycles_finalize};

gan_status
gan__tensor_prepare_cycles(gan_context *ctx)
{
    if (ctx->cycles != NULL) {
        return GAN_OK;
    }
    struct cycles *cycles = gan__object_create(ctx, &cycles_class, sizeof(*cycles));
    if (cycles == NULL) {
        return GAN_E_NOMEM;
    }
    gan__object_adopt(&cycles->object);
    ctx->cycles = &cycles->object;
    return GAN_OK;
}

void
gan__tensor_keep_gradient(gan_tensor *tensor, gan_tensor *gradient)
{
    gan_tensor *old = tensor->gradient;
    cycle_unlink(tensor);
    tensor->gradient = gradient;
    if (gradient != NULL) {
        gan__object_adopt(&gradient->object);
        if (gradient->history != NULL) {
            cycle_link(tensor);
        }
    }
    gan__object_release((struct gan__object *)old);
}

static void
tensor_finalize(struct gan__object *object)
{
    gan_tensor *tensor = (gan_tensor *)object;
    gan__object_release(tensor->history);
    gan__tensor_keep_gradient(tensor, NULL);
    storage_release(object->ctx, tensor->storage);
}

static const struct gan__class tensor_class = {"tensor", tensor_finalize};

static gan_tensor *
tensor_alloc(gan_context *ctx, const struct gan__shape *shape, int64_t count)
{
    gan_tensor *tensor = gan__object_create(ctx, &tensor_class, sizeof(*tensor));
    if (tensor != NULL) {
        tensor->shape = *shape;
        tensor->count = count;
    }
    return tensor;
}

static struct gan__storage *
storage_create(gan_context *ctx, int64_t count)
{
    struct gan__storage *storage = gan__alloc(ctx, sizeof(*storage));
    if (storage == NULL) {
        return NULL;
    }
    *storage = (struct gan__storage){.references = 1};
    storage->data = gan__alloc_array(ctx, count, sizeof(float));
    if (storage->data == NULL) {
        gan__free(ctx, storage);
        return NULL;
    }
    return storage;
}

gan_status
gan__tensor_create(gan_context *ctx, gan_tensor **out, const struct gan__shape *shape)
{
    *out = NULL;
    const int64_t count = gan__shape_count(shape);
    if (count < 0) {
        char text[GAN__SHAPE_TEXT_SIZE];
        return gan__fail(ctx, GAN_E_SHAPE, "shape %s has more elements than the %lld that fit",
                         gan__shape_text(text, shape), (long long)GAN__COUNT_MAX);
    }
    gan_tensor *tensor = tensor_alloc(ctx, shape, count);
    if (tensor == NULL) {
        return GAN_E_NOMEM;
    }
    tensor->storage = storage_create(ctx, count);
    if (tensor->storage == NULL) {
        gan__object_destroy(&tensor->object);
        return GAN_E_NOMEM;
    }
    *out = tensor;
    return GAN_OK;
}

gan_status
gan__tensor_copy(gan_context *ctx, gan_tensor **out, gan_tensor *x)
{
    const gan_status st = gan__tensor_create(ctx, out, &x->shape);
    if (st == GAN_OK && x->count > 0) {
        memcpy(gan__data(*out), gan__data(x), (size_t)x->count * sizeof(float));
    }
    return st;
}

gan_status
gan__tensor_view(gan_context *ctx, gan_tensor **out, gan_tensor *x, const struct gan__shape *shape)
{
    *out = NULL;
    if (gan__shape_count(shape) != x->count) {
        char text[2][GAN__SHAPE_TEXT_SIZE];
        return gan__fail(ctx, GAN_E_INTERNAL, "a view of %s as %s",
                         gan__shape_text(text[0], &x->shape), gan__shape_text(text[1], shape));
    }
    gan_tensor *tensor = tensor_alloc(ctx, shape, x->count);
    if (tensor == NULL) {
        return GAN_E_NOMEM;
    }
    tensor->storage = x->storage;
    tensor->storage->references++;
    *out = tensor;
    return GAN_OK;
}

bool
gan__tensor_is_exclusive(const gan_tensor *tensor)
{
    return atomic_load(&tensor->object.references) == 1 && tensor->storage->references == 1;
}

gan_status
gan_tensor_create(gan_context *context, gan_tensor **out, const int64_t *shape, int32_t rank,
                  const float *data)
{
    if (out != NULL) {
        *out = NULL;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape checked;
    gan_tensor *tensor = NULL;
    GAN__TRY(out == NULL ? gan__null(context, "out") : GAN_OK);
    GAN__TRY(gan__shape_make(context, &checked, shape, rank));
    GAN__TRY(gan__tensor_create(context, &tensor, &checked));
    if (tensor->count > 0) {
        const size_t bytes = (size_t)tensor->count * sizeof(float);
        if (data != NULL) {
            memcpy(gan__data(tensor), data, bytes);
        } else {
            memset(gan__data(tensor), 0, bytes);
        }
    }
    *out = tensor;
fail:
    return gan__leave(&call, st);
}

gan_status
gan_tensor_create_random(gan_context *context, gan_tensor **out, const int64_t *shape, int32_t rank,
                         const char *distribution, uint64_t stream)
{
    if (out != NULL) {
        *out = NULL;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__shape checked;
    gan_tensor *tensor = NULL;
    bool normal = false;
    GAN__TRY(out == NULL ? gan__null(context, "out") : GAN_OK);
    GAN__TRY(distribution == NULL ? gan__null(context, "distribution") : GAN_OK);
    normal = strcmp(distribution, "normal") == 0;
    if (!normal && strcmp(distribution, "uniform") != 0) {
        GAN__TRY(gan__fail(context, GAN_E_ARG,
                           "distribution is \"%.64s\", must be \"normal\" or \"uniform\"",
                           distribution));
    }
    GAN__TRY(gan__shape_make(context, &checked, shape, rank));
    GAN__TRY(gan__tensor_create(context, &tensor, &checked));
    if (tensor->count > 0) {
        const struct gan__random random =
            gan__random_make(context->seed, GAN__PURPOSE_USER, stream, 0);
        (normal ? gan__fill_normal : gan__fill_uniform)(context, gan__data(tensor), tensor->count,
                                                        random, 0);
    }
    *out = tensor;
fail:
    return gan__leave(&call, st);
}

void
gan_tensor_retain(gan_tensor *tensor)
{
    gan__object_retain((struct gan__object *)tensor);
}

void
gan_tensor_destroy(gan_tensor *tensor)
{
    gan__object_destroy((struct gan__object *)tensor);
}
