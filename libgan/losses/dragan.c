/*
 * dragan: lambda E (|g| - target)^2 at points x + a * 0.5 * std(x) * u around real samples x.
 * (Kodali et al., "On convergence and stability of GANs", 2017)
 *
 * As in the authors' code: u ~ U(0, 1) for each element, a ~ U(0, 1) for each sample, and std is one
 * number, the population deviation of all elements of the batch. The paper has normal noise.
 */
#include "losses/gradient_penalty.h"

#include <math.h>

#include "kernels/kernels.h"

struct dragan {
    gan_penalty base;
    struct gan__gradient_penalty_options options;
};

static const struct gan__option dragan_options[] = {
    GAN__GRADIENT_PENALTY_OPTIONS(struct dragan),
    GAN__OPTION_END,
};

static double
deviation(const float *values, int64_t count)
{
    double mean = 0, sum = 0;

    for (int64_t i = 0; i < count; i++) {
        mean += (double)values[i];
    }
    mean /= (double)count;
    for (int64_t i = 0; i < count; i++) {
        const double distance = (double)values[i] - mean;
        sum += distance * distance;
    }
    return sqrt(sum / (double)count);
}

static gan_status
dragan_points(gan_penalty *penalty, gan_tensor **out, gan_tensor *real, gan_tensor *generated,
              struct gan__random random)
{
    gan_context *ctx = penalty->object.ctx;
    const int64_t samples = real->shape.size[0];
    const int64_t size = real->count / samples;
    const double half = 0.5 * deviation(gan__data(real), real->count);
    const float *x = gan__data(real);
    gan_tensor *points = NULL;
    float *y;
    gan_status st;

    (void)generated;
    st = gan__tensor_create(ctx, &points, &real->shape);
    if (st != GAN_OK) {
        return st;
    }
    y = gan__data(points);
    gan__fill_uniform(ctx, y, points->count, gan__random_derive(random, 1), 0);
    for (int64_t i = 0; i < samples; i++) {
        float a, scale;
        gan__random_uniform(random, (uint64_t)i, 1, &a);
        scale = (float)((double)a * half);
        for (int64_t k = i * size; k < (i + 1) * size; k++) {
            y[k] = x[k] + scale * y[k];
        }
    }
    *out = points;
    return GAN_OK;
}

static gan_status
dragan_value(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares, int64_t step)
{
    return gan__gradient_penalty_value(penalty->object.ctx, out, squares,
                                       &((const struct dragan *)penalty)->options, step);
}

const struct gan__penalty_class gan__penalty_dragan = {
    .head = {.kind = "dragan",
             .doc = "lambda E (|g| - target)^2 on real samples x moved by a * 0.5 * std(x) * u "
                    "(Kodali et al. 2017)",
             .options = dragan_options,
             .size = sizeof(struct dragan)},
    .where = GAN__PENALTY_OWN,
    .points = dragan_points,
    .value = dragan_value,
};
