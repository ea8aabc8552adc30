/*
 * Datasets made of another one: holding it, and passing on what is asked of it.
 */
#include "data/wrapped.h"

#include "base/context.h"
#include "base/memory.h"

gan_status
gan__wrapped_take(struct gan__wrapped *self, gan_dataset *inner)
{
    self->plain = gan__alloc_array(inner->object.ctx, inner->sample_count, sizeof(float));
    if (self->plain == NULL) {
        return GAN_E_NOMEM;
    }
    gan__object_hold((struct gan__object *)inner);
    self->inner = inner;
    return GAN_OK;
}

void
gan__wrapped_close(gan_dataset *dataset)
{
    struct gan__wrapped *self = (struct gan__wrapped *)dataset;

    gan__free(dataset->object.ctx, self->plain);
    gan__object_release((struct gan__object *)self->inner);
}

void
gan__wrapped_numbers(gan_dataset *dataset, struct gan__dataset_numbers *numbers)
{
    gan_dataset *inner = ((struct gan__wrapped *)dataset)->inner;

    if (inner->class->numbers != NULL) {
        inner->class->numbers(inner, numbers);
    }
}

void
gan__wrapped_text(gan_dataset *dataset, struct gan__text *out)
{
    gan__text_add(out, " of ");
    gan__dataset_add_text(((struct gan__wrapped *)dataset)->inner, out);
}

gan_status
gan__wrapped_create(gan_dataset *inner, gan_dataset **out, const char *options,
                    gan__wrapped_creator *create, const char *name)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    if (inner == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, inner->object.ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = out == NULL ? gan__null(inner->object.ctx, name) : create(inner, out, options);
    return gan__leave(&call, st);
}
