/*
 * From a sample to what a network takes: bytes, the network's size, three channels of one.
 *
 * Resizing is that of the references, without antialiasing: TensorFlow 1's, whose pixel i stands at
 * i * in / out, and PyTorch's, at (i + 1/2) * in / out - 1/2; across first, then down, in float.
 */
#include "base/context.h"
#include "base/memory.h"
#include "base/pool.h"
#include "data/dataset.h"
#include "io/image.h"
#include "metrics/judge.h"

/* The samples of one call. */
struct preparation {
    gan_context *ctx;
    const struct gan__judge_options *options;
    const float *from;
    float *to;
    int64_t height, width, channels; /* of a sample */
    int64_t to_height, to_width, to_channels, stack;
};

/* Between which two pixels an output pixel stands, and how far from the first. */
struct place {
    int64_t low, high;
    float part;
};

static struct place
place_of(int64_t pixel, int64_t in, int64_t out, bool centres)
{
    const float scale = (float)in / (float)out;
    float at = centres ? ((float)pixel + 0.5F) * scale - 0.5F : (float)pixel * scale;

    at = at > 0 ? at : 0;
    struct place place = {.low = (int64_t)at};
    place.low = place.low < in ? place.low : in - 1;
    place.high = place.low + 1 < in ? place.low + 1 : in - 1;
    place.part = at - (float)place.low;
    return place;
}

/* A value as the references see it before they resize: 0 to 255. */
static inline float
level(const struct preparation *p, float value)
{
    return p->options->round ? (float)gan__image_byte(value) : (value + 1.0F) * 127.5F;
}

/* What a pixel of the network's picture is made of: `first` is where the sample's row begins. */
static inline int64_t
channel_of(const struct preparation *p, int64_t layer, int64_t c)
{
    return p->stack > 1 ? layer : p->channels == 1 ? 0 : c;
}

/* A row of the sample as wide as the network's. */
static void
widen(const struct preparation *p, const float *row, int64_t layer, float *out)
{
    const bool centres = p->options->resize == GAN__RESIZE_TORCH;

    for (int64_t x = 0; x < p->to_width; x++) {
        const struct place place = place_of(x, p->width, p->to_width, centres);
        for (int64_t c = 0; c < p->to_channels; c++) {
            const int64_t channel = channel_of(p, layer, c);
            const float low = level(p, row[place.low * p->channels + channel]);
            const float high = level(p, row[place.high * p->channels + channel]);
            *out++ = low + (high - low) * place.part;
        }
    }
}

/* Two rows that were widened, so that neighbours of one output row serve for the next one, too. */
struct rows {
    float *values[2];
    int64_t numbers[2]; /* in the sample; -1: none */
};

static const float *
widened(const struct preparation *p, const float *sample, int64_t layer, struct rows *rows,
        int64_t number, int64_t other)
{
    for (int i = 0; i < 2; i++) {
        if (rows->numbers[i] == number) {
            return rows->values[i];
        }
    }
    const int place = rows->numbers[0] == other ? 1 : 0; /* not over the other one */
    widen(p, sample + number * p->width * p->channels, layer, rows->values[place]);
    rows->numbers[place] = number;
    return rows->values[place];
}

static void
resize_one(const struct preparation *p, const float *sample, int64_t layer, float *to,
           float *scratch)
{
    const bool torch = p->options->resize == GAN__RESIZE_TORCH;
    const int64_t size = p->to_width * p->to_channels;
    struct rows rows = {{scratch, scratch + size}, {-1, -1}};

    for (int64_t y = 0; y < p->to_height; y++, to += size) {
        const struct place place = place_of(y, p->height, p->to_height, torch);
        const float *low = widened(p, sample, layer, &rows, place.low, place.high);
        const float *high = widened(p, sample, layer, &rows, place.high, place.low);
        for (int64_t i = 0; i < size; i++) {
            const float value = low[i] + (high[i] - low[i]) * place.part;
            to[i] = torch ? value / 127.5F - 1.0F : (value - 128.0F) / 128.0F;
        }
    }
}

static void
copy_one(const struct preparation *p, const float *sample, int64_t layer, float *to)
{
    const int64_t pixels = p->height * p->width;

    for (int64_t i = 0; i < pixels; i++, sample += p->channels) {
        for (int64_t c = 0; c < p->to_channels; c++) {
            const float value = sample[channel_of(p, layer, c)];
            *to++ = p->options->round ? gan__byte_value(gan__image_byte(value)) : value;
        }
    }
}

static void
prepare_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct preparation *p = argument;
    const int64_t from = p->height * p->width * p->channels;
    const int64_t to = p->to_height * p->to_width * p->to_channels;

    for (int64_t i = begin; i < end; i++) {
        const float *sample = p->from + i / p->stack * from;
        const int64_t layer = i % p->stack;
        if (p->options->resize == GAN__RESIZE_NONE) {
            copy_one(p, sample, layer, p->to + i * to);
        } else {
            resize_one(p, sample, layer, p->to + i * to, gan__scratch(p->ctx, slot));
        }
    }
}

gan_status
gan__judge_prepare(const gan_judge *judge, float *to, const float *samples, int64_t count,
                   const struct gan__shape *shape)
{
    const struct gan__shape *input = &judge->input;
    struct preparation p = {.ctx = judge->object.ctx,
                            .options = &judge->options,
                            .from = samples,
                            .to = to,
                            .stack = judge->stack};

    if (input->rank != 3) { /* no pictures */
        const int64_t all = count * gan__shape_count(input);
        for (int64_t i = 0; i < all; i++) {
            to[i] = samples[i];
        }
        return GAN_OK;
    }
    p.height = shape->size[0];
    p.width = shape->size[1];
    p.channels = shape->size[2];
    p.to_height = input->size[0];
    p.to_width = input->size[1];
    p.to_channels = input->size[2];
    if (judge->options.resize != GAN__RESIZE_NONE) {
        const size_t row = (size_t)(p.to_width * p.to_channels) * sizeof(float);
        const gan_status st = gan__scratch_reserve(p.ctx, 2 * row);
        if (st != GAN_OK) {
            return st;
        }
    }
    gan__parallel_for(p.ctx, count * judge->stack, 1, prepare_task, &p);
    return GAN_OK;
}
