/*
 * Inside the mapping: where a layer stands among the others (pytorch.c finds it), by which its
 * tensors are mapped (pytorch_tensor.c).
 */
#ifndef GAN__IO_PYTORCH_PLACE_H
#define GAN__IO_PYTORCH_PLACE_H

#include "io/pytorch.h"

/* What a kind is to PyTorch. */
enum gan__role {
    GAN__ROLE_OPAQUE,      /* nobody knows what it does to a row of features */
    GAN__ROLE_ELEMENTWISE, /* keeps the features' order, has no parameters */
    GAN__ROLE_NORM,        /* the same, with a vector of numbers for them */
    GAN__ROLE_GROUPS,      /* vectors for a picture's channels; goes by the features' order */
    GAN__ROLE_DENSE,
    GAN__ROLE_CONVOLUTION
};

/* A mapping in the making. */
struct gan__mapper {
    struct gan__mapping *mapping;
    const struct gan__layout *layout;
    const struct gan__layer_tensor *tensors;
    int64_t number; /* of the line in an nn.Sequential */
};

/* What a line is mapped by. rank 0: features in no picture's order; rank 3: those of a picture. */
struct gan__place {
    struct gan__layer_view view;
    gan_layer *layer;
    struct gan__shape in, out;
};

/* Add the layer's tensors at the end of the mapping. */
gan_status gan__map_layer(const struct gan__mapper *self, const struct gan__place *place,
                          enum gan__role role);
/* "weight" of "5.0.weight". */
const char *gan__last_segment(const char *name);

#endif
