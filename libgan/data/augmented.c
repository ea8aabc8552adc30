/*
 * Another dataset's pictures, flipped and cropped at random as training needs them. What is drawn
 * for a picture depends on its number and the epoch, never on what was read before.
 */
#include "data/augmented.h"

#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "data/wrapped.h"

struct augmented {
    struct gan__wrapped wrapped;
    bool flip;
    int64_t crop_padding;
    double fill;
    uint64_t depth; /* how many of this kind are inside: each has draws of its own */
};

static const struct gan__option augmented_options[] = {
    {.name = "flip",
     .type = GAN__OPTION_BOOL,
     .offset = offsetof(struct augmented, flip),
     .fallback = "false",
     .doc = "mirrored left to right with probability 1/2"},
    {.name = "crop_padding",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct augmented, crop_padding),
     .minimum = 0,
     .maximum = 1 << 20,
     .fallback = "0",
     .doc = "pixels added on each side before a window of the old size is taken"},
    {.name = "fill",
     .type = GAN__OPTION_REAL,
     .offset = offsetof(struct augmented, fill),
     .minimum = -1e6,
     .maximum = 1e6,
     .fallback = "-1",
     .doc = "what stands in the added pixels"},
    GAN__OPTION_END};

/* 0 to count - 1; count is far below 2^32, so that the bias is, too. */
static int64_t
draw(uint32_t bits, int64_t count)
{
    return (int64_t)((uint64_t)bits * (uint64_t)count >> 32);
}

/* The picture moved by (down, right), then mirrored. */
static void
change(const struct augmented *self, float *to, int64_t down, int64_t right, bool mirror)
{
    const int64_t *size = self->wrapped.base.shape.size; /* height, width, channels */
    const int64_t channels = size[2];

    for (int64_t y = 0; y < size[0]; y++) {
        const int64_t from_y = y - down;
        for (int64_t x = 0; x < size[1]; x++) {
            const int64_t from_x = (mirror ? size[1] - 1 - x : x) - right;
            if (from_y >= 0 && from_y < size[0] && from_x >= 0 && from_x < size[1]) {
                const float *from = self->wrapped.plain + (from_y * size[1] + from_x) * channels;
                for (int64_t c = 0; c < channels; c++) {
                    to[c] = from[c];
                }
            } else {
                for (int64_t c = 0; c < channels; c++) {
                    to[c] = (float)self->fill;
                }
            }
            to += channels;
        }
    }
}

static gan_status
augmented_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    const struct augmented *self = (const struct augmented *)dataset;
    const gan_context *ctx = dataset->object.ctx;
    uint32_t bits[3];

    if (epoch < 0) {
        return self->wrapped.inner->class->read(self->wrapped.inner, index, epoch, sample, label);
    }
    const gan_status st = self->wrapped.inner->class->read(self->wrapped.inner, index, epoch,
                                                           self->wrapped.plain, label);
    if (st != GAN_OK) {
        return st;
    }
    const struct gan__random random =
        gan__random_make(ctx->seed, GAN__PURPOSE_DATASET, (uint64_t)epoch, (uint64_t)index);
    gan__random_bits(random, self->depth * 4, 3, bits);
    const int64_t places = 2 * self->crop_padding + 1;
    change(self, sample, draw(bits[1], places) - self->crop_padding,
           draw(bits[2], places) - self->crop_padding, self->flip && bits[0] >> 31 != 0);
    return GAN_OK;
}

static void
augmented_expect(gan_dataset *dataset, const int64_t *indices, int64_t count)
{
    gan_dataset *inner = ((struct gan__wrapped *)dataset)->inner;

    if (inner->class->expect != NULL) {
        inner->class->expect(inner, indices, count);
    }
}

static void
augmented_class_name(gan_dataset *dataset, int32_t index, struct gan__text *out)
{
    gan__dataset_add_class_name(((struct gan__wrapped *)dataset)->inner, index, out);
}

static const struct gan__dataset_class augmented_class = {.kind = "augmented",
                                                          .options = augmented_options,
                                                          .size = sizeof(struct augmented),
                                                          .read = augmented_read,
                                                          .close = gan__wrapped_close,
                                                          .expect = augmented_expect,
                                                          .class_name = augmented_class_name,
                                                          .numbers = gan__wrapped_numbers,
                                                          .text = gan__wrapped_text};

static gan_status
check(const struct augmented *self, gan_dataset *inner)
{
    gan_context *ctx = inner->object.ctx;
    const struct gan__shape *shape = &inner->shape;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (shape->rank != 3) {
        return gan__fail(
            ctx, GAN_E_SHAPE,
            "augmented: a sample's shape is %s, pictures are [height, width, channels]",
            gan__shape_text(text, shape));
    }
    const int64_t shorter = shape->size[0] < shape->size[1] ? shape->size[0] : shape->size[1];
    if (self->crop_padding > shorter) {
        return gan__fail(ctx, GAN_E_ARG,
                         "augmented: crop_padding is %lld, must be at most %lld, the shorter side",
                         (long long)self->crop_padding, (long long)shorter);
    }
    return GAN_OK;
}

static gan_status
create(gan_dataset *inner, gan_dataset **augmented, const char *options)
{
    const struct gan__option_origin origin = {.kind = "augmented"};
    gan_context *ctx = inner->object.ctx;
    gan_dataset *dataset = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__dataset_make(ctx, &dataset, &augmented_class));
    struct augmented *self = (struct augmented *)dataset;
    GAN__TRY(gan__options_parse(ctx, augmented_options, self, NULL, NULL, options,
                                options == NULL ? 0 : strlen(options), &origin));
    GAN__TRY(check(self, inner));
    dataset->count = inner->count;
    dataset->shape = inner->shape;
    dataset->sample_count = inner->sample_count;
    dataset->classes = inner->classes;
    if (inner->class == &augmented_class) {
        self->depth = ((const struct augmented *)inner)->depth + 1;
    }
    GAN__TRY(gan__wrapped_take(&self->wrapped, inner));
    *augmented = dataset;
    return GAN_OK;

fail:
    gan_dataset_destroy(dataset);
    return st;
}

gan_status
gan_dataset_create_augmented(gan_dataset *dataset, gan_dataset **augmented, const char *options)
{
    return gan__wrapped_create(dataset, augmented, options, create, "augmented");
}

void
gan__augmented_document(struct gan__text *out)
{
    gan__options_document(out, augmented_options);
}
