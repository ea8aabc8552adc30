/*
 * A WGAN-GP critic's step (Gulrajani et al. 2017) on batches of 64 real and 64 generated pictures: loss, gradient penalty,
 * backward, Adam. DCGAN's discriminators of width 64 without batch norm, through the public interface.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 64, TEXT_SIZE = 4096 };

struct critic {
    const struct bench *bench;
    gan_layer *network;
    gan_loss *loss;
    gan_penalty *penalty;
    gan_optimizer *adam;
    gan_tensor *real, *generated;
    int64_t step;
};

static void
run_critic(void *argument)
{
    struct critic *c = argument;
    const struct bench *bench = c->bench;
    gan_tensor *on_real, *on_generated, *loss, *penalty, *sum;

    check(bench, gan_layer_clear_gradients(c->network));
    check(bench, gan_layer_forward(c->network, &on_real, c->real, 1));
    check(bench, gan_layer_forward(c->network, &on_generated, c->generated, 1));
    check(bench, gan_loss_discriminator(c->loss, &loss, on_real, on_generated));
    check(bench,
          gan_penalty_apply(c->penalty, &penalty, c->network, c->real, c->generated, c->step++));
    check(bench, gan_add(bench->ctx, &sum, loss, penalty));
    check(bench, gan_backward(bench->ctx, sum, 0));
    check(bench, gan_optimizer_step(c->adam));
    gan_tensor *const used[] = {on_real, on_generated, loss, penalty, sum};
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        gan_tensor_destroy(used[i]);
    }
}

/*
 * Operations of the products, an FMA being two. On real and generated pictures: forward, by weight, and by input but in the first
 * layer. The penalty: forward and by input on the interpolates; then each product by input is differentiated by its weight and,
 * but for the last layer's, by the gradient that it was made of, which is a forward product.
 */
static double
critic_operations(int64_t size, int64_t channels)
{
    double all = 0.0;
    double first = 0.0;
    int64_t in = channels;
    int64_t out = 64;
    int64_t side = size / 2;
    for (;; side /= 2, in = out, out *= 2) {
        const double layer = 2.0 * BATCH * (double)(side * side * 16 * in * out);
        first = in == channels ? layer : first;
        all += layer;
        if (side == 4 || side == 7) {
            break;
        }
    }
    const double dense = 2.0 * BATCH * (double)(side * side * out);
    const double network = all + dense;
    return 2.0 * (3.0 * network - first) + 2.0 * network + 2.0 * network - dense;
}

static void
bench_one(const struct bench *bench, int64_t size, int64_t channels)
{
    struct critic c = {.bench = bench};
    gan_context *const ctx = bench->ctx;
    const int64_t shape[] = {BATCH, size, size, channels};
    const int64_t count = BATCH * size * size * channels;
    char options[64], text[TEXT_SIZE];
    size_t needed = 0;

    float *samples = make_samples(2 * count);
    (void)snprintf(options, sizeof(options), "size=%d channels=%d norm=none", (int)size,
                   (int)channels);
    check(bench,
          gan_layer_preset(ctx, "dcgan_discriminator", options, text, sizeof(text), &needed));
    check(bench, gan_layer_parse(ctx, &c.network, text));
    check(bench, gan_loss_create(ctx, &c.loss, "wasserstein", NULL));
    check(bench, gan_penalty_create(ctx, &c.penalty, "gradient_penalty", NULL));
    check(bench, gan_optimizer_create(ctx, &c.adam, "adam", "lr=1e-4 beta1=0 beta2=0.9"));
    check(bench, gan_optimizer_attach(c.adam, c.network));
    check(bench, gan_tensor_create(ctx, &c.real, shape, 4, samples));
    check(bench, gan_tensor_create(ctx, &c.generated, shape, 4, samples + count));
    /* The first steps fill the memory pool. */
    run_critic(&c);
    run_critic(&c);
    const struct timing timing = time_runs(NULL, run_critic, &c, 2 * bench->repeats);
    (void)snprintf(text, sizeof(text), "WGAN-GP critic %dx%dx%d, batch 64", (int)size, (int)size,
                   (int)channels);
    print_rate(bench, text, timing, critic_operations(size, channels));

    gan_tensor_destroy(c.generated);
    gan_tensor_destroy(c.real);
    gan_optimizer_destroy(c.adam);
    gan_penalty_destroy(c.penalty);
    gan_loss_destroy(c.loss);
    gan_layer_destroy(c.network);
    free(samples);
}

void
bench_critic(const struct bench *bench)
{
    bench_one(bench, 28, 1);
    bench_one(bench, 32, 3);
}
