/* The smallest useful GAN: hello_gan train-images-idx3-ubyte.gz learns for 1500 steps and writes digits to hello_gan.png. */
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
    gan_layer *generator, *discriminator;
    gan_dataset *digits;
    gan_trainer *trainer;
    char images[4096];

    snprintf(images, sizeof images, "images=\"%s\"", argc > 1 ? argv[1] : "digits.gz");
    check(gan_context_create(&context, "seed=1", NULL));
    check(gan_dataset_create(context, &digits, "idx", images));
    check(gan_layer_parse(context, &generator,
                          "gan-network 1\n"
                          "input shape=64 noise=normal\n"
                          "dense units=3136\nreshape shape=7x7x64\n"
                          "batch_norm\n"
                          "relu\n"
                          "conv_transpose2d filters=32 kernel=4 stride=2 padding=1\n"
                          "batch_norm\n"
                          "relu\n"
                          "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\n"
                          "tanh\n"));
    check(gan_layer_parse(context, &discriminator,
                          "gan-network 1\n"
                          "input shape=28x28x1\n"
                          "conv2d filters=32 kernel=4 stride=2 padding=1\n"
                          "leaky_relu\n"
                          "conv2d filters=64 kernel=4 stride=2 padding=1\n"
                          "leaky_relu\n"
                          "flatten\ndense units=1\n"));
    check(gan_trainer_create(context, &trainer, generator, discriminator, digits,
                             "batch=32 generator=\"adam lr=5e-4 beta1=0.5\" "
                             "discriminator=\"adam lr=5e-4 beta1=0.5\""));
    check(gan_trainer_run(trainer, 1500, NULL, NULL));
    check(gan_trainer_generate(trainer, pictures, 64, NULL));
    check(gan_image_save(context, "hello_gan.png", pictures, 64, 28, 28, 1, NULL));
    gan_trainer_destroy(trainer); /* in any order; each gives up its own handle */
    gan_dataset_destroy(digits);
    gan_layer_destroy(generator);
    gan_layer_destroy(discriminator);
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
