/*
 * Inside the files of networks: what saving, loading, loading values and checkpoints share.
 */
#ifndef GAN__IO_LAYER_FILE_H
#define GAN__IO_LAYER_FILE_H

#include "io/pytorch.h"
#include "io/safetensors.h"

/* Texts in the file. The layout is there only if it is not libgan's own. */
#define GAN__KIND_NETWORK   "network"
#define GAN__NETWORK_KEY    "network"
#define GAN__LAYOUT_KEY     "layout"
#define GAN__SEQUENTIAL_KEY "sequential"

/* Rows in the table of a struct with the members `layout` and `sequential`. */
/* clang-format off */
#define GAN__LAYOUT_OPTIONS(owner)                                                                 \
    {.name = "layout", .type = GAN__OPTION_CHOICE, .offset = offsetof(owner, layout),              \
     .fallback = "libgan", .choices = GAN__LAYOUT_WORDS,                                           \
     .doc = "names, shapes and order of the tensors in the file"},                                 \
    {.name = "sequential", .type = GAN__OPTION_TEXT, .offset = offsetof(owner, sequential),        \
     .doc = "names are those of an nn.Sequential of this name, e.g. main"}
/* clang-format on */

/* gan_layer_save() with one more text in the file, and gan_layer_load() that reads it: allocated,
 * NULL if the file has none. */
gan_status gan__layer_save_noted(gan_layer *layer, const char *path, const char *options,
                                 const char *key, const char *note);
gan_status gan__layer_load_noted(gan_context *ctx, gan_layer **out, const char *path,
                                 const char *options, const char *key, char **note);

/* The layout that the file says to be in; libgan's if it says none. */
gan_status gan__layer_file_layout(const struct gan__state *state, const char *path,
                                  const char *prefix, struct gan__layout *layout);
gan_status gan__layer_must_be_built(gan_layer *layer);
/* The network's text, for gan__free(). */
gan_status gan__layer_text_copy(gan_layer *layer, char **text);
/* The network that a text of the file makes, no larger than its tensors bear out; one handle. */
gan_status gan__layer_of_file(const struct gan__state *state, gan_layer **layer, const char *text);

/* What is wanted of a file. */
struct gan__wish {
    const struct gan__state *state;
    const char *path;   /* of the file, for sentences */
    const char *prefix; /* of the part's names, "" for all */
    const char *only;   /* paths of layers joined by commas; NULL: all */
    const char *whose;  /* what a shape is wanted by: "the network's text makes it" */
    bool strict;
};

/* Check everything, then copy the file's values into the mapping's network; a failure changes
 * nothing. *loaded is the number of tensors read. */
gan_status gan__layer_take_values(const struct gan__mapping *mapping, const struct gan__wish *wish,
                                  int64_t *loaded);

/* "<part>.", allocated; "" for NULL. */
gan_status gan__layer_part_prefix(gan_context *ctx, const char *part, char **prefix);
/* Whether the state is that of a checkpoint. */
bool gan__layer_has_parts(const struct gan__state *state);
/* "<before>: its parts are generator, discriminator" as GAN_E_FORMAT; before is a sentence's
 * beginning after the path. */
gan_status gan__layer_fail_parts(const struct gan__state *state, const char *path,
                                 const char *before);

#endif
