/* See fixture.h. */
#include "fixture.h"

#include <stdio.h>

const char plain_generator[] = "gan-network 1\n"
                               "input shape=6 noise=normal\n"
                               "dense units=64 bias=false\n"
                               "reshape shape=4x4x4\n"
                               "batch_norm\n"
                               "relu\n"
                               "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\n"
                               "tanh\n";

const char plain_discriminator[] = "gan-network 1\n"
                                   "input shape=8x8x1\n"
                                   "conv2d filters=5 kernel=4 stride=2 padding=1\n"
                                   "leaky_relu\n"
                                   "conv2d filters=6 kernel=4 stride=2 padding=1 bias=false\n"
                                   "batch_norm\n"
                                   "leaky_relu\n"
                                   "flatten\n"
                                   "dense units=1\n";

const char labelled_generator[] = "gan-network 1\n"
                                  "input shape=6 noise=uniform\n"
                                  "concat {\n"
                                  "} {\n"
                                  "    input name=label source=labels classes=3\n"
                                  "}\n"
                                  "dense units=64 bias=false\n"
                                  "reshape shape=4x4x4\n"
                                  "batch_norm\n"
                                  "relu\n"
                                  "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\n"
                                  "tanh\n";

const char labelled_discriminator[] = "gan-network 1\n"
                                      "input shape=8x8x1\n"
                                      "conv2d filters=5 kernel=4 stride=2 padding=1\n"
                                      "leaky_relu\n"
                                      "dropout probability=0.2\n"
                                      "flatten\n"
                                      "concat {\n"
                                      "} {\n"
                                      "    input name=class source=labels classes=3\n"
                                      "}\n"
                                      "dense units=7\n"
                                      "leaky_relu\n"
                                      "dense units=1\n";

const char critic[] = "gan-network 1\n"
                      "input shape=8x8x1\n"
                      "conv2d filters=5 kernel=4 stride=2 padding=1\n"
                      "leaky_relu\n"
                      "conv2d filters=6 kernel=4 stride=2 padding=1 bias=false\n"
                      "layer_norm\n"
                      "leaky_relu name=features\n"
                      "flatten\n"
                      "dense units=1\n";

const char spectral_critic[] = "gan-network 1\n"
                               "input shape=8x8x1\n"
                               "conv2d filters=5 kernel=4 stride=2 padding=1 spectral_norm=true\n"
                               "leaky_relu\n"
                               "minibatch_stddev\n"
                               "flatten\n"
                               "dense units=1 spectral_norm=true\n";

const char spectral_generator[] = "gan-network 1\n"
                                  "input shape=6 noise=normal\n"
                                  "dense units=64 spectral_norm=true\n"
                                  "reshape shape=4x4x4\n"
                                  "batch_norm\n"
                                  "relu\n"
                                  "conv_transpose2d filters=1 kernel=4 stride=2 padding=1 "
                                  "spectral_norm=true\n"
                                  "tanh\n";

const char packed_critic[] = "gan-network 1\n"
                             "input shape=8x8x2\n"
                             "conv2d filters=5 kernel=4 stride=2 padding=1\n"
                             "leaky_relu name=features\n"
                             "flatten\n"
                             "dense units=1\n";

#define PLAIN    plain_generator, plain_discriminator
#define CRITIC   plain_generator, critic
#define LABELLED labelled_generator, labelled_discriminator

