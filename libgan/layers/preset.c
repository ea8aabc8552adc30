/*
 * gan_layer_preset(): the texts of networks that are ready to name.
 *
 * dcgan: A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep
 * convolutional generative adversarial networks", ICLR 2016; kernel 4 as in later code, no norm at
 * the generator's output and the discriminator's input. resnet: T. Miyato et al., "Spectral
 * normalization for generative adversarial networks", ICLR 2018, appendix B.4, the networks for
 * CIFAR-10, which are I. Gulrajani et al.'s ("Improved training of Wasserstein GANs", NIPS 2017)
 * with a sum at the end; initial values as in both codes.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"
#include "base/kind.h"

enum { BATCH_NORM, LAYER_NORM, INSTANCE_NORM, NONE };

/* The options of all presets. */
struct preset {
    int64_t size, channels, width, noise, pac;
    int32_t norm;
    bool spectral_norm;
};

struct preset_class {
    struct gan__kind_head head;
    const char *sizes; /* that there are, for sentences */
    bool (*knows)(int64_t size);
    void (*write)(struct gan__text *out, const struct preset *preset);
};

/* clang-format off */
#define COUNT_OPTION(word, most, default_value, text)                                              \
    {.name = #word, .type = GAN__OPTION_INT, .offset = offsetof(struct preset, word),              \
     .minimum = 1, .maximum = (most), .fallback = (default_value), .doc = (text)}
#define NORM_OPTIONS(default_value)                                                                \
    {.name = "norm", .type = GAN__OPTION_CHOICE, .offset = offsetof(struct preset, norm),          \
     .fallback = (default_value), .choices = "batch_norm|layer_norm|instance_norm|none",           \
     .doc = "of the inner layers"},                                                                \
    {.name = "spectral_norm", .type = GAN__OPTION_BOOL,                                            \
     .offset = offsetof(struct preset, spectral_norm), .fallback = "false",                        \
     .doc = "divide each weight by its largest singular value"}
/* clang-format on */
#define CHANNELS_OPTION COUNT_OPTION(channels, 65536, "3", "of a picture")
#define NOISE_OPTION(default_value)                                                                \
    COUNT_OPTION(noise, 1 << 20, default_value, "normal numbers in for each picture")
#define PAC_OPTION COUNT_OPTION(pac, 1024, "1", "pictures that are joined on channels (PacGAN)")
#define DCGAN_SIZE COUNT_OPTION(size, 65536, "32", "of a picture's side: 28, 32, 64 or 128")
#define DCGAN_WIDTH                                                                                \
    COUNT_OPTION(width, 65536, "64", "channels of the largest inner pictures; the paper has 128")
#define RESNET_SIZE COUNT_OPTION(size, 65536, "32", "of a picture's side: 32")

static const struct gan__option dcgan_generator_options[] = {
    DCGAN_SIZE,      CHANNELS_OPTION, DCGAN_WIDTH, NOISE_OPTION("100"), NORM_OPTIONS("batch_norm"),
    GAN__OPTION_END,
};

static const struct gan__option dcgan_discriminator_options[] = {
    DCGAN_SIZE, CHANNELS_OPTION, DCGAN_WIDTH, NORM_OPTIONS("batch_norm"),
    PAC_OPTION, GAN__OPTION_END,
};

static const struct gan__option resnet_generator_options[] = {
    RESNET_SIZE,
    CHANNELS_OPTION,
    COUNT_OPTION(width, 65536, "128", "channels of all inner pictures; 256 in Miyato et al."),
    NOISE_OPTION("128"),
    NORM_OPTIONS("batch_norm"),
    GAN__OPTION_END,
};

static const struct gan__option resnet_discriminator_options[] = {
    RESNET_SIZE,
    CHANNELS_OPTION,
    COUNT_OPTION(width, 65536, "128", "channels of all inner pictures"),
    NORM_OPTIONS("none"),
    PAC_OPTION,
    GAN__OPTION_END,
};

static void
add_norm(struct gan__text *out, const struct preset *preset, const char *indent)
{
    static const char *const lines[] = {
        [BATCH_NORM] = "batch_norm",
        [LAYER_NORM] = "layer_norm",
        [INSTANCE_NORM] = "instance_norm affine=true",
    };

    if (preset->norm != NONE) {
        gan__text_add(out, "%s%s\n", indent, lines[preset->norm]);
    }
}

/* What ends the line of a layer with a weight. */
static const char *
weight_options(const struct preset *preset)
{
    return preset->spectral_norm ? " spectral_norm=true\n" : "\n";
}

/* A norm that takes out each channel's mean takes out an offset before it. */
static const char *
inner_bias(const struct preset *preset)
{
    return preset->norm == BATCH_NORM || preset->norm == INSTANCE_NORM ? " bias=false" : "";
}

