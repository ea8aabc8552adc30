/*
 * residual: the sum of two paths, `residual { main path } { skip path }`; an empty one is the
 * identity. (He et al., "Deep residual learning", CVPR 2016)
 */
#include "layers/class.h"

#include "base/context.h"

static const struct gan__option residual_options[] = {
    GAN__OPTION_END,
};

static gan_status
residual_build(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
               struct gan__building *building)
{
    char main_text[GAN__SHAPE_TEXT_SIZE], skip_text[GAN__SHAPE_TEXT_SIZE];
    struct gan__shape shapes[2];
    gan_status st;

    for (int32_t i = 0; i < 2; i++) {
        const bool takes = gan__layer_takes_incoming(layer->children[i]);
        GAN__TRY(gan__layer_build_child(layer, i, takes ? in : NULL, &shapes[i], building));
    }
    if (!gan__shape_equal(&shapes[0], &shapes[1])) {
        return gan__fail(building->ctx, GAN_E_SHAPE,
                         "the main path gives %s, the skip path %s; they must agree to be added",
                         gan__shape_text(main_text, &shapes[0]),
                         gan__shape_text(skip_text, &shapes[1]));
    }
    *out = shapes[0];

fail:
    return st;
}

static gan_status
residual_run(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    gan_tensor *main_path = NULL, *skip_path = NULL;
    gan_status st;

    GAN__TRY(gan__layer_call(layer->children[0], &main_path, x, run));
    GAN__TRY(gan__layer_call(layer->children[1], &skip_path, x, run));
    st = gan_add(run->ctx, out, main_path, skip_path);

fail:
    gan_tensor_destroy(main_path);
    gan_tensor_destroy(skip_path);
    return st;
}

const struct gan__layer_class gan__layer_class_residual = {
    .kind = "residual",
    .doc = "the sum of two blocks, { main path } { skip path }; an empty one is the identity "
           "(He et al. 2016)",
    .options = residual_options,
    .size = sizeof(gan_layer),
    .flags = GAN__LAYER_HOLDS_BLOCKS,
    .blocks_minimum = 2,
    .blocks_maximum = 2,
    .build = residual_build,
    .run = residual_run,
};
