/* See alarms.h. */
#include "alarms.h"

static const char identity[] = "gan-network 1\ninput shape=2 noise=normal\ndense units=2\n";
static const char sum[] = "gan-network 1\ninput shape=2\ndense units=1\n";

int32_t
hear(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct heard *heard = user;
    gan_context *ctx = gan__trainer_context(trainer);
    double step = 0;

    ASSERT_OK(ctx, gan_record_get(record, &step, "step"));
    if (event == GAN_EVENT_STEP && heard->act_at == (int64_t)step && heard->act != NULL) {
        heard->act(heard, trainer);
    }
    if (event != GAN_EVENT_ALARM) {
        return 0;
    }
    ck_assert_int_lt(heard->count, ALARMS_MAX);
    ASSERT_OK(ctx, gan_trainer_alarm(trainer, &heard->alarm[heard->count].step,
                                     heard->alarm[heard->count].name, sizeof heard->alarm[0].name,
                                     heard->alarm[heard->count].text, sizeof heard->alarm[0].text,
                                     NULL));
    heard->count++;
    if (heard->on_alarm != NULL) {
        heard->on_alarm(heard, trainer);
    }
    return heard->answer;
}

static gan_dataset *
points(gan_context *ctx)
{
    static float values[SAMPLES][2];
    static const int64_t shape[] = {2};
    gan_dataset *dataset = NULL;
    uint32_t state = 99;

    for (int i = 0; i < 2 * SAMPLES; i++) {
        state = state * 1664525u + 1013904223u;
        values[i / 2][i % 2] = (float)(state >> 8) / 8388608.0f - 1.0f + (float)(i / 2 % 2 * 3);
    }
    ASSERT_OK(ctx,
              gan_dataset_create_memory(ctx, &dataset, &values[0][0], SAMPLES, shape, 1, NULL));
    return dataset;
}

static void
set_weight(gan_layer *network, const float *values)
{
    gan_context *ctx = ((struct gan__object *)network)->ctx;
    gan_tensor *tensor = NULL;

    ASSERT_OK(ctx, gan_layer_find_parameter(network, &tensor, "1.weight"));
    memcpy(gan__data(tensor), values, (size_t)tensor->count * sizeof(float));
    gan_tensor_destroy(tensor);
}

void
plane_restore(gan_trainer *trainer)
{
    set_weight(trainer->generator.network, (const float[]){1, 0, 0, 1});
    fixture_fill(gan__trainer_context(trainer), trainer->generator.network, "1.bias", 0);
}

void
plane_collapse(gan_trainer *trainer, float value)
{
    set_weight(trainer->generator.network, (const float[]){0, 0, 0, 0});
    fixture_fill(gan__trainer_context(trainer), trainer->generator.network, "1.bias", value);
}

void
plane_open(struct fixture *f, const char *context_options, const gan_host *host,
           const char *trainer_options)
{
    memset(f, 0, sizeof *f);
    const gan_status created = gan_context_create(&f->ctx, context_options, host);
    ck_assert_msg(created == GAN_OK, "%s", gan_context_error(f->ctx));
    f->dataset = points(f->ctx);
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->generator, identity));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->discriminator, sum));
    ASSERT_OK(f->ctx, gan_trainer_create(f->ctx, &f->trainer, f->generator, f->discriminator,
                                         f->dataset, trainer_options));
    plane_restore(f->trainer);
    set_weight(f->discriminator, (const float[]){1, 1});
}
