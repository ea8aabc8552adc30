/*
 * How a picture becomes one of the wanted size: cropped first as StyleGAN's dataset tool does it,
 * resized first as torchvision's Resize and CenterCrop, or stretched.
 */
#include "data/resize.h"

/* Half of an odd number is rounded to even, as Python's round() does. */
static int64_t
half_to_even(int64_t value)
{
    const int64_t half = value / 2;
    return value % 2 == 0 || half % 2 == 0 ? half : half + 1;
}

/* a * b / c, rounded to the nearest, within [1, most] */
static int64_t
proportion(int64_t a, int64_t b, int64_t c, int64_t most)
{
    const int64_t value = (2 * a * b + c) / (2 * c);
    return value < 1 ? 1 : value > most ? most : value;
}

/* The largest rectangle of the wanted shape, from the middle. */
static void
crop_first(struct gan__fitting *fitting, int64_t height, int64_t width)
{
    struct gan__resize_plan *down = &fitting->down, *across = &fitting->across;

    if (width * down->out <= height * across->out) {
        down->in = proportion(width, down->out, across->out, height);
    } else {
        across->in = proportion(height, across->out, down->out, width);
    }
    fitting->top = (height - down->in) / 2;
    fitting->left = (width - across->in) / 2;
}

/* Just large enough to cover what is wanted, then the middle of it. */
static void
resize_first(struct gan__fitting *fitting, int64_t height, int64_t width)
{
    struct gan__resize_plan *down = &fitting->down, *across = &fitting->across;

    if (width * down->out <= height * across->out) {
        down->out = across->out * height / width;
    } else {
        across->out = down->out * width / height;
    }
    down->first = half_to_even(down->out - down->count);
    across->first = half_to_even(across->out - across->count);
}

void
gan__fit(struct gan__fitting *fitting, enum gan__fit fit, enum gan__filter filter, int64_t height,
         int64_t width, int64_t to_height, int64_t to_width)
{
    *fitting = (struct gan__fitting){
        .down = {.in = height, .out = to_height, .count = to_height, .filter = filter},
        .across = {.in = width, .out = to_width, .count = to_width, .filter = filter}};
    if (fit == GAN__FIT_CROP_RESIZE) {
        crop_first(fitting, height, width);
    } else if (fit == GAN__FIT_RESIZE_CROP) {
        resize_first(fitting, height, width);
    }
}