/* The first lines. */
static void
begin(struct gan__text *out, const struct preset *preset, const char *title)
{
    gan__text_add(out, "gan-network 1\n# %s, %lldx%lldx%lld\n", title, (long long)preset->size,
                  (long long)preset->size, (long long)preset->channels);
}

static void
begin_discriminator(struct gan__text *out, const struct preset *preset, const char *title)
{
    begin(out, preset, title);
    if (preset->pac > 1) {
        gan__text_add(out, "# %lld pictures are one input, joined on channels (pac)\n",
                      (long long)preset->pac);
    }
    gan__text_add(out, "input shape=%lldx%lldx%lld\n", (long long)preset->size,
                  (long long)preset->size, (long long)(preset->channels * preset->pac));
}

static bool
dcgan_knows(int64_t size)
{
    return size == 28 || size == 32 || size == 64 || size == 128;
}

/* The side of the smallest inner pictures, and how often it is doubled. */
static int64_t
dcgan_start(const struct preset *preset, int32_t *stages)
{
    const int64_t start = preset->size == 28 ? 7 : 4;

    *stages = 0;
    for (int64_t size = start; size < preset->size; size *= 2) {
        (*stages)++;
    }
    return start;
}

static void
dcgan_generator(struct gan__text *out, const struct preset *preset)
{
    const char *weight = weight_options(preset), *bias = inner_bias(preset);
    int32_t stages;
    const int64_t start = dcgan_start(preset, &stages);
    const int64_t channels = preset->width << (stages - 1);

    begin(out, preset, "DCGAN generator (Radford et al. 2016)");
    gan__text_add(out, "input shape=%lld noise=normal\n", (long long)preset->noise);
    gan__text_add(out, "dense units=%lld%s%s", (long long)(start * start * channels), bias, weight);
    gan__text_add(out, "reshape shape=%lldx%lldx%lld\n", (long long)start, (long long)start,
                  (long long)channels);
    add_norm(out, preset, "");
    gan__text_add(out, "relu\n");
    for (int32_t i = stages - 2; i >= 0; i--) {
        gan__text_add(out, "conv_transpose2d filters=%lld kernel=4 stride=2 padding=1%s%s",
                      (long long)(preset->width << i), bias, weight);
        add_norm(out, preset, "");
        gan__text_add(out, "relu\n");
    }
    gan__text_add(out, "conv_transpose2d filters=%lld kernel=4 stride=2 padding=1%s",
                  (long long)preset->channels, weight);
    gan__text_add(out, "tanh\n");
}

static void
dcgan_discriminator(struct gan__text *out, const struct preset *preset)
{
    const char *weight = weight_options(preset), *bias = inner_bias(preset);
    int32_t stages;

    (void)dcgan_start(preset, &stages);
    begin_discriminator(out, preset, "DCGAN discriminator (Radford et al. 2016)");
    for (int32_t i = 0; i < stages; i++) {
        gan__text_add(out, "conv2d filters=%lld kernel=4 stride=2 padding=1%s%s",
                      (long long)(preset->width << i), i > 0 ? bias : "", weight);
        if (i > 0) {
            add_norm(out, preset, "");
        }
        gan__text_add(out, "leaky_relu\n");
    }
    gan__text_add(out, "flatten\ndense units=1%s", weight);
}

static bool
resnet_knows(int64_t size)
{
    return size == 32;
}

/* Both codes start the 3x3 products from Glorot's values times sqrt(2), all others from Glorot's. */
static void
add_conv3(struct gan__text *out, const struct preset *preset)
{
    gan__text_add(out, "    conv2d filters=%lld kernel=3 padding=1 init=glorot gain=1.41421356%s",
                  (long long)preset->width, weight_options(preset));
}

static void
add_conv1(struct gan__text *out, const struct preset *preset)
{
    gan__text_add(out, "    conv2d filters=%lld kernel=1 init=glorot%s", (long long)preset->width,
                  weight_options(preset));
}

static void
resnet_generator(struct gan__text *out, const struct preset *preset)
{
    const char *weight = weight_options(preset);

    begin(out, preset, "ResNet generator (Gulrajani et al. 2017; Miyato et al. 2018)");
    gan__text_add(out, "input shape=%lld noise=normal\n", (long long)preset->noise);
    gan__text_add(out, "dense units=%lld init=glorot%s", (long long)(16 * preset->width), weight);
    gan__text_add(out, "reshape shape=4x4x%lld\n", (long long)preset->width);
    for (int32_t i = 0; i < 3; i++) {
        gan__text_add(out, "residual {\n");
        add_norm(out, preset, "    ");
        gan__text_add(out, "    relu\n    upsample2d\n");
        add_conv3(out, preset);
        add_norm(out, preset, "    ");
        gan__text_add(out, "    relu\n");
        add_conv3(out, preset);
        gan__text_add(out, "} {\n");
        add_conv1(out, preset); /* the same as after upsample2d, and a quarter of the work */
        gan__text_add(out, "    upsample2d\n}\n");
    }
    add_norm(out, preset, "");
    gan__text_add(out, "relu\nconv2d filters=%lld kernel=3 padding=1 init=glorot%stanh\n",
                  (long long)preset->channels, weight);
}

