/*
 * The order of a shuffled training run: a permutation an epoch, drawn from (seed, epoch), cut into
 * batches.
 */
#include "data/dataset.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/random.h"

/* Have the epoch's permutation at hand. */
static gan_status
permute(gan_dataset *dataset, int64_t epoch)
{
    gan_context *ctx = dataset->object.ctx;

    if (dataset->permutation == NULL) {
        dataset->permutation = gan__alloc_array(ctx, dataset->count, sizeof(int64_t));
        if (dataset->permutation == NULL) {
            return GAN_E_NOMEM;
        }
        dataset->permutation_epoch = -1;
    }
    if (dataset->permutation_epoch != epoch) {
        const struct gan__random random =
            gan__random_make(ctx->seed, GAN__PURPOSE_SHUFFLE, (uint64_t)epoch, 0);
        gan__random_permutation(random, dataset->count, dataset->permutation);
        dataset->permutation_epoch = epoch;
    }
    return GAN_OK;
}

static gan_status
batch_indices(gan_dataset *dataset, int64_t *indices, int64_t batch, int64_t n)
{
    gan_context *ctx = dataset->object.ctx;

    if (indices == NULL) {
        return gan__null(ctx, "indices");
    }
    if (batch < 1 || batch > dataset->count) {
        return gan__fail(ctx, GAN_E_ARG, "batch is %lld, must be 1 to the %lld samples there are",
                         (long long)batch, (long long)dataset->count);
    }
    if (n < 0) {
        return gan__fail(ctx, GAN_E_ARG, "n is %lld, batches are numbered from 0", (long long)n);
    }
    const int64_t batches = dataset->count / batch;
    const gan_status st = permute(dataset, n / batches);
    if (st == GAN_OK) {
        memcpy(indices, dataset->permutation + n % batches * batch,
               (size_t)batch * sizeof(int64_t));
    }
    return st;
}

gan_status
gan_dataset_batch(gan_dataset *dataset, int64_t *indices, int64_t batch, int64_t n)
{
    struct gan__call call;
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    const gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, batch_indices(dataset, indices, batch, n));
}
