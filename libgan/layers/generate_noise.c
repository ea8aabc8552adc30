/*
 * The noise of gan_layer_generate(): truncated (Brock et al., "Large scale GAN training for high
 * fidelity natural image synthesis", ICLR 2019), and on the way from one point to the next (White,
 * "Sampling generative networks", 2016). Each number is a function of stream, sample and element.
 */
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "layers/class.h"

/* SLEEF's header declares them only where the compiler targets FMA; the context has seen that this
 * CPU has it. */
float Sleef_finz_expf1_u10purecfma(float x);
double Sleef_finz_acosd1_u10purecfma(double x);
double Sleef_finz_sind1_u10purecfma(double x);

/*
 * A number beyond the threshold t is drawn again by rejection: u uniform in [-t, t), taken with
 * probability exp(-u^2 / 2), which gives exactly the truncated normal distribution. One try in
 * 2 t / (sqrt(2 pi) erf(t / sqrt(2))) is taken: 0.86 of them for t = 1, 0.42 for 3. No number of
 * the stream is beyond 6.7, so the worst case is 0.19, for a number that is one of 10^11. That a
 * number is beyond t and 64 tries are refused has a probability below 10^-14 at every t.
 */
enum { TRIES = 64 };

/* Where sin of the angle is below, the two points lie on one line through 0: their arc is straight,
 * or there is none. */
#define ANGLE_SINE_MIN 1e-4

static float
redraw(struct gan__random random, uint64_t position, float threshold)
{
    float share, chance, value = 0;

    for (uint64_t try = 0; try < TRIES; try++) {
        gan__random_uniform(gan__random_derive(random, 2 * try + 1), position, 1, &share);
        gan__random_uniform(gan__random_derive(random, 2 * try + 2), position, 1, &chance);
        value = threshold * (2 * share - 1);
        if (chance < Sleef_finz_expf1_u10purecfma(-0.5F * (value * value))) {
            break;
        }
    }
    return value;
}

/* Noise of samples [first, first + batch), its normal numbers within the threshold. */
static gan_status
draw_points(gan_context *ctx, gan_tensor **out, const struct gan__input *input, int64_t batch,
            uint64_t first, struct gan__random random, double threshold)
{
    const int64_t each = gan__shape_count(&input->shape);
    const uint64_t room = ((uint64_t)each + 3) / 4 * 4; /* as gan__layer_noise() numbers them */
    const gan_status st = gan__layer_noise(ctx, out, input, batch, first, random);
    const float most = (float)threshold;

    if (st != GAN_OK || threshold == 0 || input->uniform) {
        return st;
    }
    for (int64_t i = 0; i < batch; i++) {
        float *sample = gan__data(*out) + i * each;
        const uint64_t position = (first + (uint64_t)i) * room;
        for (int64_t j = 0; j < each; j++) {
            if (fabsf(sample[j]) > most) {
                sample[j] = redraw(random, position + (uint64_t)j, most);
            }
        }
    }
    return GAN_OK;
}

/* How much of either point there is at a share of the way. */
static void
arc_weights(const float *from, const float *to, int64_t count, double share, double weights[2])
{
    double product = 0, from_square = 0, to_square = 0;

    weights[0] = 1 - share;
    weights[1] = share;
    for (int64_t i = 0; i < count; i++) {
        product += (double)from[i] * (double)to[i];
        from_square += (double)from[i] * (double)from[i];
        to_square += (double)to[i] * (double)to[i];
    }
    const double angle = Sleef_finz_acosd1_u10purecfma(product / sqrt(from_square * to_square));
    const double sine = Sleef_finz_sind1_u10purecfma(angle);
    /* A point of zeros, and a cosine that was rounded to above 1, have no angle: NaN. */
    if (sine > ANGLE_SINE_MIN) {
        weights[0] = Sleef_finz_sind1_u10purecfma((1 - share) * angle) / sine;
        weights[1] = Sleef_finz_sind1_u10purecfma(share * angle) / sine;
    }
}

/* Step `step` of `steps` from one point to the next, which lies behind it. */
static void
walk(float *out, const float *from, int64_t count, int64_t step, int64_t steps, bool linear)
{
    const double share = (double)step / (double)steps;
    double weights[2] = {1 - share, share};

    if (step == 0) {
        memcpy(out, from, (size_t)count * sizeof *out);
        return;
    }
    if (!linear) {
        arc_weights(from, from + count, count, share, weights);
    }
    for (int64_t i = 0; i < count; i++) {
        out[i] = (float)(weights[0] * (double)from[i] + weights[1] * (double)from[count + i]);
    }
}

gan_status
gan__layer_generate_noise(gan_context *ctx, gan_tensor **out, const struct gan__input *input,
                          int64_t batch, uint64_t first, struct gan__random random,
                          const struct gan__latent *latent)
{
    const uint64_t steps = latent->steps == 0 ? 1 : (uint64_t)latent->steps;
    const uint64_t point = first / steps, last = first + (uint64_t)batch - 1;
    const int64_t each = gan__shape_count(&input->shape);
    const bool linear = latent->linear || input->uniform;
    gan_tensor *points = NULL;
    gan_status st;

    *out = NULL;
    if (steps == 1) {
        return draw_points(ctx, out, input, batch, first, random, latent->truncation);
    }
    /* The last point, too, if the last sample is on the way to it. */
    const uint64_t points_end = last / steps + 1 + (last % steps != 0);
    GAN__TRY(draw_points(ctx, &points, input, (int64_t)(points_end - point), point, random,
                         latent->truncation));
    struct gan__shape shape = points->shape;
    shape.size[0] = batch;
    GAN__TRY(gan__tensor_create(ctx, out, &shape));
    for (int64_t i = 0; i < batch; i++) {
        const uint64_t sample = first + (uint64_t)i;
        walk(gan__data(*out) + i * each,
             gan__data(points) + (int64_t)(sample / steps - point) * each, each,
             (int64_t)(sample % steps), (int64_t)steps, linear);
    }

fail:
    gan_tensor_destroy(points);
    return st;
}
