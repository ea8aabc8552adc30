/* Recipes: names for options that belong together. What is not said has the trainer's default. */
#include "trainer/trainer.h"

#include <string.h>

struct recipe {
    struct gan__kind_head head;
    const char *text;
};

#define ADAM(numbers) "generator=\"adam " numbers "\" discriminator=\"adam " numbers "\""

static const struct recipe dcgan = {
    .head = {.kind = "dcgan", .doc = "DCGAN (Radford et al. 2016)"},
    .text = "loss=non_saturating " ADAM("lr=2e-4 beta1=0.5 beta2=0.999") " d_steps=1 average=true",
};
static const struct recipe wgan_gp = {
    .head = {.kind = "wgan_gp",
             .doc = "Wasserstein GAN with gradient penalty (Gulrajani et al. "
                    "2017)"},
    .text = "loss=wgan_gp " ADAM("lr=1e-4 beta1=0 beta2=0.9") " d_steps=5 average=true",
};
static const struct recipe sngan = {
    .head = {.kind = "sngan", .doc = "for a discriminator with spectral_norm (Miyato et al. 2018)"},
    .text = "loss=hinge " ADAM("lr=2e-4 beta1=0 beta2=0.9") " d_steps=5 average=true",
};
static const struct recipe r3gan = {
    .head = {.kind = "r3gan", .doc = "a regularised relativistic GAN (Huang et al. 2024)"},
    .text = "loss=relativistic_pairing penalties=\"r1 gamma=1; r2 gamma=1\" " ADAM(
        "lr=2e-4 beta1=0 beta2=0.99") " d_steps=1 average=true",
};

static const struct gan__kind_head *const recipes[] = {&dcgan.head, &wgan_gp.head, &sngan.head,
                                                       &r3gan.head};
enum { RECIPE_COUNT = sizeof recipes / sizeof recipes[0] };

static const char *
text_of(const struct gan__kind_head *head)
{
    return ((const struct recipe *)(const void *)head)->text;
}

gan_status
gan__recipe_find(gan_context *ctx, const char *name, const char **text)
{
    const struct gan__kind_head *head = NULL;
    const gan_status st =
        gan__kind_find(ctx, "recipe", recipes, RECIPE_COUNT, name, strlen(name), &head);

    *text = st == GAN_OK ? text_of(head) : NULL;
    return st;
}

void
gan__recipes_document(struct gan__text *out)
{
    for (int32_t i = 0; i < RECIPE_COUNT; i++) {
        gan__text_add(out, "%s: %s\n  %s\n", recipes[i]->kind, recipes[i]->doc,
                      text_of(recipes[i]));
    }
}
