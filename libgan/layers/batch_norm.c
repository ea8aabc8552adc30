/*
 * batch_norm: y = (x - mean) / sqrt(variance + epsilon) * weight + bias, a mean and a variance for
 * each channel (the last axis). (Ioffe, Szegedy, "Batch normalization", ICML 2015)
 *
 * In training the batch's own statistics (biased variance); afterwards the running ones,
 * running = (1 - momentum) * running + momentum * batch, with the unbiased variance, as PyTorch's.
 */
#include "layers/class.h"

#include "base/context.h"

enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VARIANCE };

struct batch_norm {
    gan_layer base;
    double epsilon, momentum;
    struct gan__initial initial;
};

static const struct gan__option batch_norm_options[] = {
    {.name = "epsilon",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct batch_norm, epsilon),
     .minimum = 0,
     .maximum = 1e6,
     .minimum_open = true,
     .fallback = "1e-5",
     .doc = "added to the variance"},
    {.name = "momentum",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct batch_norm, momentum),
     .minimum = 0,
     .maximum = 1,
     .fallback = "0.1",
     .doc = "share of the newest batch in the running statistics"},
    {.name = "init",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct batch_norm, initial.rule),
     .fallback = "auto",
     .choices = "auto|dcgan|ones",
     .doc = "initial weight; dcgan: normal around 1; auto: dcgan after a layer with it, else ones"},
    GAN__OPTION_END,
};

static gan_status
batch_norm_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                 struct gan__building *building)
{
    static const struct gan__values zeros = {.distribution = GAN__CONSTANT};
    static const struct gan__values ones = {.distribution = GAN__CONSTANT, .center = 1};
    static const struct gan__values around = {
        .distribution = GAN__NORMAL, .center = 1, .spread = 0.02};
    const struct batch_norm *self = (const struct batch_norm *)layer;
    const struct gan__shape shape = gan__shape_of(1, in->size[in->rank - 1], 0, 0, 0);
    const bool dcgan = self->initial.resolved == GAN__INITIAL_DCGAN;
    gan_status st;

    GAN__TRY(gan__layer_add_parameter(layer, building, "weight", &shape, dcgan ? &around : &ones,
                                      false));
    GAN__TRY(gan__layer_add_parameter(layer, building, "bias", &shape, &zeros, false));
    GAN__TRY(gan__layer_add_parameter(layer, building, "running_mean", &shape, &zeros, true));
    GAN__TRY(gan__layer_add_parameter(layer, building, "running_var", &shape, &ones, true));
    *out = *in;

fail:
    return st;
}

/* y = x * scale + shift with scale = weight / sqrt(running_var + epsilon), shift = bias -
 * running_mean * scale. */
static gan_status
run_fixed(gan_layer *layer, gan_tensor **out, gan_tensor *x, gan_context *ctx)
{
    const struct batch_norm *self = (const struct batch_norm *)layer;
    const struct gan__parameter *p = layer->parameters;
    gan_tensor *sum = NULL, *root = NULL, *scale = NULL, *moved = NULL, *shift = NULL;
    gan_tensor *scaled = NULL;
    gan_status st;

    GAN__TRY(gan_affine(ctx, &sum, p[RUNNING_VARIANCE].tensor, 1, self->epsilon));
    GAN__TRY(gan_sqrt(ctx, &root, sum));
    GAN__TRY(gan_div(ctx, &scale, p[WEIGHT].tensor, root));
    GAN__TRY(gan_mul(ctx, &moved, p[RUNNING_MEAN].tensor, scale));
    GAN__TRY(gan_sub(ctx, &shift, p[BIAS].tensor, moved));
    GAN__TRY(gan_mul(ctx, &scaled, x, scale));
    st = gan_add(ctx, out, scaled, shift);

fail:
    gan_tensor_destroy(sum);
    gan_tensor_destroy(root);
    gan_tensor_destroy(scale);
    gan_tensor_destroy(moved);
    gan_tensor_destroy(shift);
    gan_tensor_destroy(scaled);
    return st;
}

