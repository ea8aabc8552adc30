/*
 * The way to D: pictures are augmented (Zhao et al. 2020), get instance noise (Soenderby et al.
 * 2017), and are packed (Lin et al. 2018), in this order. All of it is made of ops, so that G learns
 * through it.
 */
#include <string.h>

#include "base/random.h"
#include "kernels/kernels.h"
#include "trainer/work.h"

/* [N, ..., channels] to [N / pac, ..., pac * channels]: sample after sample. */
gan_status
gan__pack(gan_context *ctx, gan_tensor **out, gan_tensor *x, int64_t pac)
{
    static const int32_t order[] = {0, 2, 1, 3};
    const int32_t rank = x->shape.rank;
    const int64_t packed = x->shape.size[0] / pac, channels = x->shape.size[rank - 1];
    struct gan__shape shape = x->shape;
    int64_t places = 1;
    gan_tensor *apart = NULL, *beside = NULL;
    gan_status st = GAN_OK;

    *out = NULL;
    if (pac == 1) {
        gan_tensor_retain(x);
        *out = x;
        return GAN_OK;
    }
    for (int32_t i = 1; i < rank - 1; i++) {
        places *= x->shape.size[i];
    }
    shape.size[0] = packed;
    shape.size[rank - 1] = pac * channels;
    GAN__TRY(gan_reshape(ctx, &apart, x, (const int64_t[4]){packed, pac, places, channels}, 4));
    GAN__TRY(gan_permute(ctx, &beside, apart, order));
    GAN__TRY(gan_reshape(ctx, out, beside, shape.size, rank));

fail:
    gan_tensor_destroy(apart);
    gan_tensor_destroy(beside);
    return st;
}

/* *x becomes what was made of it. */
static void
replace(gan_tensor **x, gan_tensor *made)
{
    gan_tensor_destroy(*x);
    *x = made;
}

static gan_status
augment(struct gan__work *work, gan_tensor **x)
{
    const gan_trainer *trainer = work->trainer;
    gan_tensor *made = NULL;
    gan_status st;

    if (trainer->options.augment == NULL) {
        return GAN_OK;
    }
    st = gan__augmentation_apply(work->ctx, &made, *x, &trainer->augmentation,
                                 gan__random_make(work->ctx->seed, GAN__PURPOSE_AUGMENT,
                                                  (uint64_t)trainer->counters.forwards,
                                                  gan__hash("trainer")));
    if (st == GAN_OK) {
        replace(x, made);
    }
    return st;
}

static gan_status
add_noise(struct gan__work *work, gan_tensor **x)
{
    const gan_trainer *trainer = work->trainer;
    const int64_t step = trainer->counters.steps;
    const struct gan__schedule *schedule = &trainer->options.instance_noise;
    const double deviation = gan__schedule_at(schedule, step);
    gan_tensor *noise = NULL, *made = NULL;
    gan_status st;

    /* A schedule that begins at 0 draws noise in the first step nevertheless: the room for it is
     * made then, for good. */
    if (deviation == 0 && (step > 0 || gan__schedule_maximum(schedule) == 0)) {
        return GAN_OK;
    }
    GAN__TRY(gan__tensor_create(work->ctx, &noise, &(*x)->shape));
    gan__fill_normal(work->ctx, gan__data(noise), noise->count,
                     gan__random_make(work->ctx->seed, GAN__PURPOSE_INSTANCE_NOISE,
                                      (uint64_t)trainer->counters.forwards, 0),
                     0);
    gan__unary(work->ctx, GAN__UNARY_affine, gan__data(noise), gan__data(noise), noise->count,
               (float)deviation, 0);
    GAN__TRY(gan_add(work->ctx, &made, *x, noise));
    replace(x, made);

fail:
    gan_tensor_destroy(noise);
    return st;
}

gan_status
gan__enter_discriminator(struct gan__work *work, gan_tensor **entered, gan_tensor *samples)
{
    gan_tensor *x = samples;
    gan_status st = GAN_OK;

    gan_tensor_retain(x);
    GAN__TRY(augment(work, &x));
    GAN__TRY(add_noise(work, &x));
    GAN__TRY(gan__pack(work->ctx, entered, x, work->trainer->options.pac));

fail:
    gan_tensor_destroy(x);
    return st;
}

gan_status
gan__discriminate(struct gan__work *work, gan_tensor **logits, gan_tensor *entered,
                  bool update_statistics, gan_tensor **features)
{
    struct gan__side *side = &work->trainer->discriminator;
    const struct gan__pass pass = {.update_statistics = update_statistics,
                                   .capture = features == NULL ? NULL : work->trainer->matched,
                                   .captured = features};

    for (int32_t i = 0; i < side->input_count; i++) {
        const struct gan__input *input = gan__layer_input(side->network, i);
        side->feeds[i].name = input->name;
        side->feeds[i].tensor = input->source == GAN__SOURCE_LABELS ? side->labels : entered;
    }
    return gan__run_side(work, side, logits, pass);
}
