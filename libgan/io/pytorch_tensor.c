/*
 * One tensor of the mapping: its name, shape and order in the file, and its numbers there and back.
 */
#include "io/pytorch_place.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* ---- one tensor ---- */

static void
set_view(struct gan__mapped *mapped, int32_t rank, const int64_t *sizes, const int32_t *order)
{
    mapped->identity = true;
    mapped->view.rank = rank;
    for (int32_t i = 0, last = -1; i < rank; i++) {
        mapped->view.size[i] = sizes[i];
        mapped->order[i] = order[i];
        if (sizes[order[i]] != 1) { /* axes of one element may stand anywhere */
            mapped->identity = mapped->identity && order[i] > last;
            last = order[i];
        }
    }
}

static void
set_shape(struct gan__mapped *mapped, int32_t rank, int64_t a, int64_t b, int64_t c, int64_t d)
{
    mapped->shape = (struct gan__shape){rank, {a, b, c, d}};
}

/* A vector over features, which may be a picture's. */
static void
map_features(struct gan__mapped *mapped, const struct gan__shape *picture)
{
    static const int32_t order[] = {2, 0, 1};

    if (picture->rank == 3) {
        set_view(mapped, 3, picture->size, order);
    }
}

/* [kernel_h, kernel_w, a, b] becomes [b, a, kernel_h, kernel_w], for both kinds of convolutions. */
static void
map_convolution(struct gan__mapped *mapped)
{
    static const int32_t order[] = {3, 2, 0, 1};
    const int64_t *size = mapped->shape.size;

    set_view(mapped, 4, size, order);
    set_shape(mapped, 4, size[3], size[2], size[0], size[1]);
}

/* v of a convolution: [kernel_h, kernel_w, in] becomes [in, kernel_h, kernel_w]. */
static void
map_convolution_vector(struct gan__mapped *mapped, const struct gan__shape *weight, int64_t in)
{
    static const int32_t order[] = {2, 0, 1};
    const int64_t view[] = {weight->size[0], weight->size[1], in};

    set_view(mapped, 3, view, order);
}

/* [in, units] becomes [units, in], each in its picture's order. */
static void
map_dense(struct gan__mapped *mapped, const struct gan__place *place)
{
    static const int32_t order[] = {5, 3, 4, 2, 0, 1};
    const int64_t in = mapped->shape.size[0], units = mapped->shape.size[1];
    int64_t view[] = {1, 1, in, 1, 1, units};

    for (int i = 0; i < 3; i++) {
        view[i] = place->in.rank == 3 ? place->in.size[i] : view[i];
        view[3 + i] = place->out.rank == 3 ? place->out.size[i] : view[3 + i];
    }
    set_view(mapped, 6, view, order);
    set_shape(mapped, 2, units, in, 0, 0);
}

/* The same as the convolution to, or transposed from, one pixel. */
static void
map_dense_as_convolution(struct gan__mapped *mapped, const struct gan__place *place)
{
    static const int32_t order[] = {3, 2, 0, 1}, order_transposed[] = {0, 3, 1, 2};
    const int64_t in = mapped->shape.size[0], units = mapped->shape.size[1];
    const int64_t *p = place->in.rank == 3 ? place->in.size : place->out.size;

    if (place->in.rank == 3) {
        const int64_t view[] = {p[0], p[1], p[2], units};
        set_view(mapped, 4, view, order);
        set_shape(mapped, 4, units, p[2], p[0], p[1]);
    } else {
        const int64_t view[] = {in, p[0], p[1], p[2]};
        set_view(mapped, 4, view, order_transposed);
        set_shape(mapped, 4, in, p[2], p[0], p[1]);
    }
}

/* ---- a layer's tensors ---- */

const char *
gan__last_segment(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot == NULL ? name : dot + 1;
}

static bool
is_vector(const struct gan__layer_tensor *tensor)
{
    const char *name = gan__last_segment(tensor->name);

    return tensor->buffer && (strcmp(name, "weight_u") == 0 || strcmp(name, "weight_v") == 0);
}

/* Whether the layer, whose tensors are these, has spectral_norm=true. */
static bool
is_spectral(const struct gan__layer_tensor *tensors, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (is_vector(&tensors[i])) {
            return true;
        }
    }
    return false;
}

/* The names of spectral_norm in torch.nn.utils, and in torch.nn.utils.parametrizations. */
static const char *const spectral_names[][3] = {
    {"weight", "weight_orig", "parametrizations.weight.original"},
    {"weight_u", "weight_u", "parametrizations.weight.0._u"},
    {"weight_v", "weight_v", "parametrizations.weight.0._v"},
};

/* The layer's path in the file with a parameter's name, allocated. */
static char *
make_name(const struct gan__mapper *self, const struct gan__layer_tensor *tensor,
          const char *parameter)
{
    const char *own = gan__last_segment(tensor->name), *sequential = self->layout->sequential;
    char path[64];
    int length = (int)(own - tensor->name);

    if (sequential != NULL) {
        (void)snprintf(path, sizeof path, "%s%lld.", sequential[0] == '\0' ? "" : ".",
                       (long long)self->number);
    }
    const char *first = sequential != NULL ? sequential : tensor->name;
    const char *second = sequential != NULL ? path : "";
    length = sequential != NULL ? (int)strlen(sequential) : length;
    const size_t size = (size_t)length + strlen(second) + strlen(parameter) + 1;
    char *name = gan__alloc(self->mapping->ctx, size);
    if (name != NULL) {
        (void)snprintf(name, size, "%.*s%s%s", length, first, second, parameter);
    }
    return name;
}

