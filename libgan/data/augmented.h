/* The options of gan_dataset_create_augmented(), for gan_kinds(). */
#ifndef GAN__DATA_AUGMENTED_H
#define GAN__DATA_AUGMENTED_H

#include "base/text.h"

void gan__augmented_document(struct gan__text *out);

#endif
