/*
 * DiffAugment (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training"):
 * the options; the arithmetic is kernels/augment.c's.
 */
#include "data/augment.h"

#include <stddef.h>
#include <string.h>

#include "autograd/autograd.h"
#include "base/context.h"
#include "base/options.h"
#include "kernels/kernels.h"

struct options {
    char *policy;
    double translation, cutout, fill;
};

static const struct gan__option options_table[] = {
    {.name = "policy",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct options, policy),
     .fallback = "color,translation,cutout",
     .doc = "the steps: color, translation, cutout, joined by commas"},
    {.name = "translation",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct options, translation),
     .maximum = 1.0,
     .fallback = "0.125",
     .doc = "the largest shift, as a share of the side"},
    {.name = "cutout",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct options, cutout),
     .maximum = 1.0,
     .fallback = "0.5",
     .doc = "the side of the covered square, as a share of the picture's"},
    {.name = "fill",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct options, fill),
     .minimum = -1e6,
     .maximum = 1e6,
     .fallback = "0",
     .doc = "what comes in at the borders and stands in the square"},
    GAN__OPTION_END};

enum { COLOR, TRANSLATION, CUTOUT, STEPS };
static const char *const steps[STEPS] = {"color", "translation", "cutout"};

/* The steps that a text names, each at most once. */
static gan_status
parse_policy(gan_context *ctx, const char *policy, bool found[STEPS])
{
    const char *word = policy;

    for (;;) {
        const size_t length = strcspn(word, ",");
        int32_t i = 0;
        while (i < STEPS && (strlen(steps[i]) != length || memcmp(steps[i], word, length) != 0)) {
            i++;
        }
        if (i == STEPS) {
            const char *near = gan__nearest(word, length, steps, STEPS);
            return gan__fail(ctx, GAN_E_ARG,
                             "augment: policy is \"%.100s\": \"%.*s\" is no step%s%s%s: there are "
                             "color, translation and cutout, joined by commas",
                             policy, (int)(length < 64 ? length : 64), word,
                             near == NULL ? "" : " (did you mean \"", near == NULL ? "" : near,
                             near == NULL ? "" : "\"?)");
        }
        if (found[i]) {
            return gan__fail(ctx, GAN_E_ARG,
                             "augment: policy is \"%.100s\": %s is there twice, must be at most "
                             "once",
                             policy, steps[i]);
        }
        found[i] = true;
        word += length;
        if (*word == '\0') {
            return GAN_OK;
        }
        word++;
    }
}

gan_status
gan__augmentation_parse(gan_context *ctx, struct gan__augmentation *augmentation, const char *text)
{
    const struct gan__option_origin origin = {.kind = "augment"};
    struct options options;
    bool found[STEPS] = {false};
    gan_status st = gan__options_parse(ctx, options_table, &options, NULL, NULL, text,
                                       text == NULL ? 0 : strlen(text), &origin);
    if (st != GAN_OK) {
        return st;
    }
    st = parse_policy(ctx, options.policy, found);
    if (st == GAN_OK) {
        *augmentation = (struct gan__augmentation){
            .color = found[COLOR],
            .translation = found[TRANSLATION] ? options.translation : -1.0,
            .cutout = found[CUTOUT] ? options.cutout : -1.0,
            .fill = options.fill};
    }
    gan__options_free(ctx, options_table, &options);
    return st;
}

gan_status
gan__augmentation_apply(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                        const struct gan__augmentation *augmentation, struct gan__random random)
{
    struct gan__augment what = {
        .random = random, .color = augmentation->color, .fill = (float)augmentation->fill};

    /* The op refuses what is not a tensor of pictures. */
    for (int32_t i = 0; i < 2 && x != NULL && x->shape.rank == 4; i++) {
        const double side = (double)x->shape.size[1 + i];
        if (augmentation->translation >= 0.0) {
            what.shift[i] = (int64_t)(side * augmentation->translation + 0.5);
        }
        if (augmentation->cutout >= 0.0) {
            what.square[i] = (int64_t)(side * augmentation->cutout + 0.5);
        }
    }
    return gan__augment(ctx, out, x, &what);
}

void
gan__augmentation_document(struct gan__text *out)
{
    gan__options_document(out, options_table);
}

gan_status
gan_augment(gan_context *context, gan_tensor **out, gan_tensor *pictures, const char *options,
            uint64_t stream)
{
    struct gan__augmentation augmentation;
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    GAN__TRY(gan__augmentation_parse(context, &augmentation, options));
    GAN__TRY(
        gan__augmentation_apply(context, out, pictures, &augmentation,
                                gan__random_make(context->seed, GAN__PURPOSE_AUGMENT, stream, 0)));
fail:
    return gan__leave(&call, st);
}