static gan_status
batch_norm_check_batch(gan_layer *layer, int64_t samples)
{
    const struct gan__shape *sample = &layer->output;
    const int64_t positions = gan__shape_count(sample) / sample->size[sample->rank - 1];
    struct gan__shape shape = {.rank = sample->rank + 1, .size = {samples}};
    char text[GAN__SHAPE_TEXT_SIZE];

    if (samples * positions >= 2) {
        return GAN_OK;
    }
    for (int32_t i = 0; i < sample->rank; i++) {
        shape.size[1 + i] = sample->size[i];
    }
    return gan__fail(layer->object.ctx, GAN_E_SHAPE,
                     "the batch is %s, training takes at least 2 values a channel",
                     gan__shape_text(text, &shape));
}

static gan_status
batch_norm_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    const struct batch_norm *self = (const struct batch_norm *)layer;
    const struct gan__parameter *p = layer->parameters;
    const int64_t channels = layer->output.size[layer->output.rank - 1];
    gan_tensor *mean = NULL, *variance = NULL, *y = NULL;
    gan_status st;

    if (!run->pass->training) {
        return run_fixed(layer, out, x, run->ctx);
    }
    GAN__TRY(batch_norm_check_batch(layer, x->shape.size[0]));
    GAN__TRY(gan_batch_norm(run->ctx, &y, run->collect ? &mean : NULL,
                            run->collect ? &variance : NULL, x, p[WEIGHT].tensor, p[BIAS].tensor,
                            self->epsilon));
    if (run->collect) {
        GAN__TRY(gan__run_add_statistic(run, layer, mean, variance, x->count / channels));
    }
    *out = y;
    return GAN_OK;

fail:
    gan_tensor_destroy(mean);
    gan_tensor_destroy(variance);
    gan_tensor_destroy(y);
    return st;
}

void
gan__batch_norm_move(const struct gan__statistic *statistic)
{
    const double momentum = ((const struct batch_norm *)statistic->layer)->momentum;
    gan_tensor *mean = statistic->layer->parameters[RUNNING_MEAN].tensor;
    gan_tensor *variance = statistic->layer->parameters[RUNNING_VARIANCE].tensor;
    const float *new_mean = gan__data(statistic->mean);
    const float *new_variance = gan__data(statistic->variance);
    const double unbias = (double)statistic->rows / (double)(statistic->rows - 1);

    for (int64_t i = 0; i < mean->count; i++) {
        float *m = gan__data(mean) + i, *v = gan__data(variance) + i;
        *m = (float)((1 - momentum) * (double)*m + momentum * (double)new_mean[i]);
        *v = (float)((1 - momentum) * (double)*v + momentum * (double)new_variance[i] * unbias);
    }
    gan__tensor_touch(mean);
    gan__tensor_touch(variance);
}

void
gan__batch_norm_set(gan_layer *layer, const double *mean, const double *variance)
{
    gan_tensor *to_mean = layer->parameters[RUNNING_MEAN].tensor;
    gan_tensor *to_variance = layer->parameters[RUNNING_VARIANCE].tensor;

    for (int64_t i = 0; i < to_mean->count; i++) {
        gan__data(to_mean)[i] = (float)mean[i];
        gan__data(to_variance)[i] = (float)variance[i];
    }
    gan__tensor_touch(to_mean);
    gan__tensor_touch(to_variance);
}

const struct gan__layer_class gan__layer_class_batch_norm = {
    .kind = "batch_norm",
    .doc = "normalise each channel (the last axis); weight, bias, running_mean, running_var "
           "(Ioffe, Szegedy 2015)",
    .options = batch_norm_options,
    .size = sizeof(struct batch_norm),
    .flags = GAN__LAYER_HAS_PARAMETERS | GAN__LAYER_NORMALISES | GAN__LAYER_MIXES_BATCH,
    .initial = offsetof(struct batch_norm, initial),
    .build = batch_norm_build,
    .run = batch_norm_run,
    .check_batch = batch_norm_check_batch,
};
