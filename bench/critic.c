/*
 * A WGAN-GP critic's step (Gulrajani et al. 2017) through the public interface: a generated batch
 * without a graph, the critic on it and on a real one, the gradient penalty, backward, Adam.
 * The critic is DCGAN's discriminator without norms.
 */
#include "networks.h"

#include <stdlib.h>

struct critic {
    gan_layer *generator, *network;
    gan_loss *loss;
    gan_penalty *penalty;
    gan_optimizer *adam;
    gan_tensor *real;
    int64_t step;
};

static gan_tensor *
generate(struct job *job)
{
    const struct pictures *const of = job->work->details;
    const struct critic *const c = job->state;
    const int64_t shape[] = {of->batch, NETWORK_NOISE};
    gan_tensor *noise, *generated;
    check(job, gan_tensor_create_random(job->ctx, &noise, shape, 2, "normal", (uint64_t)c->step));
    check(job, gan_no_grad_begin(job->ctx));
    check(job, gan_layer_forward(c->generator, &generated, noise, 1));
    check(job, gan_no_grad_end(job->ctx));
    gan_tensor_destroy(noise);
    return generated;
}

static void
run_critic(struct job *job)
{
    struct critic *const c = job->state;
    gan_tensor *on_real, *on_generated, *loss, *penalty, *sum;
    gan_tensor *const generated = generate(job);

    check(job, gan_layer_clear_gradients(c->network));
    check(job, gan_layer_forward(c->network, &on_real, c->real, 1));
    check(job, gan_layer_forward(c->network, &on_generated, generated, 1));
    check(job, gan_loss_discriminator(c->loss, &loss, on_real, on_generated));
    check(job, gan_penalty_apply(c->penalty, &penalty, c->network, c->real, generated, c->step++));
    check(job, gan_add(job->ctx, &sum, loss, penalty));
    gan_tensor *const used[] = {generated, on_real, on_generated, loss, penalty};
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        gan_tensor_destroy(used[i]);
    }
    check(job, gan_backward(job->ctx, sum, 0));
    gan_tensor_destroy(sum);
    check(job, gan_optimizer_step(c->adam));
}

static void
close_critic(struct job *job)
{
    struct critic *const c = job->state;
    gan_tensor_destroy(c->real);
    gan_optimizer_destroy(c->adam);
    gan_penalty_destroy(c->penalty);
    gan_loss_destroy(c->loss);
    gan_layer_destroy(c->network);
    gan_layer_destroy(c->generator);
}

/*
 * Of the products: the generator forward. On real and generated pictures: forward, by weight, and
 * by input but in the first layer. The penalty: forward and by input on the interpolates; then each
 * product by input is differentiated by its weight and, but for the last layer's, by the gradient
 * that it was made of, which is a forward product.
 */
static double
critic_operations(const struct pictures *of)
{
    const struct operations g = network_generator_operations(of);
    const struct operations d = network_discriminator_operations(of);
    return g.all + 2.0 * (3.0 * d.all - d.first) + 2.0 * d.all + 2.0 * d.all - d.last;
}

static void
open_critic(struct job *job)
{
    const struct pictures *const of = job->work->details;
    gan_context *const ctx = job->ctx;
    const int64_t shape[] = {of->batch, of->size, of->size, of->channels};
    char text[NETWORK_TEXT];
    struct critic *const c = take(sizeof(*c));
    *c = (struct critic){0};
    job->state = c;
    network_generator(text, of);
    check(job, gan_layer_parse(ctx, &c->generator, text));
    network_discriminator(text, of, false);
    check(job, gan_layer_parse(ctx, &c->network, text));
    check(job, gan_loss_create(ctx, &c->loss, "wasserstein", NULL));
    check(job, gan_penalty_create(ctx, &c->penalty, "gradient_penalty", NULL));
    check(job, gan_optimizer_create(ctx, &c->adam, "adam", "lr=1e-4 beta1=0 beta2=0.9"));
    check(job, gan_optimizer_attach(c->adam, c->network));
    float *const samples = make_samples(of->batch * of->size * of->size * of->channels);
    check(job, gan_tensor_create(ctx, &c->real, shape, 4, samples));
    free(samples);
    job->run = run_critic;
    job->close = close_critic;
    job->operations = critic_operations(of);
    job->images = (double)of->batch;
    job->training = true;
}

/* clang-format off */
#define CRITIC(pixels, colours)                                                                    \
    {.name = "critic-" #pixels,                                                                    \
     .what = "WGAN-GP critic step, " #pixels "x" #pixels "x" #colours ", batch 64, width 64",      \
     .open = open_critic,                                                                          \
     .details = &(const struct pictures){.size = (pixels), .channels = (colours), .batch = 64}}
/* clang-format on */

const struct work critic_works[] = {CRITIC(28, 1), CRITIC(32, 3), CRITIC(64, 3), {0}};
