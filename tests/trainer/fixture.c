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
