/*
 * The state tree: named tensors and texts that each object fills and reads for its own branch. What
 * is saved is a state; the io folder writes and reads one without knowing whose it is.
 */
#ifndef GAN__TENSOR_STATE_H
#define GAN__TENSOR_STATE_H

#include "base/text.h"
#include "tensor/tensor.h"

enum { GAN__STATE_TYPE_SIZE = 16 };

/* A tensor, a text, or (with neither) a tensor of a file whose type of numbers is not read. */
struct gan__state_entry {
    char *name; /* "0.weight" */
    uint64_t hash;
    gan_tensor *tensor; /* held; NULL for the others */
    char *text;         /* NULL for the others */
    /* Of a file: the numbers' type there ("F16"); "" for what was made here. */
    char type[GAN__STATE_TYPE_SIZE];
    struct gan__shape unread; /* the shape of an unread one */
};

static inline bool
gan__state_is_unread(const struct gan__state_entry *entry)
{
    return entry->tensor == NULL && entry->text == NULL;
}

struct gan__state {
    gan_context *ctx;
    struct gan__state_entry *entries;
    int64_t count, capacity;
    int64_t *index; /* a hash table of entries' numbers + 1, by name; NULL while empty */
    int64_t index_size;
    bool sealed; /* read from a file whose checksum is right */
};

void gan__state_init(struct gan__state *state, gan_context *ctx);
void gan__state_free(struct gan__state *state);
/* Names are unique (GAN_E_FORMAT otherwise). prefix may be "" or "generator."; the tensor is
 * shared, not copied. */
gan_status gan__state_add_tensor(struct gan__state *state, const char *prefix, const char *name,
                                 gan_tensor *tensor);
gan_status gan__state_add_text(struct gan__state *state, const char *prefix, const char *name,
                               const char *text);
gan_status gan__state_add_unread(struct gan__state *state, const char *prefix, const char *name,
                                 const char *type, const struct gan__shape *shape);
/* The type in its file of the entry that was added last. */
void gan__state_set_type(struct gan__state *state, const char *type);
/* NULL if there is none. Borrowed: until an entry is added. */
const struct gan__state_entry *gan__state_find(const struct gan__state *state, const char *prefix,
                                               const char *name);
/* The same of "<prefix><name>.<last>". */
const struct gan__state_entry *gan__state_find_below(const struct gan__state *state,
                                                     const char *prefix, const char *name,
                                                     const char *last);

#endif
