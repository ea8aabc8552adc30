/*
 * Losses inside: a loss is one file and one row in list.h. Logits in, stable forms, made of ops.
 */
#ifndef GAN__LOSS_H
#define GAN__LOSS_H

#include <gan/loss.h>
#include <gan/ops.h>

#include "base/options.h"
#include "tensor/tensor.h"

struct gan__loss_class {
    const char *kind; /* "non_saturating" */
    const char *doc;  /* one line, with the source */
    const struct gan__option *options;
    size_t size; /* of the struct whose first member is struct gan_loss */
    /* What D and G minimise, rank 0. real may be NULL for G. */
    gan_status (*discriminator)(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                                gan_tensor *generated);
    gan_status (*generator)(gan_loss *loss, gan_tensor **out, gan_tensor *real,
                            gan_tensor *generated);
    /* The probability of being real that a logit stands for, element by element; NULL: D's output
     * is no probability. */
    gan_status (*probability)(gan_loss *loss, gan_tensor **out, gan_tensor *logits);
    /* The share in [0, 1] of the two batches that D tells right; NULL: no meaning. */
    double (*accuracy)(const float *real, const float *generated, int64_t count);
};

struct gan_loss {
    struct gan__object object;
    const struct gan__loss_class *class;
};

/* The kinds. */
#define GAN__ROW(name) extern const struct gan__loss_class gan__loss_##name;
#include "losses/list.h"
#undef GAN__ROW

/* Append the documentation of all kinds (gan_kinds). */
void gan__losses_document(struct gan__text *out);

#endif
