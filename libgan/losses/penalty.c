/* Penalties by name: making one, its options, and when and where it applies. penalty_apply.c
 * computes. */
#include "losses/penalty.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "layers/layer.h"

static const struct gan__kind_head *const heads[] = {
#define GAN__ROW(name) &gan__penalty_##name.head,
#include "losses/penalty_list.h"
#undef GAN__ROW
};

enum { PENALTY_COUNT = sizeof heads / sizeof heads[0] };

const struct gan__option gan__penalty_common[] = {
    GAN__PENALTY_COMMON_OPTIONS(0),
    GAN__OPTION_END,
};

static void
penalty_finalize(struct gan__object *object)
{
    gan_penalty *penalty = (gan_penalty *)object;

    gan__options_free(object->ctx, penalty->class->head.options, penalty);
}

static const struct gan__class penalty_class = {.name = "penalty", .finalize = penalty_finalize};

static gan_status
penalty_make(gan_context *ctx, gan_penalty **out, const char *kind, const char *options)
{
    const struct gan__kind_head *head = NULL;
    const struct gan__option_origin origin = {.kind = kind};
    gan_penalty *penalty = NULL;
    gan_status st = GAN_OK;

    if (kind == NULL) {
        return gan__null(ctx, "kind");
    }
    GAN__TRY(gan__kind_find(ctx, "penalty", heads, PENALTY_COUNT, kind, strlen(kind), &head));
    penalty = gan__object_create(ctx, &penalty_class, head->size);
    if (penalty == NULL) {
        return GAN_E_NOMEM;
    }
    penalty->class = (const struct gan__penalty_class *)head; /* its first member */
    GAN__TRY(gan__options_parse(ctx, head->options, penalty, gan__penalty_common, &penalty->common,
                                options, options == NULL ? 0 : strlen(options), &origin));
    *out = penalty;
    return GAN_OK;

fail:
    gan__object_destroy((struct gan__object *)penalty);
    return st;
}

gan_status
gan_penalty_create(gan_context *ctx, gan_penalty **out, const char *kind, const char *options)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = out == NULL ? gan__null(ctx, "out") : penalty_make(ctx, out, kind, options);
    return gan__leave(&call, st);
}

void
gan_penalty_retain(gan_penalty *penalty)
{
    gan__object_retain((struct gan__object *)penalty);
}

void
gan_penalty_destroy(gan_penalty *penalty)
{
    gan__object_destroy((struct gan__object *)penalty);
}

gan_status
gan_penalty_text(gan_penalty *penalty, char *buffer, size_t size, size_t *needed)
{
    const struct gan__kind_head *head = penalty == NULL ? NULL : &penalty->class->head;
    const void *owner = penalty == NULL ? NULL : &penalty->common;

    return gan__kind_text((struct gan__object *)penalty, head, gan__penalty_common, owner, buffer,
                          size, needed);
}

bool
gan__penalty_due(const gan_penalty *penalty, int64_t update)
{
    return update % penalty->common.interval == 0;
}

bool
gan__penalty_on_real(const gan_penalty *penalty)
{
    return penalty->class->where == GAN__PENALTY_REAL;
}

bool
gan__penalty_on_generated(const gan_penalty *penalty)
{
    return penalty->class->where == GAN__PENALTY_GENERATED;
}

gan_status
gan__penalty_check(gan_penalty *penalty, gan_layer *discriminator)
{
    const char *where;

    if (penalty->common.batch_coupled != 0) {
        return GAN_OK;
    }
    where = gan__layer_batch_norm(discriminator);
    if (where == NULL) {
        return GAN_OK;
    }
    return gan__fail(penalty->object.ctx, GAN_E_ARG,
                     "penalty %s: the discriminator's layer %s mixes the samples of a batch, so "
                     "that the gradient of one sample's output is not its own; use layer_norm in "
                     "its place, or the option batch_coupled=allow",
                     penalty->class->head.kind, where);
}

void
gan__penalties_document(struct gan__text *out)
{
    gan__text_add(out, "Every penalty takes:\n");
    gan__options_document(out, gan__penalty_common);
    gan__kinds_document(out, heads, PENALTY_COUNT);
}
