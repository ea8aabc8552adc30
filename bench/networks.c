/*
 * DCGAN's networks as PyTorch's example has them at 64x64 (and without its largest pictures at
 * 32x32): no offsets, batch norm on the inner layers. At 28x28 the smallest pictures are 7x7, and
 * the outer layers have offsets. The generator's first layer and the discriminator's last, there
 * convolutions of 4x4 pictures, are dense ones here: the same products.
 */
#include "networks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The side of the smallest pictures. */
static int64_t
smallest(const struct pictures *of)
{
    return of->size == 28 ? 7 : 4;
}

/* Channels of the smallest pictures. */
static int64_t
deepest(const struct pictures *of)
{
    return NETWORK_WIDTH * of->size / smallest(of) / 2;
}

static const char *
outer_bias(const struct pictures *of)
{
    return of->size == 28 ? "" : " bias=false";
}

static void __attribute__((format(printf, 2, 3)))
add(char text[NETWORK_TEXT], const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + length, NETWORK_TEXT - length, format, arguments);
    va_end(arguments);
}

void
network_generator(char text[NETWORK_TEXT], const struct pictures *of)
{
    const int side = (int)smallest(of);
    int channels = (int)deepest(of);
    text[0] = '\0';
    add(text, "gan-network 1\ninput shape=%d noise=normal\ndense units=%d bias=false\n",
        NETWORK_NOISE, side * side * channels);
    add(text, "reshape shape=%dx%dx%d\nbatch_norm\nrelu\n", side, side, channels);
    while (channels > NETWORK_WIDTH) {
        channels /= 2;
        add(text,
            "conv_transpose2d filters=%d kernel=4 stride=2 padding=1 bias=false\n"
            "batch_norm\nrelu\n",
            channels);
    }
    add(text, "conv_transpose2d filters=%d kernel=4 stride=2 padding=1%s\ntanh\n",
        (int)of->channels, outer_bias(of));
}

void
network_discriminator(char text[NETWORK_TEXT], const struct pictures *of, bool norm)
{
    const char *const outer = norm ? outer_bias(of) : "";
    text[0] = '\0';
    add(text, "gan-network 1\ninput shape=%dx%dx%d\n", (int)of->size, (int)of->size,
        (int)of->channels);
    add(text, "conv2d filters=%d kernel=4 stride=2 padding=1%s\nleaky_relu\n", NETWORK_WIDTH,
        outer);
    for (int channels = 2 * NETWORK_WIDTH; channels <= deepest(of); channels *= 2) {
        add(text, "conv2d filters=%d kernel=4 stride=2 padding=1%s\nleaky_relu\n", channels,
            norm ? " bias=false\nbatch_norm" : "");
    }
    add(text, "flatten\ndense units=1%s\n", outer);
}

/* Both networks have the same convolutions, from the largest pictures to the smallest. */
static double
convolutions(const struct pictures *of, double *outermost)
{
    double all = 0.0;
    int64_t side = of->size / 2, in = of->channels, out = NETWORK_WIDTH;
    for (; side >= smallest(of); side /= 2, in = out, out *= 2) {
        const double layer = 2.0 * (double)(of->batch * side * side * 16 * in * out);
        *outermost = all > 0.0 ? *outermost : layer;
        all += layer;
    }
    return all;
}

/* Of the smallest pictures with `ends` numbers each. */
static double
dense(const struct pictures *of, int64_t ends)
{
    return 2.0 * (double)(of->batch * smallest(of) * smallest(of) * deepest(of) * ends);
}

struct operations
network_generator_operations(const struct pictures *of)
{
    struct operations o = {.first = dense(of, NETWORK_NOISE)};
    o.all = convolutions(of, &o.last) + o.first;
    return o;
}

struct operations
network_discriminator_operations(const struct pictures *of)
{
    struct operations o = {.last = dense(of, 1)};
    o.all = convolutions(of, &o.first) + o.last;
    return o;
}