static gan_status
set_names(const struct gan__mapper *self, struct gan__mapped *mapped, bool spectral)
{
    const char *own = gan__last_segment(mapped->tensor->name), *names[2] = {own, NULL};

    for (int i = 0; i < 3 && spectral && self->layout->kind != GAN__LAYOUT_LIBGAN; i++) {
        if (strcmp(own, spectral_names[i][0]) == 0) {
            names[0] = spectral_names[i][1];
            names[1] = spectral_names[i][2];
        }
    }
    mapped->name = make_name(self, mapped->tensor, names[0]);
    mapped->other = names[1] == NULL ? NULL : make_name(self, mapped->tensor, names[1]);
    return mapped->name == NULL || (names[1] != NULL && mapped->other == NULL) ? GAN_E_NOMEM
                                                                               : GAN_OK;
}

/* Shape and order of one of a layer's tensors. weight: the layer's first. */
static void
map_tensor(const struct gan__mapper *self, struct gan__mapped *mapped,
           const struct gan__place *place, const struct gan__shape *weight, enum gan__role role)
{
    const char *name = gan__last_segment(mapped->tensor->name);
    const bool dcgan = self->layout->kind == GAN__LAYOUT_PYTORCH_DCGAN;

    if (role == GAN__ROLE_NORM) {
        map_features(mapped, &place->in);
    } else if (role == GAN__ROLE_CONVOLUTION && strcmp(name, "weight") == 0) {
        map_convolution(mapped);
    } else if (role == GAN__ROLE_CONVOLUTION && strcmp(name, "weight_v") == 0) {
        map_convolution_vector(mapped, weight, place->view.input.size[2]);
    } else if (role == GAN__ROLE_DENSE && strcmp(name, "weight") == 0) {
        if (dcgan && (place->in.rank == 3 || place->out.rank == 3)) {
            map_dense_as_convolution(mapped, place);
        } else {
            map_dense(mapped, place);
        }
    } else if (role == GAN__ROLE_DENSE) { /* bias, weight_u; weight_v */
        map_features(mapped, strcmp(name, "weight_v") == 0 ? &place->in : &place->out);
    }
    mapped->optional = dcgan && (role == GAN__ROLE_DENSE || role == GAN__ROLE_CONVOLUTION) &&
                       strcmp(name, "bias") == 0;
}

/* The tensors of one layer, at the end of the mapping. */
gan_status
gan__map_layer(const struct gan__mapper *self, const struct gan__place *place, enum gan__role role)
{
    static const int32_t no_order[] = {0};
    struct gan__mapping *mapping = self->mapping;
    const struct gan__layer_tensor *own = &self->tensors[mapping->count];
    const int64_t count = place->view.own_tensors;
    gan_status st = GAN_OK;

    for (int64_t i = 0; st == GAN_OK && i < count; i++) {
        struct gan__mapped *mapped = &mapping->tensors[mapping->count++];
        *mapped = (struct gan__mapped){.tensor = &own[i],
                                       .owner = place->layer,
                                       .shape = own[i].tensor->shape,
                                       .vector = is_vector(&own[i])};
        set_view(mapped, 1, &own[i].tensor->count, no_order);
        map_tensor(self, mapped, place, &own[0].tensor->shape, role);
        st = set_names(self, mapped, is_spectral(own, count));
    }
    return st;
}

/* ---- numbers ---- */

/* The place in the network's order of the file's first number, and how far each of the file's axes
 * steps there. */
static void
find_steps(const struct gan__mapped *mapped, int64_t size[GAN__MAPPED_RANK],
           int64_t step[GAN__MAPPED_RANK])
{
    int64_t own[GAN__MAPPED_RANK], product = 1;

    for (int32_t i = mapped->view.rank - 1; i >= 0; i--) {
        own[i] = product;
        product *= mapped->view.size[i];
    }
    for (int32_t i = 0; i < GAN__MAPPED_RANK; i++) {
        const int32_t axis = i - (GAN__MAPPED_RANK - mapped->view.rank);
        size[i] = axis < 0 ? 1 : mapped->view.size[mapped->order[axis]];
        step[i] = axis < 0 ? 0 : own[mapped->order[axis]];
    }
}

/* Copy the file's numbers in turn. One of to_file, from_file is NULL. */
static void
copy_ordered(const struct gan__mapped *mapped, float *to_file, const float *from_file)
{
    float *data = gan__data(mapped->tensor->tensor);
    int64_t size[GAN__MAPPED_RANK], step[GAN__MAPPED_RANK], index[GAN__MAPPED_RANK] = {0};
    int64_t at = 0;

    find_steps(mapped, size, step);
    for (int64_t i = 0; i < mapped->tensor->tensor->count; i++) {
        if (to_file != NULL) {
            to_file[i] = data[at];
        } else {
            data[at] = from_file[i];
        }
        for (int32_t axis = GAN__MAPPED_RANK - 1; axis >= 0; axis--) {
            at += step[axis];
            if (++index[axis] < size[axis]) {
                break;
            }
            at -= size[axis] * step[axis];
            index[axis] = 0;
        }
    }
}

void
gan__mapped_to_file(const struct gan__mapped *mapped, float *to)
{
    copy_ordered(mapped, to, NULL);
}

void
gan__mapped_from_file(const struct gan__mapped *mapped, const float *from)
{
    copy_ordered(mapped, NULL, from);
}
