/*
 * How a file's tensors stand to a network's: their names, shapes and order of numbers, as libgan has
 * them or as PyTorch does. Saving and loading both go by this one table.
 */
#ifndef GAN__IO_PYTORCH_H
#define GAN__IO_PYTORCH_H

#include "layers/layer.h"

/* The option's words, in this order. */
enum gan__layout_kind { GAN__LAYOUT_LIBGAN, GAN__LAYOUT_PYTORCH, GAN__LAYOUT_PYTORCH_DCGAN };
#define GAN__LAYOUT_WORDS "libgan|pytorch|pytorch_dcgan"
const char *gan__layout_word(int32_t kind);

struct gan__layout {
    int32_t kind;           /* an enum gan__layout_kind */
    const char *sequential; /* the name of an nn.Sequential, "" for one without; NULL: own paths */
};

enum { GAN__MAPPED_RANK = 6 };

/* One tensor. The network's numbers, seen as `view`, are those of the file with the axes in the
 * order `order`. */
struct gan__mapped {
    const struct gan__layer_tensor *tensor; /* the network's */
    gan_layer *owner;                       /* borrowed: the layer that has it */
    char *name;
    char *other;             /* another name that it may have; NULL: none */
    struct gan__shape shape; /* in the file */
    struct gan__shape view;
    int32_t order[GAN__MAPPED_RANK];
    bool identity; /* the same order */
    bool optional; /* zeros if the file has it not, left out if it is zeros */
    bool vector;   /* spectral_norm's, of the owner's weight */
};

struct gan__mapping {
    gan_context *ctx;
    struct gan__mapped *tensors;
    int64_t count;
};

/* For a built network. GAN_E_ARG: the layout has no words for it. mapping is for
 * gan__mapping_free(), also after a failure. */
gan_status gan__mapping_make(struct gan__mapping *mapping, gan_layer *layer,
                             const struct gan__layout *layout);
void gan__mapping_free(struct gan__mapping *mapping);

/* The network's numbers as the file has them, and back. */
void gan__mapped_to_file(const struct gan__mapped *mapped, float *to);
void gan__mapped_from_file(const struct gan__mapped *mapped, const float *from);

#endif
