/*
 * Running a judge on samples.
 */
#include <string.h>

#include "base/context.h"
#include "metrics/features_store.h"
#include "metrics/judge.h"

/* The network's numbers at a time are about so many, within bounds. */
enum { NUMBERS = 1 << 22, BATCH_MIN = 16, BATCH_MAX = 256 };

int64_t
gan__judge_batch(const gan_judge *judge)
{
    const int64_t batch = NUMBERS / (gan__shape_count(&judge->input) * judge->stack + 1);

    return batch < BATCH_MIN ? BATCH_MIN : batch > BATCH_MAX ? BATCH_MAX : batch;
}

gan_status
gan__judge_check_shape(const gan_judge *judge, const struct gan__shape *shape)
{
    const struct gan__shape *input = &judge->input;
    const bool resize = judge->options.resize != GAN__RESIZE_NONE;
    bool fits = shape->rank == input->rank;
    char found[GAN__SHAPE_TEXT_SIZE], wanted[GAN__SHAPE_TEXT_SIZE];

    for (int32_t i = 0; fits && i < input->rank; i++) {
        const int64_t size = shape->size[i];
        if (input->rank == 3 && i == 2) {
            fits = judge->stack > 1 ? size == judge->stack
                                    : size == input->size[2] || (size == 1 && input->size[2] == 3);
        } else {
            fits = resize ? size > 0 : size == input->size[i];
        }
    }
    if (fits) {
        return GAN_OK;
    }
    return gan__fail(judge->object.ctx, GAN_E_SHAPE,
                     "judge \"%s\": a sample's shape is %s, its network takes %s%s%s",
                     judge->options.name, gan__shape_text(found, shape),
                     gan__shape_text(wanted, input), resize ? " (resized to)" : "",
                     judge->stack > 1                          ? " for each of 3 channels"
                     : input->rank == 3 && input->size[2] == 3 ? ", or of it 1 channel"
                                                               : "");
}

/* Class numbers: of a stack, the digits of one number, the first channel's first. */
static void
put_labels(const gan_judge *judge, int32_t *labels, const float *outputs, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t label = 0;
        for (int64_t s = 0; s < judge->stack; s++, outputs += judge->outputs) {
            label = label * judge->outputs + gan__features_largest(outputs, judge->outputs);
        }
        labels[i] = (int32_t)label;
    }
}

static gan_status
put_results(gan_judge *judge, float *features, float *logits, int32_t *labels, int64_t count,
            const gan_tensor *tap, const gan_tensor *output)
{
    const double scale = judge->options.scale;

    if (tap == NULL || tap->count != count * judge->row ||
        (judge->outputs > 0 && output->count != count * judge->stack * judge->outputs)) {
        return gan__fail(judge->object.ctx, GAN_E_STATE,
                         "judge \"%s\": its network was built anew since the judge was made",
                         judge->options.name);
    }
    for (int64_t i = 0; i < tap->count; i++) {
        features[i] = (float)((double)gan__data(tap)[i] / scale);
    }
    if (judge->classes > 0) {
        memcpy(logits, gan__data(output), (size_t)output->count * sizeof(float));
    }
    if (judge->class_count > 0) {
        put_labels(judge, labels, gan__data(output), count);
    }
    return GAN_OK;
}

gan_status
gan__judge_see(gan_judge *judge, float *features, float *logits, int32_t *labels,
               const float *samples, int64_t count, const struct gan__shape *shape)
{
    gan_context *ctx = judge->object.ctx;
    gan_tensor *tap = NULL, *output = NULL;
    const struct gan__pass pass = {.capture = judge->tap, .captured = &tap};
    struct gan__shape input = {.rank = judge->input.rank + 1, .size = {count * judge->stack}};
    struct gan__feed feed = {.name = NULL};
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < judge->input.rank; i++) {
        input.size[i + 1] = judge->input.size[i];
    }
    GAN__TRY(gan__tensor_create(ctx, &feed.tensor, &input));
    GAN__TRY(gan__judge_prepare(judge, gan__data(feed.tensor), samples, count, shape));
    feed.name = gan__layer_input(judge->network, 0)->name;
    ctx->no_grad_depth++;
    st = gan__layer_run(judge->network, &output, &feed, 1, &pass);
    ctx->no_grad_depth--;
    GAN__TRY(st);
    st = put_results(judge, features, logits, labels, count, tap, output);

fail:
    gan_tensor_destroy(tap);
    gan_tensor_destroy(output);
    gan_tensor_destroy(feed.tensor);
    return st;
}
