/*
 * Another dataset's grey pictures, three at a time as the channels of one: of ten digits come 1,000
 * classes, which a generator that drops modes can't hide (Metz et al., "Unrolled generative
 * adversarial networks", ICLR 2017: stacked MNIST).
 */
#include "data/stacked.h"

#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "data/wrapped.h"

enum { CHANNELS = 3, CLASSES_MOST = 1290 /* its cube is a number of classes */ };

struct stacked {
    struct gan__wrapped wrapped;
    int64_t wanted;
    uint64_t seed;
};

static const struct gan__option stacked_options[] = {
    {.name = "count",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct stacked, wanted),
     .minimum = 1,
     .maximum = 1e9,
     .fallback = "50000",
     .doc = "how many samples it has"},
    {.name = "seed",
     .type = GAN__OPTION_UINT,
     .offset = offsetof(struct stacked, seed),
     .fallback = "0",
     .doc = "of the drawing of what each is made of"},
    GAN__OPTION_END};

static gan_status
stacked_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    const struct stacked *self = (const struct stacked *)dataset;
    gan_dataset *inner = self->wrapped.inner;
    const struct gan__random random =
        gan__random_make(self->seed, GAN__PURPOSE_STACKED, (uint64_t)index, 0);
    int32_t class = 0;

    for (int64_t c = 0; c < CHANNELS; c++) {
        int32_t one = 0;
        const int64_t number = gan__random_below(random, (uint64_t)c, inner->count);
        const gan_status st = inner->class->read(inner, number, epoch, self->wrapped.plain,
                                                 label == NULL ? NULL : &one);
        if (st != GAN_OK) {
            return st;
        }
        for (int64_t i = 0; i < inner->sample_count; i++) {
            sample[i * CHANNELS + c] = self->wrapped.plain[i];
        }
        class = class * inner->classes + one;
    }
    if (label != NULL) {
        *label = class;
    }
    return GAN_OK;
}

static const struct gan__dataset_class stacked_class = {.kind = "stacked",
                                                        .options = stacked_options,
                                                        .size = sizeof(struct stacked),
                                                        .read = stacked_read,
                                                        .close = gan__wrapped_close,
                                                        .numbers = gan__wrapped_numbers,
                                                        .text = gan__wrapped_text};

static gan_status
check(gan_dataset *inner)
{
    gan_context *ctx = inner->object.ctx;
    const struct gan__shape *shape = &inner->shape;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (shape->rank != 3 || shape->size[2] != 1) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "stacked: a sample's shape is %s, wanted grey pictures, [height, width, "
                         "1]",
                         gan__shape_text(text, shape));
    }
    if (inner->classes > CLASSES_MOST) {
        return gan__fail(ctx, GAN_E_ARG, "stacked: the dataset has %d classes, wanted at most %d",
                         inner->classes, CLASSES_MOST);
    }
    return GAN_OK;
}

static gan_status
create(gan_dataset *inner, gan_dataset **stacked, const char *options)
{
    const struct gan__option_origin origin = {.kind = "stacked"};
    gan_context *ctx = inner->object.ctx;
    const int64_t shape[] = {inner->shape.size[0], inner->shape.size[1], CHANNELS};
    gan_dataset *dataset = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(check(inner));
    GAN__TRY(gan__dataset_make(ctx, &dataset, &stacked_class));
    struct stacked *self = (struct stacked *)dataset;
    GAN__TRY(gan__options_parse(ctx, stacked_options, self, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    GAN__TRY(gan__dataset_set_shape(dataset, self->wanted, shape, 3));
    dataset->classes = inner->classes * inner->classes * inner->classes;
    GAN__TRY(gan__wrapped_take(&self->wrapped, inner));
    *stacked = dataset;
    return GAN_OK;

fail:
    gan_dataset_destroy(dataset);
    return st;
}

gan_status
gan_dataset_create_stacked(gan_dataset *dataset, gan_dataset **stacked, const char *options)
{
    return gan__wrapped_create(dataset, stacked, options, create, "stacked");
}

void
gan__stacked_document(struct gan__text *out)
{
    gan__options_document(out, stacked_options);
}
