/*
 * Batch-norm statistics of a network estimated anew, as an average of networks needs: the plain
 * mean over some batches of noise of the batch's mean and unbiased variance.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"

/* An estimate in progress. */
struct estimate {
    gan_context *ctx;
    gan_layer *network;
    int64_t batch;
    int32_t passes;
    const struct gan__feed *labels;
    uint64_t seed;
    struct gan__feed *feeds;
    bool *own; /* the feed's tensor is to be given up here */
    gan_layer **norms;
    int64_t norm_count;
    double *sums; /* for each norm its means, then its variances */
};

static gan_status
make_feed(struct estimate *e, int32_t index, int32_t pass)
{
    const struct gan__input *input = &e->network->inputs[index];
    struct gan__feed *feed = &e->feeds[index];
    int32_t *classes;
    gan_status st;

    feed->name = input->name;
    if (e->labels != NULL && strcmp(e->labels->name, input->name) == 0) {
        feed->tensor = e->labels->tensor;
        return GAN_OK;
    }
    e->own[index] = true;
    if (input->source == GAN__SOURCE_NOISE) {
        const struct gan__random random = gan__random_make(e->seed, GAN__PURPOSE_STATISTICS,
                                                           (uint64_t)pass, gan__hash(input->name));
        return gan__layer_noise(e->ctx, &feed->tensor, input, e->batch, 0, random);
    }
    if (input->source == GAN__SOURCE_DATA) {
        return gan__fail(e->ctx, GAN_E_STATE,
                         "input \"%s\" is fed by data; statistics are estimated on noise",
                         input->name);
    }
    classes = gan__alloc_array(e->ctx, e->batch, sizeof *classes);
    if (classes == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < e->batch; i++) {
        classes[i] = (int32_t)((pass * e->batch + i) % input->classes);
    }
    st = gan__layer_one_hot(e->ctx, &feed->tensor, classes, e->batch, input->classes);
    gan__free(e->ctx, classes);
    return st;
}

/* The first pass says which norms there are and how wide. */
static gan_status
make_sums(struct estimate *e, const struct gan__run *run)
{
    int64_t count = 0;

    e->norms = gan__alloc_array(e->ctx, run->statistic_count, sizeof(gan_layer *));
    if (e->norms == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < run->statistic_count; i++) {
        e->norms[i] = run->statistics[i].layer;
        count += 2 * run->statistics[i].mean->count;
    }
    e->norm_count = run->statistic_count;
    e->sums = gan__alloc_array(e->ctx, count, sizeof *e->sums);
    if (e->sums == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < count; i++) {
        e->sums[i] = 0;
    }
    return GAN_OK;
}

static void
add_statistics(struct estimate *e, const struct gan__run *run)
{
    double *sum = e->sums;

    for (int64_t i = 0; i < run->statistic_count; i++) {
        const struct gan__statistic *s = &run->statistics[i];
        const int64_t channels = s->mean->count;
        const double unbias = (double)s->rows / (double)(s->rows - 1);
        for (int64_t c = 0; c < channels; c++) {
            sum[c] += (double)gan__data(s->mean)[c] / e->passes;
            sum[channels + c] += (double)gan__data(s->variance)[c] * unbias / e->passes;
        }
        sum += 2 * channels;
    }
}

static gan_status
run_pass(struct estimate *e, int32_t number)
{
    const struct gan__pass pass = {.training = true,
                                   .dropout =
                                       gan__random_make(e->seed, GAN__PURPOSE_STATISTICS,
                                                        (uint64_t)number, gan__hash("dropout="))};
    struct gan__run run = {.ctx = e->ctx,
                           .pass = &pass,
                           .feeds = e->feeds,
                           .feed_count = e->network->input_count,
                           .collect = true};
    gan_tensor *out = NULL;
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < e->network->input_count; i++) {
        GAN__TRY(make_feed(e, i, number));
    }
    GAN__TRY(gan__run_root(e->network, &out, &run));
    if (number == 0) {
        GAN__TRY(make_sums(e, &run));
    }
    add_statistics(e, &run);

fail:
    gan_tensor_destroy(out);
    gan__run_free(&run);
    for (int32_t i = 0; i < e->network->input_count; i++) {
        if (e->own[i]) {
            gan_tensor_destroy(e->feeds[i].tensor);
        }
        e->feeds[i].tensor = NULL;
        e->own[i] = false;
    }
    return st;
}

static gan_status
run_passes(struct estimate *e)
{
    const int32_t inputs = e->network->input_count;
    const double *sum;
    gan_status st = GAN_OK;

    e->feeds = gan__alloc_array(e->ctx, inputs, sizeof *e->feeds);
    e->own = gan__alloc_array(e->ctx, inputs, sizeof *e->own);
    if (e->feeds == NULL || e->own == NULL) {
        return GAN_E_NOMEM;
    }
    memset(e->feeds, 0, (size_t)inputs * sizeof *e->feeds);
    memset(e->own, 0, (size_t)inputs * sizeof *e->own);
    for (int32_t i = 0; i < e->passes; i++) {
        GAN__TRY(run_pass(e, i));
    }
    sum = e->sums;
    for (int64_t i = 0; i < e->norm_count; i++) {
        const int64_t channels = e->norms[i]->output.size[e->norms[i]->output.rank - 1];
        gan__batch_norm_set(e->norms[i], sum, sum + channels);
        sum += 2 * channels;
    }

fail:
    return st;
}

gan_status
gan__layer_estimate_statistics(gan_layer *network, int64_t batch, int32_t passes,
                               const struct gan__feed *labels, uint64_t seed)
{
    struct estimate e = {.ctx = network->object.ctx,
                         .network = network,
                         .batch = batch,
                         .passes = passes,
                         .labels = labels,
                         .seed = seed};
    gan_status st, end;

    GAN__TRY(gan_no_grad_begin(e.ctx));
    st = run_passes(&e);
    end = gan_no_grad_end(e.ctx);
    st = st == GAN_OK ? end : st;
    gan__free(e.ctx, e.feeds);
    gan__free(e.ctx, e.own);
    gan__free(e.ctx, e.norms);
    gan__free(e.ctx, e.sums);

fail:
    return st;
}
