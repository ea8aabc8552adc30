/*
 * What datasets made of another one share: they hold it, have room for one of its samples, and pass
 * on what is asked of it.
 */
#ifndef GAN__DATA_WRAPPED_H
#define GAN__DATA_WRAPPED_H

#include "data/dataset.h"

/* The first member of such a dataset. */
struct gan__wrapped {
    gan_dataset base;
    gan_dataset *inner; /* held */
    float *plain;       /* room for a sample of it */
};

/* The last step of a create: room, and the hold. */
gan_status gan__wrapped_take(struct gan__wrapped *self, gan_dataset *inner);

/* For the class. */
void gan__wrapped_close(gan_dataset *dataset);
void gan__wrapped_numbers(gan_dataset *dataset, struct gan__dataset_numbers *numbers);
void gan__wrapped_text(gan_dataset *dataset, struct gan__text *out);

/* The public call around `create`; name: of the parameter `out`. */
typedef gan_status gan__wrapped_creator(gan_dataset *inner, gan_dataset **out, const char *options);
gan_status gan__wrapped_create(gan_dataset *inner, gan_dataset **out, const char *options,
                               gan__wrapped_creator *create, const char *name);

#endif
