/*
 * The moving average of a generator's parameters. Its half-life is counted in pictures, so that it
 * does not depend on the batch size, and grows with training at first, so that the first, worst
 * parameters are soon forgotten. (Karras et al., "Analyzing and improving the image quality of
 * StyleGAN", CVPR 2020: their code's ema_kimg and ema_rampup)
 */
#include <string.h>

#include "base/context.h"
#include "base/profile.h"
#include "kernels/kernels.h"
#include "optimizers/optimizer.h"

/* SLEEF's header declares it only where the compiler targets FMA; the context has seen that this
 * CPU has it. */
double Sleef_finz_exp2d1_u10purecfma(double x);

#define AVERAGE_RAMP 0.05

double
gan__average_decay(int64_t batch, double half_life, int64_t pictures)
{
    const double ramp = (double)pictures * AVERAGE_RAMP;
    const double effective = ramp < half_life ? ramp : half_life;

    if (!(effective > 0)) {
        return 0;
    }
    return Sleef_finz_exp2d1_u10purecfma(-(double)batch / effective);
}

static gan_status
average_check(gan_layer *average, gan_layer *network)
{
    gan_context *ctx = ((struct gan__object *)average)->ctx;
    const struct gan__layer_tensor *to = gan__layer_tensors(average);
    const struct gan__layer_tensor *from = gan__layer_tensors(network);
    const int64_t count = gan__layer_tensor_count(network);

    if (gan__layer_tensor_count(average) != count) {
        return gan__fail(ctx, GAN_E_ARG, "the average has %lld tensors, the network %lld",
                         (long long)gan__layer_tensor_count(average), (long long)count);
    }
    for (int64_t i = 0; i < count; i++) {
        char found[GAN__SHAPE_TEXT_SIZE], wanted[GAN__SHAPE_TEXT_SIZE];
        if (!gan__shape_equal(&to[i].tensor->shape, &from[i].tensor->shape)) {
            return gan__fail(ctx, GAN_E_SHAPE, "%s is %s in the average, %s in the network",
                             to[i].name, gan__shape_text(found, &to[i].tensor->shape),
                             gan__shape_text(wanted, &from[i].tensor->shape));
        }
    }
    return GAN_OK;
}

gan_status
gan__average_step(gan_layer *average, gan_layer *network, int64_t batch, double half_life,
                  int64_t pictures)
{
    gan_context *ctx = ((struct gan__object *)average)->ctx;
    const struct gan__layer_tensor *to = gan__layer_tensors(average);
    const struct gan__layer_tensor *from = gan__layer_tensors(network);
    const int64_t count = gan__layer_tensor_count(network);
    const double decay = gan__average_decay(batch, half_life, pictures);
    struct gan__span span;
    gan_status st = GAN_OK;

    gan__span_begin(&span, ctx, GAN__PHASE_OPTIMIZER, "average");
    GAN__TRY(average_check(average, network));
    for (int64_t i = 0; i < count; i++) {
        float *y = gan__data(to[i].tensor);
        const float *x = gan__data(from[i].tensor);

        if (to[i].buffer) {
            continue;
        }
        if (decay == 0) { /* y + 1 * (x - y) need not be x */
            memcpy(y, x, (size_t)to[i].tensor->count * sizeof *y);
        } else {
            gan__average_update(ctx, y, x, (float)(1 - decay), to[i].tensor->count);
        }
        gan__profile_work(ctx, 0, 3.0 * (double)to[i].tensor->count * sizeof(float));
        gan__tensor_touch(to[i].tensor);
    }
    gan__layer_moved(average);

fail:
    gan__span_end(&span);
    return st;
}
