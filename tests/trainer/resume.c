/* See resume.h. */
#include "resume.h"

#include "io/safetensors.h"

const char user_generator[] = "gan-network 1\n"
                              "input shape=6 noise=normal\n"
                              "dense units=64\n"
                              "my_scale\n"
                              "reshape shape=8x8x1\n"
                              "tanh\n";

const char user_critic[] = "gan-network 1\n"
                           "input shape=8x8x1\n"
                           "flatten\n"
                           "dense units=7\n"
                           "my_scale name=scale\n"
                           "leaky_relu\n"
                           "dense units=1\n";

const char frozen_generator[] = "gan-network 1\n"
                                "input shape=6 noise=normal\n"
                                "dense units=16 trainable=false\n"
                                "batch_norm\n"
                                "dense units=64\n"
                                "reshape shape=8x8x1\n"
                                "tanh\n";

/* ---- y = x * scale ---- */

static int32_t
scale_count(void *user)
{
    (void)user;
    return 1;
}

static gan_status
scale_parameter(void *user, int32_t index, const int64_t *input_shape, int32_t input_rank,
                const char **name, int64_t *shape, int32_t *rank, double *deviation)
{
    (void)user, (void)index;
    *name = "scale";
    shape[0] = input_shape[input_rank - 1];
    *rank = 1;
    *deviation = 1;
    return GAN_OK;
}

static gan_status
scale_forward(void *user, gan_context *ctx, gan_tensor **output, gan_tensor *input,
              gan_tensor *const *parameters, int32_t parameter_count, int32_t training)
{
    (void)user, (void)parameter_count, (void)training;
    return gan_mul(ctx, output, input, parameters[0]);
}

/* ---- D: mean(generated - real), G: -mean(generated), half of it ---- */

static gan_status
loss_discriminator(void *user, gan_context *ctx, gan_tensor **out, gan_tensor *real,
                   gan_tensor *generated)
{
    gan_tensor *difference = NULL;
    gan_status st = gan_sub(ctx, &difference, generated, real);
    (void)user;
    if (st == GAN_OK) {
        st = gan_mean(ctx, out, difference, NULL, 0, 0);
    }
    gan_tensor_destroy(difference);
    return st;
}

static gan_status
loss_generator(void *user, gan_context *ctx, gan_tensor **out, gan_tensor *real,
               gan_tensor *generated)
{
    gan_tensor *mean = NULL;
    gan_status st = gan_mean(ctx, &mean, generated, NULL, 0, 0);
    (void)user, (void)real;
    if (st == GAN_OK) {
        st = gan_affine(ctx, out, mean, -0.5, 0);
    }
    gan_tensor_destroy(mean);
    return st;
}

void
register_kinds(gan_context *ctx)
{
    const gan_layer_callbacks layer = {.struct_size = sizeof layer,
                                       .parameter_count = scale_count,
                                       .parameter = scale_parameter,
                                       .forward = scale_forward};
    const gan_loss_callbacks loss = {.struct_size = sizeof loss,
                                     .discriminator = loss_discriminator,
                                     .generator = loss_generator};
    ASSERT_OK(ctx, gan_layer_register(ctx, "my_scale", &layer));
    ASSERT_OK(ctx, gan_loss_register(ctx, "my_loss", &loss));
}

void
resume_fixture(struct fixture *f, const char *context_options, const char *path)
{
    memset(f, 0, sizeof *f);
    const gan_status created = gan_context_create(&f->ctx, context_options, NULL);
    ck_assert_msg(created == GAN_OK, "%s", gan_context_error(f->ctx));
    register_kinds(f->ctx);
    f->dataset = fixture_dataset(f->ctx);
    ASSERT_OK(f->ctx, gan_trainer_resume(f->ctx, &f->trainer, f->dataset, path, NULL));
    ASSERT_OK(f->ctx, gan_trainer_generator(f->trainer, &f->generator));
    ASSERT_OK(f->ctx, gan_trainer_discriminator(f->trainer, &f->discriminator));
}

/* ---- changed files ---- */

static void
rewrite(gan_context *ctx, const char *from, const char *to, const char *name, const char *text,
        gan_tensor *tensor)
{
    struct gan__state old, new;
    struct gan__call call;
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    gan__state_init(&old, ctx);
    gan__state_init(&new, ctx);
    ASSERT_OK(ctx, gan__safetensors_load(&old, from, UINT64_MAX));
    for (int64_t i = 0; i < old.count; i++) {
        const struct gan__state_entry *entry = &old.entries[i];
        if (strcmp(entry->name, name) == 0) {
            continue;
        }
        if (entry->text != NULL) {
            ASSERT_OK(ctx, gan__state_add_text(&new, "", entry->name, entry->text));
        } else {
            ASSERT_OK(ctx, gan__state_add_tensor(&new, "", entry->name, entry->tensor));
        }
    }
    if (text != NULL) {
        ASSERT_OK(ctx, gan__state_add_text(&new, "", name, text));
    }
    if (tensor != NULL) {
        ASSERT_OK(ctx, gan__state_add_tensor(&new, "", name, tensor));
    }
    ASSERT_OK(ctx, gan__safetensors_save(&new, GAN__FLOAT32, to));
    gan__state_free(&old);
    gan__state_free(&new);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
}

void
rewrite_text(gan_context *ctx, const char *from, const char *to, const char *name,
             const char *value)
{
    rewrite(ctx, from, to, name, value, NULL);
}

void
rewrite_tensor(gan_context *ctx, const char *from, const char *to, const char *name,
               gan_tensor *value)
{
    rewrite(ctx, from, to, name, NULL, value);
}
