/*
 * Losses inside: a loss is one file and one row in list.h. Logits in, stable forms, made of ops.
 */
#ifndef GAN__LOSS_H
#define GAN__LOSS_H

#include <gan/loss.h>
#include <gan/ops.h>

#include "base/kind.h"
#include "base/registry.h"
#include "tensor/tensor.h"

struct gan__loss_class {
    struct gan__kind_head head; /* its size is that of the struct whose first member is gan_loss */
    /* Refuse options that don't go together, or make what the loss holds; NULL: nothing to do. */
    gan_status (*make)(gan_loss *loss);
    /* Give up what `make` made; may be NULL. */
    void (*finalize)(gan_loss *loss);
    /* What D and G minimise, rank 0. real is NULL for G unless generator_takes_real. */
    gan_status (*discriminator)(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                                gan_tensor *generated);
    gan_status (*generator)(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                            gan_tensor *generated);
    bool generator_takes_real;
    /* D's output is a critic's: the record has critic_distance. */
    bool critic;
    /* The probability of being real that a logit stands for, element by element; NULL: D's output
     * is no probability. */
    gan_status (*probability)(gan_loss *loss, gan_tensor **out, gan_tensor *logits);
    /* The share in [0, 1] of the two batches (or of pairs) that D tells right; NULL: no meaning. */
    double (*accuracy)(const gan_loss *loss, const float *real, const float *generated,
                       int64_t count);
    /* D's weights are clipped to within plus and minus this after each update; NULL, and where it
     * is 0: not. */
    const struct gan__schedule *(*clip)(const gan_loss *loss);
    /* The penalty that belongs to the loss, borrowed; NULL: none. */
    gan_penalty *(*penalty)(const gan_loss *loss);
    const struct gan__user_loss *user; /* of a kind that the user registered */
};

struct gan_loss {
    struct gan__object object;
    const struct gan__loss_class *class; /* of a row, or of a kind that the user registered */
    int64_t step;                        /* for schedules */
    uint64_t draw;                       /* for random draws */
};

/* What an accuracy that counts both batches is: a logit above the threshold says "real"; one on it
 * says "generated", so that a discriminator that says nothing is right in half the cases. */
double gan__loss_accuracy(const float *real, const float *generated, int64_t count,
                          double threshold);

/* -E f: what G minimises wherever D's output is a score. */
gan_status gan__critic_generator(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                                 gan_tensor *generated);

/* A kind that the user registered. */
struct gan__user_loss {
    struct gan__registered node;
    gan_loss_callbacks callbacks;
    struct gan__loss_class class;
};

/* kinds.c: a row of list.h, or a kind registered in ctx. */
gan_status gan__loss_find(gan_context *ctx, const char *word, const struct gan__loss_class **class);
/* Whether there is such a kind. */
bool gan__loss_exists(gan_context *ctx, const char *word);

/* The kinds. */
#define GAN__ROW(name) extern const struct gan__loss_class gan__loss_##name;
#include "losses/list.h"
#undef GAN__ROW

/* Append the documentation of all kinds (gan_kinds). */
void gan__losses_document(struct gan__text *out);

#endif
