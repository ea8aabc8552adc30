/*
 * concat: the outputs of its blocks joined along the last axis (channels, features); an empty block
 * is the identity.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"

enum { BLOCKS_MAX = 64 };

static const struct gan__option concat_options[] = {
    GAN__OPTION_END,
};

/* The sum of the last sizes; all others must agree. */
static gan_status
join_shapes(gan_context *ctx, struct gan__shape *sum, const struct gan__shape *next, int32_t index)
{
    char first_text[GAN__SHAPE_TEXT_SIZE], next_text[GAN__SHAPE_TEXT_SIZE];
    const int32_t last = sum->rank - 1;
    bool equal = sum->rank == next->rank;

    for (int32_t i = 0; equal && i < last; i++) {
        equal = sum->size[i] == next->size[i];
    }
    if (!equal) {
        return gan__fail(ctx, GAN_E_SHAPE,
                         "block %d gives %s, those before it %s; all sizes but the last must agree",
                         (int)index, gan__shape_text(next_text, next),
                         gan__shape_text(first_text, sum));
    }
    sum->size[last] += next->size[last];
    return GAN_OK;
}

static gan_status
concat_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
             struct gan__building *building)
{
    struct gan__shape sum, next;
    gan_status st = GAN_OK;

    memset(&sum, 0, sizeof sum);
    for (int32_t i = 0; i < layer->child_count; i++) {
        const bool takes = gan__layer_takes_incoming(layer->children[i]);
        GAN__TRY(gan__layer_build_child(layer, i, takes ? in : NULL, &next, building));
        if (i == 0) {
            sum = next;
        } else {
            GAN__TRY(join_shapes(building->ctx, &sum, &next, i));
        }
    }
    *out = sum;

fail:
    return st;
}

static gan_status
concat_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    gan_tensor *parts[BLOCKS_MAX] = {NULL};
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < layer->child_count; i++) {
        GAN__TRY(gan__layer_call(layer->children[i], &parts[i], x, run));
    }
    st = gan_concat(run->ctx, out, parts, layer->child_count, layer->output.rank);

fail:
    for (int32_t i = 0; i < layer->child_count; i++) {
        gan_tensor_destroy(parts[i]);
    }
    return st;
}

const struct gan__layer_class gan__layer_class_concat = {
    .kind = "concat",
    .doc = "the outputs of its blocks { ... } { ... } joined along the last axis",
    .options = concat_options,
    .size = sizeof(gan_layer),
    .flags = GAN__LAYER_HOLDS_BLOCKS,
    .blocks_minimum = 2,
    .blocks_maximum = BLOCKS_MAX,
    .build = concat_build,
    .run = concat_run,
};
