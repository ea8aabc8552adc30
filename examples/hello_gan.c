/* The smallest useful GAN: learns to draw digits. Stopped at any moment, killed too, it goes on when it is called again. */
#include <stdio.h>
#include <stdlib.h>

#include <gan/gan.h>

static gan_context *context;
static float pictures[64 * 28 * 28];

static void
check(gan_status status)
{
    if (status != GAN_OK) {
        exit(fprintf(stderr, "%s\n", gan_context_error(context)) != 0);
    }
}

int
main(int argc, char **argv)
{
    gan_layer *generator = NULL, *discriminator = NULL;
    gan_dataset *digits;
    gan_trainer *trainer;
    gan_run *run;
    int64_t step;

    check(gan_context_create(&context, "seed=1", NULL));
    check(gan_dataset_create(context, &digits, "idx", argc > 1 ? argv[1] : "images=digits.gz"));
    check(gan_run_open(context, &run, "hello_gan.run", "checkpoint_seconds=5"));
    check(gan_run_steps(run, &step)); /* of the newest checkpoint; -1 if there is none */
    if (step >= 0) {
        check(gan_run_resume(run, &trainer, digits));
    } else {
        check(gan_layer_parse(context, &generator,
                              "gan-network 1\ninput shape=64 noise=normal\n"
                              "dense units=3136\nreshape shape=7x7x64\nbatch_norm\nrelu\n"
                              "conv_transpose2d filters=32 kernel=4 stride=2 padding=1\n"
                              "batch_norm\nrelu\n"
                              "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\ntanh\n"));
        check(gan_layer_parse(context, &discriminator,
                              "gan-network 1\ninput shape=28x28x1\n"
                              "conv2d filters=32 kernel=4 stride=2 padding=1\nleaky_relu\n"
                              "conv2d filters=64 kernel=4 stride=2 padding=1\nleaky_relu\n"
                              "flatten\ndense units=1\n"));
        check(gan_trainer_create(context, &trainer, generator, discriminator, digits,
                                 "batch=32 generator=\"adam lr=5e-4 beta1=0.5\" "
                                 "discriminator=\"adam lr=5e-4 beta1=0.5\""));
        check(gan_run_begin(run, trainer, "replace=true"));
    }
    check(gan_trainer_run(trainer, step < 0 ? 1500 : 1500 - step, NULL, NULL));
    check(gan_trainer_generate(trainer, pictures, 64, NULL));
    check(gan_image_save(context, "hello_gan.png", pictures, 64, 28, 28, 1, NULL));
    gan_trainer_destroy(trainer); /* in any order; each gives up its own handle */
    gan_run_destroy(run);
    gan_layer_destroy(generator);
    gan_layer_destroy(discriminator);
    gan_dataset_destroy(digits);
    gan_context_destroy(context);
}