const struct method methods[] = {
    {"standard", PLAIN, "batch=8 loss=\"standard flipping=0.1 smoothing=0.1\""},
    {"non_saturating", PLAIN, "batch=8 loss=\"non_saturating smoothing=linear(0.2,0,3)\""},
    {"hinge", PLAIN, "batch=8 loss=hinge"},
    {"least_squares", PLAIN, "batch=8 loss=\"least_squares smoothing=0.1\""},
    {"wasserstein", PLAIN, "batch=8 loss=\"wasserstein clip=0.02\" d_steps=2"},
    {"wgan_gp", CRITIC, "batch=8 recipe=wgan_gp d_steps=2"},
    {"relativistic_average", PLAIN, "batch=8 loss=relativistic_average g_steps=2"},
    {"relativistic_pairing", PLAIN, "batch=8 loss=relativistic_pairing"},
    {"r3gan", CRITIC, "batch=8 recipe=r3gan"},
    {"sngan", spectral_generator, spectral_critic, "batch=8 recipe=sngan d_steps=2 g_steps=2"},
    {"dcgan", PLAIN, "batch=8 recipe=dcgan"},
    {"gradient_penalty", LABELLED, "batch=8 penalties=\"gradient_penalty one_sided=true\""},
    {"lazy r1", CRITIC, "batch=8 penalties=\"r1 gamma=2 interval=3\""},
    {"dragan", CRITIC, "batch=8 penalties=\"dragan; zero_centered lambda=3\" g_steps=2"},
    {"coupled", PLAIN, "batch=8 penalties=\"r1 batch_coupled=allow; r2 batch_coupled=allow\""},
    {"pac", plain_generator, packed_critic, "batch=8 pac=2 penalties=\"gradient_penalty; r1\""},
    {"augment", CRITIC, "batch=8 augment=\"fill=-1\" penalties=\"r2 gamma=1\" g_steps=2"},
    {"instance noise", LABELLED, "batch=8 instance_noise=linear(0,0.3,4)"},
    {"feature matching", CRITIC, "batch=8 feature_matching=features"},
    {"feature matching too", plain_generator, packed_critic,
     "batch=8 pac=2 feature_matching=features feature_matching_mode=add "
     "feature_matching_weight=cosine(2,0,9) loss=relativistic_average "
     "augment=\"policy=color,translation,cutout\""},
    {"accumulate", LABELLED, "batch=4 accumulate=3 d_steps=2 g_steps=2"},
    {"adaptive", PLAIN, "batch=8 d_skip_above=0.65 d_repeat_below=0.6 d_steps_maximum=3"},
    {"schedules", PLAIN,
     "batch=8 generator=\"adamw lr=warmup(3,cosine(1e-3,0,5)) clip_gradient_norm=1\" "
     "discriminator=\"rmsprop lr=exponential(1e-3,1e-5,6) clip_gradient_value=0.01\""},
    {"everything", plain_generator, packed_critic,
     "batch=8 pac=2 accumulate=2 d_steps=2 g_steps=2 loss=relativistic_pairing "
     "penalties=\"r1 interval=2; r2; dragan\" augment=\"policy=translation\" instance_noise=0.1 "
     "feature_matching=features feature_matching_mode=add d_skip_above=0.9 d_repeat_below=0.1"},
};
const int method_count = sizeof methods / sizeof methods[0];

gan_dataset *
fixture_dataset(gan_context *ctx)
{
    static const int64_t shape[] = {SIDE, SIDE, 1};
    static float pictures[SAMPLES * PIXELS];
    int32_t labels[SAMPLES];
    gan_dataset *dataset = NULL;
    uint32_t state = 12345;

    for (int i = 0; i < SAMPLES; i++) {
        labels[i] = i % CLASSES;
        for (int k = 0; k < PIXELS; k++) {
            const int bright = (k / SIDE + labels[i] * (k % SIDE)) % 4 < 2;
            state = state * 1664525u + 1013904223u;
            pictures[i * PIXELS + k] =
                (bright ? 0.7f : -0.7f) + 0.3f * ((float)(state >> 8) / 8388608.0f - 1.0f);
        }
    }
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &dataset, pictures, SAMPLES, shape, 3, labels));
    return dataset;
}

void
fixture_open(struct fixture *f, const char *context_options, const gan_host *host,
             const char *generator, const char *discriminator, const char *trainer_options)
{
    memset(f, 0, sizeof *f);
    const gan_status created = gan_context_create(&f->ctx, context_options, host);
    ck_assert_msg(created == GAN_OK, "%s", gan_context_error(f->ctx));
    f->dataset = fixture_dataset(f->ctx);
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->generator, generator));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->discriminator, discriminator));
    ASSERT_OK(f->ctx, gan_trainer_create(f->ctx, &f->trainer, f->generator, f->discriminator,
                                         f->dataset, trainer_options));
}