/* first: the input itself comes in, not to be cut off by a relu. halve: to half the side. */
static void
resnet_down(struct gan__text *out, const struct preset *preset, bool first, bool halve)
{
    gan__text_add(out, "residual {\n");
    if (!first) {
        add_norm(out, preset, "    ");
        gan__text_add(out, "    relu\n");
    }
    add_conv3(out, preset);
    if (!first) {
        add_norm(out, preset, "    ");
    }
    gan__text_add(out, "    relu\n");
    add_conv3(out, preset);
    gan__text_add(out, halve ? "    avg_pool2d\n} {\n    avg_pool2d\n" : "} {\n");
    if (halve) {
        add_conv1(out, preset); /* the same as before avg_pool2d, and a quarter of the work */
    }
    gan__text_add(out, "}\n");
}

static void
resnet_discriminator(struct gan__text *out, const struct preset *preset)
{
    begin_discriminator(out, preset,
                        "ResNet discriminator (Gulrajani et al. 2017; Miyato et al. 2018)");
    resnet_down(out, preset, true, true);
    resnet_down(out, preset, false, true);
    resnet_down(out, preset, false, false);
    resnet_down(out, preset, false, false);
    gan__text_add(out, "relu\nglobal_pool2d mode=sum\ndense units=1 init=glorot%s",
                  weight_options(preset));
}

#define PRESET(family, side, document)                                                             \
    static const struct preset_class family##_##side##_class = {                                   \
        .head = {#family "_" #side, document, family##_##side##_options, sizeof(struct preset)},   \
        .sizes = family##_sizes,                                                                   \
        .knows = family##_knows,                                                                   \
        .write = family##_##side};

static const char dcgan_sizes[] = "28, 32, 64 and 128";
static const char resnet_sizes[] = "32";
PRESET(dcgan, generator, "transposed convolutions (Radford et al. 2016)")
PRESET(dcgan, discriminator, "strided convolutions (Radford et al. 2016)")
PRESET(resnet, generator, "residual blocks (Gulrajani et al. 2017; Miyato et al. 2018)")
PRESET(resnet, discriminator,
       "residual blocks, global sum pooling (Gulrajani et al. 2017; Miyato et al. 2018)")

static const struct gan__kind_head *const presets[] = {
    &dcgan_generator_class.head,
    &dcgan_discriminator_class.head,
    &resnet_generator_class.head,
    &resnet_discriminator_class.head,
};
enum { PRESET_COUNT = sizeof presets / sizeof presets[0] };

void
gan__presets_document(struct gan__text *out)
{
    gan__kinds_document(out, presets, PRESET_COUNT);
}

static gan_status
write_preset(gan_context *ctx, struct gan__text *out, const char *name, const char *options)
{
    const struct gan__kind_head *head = NULL;
    struct preset preset;
    gan_status st;

    GAN__TRY(gan__kind_find(ctx, "preset", presets, PRESET_COUNT, name, strlen(name), &head));
    const struct preset_class *class = (const struct preset_class *)head;
    const struct gan__option_origin origin = {.kind = head->kind};
    const char *text = options != NULL ? options : "";
    preset.pac = 1; /* generators have no such option */
    GAN__TRY(
        gan__options_parse(ctx, head->options, &preset, NULL, NULL, text, strlen(text), &origin));
    if (!class->knows(preset.size)) {
        return gan__fail(ctx, GAN_E_ARG, "%s: size is %lld, there are texts for %s pixels a side",
                         head->kind, (long long)preset.size, class->sizes);
    }
    class->write(out, &preset);
    st = out->status;

fail:
    return st;
}

gan_status
gan_layer_preset(gan_context *ctx, const char *name, const char *options, char *buffer, size_t size,
                 size_t *needed)
{
    struct gan__call call;
    struct gan__text text;
    gan_status st;

    if (needed != NULL) {
        *needed = 0;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, ctx);
    st = name == NULL ? gan__null(ctx, "name") : write_preset(ctx, &text, name, options);
    if (st == GAN_OK) {
        st = gan__text_give(&text, buffer, size, needed);
    } else {
        gan__text_free(&text);
    }
    return gan__leave(&call, st);
}
