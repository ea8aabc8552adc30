/*
 * The mapping between a network's tensors and PyTorch's (docs/files.md).
 *
 * Pictures are NHWC here and NCHW there. That shows in convolutions' weights, and in the features of
 * a picture that `flatten` or `reshape` makes a row of: these are ordered (height, width, channels)
 * here and (channels, height, width) there, in each vector up to the dense layer whose inputs or
 * units they are.
 */
#include "io/pytorch_place.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"

static const struct {
    const char *kind;
    enum gan__role role;
} roles[] = {
    {"dense", GAN__ROLE_DENSE},
    {"conv2d", GAN__ROLE_CONVOLUTION},
    {"conv_transpose2d", GAN__ROLE_CONVOLUTION},
    {"batch_norm", GAN__ROLE_NORM},
    {"layer_norm", GAN__ROLE_NORM},
    {"instance_norm", GAN__ROLE_GROUPS},
    {"group_norm", GAN__ROLE_GROUPS},
    {"relu", GAN__ROLE_ELEMENTWISE},
    {"leaky_relu", GAN__ROLE_ELEMENTWISE},
    {"elu", GAN__ROLE_ELEMENTWISE},
    {"silu", GAN__ROLE_ELEMENTWISE},
    {"sigmoid", GAN__ROLE_ELEMENTWISE},
    {"tanh", GAN__ROLE_ELEMENTWISE},
    {"softplus", GAN__ROLE_ELEMENTWISE},
    {"dropout", GAN__ROLE_ELEMENTWISE},
    {"pixel_norm", GAN__ROLE_ELEMENTWISE},
};

static enum gan__role
find_role(const char *kind)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].kind, kind) == 0) {
            return roles[i].role;
        }
    }
    return GAN__ROLE_OPAQUE;
}

/* Lines one after the other, networks within networks opened. */
struct lines {
    gan_layer **layers;
    int32_t count;
};

const char *
gan__layout_word(int32_t kind)
{
    static const char *const words[] = {"libgan", "pytorch", "pytorch_dcgan"};

    return words[kind];
}

static gan_status
refuse(const struct gan__mapper *self, const struct gan__layer_view *view, const char *why)
{
    return gan__fail(self->mapping->ctx, GAN_E_ARG, "layout=%s: layer %s: %s",
                     gan__layout_word(self->layout->kind), view->location, why);
}

/* Whether the two orders of a picture's features differ. */
static bool
orders_differ(const struct gan__shape *shape)
{
    if (shape->rank < 2) {
        return false;
    }
    const int64_t channels = shape->size[shape->rank - 1];
    return channels > 1 && gan__shape_count(shape) > channels;
}

/* More than one pixel. */
static bool
has_pixels(const struct gan__shape *shape)
{
    return shape->rank == 3 && shape->size[0] * shape->size[1] > 1;
}

/* What PyTorch can't say of one line, apart from its place. */
static gan_status
check_layer(const struct gan__mapper *self, const struct gan__place *place, enum gan__role role)
{
    const struct gan__layer_view *view = &place->view;
    const struct gan__shape *flat = place->in.rank == 3 ? &place->in : &place->out;
    const struct gan__layer_tensor *own = &self->tensors[self->mapping->count];

    if (role == GAN__ROLE_OPAQUE && view->own_tensors > 0) {
        return refuse(self, view, "PyTorch has no layer with such parameters");
    }
    if ((role == GAN__ROLE_OPAQUE || role == GAN__ROLE_GROUPS) && orders_differ(&place->in)) {
        return refuse(self, view,
                      "it would see a picture's features in another order, without a dense layer "
                      "in between that could take it back");
    }
    if (self->layout->kind != GAN__LAYOUT_PYTORCH_DCGAN) {
        return GAN_OK;
    }
    if (role == GAN__ROLE_DENSE && place->in.rank == 3 && place->out.rank == 3) {
        return refuse(self, view, "no convolution makes a whole picture of a whole picture");
    }
    if (role == GAN__ROLE_DENSE && place->in.rank == 0 && has_pixels(&place->out)) {
        for (int64_t i = 0; i < view->own_tensors; i++) {
            if (strcmp(gan__last_segment(own[i].name), "weight") != 0) {
                return refuse(self, view,
                              "a convolution has one offset and one norm a channel, not one each "
                              "pixel; bias=false spectral_norm=false, or layout=pytorch");
            }
        }
    }
    if (role == GAN__ROLE_NORM && view->own_tensors > 0 && has_pixels(flat)) {
        return refuse(self, view,
                      "it has numbers for each pixel, where PyTorch's has them for a channel; put "
                      "it on the picture, or take layout=pytorch");
    }
    return GAN_OK;
}

/* The picture that the features after `line` become; rank 0: none that is known. */
static struct gan__shape
picture_ahead(const struct lines *lines, int32_t line)
{
    const struct gan__shape none = {0};

    for (int32_t i = line + 1; i < lines->count; i++) {
        const struct gan__layer_view view = gan__layer_view(lines->layers[i]);
        const enum gan__role role = find_role(view.kind);
        if (view.moves_only && view.output.rank == 3) {
            return view.output;
        }
        if (view.is_input || view.output.rank != 1 ||
            (!view.moves_only && role != GAN__ROLE_NORM && role != GAN__ROLE_ELEMENTWISE)) {
            return none;
        }
    }
    return none;
}