void
fixture_close(struct fixture *f)
{
    gan_trainer_destroy(f->trainer);
    gan_layer_destroy(f->generator);
    gan_layer_destroy(f->discriminator);
    gan_dataset_destroy(f->dataset);
    gan_context_destroy(f->ctx);
    memset(f, 0, sizeof *f);
}

static uint64_t
mix(uint64_t hash, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++) {
        hash = (hash ^ p[i]) * 1099511628211u;
    }
    return hash;
}

static uint64_t
mix_network(uint64_t hash, gan_layer *network, bool buffers)
{
    for (int64_t i = 0; i < gan__layer_tensor_count(network); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(network)[i];
        if (!t->buffer || buffers) {
            hash = mix(hash, gan__data(t->tensor), (size_t)t->tensor->count * sizeof(float));
        }
    }
    return hash;
}

/* Buffers that a step moves: spectral_norm's; running statistics of an average are estimated when
 * it is looked at. */
static uint64_t
mix_vectors(uint64_t hash, gan_layer *network)
{
    for (int64_t i = 0; i < gan__layer_tensor_count(network); i++) {
        const struct gan__layer_tensor *t = &gan__layer_tensors(network)[i];
        if (t->buffer && strstr(t->name, "running_") == NULL) {
            hash = mix(hash, gan__data(t->tensor), (size_t)t->tensor->count * sizeof(float));
        }
    }
    return hash;
}

static uint64_t
mix_optimizer(uint64_t hash, const gan_optimizer *optimizer)
{
    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        const gan_tensor *state = optimizer->states[i];
        if (state != NULL) {
            hash = mix(hash, gan__data(state), (size_t)state->count * sizeof(float));
        }
    }
    return mix(hash, &optimizer->steps, sizeof optimizer->steps);
}

uint64_t
fixture_hash(const struct fixture *f)
{
    const gan_trainer *trainer = f->trainer;
    uint64_t hash = 14695981039346656037u;

    hash = mix_network(hash, f->generator, true);
    hash = mix_network(hash, f->discriminator, true);
    hash = mix_optimizer(hash, trainer->generator.optimizer);
    hash = mix_optimizer(hash, trainer->discriminator.optimizer);
    if (trainer->average != NULL) {
        hash = mix_network(hash, trainer->average, false);
        hash = mix_vectors(hash, trainer->average);
    }
    return mix(hash, &trainer->counters, sizeof trainer->counters);
}

void
fixture_steps(struct fixture *f, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        ASSERT_OK(f->ctx, gan_trainer_step(f->trainer, NULL));
    }
}

void
fixture_fill(gan_context *ctx, gan_layer *network, const char *path, float value)
{
    gan_tensor *tensor = NULL;
    ASSERT_OK(ctx, gan_layer_find_parameter(network, &tensor, path));
    for (int64_t i = 0; i < tensor->count; i++) {
        gan__data(tensor)[i] = value;
    }
    gan_tensor_destroy(tensor);
}

/* ---- the host's allocator ---- */

static void *
refusing_allocate(void *user, size_t bytes, size_t alignment)
{
    struct refusing *state = user;
    void *pointer = NULL;
    if (state->refuse >= 0 && state->requests++ >= state->refuse) {
        return NULL;
    }
    if (posix_memalign(&pointer, alignment, bytes) != 0) {
        return NULL;
    }
    memset(pointer, 0xff, bytes); /* NaN: what is read before it is written shows */
    state->live++;
    return pointer;
}

static void
refusing_release(void *user, void *pointer, size_t bytes, size_t alignment)
{
    struct refusing *state = user;
    (void)bytes;
    (void)alignment;
    state->live--;
    free(pointer);
}

gan_host
refusing_host(struct refusing *state)
{
    *state = (struct refusing){.refuse = -1};
    return (gan_host){.struct_size = sizeof(gan_host),
                      .user = state,
                      .allocate = refusing_allocate,
                      .release = refusing_release};
}
