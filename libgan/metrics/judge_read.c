/*
 * What a judge says of itself: options, hash, sizes.
 */
#include "base/context.h"
#include "metrics/judge.h"

/* The judge's options, or its hash. */
static gan_status
give(gan_judge *judge, char *buffer, size_t size, size_t *needed, bool hash)
{
    struct gan__call call;
    struct gan__text text;

    if (needed != NULL) {
        *needed = 0;
    }
    if (judge == NULL) {
        return GAN_E_ARG;
    }
    gan_status st = gan__enter(&call, judge->object.ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, judge->object.ctx);
    if (hash) {
        gan__text_add(&text, "%s", judge->hash);
    } else {
        gan__judge_add_text(judge, &text, true);
    }
    st = gan__text_give(&text, buffer, size, needed);
    return gan__leave(&call, st);
}

gan_status
gan_judge_text(gan_judge *judge, char *buffer, size_t size, size_t *needed)
{
    return give(judge, buffer, size, needed, false);
}

gan_status
gan_judge_hash(gan_judge *judge, char *buffer, size_t size, size_t *needed)
{
    return give(judge, buffer, size, needed, true);
}

gan_status
gan_judge_size(gan_judge *judge, int64_t *dimension, int64_t *classes)
{
    struct gan__call call;

    if (dimension != NULL) {
        *dimension = 0;
    }
    if (classes != NULL) {
        *classes = 0;
    }
    if (judge == NULL) {
        return GAN_E_ARG;
    }
    const gan_status st = gan__enter(&call, judge->object.ctx, GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    if (dimension != NULL) {
        *dimension = judge->row;
    }
    if (classes != NULL) {
        *classes = judge->classes;
    }
    return gan__leave(&call, GAN_OK);
}