/* *flat before and after a reshape, a flatten, or an input. */
static gan_status
move(const struct gan__mapper *self, const struct gan__layer_view *view, struct gan__shape *flat)
{
    const struct gan__shape *in = &view->input, *out = &view->output;
    const struct gan__shape none = {0};

    if (view->is_input) {
        *flat = none;
        return GAN_OK;
    }
    if (gan__shape_equal(in, out)) {
        return GAN_OK;
    }
    if (in->rank == 3 && out->rank == 1) {
        *flat = *in;
        return GAN_OK;
    }
    const bool back = in->rank == 1 && gan__shape_equal(flat, out);
    if (!back && (orders_differ(in) || orders_differ(flat) || orders_differ(out))) {
        return refuse(self, view,
                      "PyTorch would put the numbers of the other order into other places; a "
                      "`reshape` to a picture comes after a dense layer");
    }
    *flat = none;
    return GAN_OK;
}

static gan_status map_lines(struct gan__mapper *self, gan_layer *layer, bool block);

static gan_status
map_blocks(struct gan__mapper *self, const struct gan__layer_view *view, gan_layer *layer,
           const struct gan__shape *flat)
{
    gan_status st = GAN_OK;

    if (self->layout->sequential != NULL) {
        return gan__fail(self->mapping->ctx, GAN_E_ARG,
                         "sequential=%s: layer %s has blocks, which an nn.Sequential has not",
                         self->layout->sequential, view->location);
    }
    if (orders_differ(flat)) {
        return refuse(self, view, "a flattened picture goes into its blocks");
    }
    for (int32_t i = 0; st == GAN_OK && i < view->children; i++) {
        st = map_lines(self, gan__layer_child(layer, i), true);
    }
    return st;
}

/* One line; *flat is how the features come in, and go out. */
static gan_status
map_line(struct gan__mapper *self, const struct lines *lines, int32_t line, struct gan__shape *flat)
{
    const bool libgan = self->layout->kind == GAN__LAYOUT_LIBGAN;
    struct gan__place place = {.layer = lines->layers[line], .in = *flat};
    gan_status st = GAN_OK;

    place.view = gan__layer_view(place.layer);
    if (place.view.holds == GAN__HOLDS_BLOCKS) {
        st = map_blocks(self, &place.view, place.layer, flat);
        flat->rank = 0;
        return st;
    }
    if (place.view.moves_only) {
        return libgan ? GAN_OK : move(self, &place.view, flat);
    }
    const enum gan__role role = find_role(place.view.kind);
    if (role == GAN__ROLE_DENSE) {
        place.out = picture_ahead(lines, line);
    } else if (role == GAN__ROLE_NORM || role == GAN__ROLE_ELEMENTWISE) {
        place.out = place.in;
    }
    if (!libgan) {
        GAN__TRY(check_layer(self, &place, role));
    }
    GAN__TRY(gan__map_layer(self, &place, libgan ? GAN__ROLE_OPAQUE : role));
    self->number++;
    *flat = libgan ? *flat : place.out;

fail:
    return st;
}

/* How many lines there are with the networks within opened; into `lines` if it is not NULL. */
static int32_t
open_lines(gan_layer *layer, struct lines *lines)
{
    const struct gan__layer_view view = gan__layer_view(layer);
    int32_t count = 0;

    if (view.holds != GAN__HOLDS_LINES) {
        if (lines != NULL) {
            lines->layers[lines->count++] = layer;
        }
        return 1;
    }
    for (int32_t i = 0; i < view.children; i++) {
        count += open_lines(gan__layer_child(layer, i), lines);
    }
    return count;
}

static gan_status
map_lines(struct gan__mapper *self, gan_layer *layer, bool block)
{
    gan_context *ctx = self->mapping->ctx;
    const struct gan__layer_view view = gan__layer_view(layer);
    struct gan__shape flat = {0};
    struct lines lines = {0};
    gan_status st = GAN_OK;

    lines.layers = gan__alloc_array(ctx, open_lines(layer, NULL), sizeof(gan_layer *));
    if (lines.layers == NULL) {
        return GAN_E_NOMEM;
    }
    (void)open_lines(layer, &lines);
    for (int32_t i = 0; st == GAN_OK && i < lines.count; i++) {
        st = map_line(self, &lines, i, &flat);
    }
    /* What leaves the whole network is the caller's; what leaves a block meets another's. */
    if (st == GAN_OK && block && orders_differ(&flat)) {
        st = refuse(self, &view, "a flattened picture leaves the block");
    }
    gan__free(ctx, lines.layers);
    return st;
}

/* ---- the mapping ---- */

static gan_status
check_sequential(gan_context *ctx, const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-.";

    if (name != NULL && name[strspn(name, allowed)] != '\0') {
        return gan__fail(ctx, GAN_E_ARG,
                         "sequential is \"%.80s\": the name of a module has letters, digits, _, - "
                         "and dots",
                         name);
    }
    return GAN_OK;
}

gan_status
gan__mapping_make(struct gan__mapping *mapping, gan_layer *layer, const struct gan__layout *layout)
{
    gan_context *ctx = ((struct gan__object *)layer)->ctx;
    struct gan__mapper self = {
        .mapping = mapping, .layout = layout, .tensors = gan__layer_tensors(layer)};
    gan_status st = GAN_OK;

    *mapping = (struct gan__mapping){.ctx = ctx};
    GAN__TRY(check_sequential(ctx, layout->sequential));
    mapping->tensors =
        gan__alloc_array(ctx, gan__layer_tensor_count(layer), sizeof *mapping->tensors);
    if (mapping->tensors == NULL) {
        return GAN_E_NOMEM;
    }
    st = map_lines(&self, layer, false);

fail:
    return st;
}

void
gan__mapping_free(struct gan__mapping *mapping)
{
    for (int64_t i = 0; i < mapping->count; i++) {
        gan__free(mapping->ctx, mapping->tensors[i].name);
        gan__free(mapping->ctx, mapping->tensors[i].other);
    }
    gan__free(mapping->ctx, mapping->tensors);
    *mapping = (struct gan__mapping){.ctx = mapping->ctx};
}
