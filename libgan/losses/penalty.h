/*
 * Penalties inside: a penalty is one file and one row in penalty_list.h. Which points, and what is
 * made of the squared norm of D's gradient there; penalty.c does the rest.
 */
#ifndef GAN__PENALTY_H
#define GAN__PENALTY_H

#include <gan/loss.h>
#include <gan/ops.h>

#include "base/kind.h"
#include "base/random.h"
#include "tensor/tensor.h"

/* Where D's gradient is taken. */
enum gan__penalty_where {
    GAN__PENALTY_REAL,      /* on the real batch */
    GAN__PENALTY_GENERATED, /* on the generated batch */
    GAN__PENALTY_OWN        /* on points made of both, by the class's `points` */
};

struct gan__penalty_class {
    struct gan__kind_head head; /* its size is that of the struct whose first member is
                                   gan_penalty */
    enum gan__penalty_where where;
    /* The points, of the batches' shape, cut off from any graph. */
    gan_status (*points)(gan_penalty *penalty, gan_tensor **out, gan_tensor *real,
                         gan_tensor *generated, struct gan__random random);
    /* The term, rank 0, made of the squared norms [N] of the gradient at each point. */
    gan_status (*value)(gan_penalty *penalty, gan_tensor **out, gan_tensor *squares, int64_t step);
};

/* The options that every penalty has. */
struct gan__penalty_common {
    int64_t interval;
    int32_t batch_coupled; /* 0 refuse, 1 allow */
};
extern const struct gan__option gan__penalty_common[];

/* Their rows, for a struct that holds them at this offset. */
/* clang-format off */
#define GAN__PENALTY_COMMON_OPTIONS(at)                                                            \
    {.name = "interval", .type = GAN__OPTION_INT,                                                  \
     .offset = (at) + offsetof(struct gan__penalty_common, interval),                              \
     .minimum = 1, .maximum = 1e9, .fallback = "1",                                                \
     .doc = "only in every so-manieth update of D, times this number (Karras et al. 2020)"},       \
    {.name = "batch_coupled", .type = GAN__OPTION_CHOICE,                                          \
     .offset = (at) + offsetof(struct gan__penalty_common, batch_coupled),                         \
     .fallback = "refuse", .choices = "refuse|allow",                                              \
     .doc = "allow: also with batch_norm in D, whose gradient mixes the samples of a batch"}
/* clang-format on */

struct gan_penalty {
    struct gan__object object;
    const struct gan__penalty_class *class;
    struct gan__penalty_common common;
};

/* How a penalty runs D: in training mode, running values unmoved; labels and all are the caller's
 * matter. */
struct gan__critic {
    gan_status (*run)(void *user, gan_tensor **logits, gan_tensor *samples);
    void *user;
};

/* A batch that D has seen: leaves that require a gradient, and D's logits on them with their
 * graph; logits NULL: not run yet, the penalty runs D itself. */
struct gan__seen {
    gan_tensor *samples, *logits;
};

/* Whether it takes part in D's update of this number (0, interval, 2 interval, ...). */
bool gan__penalty_due(const gan_penalty *penalty, int64_t update);
/* Whether it takes the gradient on D's own pass over real, over generated samples. */
bool gan__penalty_on_real(const gan_penalty *penalty);
bool gan__penalty_on_generated(const gan_penalty *penalty);
/* The term of one update, rank 0, times the interval. step: for schedules; draw: the number of the
 * random draw. */
gan_status gan__penalty_value(gan_penalty *penalty, gan_tensor **out,
                              const struct gan__critic *critic, const struct gan__seen *real,
                              const struct gan__seen *generated, int64_t step, uint64_t draw);
/* GAN_E_ARG for batch_norm in D, unless allowed; names the layer and offers layer_norm. */
gan_status gan__penalty_check(gan_penalty *penalty, gan_layer *discriminator);

/* The kinds. */
#define GAN__ROW(name) extern const struct gan__penalty_class gan__penalty_##name;
#include "losses/penalty_list.h"
#undef GAN__ROW

/* Append the documentation of all kinds (gan_kinds). */
void gan__penalties_document(struct gan__text *out);

#endif
