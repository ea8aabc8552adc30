/*
 * A dataset whose samples a callback of the user's gives.
 */
#include "data/dataset.h"

#include "base/context.h"

struct callback_dataset {
    gan_dataset base;
    gan_status (*read)(void *user, int64_t index, float *sample, int32_t *label);
    void (*release)(void *user); /* NULL: nothing to do */
    void *user;
};

static gan_status
callback_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    (void)epoch;
    const struct callback_dataset *self = (const struct callback_dataset *)dataset;
    gan_context *ctx = dataset->object.ctx;
    struct gan__callout callout;
    int32_t given = -1;

    gan__callout_begin(&callout, ctx, 0);
    gan_status st = self->read(self->user, index, sample, dataset->classes == 0 ? NULL : &given);
    st = gan__callout_end(&callout, st, "the dataset's read callback");
    if (st != GAN_OK || dataset->classes == 0) {
        return st;
    }
    if (given < 0 || given >= dataset->classes) {
        return gan__fail(ctx, GAN_E_ARG,
                         "the dataset's read callback gave sample %lld the label %d, there are "
                         "classes 0 to %d",
                         (long long)index, given, dataset->classes - 1);
    }
    if (label != NULL) {
        *label = given;
    }
    return GAN_OK;
}

static void
callback_close(gan_dataset *dataset)
{
    const struct callback_dataset *self = (const struct callback_dataset *)dataset;
    struct gan__callout callout;

    if (self->release != NULL) {
        gan__callout_begin(&callout, dataset->object.ctx, 0);
        self->release(self->user);
        (void)gan__callout_end(&callout, GAN_OK, "the dataset's release callback");
    }
}

static const struct gan__dataset_class callback_class = {.kind = "callback",
                                                         .size = sizeof(struct callback_dataset),
                                                         .read = callback_read,
                                                         .close = callback_close};

static gan_status
create(gan_context *ctx, gan_dataset **out, int64_t count, const int64_t *shape, int32_t rank,
       int32_t classes)
{
    gan_dataset *dataset = NULL;
    gan_status st = GAN_OK;

    if (classes < 0) {
        return gan__fail(ctx, GAN_E_ARG, "classes is %d, must be 0 (no labels) or more", classes);
    }
    GAN__TRY(gan__dataset_make(ctx, &dataset, &callback_class));
    GAN__TRY(gan__dataset_set_shape(dataset, count, shape, rank));
    dataset->classes = classes;
    *out = dataset;
    return GAN_OK;

fail:
    gan_dataset_destroy(dataset);
    return st;
}

gan_status
gan_dataset_create_callback(gan_context *context, gan_dataset **out, int64_t count,
                            const int64_t *shape, int32_t rank, int32_t classes,
                            gan_status (*read)(void *user, int64_t index, float *sample,
                                               int32_t *label),
                            void (*release)(void *user), void *user)
{
    struct gan__call call;

    if (out != NULL) {
        *out = NULL;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(context, "out");
    } else if (read == NULL) {
        st = gan__null(context, "read");
    } else {
        st = create(context, out, count, shape, rank, classes);
    }
    if (st == GAN_OK) {
        struct callback_dataset *self = (struct callback_dataset *)*out;
        self->read = read;
        self->release = release; /* last: a failed create must not call it */
        self->user = user;
    }
    return gan__leave(&call, st);
}
