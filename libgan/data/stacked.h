/* The options of gan_dataset_create_stacked(), for gan_kinds(). */
#ifndef GAN__DATA_STACKED_H
#define GAN__DATA_STACKED_H

#include "base/text.h"

void gan__stacked_document(struct gan__text *out);

#endif
