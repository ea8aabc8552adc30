/* Random interpolates, one e a sample (Gulrajani et al. 2017, algorithm 1). */
#include "losses/interpolate.h"

#include "base/context.h"
#include "base/memory.h"

gan_status
gan__interpolate(gan_penalty *penalty, gan_tensor **out, gan_tensor *real, gan_tensor *generated,
                 struct gan__random random)
{
    gan_context *ctx = penalty->object.ctx;
    const int64_t samples = real->shape.size[0];
    const int64_t size = real->count / samples;
    const float *r = gan__data(real), *f = gan__data(generated);
    gan_tensor *points = NULL;
    float *mix, *y;
    gan_status st = GAN_OK;

    mix = gan__alloc_array(ctx, samples, sizeof *mix);
    if (mix == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(gan__tensor_create(ctx, &points, &real->shape));
    gan__random_uniform(random, 0, samples, mix);
    y = gan__data(points);
    for (int64_t i = 0; i < samples; i++) {
        const float e = mix[i], rest = 1 - e;
        for (int64_t k = i * size; k < (i + 1) * size; k++) {
            y[k] = e * r[k] + rest * f[k];
        }
    }
    *out = points;

fail:
    gan__free(ctx, mix);
    return st;
}
