/*
 * The order of a shuffled training run: a permutation an epoch, drawn from (seed, epoch), cut into
 * batches.
 */
#include "data/dataset.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/profile.h"
#include "base/random.h"

enum { BATCHES_AHEAD = 3 };

static gan_status
make_room(gan_dataset *dataset, int32_t place)
{
    if (dataset->permutation[place] == NULL) {
        dataset->permutation[place] =
            gan__alloc_array(dataset->object.ctx, dataset->count, sizeof(int64_t));
        dataset->permutation_epoch[place] = -1;
    }
    return dataset->permutation[place] == NULL ? GAN_E_NOMEM : GAN_OK;
}

/* The epoch's permutation: at the first place, or, if that is still needed, at the second. */
static gan_status
permute(gan_dataset *dataset, int64_t epoch, bool ahead, const int64_t **permutation)
{
    int64_t **places = dataset->permutation, *epochs = dataset->permutation_epoch;
    int32_t place = ahead && (places[0] == NULL || epochs[0] != epoch) ? 1 : 0;

    if (place == 0 && places[1] != NULL && epochs[1] == epoch) { /* what was ahead is here */
        int64_t *first = places[0];
        places[0] = places[1];
        places[1] = first;
        epochs[1] = epochs[0];
        epochs[0] = epoch;
    }
    const gan_status st = make_room(dataset, place);
    if (st != GAN_OK) {
        return st;
    }
    if (epochs[place] != epoch) {
        const struct gan__random random =
            gan__random_make(dataset->object.ctx->seed, GAN__PURPOSE_SHUFFLE, (uint64_t)epoch, 0);
        gan__random_permutation(random, dataset->count, places[place]);
        epochs[place] = epoch;
    }
    *permutation = places[place];
    return GAN_OK;
}

static gan_status
check_batch(const gan_dataset *dataset, int64_t batch, int64_t n)
{
    gan_context *ctx = dataset->object.ctx;

    if (batch < 1 || batch > dataset->count) {
        return gan__fail(ctx, GAN_E_ARG, "batch is %lld, must be 1 to the %lld samples there are",
                         (long long)batch, (long long)dataset->count);
    }
    if (n < 0) {
        return gan__fail(ctx, GAN_E_ARG, "n is %lld, batches are numbered from 0", (long long)n);
    }
    return GAN_OK;
}

/* The n-th batch, checked; ahead: one that comes after the one that is read. */
static gan_status
batch_indices(gan_dataset *dataset, int64_t *indices, int64_t batch, int64_t n, bool ahead)
{
    const int64_t batches = dataset->count / batch;
    const int64_t *permutation = NULL;
    const gan_status st = permute(dataset, n / batches, ahead, &permutation);
    if (st == GAN_OK) {
        memcpy(indices, permutation + n % batches * batch, (size_t)batch * sizeof(int64_t));
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
    gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = indices == NULL ? gan__null(dataset->object.ctx, "indices")
                         : check_batch(dataset, batch, n);
    if (st == GAN_OK) {
        st = batch_indices(dataset, indices, batch, n, false);
    }
    return gan__leave(&call, st);
}

/* Say which samples the batches after the n-th will hold. */
static gan_status
expect_next(gan_dataset *dataset, int64_t batch, int64_t n)
{
    gan_context *ctx = dataset->object.ctx;
    gan_status st = GAN_OK;

    if (dataset->class->expect == NULL || n > INT64_MAX - BATCHES_AHEAD) {
        return GAN_OK;
    }
    int64_t *indices = gan__alloc_array(ctx, batch * BATCHES_AHEAD, sizeof(int64_t));
    if (indices == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(make_room(dataset, 1)); /* now, rather than in the middle of a training */
    for (int64_t i = 0; i < BATCHES_AHEAD; i++) {
        GAN__TRY(batch_indices(dataset, indices + i * batch, batch, n + 1 + i, true));
    }
    dataset->class->expect(dataset, indices, batch * BATCHES_AHEAD);

fail:
    gan__free(ctx, indices);
    return st;
}

static gan_status
read_batch(gan_dataset *dataset, float *samples, int32_t *labels, int64_t *indices, int64_t batch,
           int64_t n)
{
    gan_context *ctx = dataset->object.ctx;
    int64_t *own = NULL;
    gan_status st = check_batch(dataset, batch, n);

    if (st != GAN_OK) {
        return st;
    }
    if (indices == NULL) {
        own = gan__alloc_array(ctx, batch, sizeof(int64_t));
        if (own == NULL) {
            return GAN_E_NOMEM;
        }
        indices = own;
    }
    GAN__TRY(batch_indices(dataset, indices, batch, n, false));
    GAN__TRY(gan__dataset_read_samples(dataset, samples, labels, indices, batch,
                                       n / (dataset->count / batch)));
    st = expect_next(dataset, batch, n);

fail:
    gan__free(ctx, own);
    return st;
}

gan_status
gan_dataset_read_batch(gan_dataset *dataset, float *samples, int32_t *labels, int64_t *indices,
                       int64_t batch, int64_t n)
{
    struct gan__call call;
    if (dataset == NULL) {
        return GAN_E_ARG;
    }
    const gan_status st = gan__enter(&call, dataset->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__span span;
    gan__span_begin(&span, call.ctx, GAN__PHASE_DATA, "read_batch");
    const gan_status read = read_batch(dataset, samples, labels, indices, batch, n);
    if (read == GAN_OK) {
        gan__profile_work(call.ctx, 0,
                          (double)batch * (double)dataset->sample_count * sizeof(float));
    }
    gan__span_end(&span);
    return gan__leave(&call, read);
}
