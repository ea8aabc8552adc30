/*
 * adamw (Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019) with PyTorch's
 * formulas: w *= 1 - lr * weight_decay, then adam's step by the gradient alone.
 */
#include "optimizers/adam.h"

static const struct gan__option adamw_options[] = {
    GAN__ADAM_OPTIONS("1e-2", "lr times this much of the weight is taken off it")};

static void
adamw_update(gan_optimizer *optimizer, const struct gan__optimizer_move *move)
{
    gan__adam_move(optimizer, move, true);
}

const struct gan__optimizer_class gan__optimizer_adamw = {
    .head = {.kind = "adamw",
             .doc = "adam with weight decay apart from the gradient (Loshchilov, Hutter 2019)",
             .options = adamw_options,
             .size = sizeof(struct gan__adam_optimizer)},
    .states = gan__adam_states,
    .update = adamw_update,
};
