/*
 * Optimizers inside: an optimizer is one file and one row in list.h. Also the moving average of a
 * network's parameters.
 */
#ifndef GAN__OPTIMIZER_H
#define GAN__OPTIMIZER_H

#include <gan/optimizer.h>

#include "base/kind.h"
#include "kernels/kernels.h"
#include "layers/layer.h"

enum { GAN__OPTIMIZER_STATES_MAX = 3 };

/* One parameter's part of a step. */
struct gan__optimizer_move {
    float *weight;
    float *states[GAN__OPTIMIZER_STATES_MAX];
    const float *gradient; /* not yet clipped */
    int64_t count;
    /* The number of this step, from 1, counted for the optimizer as a whole: a parameter whose
     * first gradient comes late is treated as if it had been zero before. */
    int64_t step;
    int64_t at; /* where schedules are read */
    struct gan__clip clip;
};

struct gan__optimizer_class {
    /* Its options are numbers, schedules, flags and choices: their bytes are copied by
     * gan_optimizer_set. Its size is that of the struct whose first member is gan_optimizer. */
    struct gan__kind_head head;
    /* Refuse options that don't go together (GAN_E_ARG); NULL: all do. */
    gan_status (*check)(gan_context *ctx, const gan_optimizer *optimizer);
    /* Names of the state tensors a parameter has, e.g. "exp_avg", "exp_avg_sq"; closed with
     * NULL. */
    const char *const *states;
    /* Move one parameter in place. */
    void (*update)(gan_optimizer *optimizer, const struct gan__optimizer_move *move);
};

/* The options that every optimizer has; 0: no clipping. A factor of 1 changes no bit. */
struct gan__optimizer_common {
    struct gan__schedule clip_gradient_norm, clip_gradient_value;
    double lr_factor; /* on the learning rate */
};
extern const struct gan__option gan__optimizer_common[];

struct gan_optimizer {
    struct gan__object object;
    const struct gan__optimizer_class *class;
    gan_layer *network; /* held; NULL until attached */
    struct gan__optimizer_common common;
    int64_t steps;
    /* The step that schedules are read at, from 0: a trainer's; below 0: its own. */
    int64_t schedule_step;
    /* [tensor of the network][class's states]; held; NULL for buffers and frozen parameters */
    gan_tensor **states;
    int64_t state_slots;
};

/* The kinds. */
#define GAN__ROW(name) extern const struct gan__optimizer_class gan__optimizer_##name;
#include "optimizers/list.h"
#undef GAN__ROW

/* Give up network and states. */
void gan__optimizer_detach(gan_optimizer *optimizer);
/* GAN_E_STATE with a sentence if there is no network. */
gan_status gan__optimizer_attached(gan_optimizer *optimizer);
/* How many state tensors a parameter has. */
int32_t gan__optimizer_state_names(const gan_optimizer *optimizer);
/* Whether an optimizer moves this tensor: a trainable parameter. */
bool gan__optimizer_moves(const struct gan__layer_tensor *tensor);

/* The L2 norm over all gradients of the attached network's trainable parameters, before clipping.
 * GAN_E_DIVERGED if not finite. */
gan_status gan__optimizer_gradient_norm(gan_optimizer *optimizer, double *norm);
/* base^exponent by repeated squaring: the same bits everywhere, without libm. exponent >= 0. */
double gan__optimizer_power(double base, int64_t exponent);
/* Append the documentation of all kinds (gan_kinds). */
void gan__optimizers_document(struct gan__text *out);

/*
 * The moving average of a generator (EMA): decay 0.5^(batch / min(half_life, pictures * 0.05)), as
 * StyleGAN2's with ramp 0.05; parameters only. `average` is a clone of `network`; pictures counts
 * those seen before this step (none: the average becomes the network).
 */
double gan__average_decay(int64_t batch, double half_life, int64_t pictures);
gan_status gan__average_step(gan_layer *average, gan_layer *network, int64_t batch,
                             double half_life, int64_t pictures);

#endif
