/*
 * A training step while it runs: batches.c makes real and generated batches, entering.c leads them
 * to D, discriminator_step.c and generator_step.c are the two halves.
 */
#ifndef GAN__WORK_H
#define GAN__WORK_H

#include "trainer/trainer.h"

struct gan__work {
    gan_trainer *trainer;
    gan_context *ctx;
    bool rehearsal;   /* nothing is read and nothing is moved: it is for the memory that it takes */
    gan_tensor *real; /* the last real batch */
    gan_tensor *generated; /* of the last D batch with its graph, or of a further G batch */
    struct gan_record record;
};

/* Give up a handle. */
void gan__drop(gan_tensor **tensor);
/* Put the network's name before a failure's sentence. */
gan_status gan__blame(struct gan__work *work, const struct gan__side *side, gan_status st);
/* A loss as a number; GAN_E_DIVERGED if it is none. */
gan_status gan__read_loss(struct gan__work *work, double *value, gan_tensor *loss,
                          const struct gan__side *side);
/* *loss = factor * *loss; for 1 nothing is done. */
gan_status gan__scale_loss(struct gan__work *work, gan_tensor **loss, double factor);
/* *loss = *loss + term; takes the term over. */
gan_status gan__add_to_loss(struct gan__work *work, gan_tensor **loss, gan_tensor *term);
/* Move a network by the gradients that are there, after they were found finite. */
gan_status gan__update(struct gan__work *work, struct gan__side *side, double *norm);

/* batches.c: the next real batch with its labels; a batch of G's from new noise, in place of the
 * last one. */
gan_status gan__draw_real(struct gan__work *work);
gan_status gan__generate(struct gan__work *work);
/* Run one of the networks on its feeds, in training mode. */
gan_status gan__run_side(struct gan__work *work, struct gan__side *side, gan_tensor **out,
                         struct gan__pass pass);

/* entering.c: what D sees of samples: augmented, with noise, packed; samples themselves (one more
 * handle) if nothing is to be done. Draws anew for each of D's forwards. */
gan_status gan__enter_discriminator(struct gan__work *work, gan_tensor **entered,
                                    gan_tensor *samples);
/* Run D on what has entered. features: the output of the layer that is matched; may be NULL. */
gan_status gan__discriminate(struct gan__work *work, gan_tensor **logits, gan_tensor *entered,
                             bool update_statistics, gan_tensor **features);

/* The halves. last: the G step may come next, and needs G's graph. */
gan_status gan__discriminator_step(struct gan__work *work, bool last);
gan_status gan__generator_step(struct gan__work *work, bool first);

#endif
