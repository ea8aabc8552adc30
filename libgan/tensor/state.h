/*
 * The state tree: named tensors and texts that each object fills and reads for its own branch. What
 * is saved is a state; the io folder writes and reads one without knowing whose it is.
 */
#ifndef GAN__TENSOR_STATE_H
#define GAN__TENSOR_STATE_H

#include "base/text.h"
#include "tensor/tensor.h"

struct gan__state_entry {
    char *name;         /* "0.weight" */
    gan_tensor *tensor; /* held; NULL for a text */
    char *text;         /* NULL for a tensor */
};

struct gan__state {
    gan_context *ctx;
    struct gan__state_entry *entries;
    int64_t count, capacity;
};

void gan__state_init(struct gan__state *state, gan_context *ctx);
void gan__state_free(struct gan__state *state);
/* Names are unique (GAN_E_FORMAT otherwise). prefix may be "" or "generator."; the tensor is
 * shared, not copied. */
gan_status gan__state_add_tensor(struct gan__state *state, const char *prefix, const char *name,
                                 gan_tensor *tensor);
gan_status gan__state_add_text(struct gan__state *state, const char *prefix, const char *name,
                               const char *text);
/* NULL if there is none. Borrowed. */
const struct gan__state_entry *gan__state_find(const struct gan__state *state, const char *prefix,
                                               const char *name);

#endif
