/* The options of contexts and profiles, for gan_kinds(). */
#ifndef GAN__CONTEXT_DOCUMENT_H
#define GAN__CONTEXT_DOCUMENT_H

#include "base/text.h"

void gan__context_document(struct gan__text *out);
void gan__profile_document(struct gan__text *out);

#endif
