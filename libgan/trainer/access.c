/* A trainer's parts for the caller. */
#include "trainer/trainer.h"

static gan_status
give_network(gan_trainer *trainer, gan_layer **out, const struct gan__side *side)
{
    struct gan__call call;
    gan_status st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_TRAINER_READ);

    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(gan__trainer_context(trainer), side->name);
    } else {
        gan_layer_retain(side->network);
        *out = side->network;
    }
    return gan__leave(&call, st);
}

gan_status
gan_trainer_generator(gan_trainer *trainer, gan_layer **generator)
{
    if (generator != NULL) {
        *generator = NULL;
    }
    return trainer == NULL ? GAN_E_ARG : give_network(trainer, generator, &trainer->generator);
}

gan_status
gan_trainer_discriminator(gan_trainer *trainer, gan_layer **discriminator)
{
    if (discriminator != NULL) {
        *discriminator = NULL;
    }
    return trainer == NULL ? GAN_E_ARG
                           : give_network(trainer, discriminator, &trainer->discriminator);
}

static void
give_optimizer(gan_optimizer **out, gan_optimizer *optimizer)
{
    if (out != NULL) {
        gan_optimizer_retain(optimizer);
        *out = optimizer;
    }
}

gan_status
gan_trainer_optimizers(gan_trainer *trainer, gan_optimizer **generator,
                       gan_optimizer **discriminator)
{
    struct gan__call call;
    gan_status st;

    if (generator != NULL) {
        *generator = NULL;
    }
    if (discriminator != NULL) {
        *discriminator = NULL;
    }
    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_TRAINER_READ);
    if (st != GAN_OK) {
        return st;
    }
    give_optimizer(generator, trainer->generator.optimizer);
    give_optimizer(discriminator, trainer->discriminator.optimizer);
    return gan__leave(&call, st);
}
