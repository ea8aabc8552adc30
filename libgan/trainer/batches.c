/* Real and generated batches. What is drawn is a function of the trainer's counters. */
#include <math.h>
#include <string.h>

#include "base/profile.h"
#include "base/random.h"
#include "trainer/work.h"

/* A real batch that is not finite is the dataset's fault, not an op's. */
static gan_status
check_real(struct gan__work *work)
{
    const int64_t size = work->trainer->dataset->sample_count;
    const float *values = gan__data(work->real);

    for (int64_t i = 0; i < work->real->count; i++) {
        if (!isfinite(values[i])) {
            return gan__fail(work->ctx, GAN_E_DIVERGED,
                             "dataset: sample %lld holds %s at its element %lld",
                             (long long)work->trainer->indices[i / size],
                             isnan(values[i]) ? "nan" : "inf", (long long)(i % size));
        }
    }
    return GAN_OK;
}

static gan_status
draw_labels(struct gan__work *work, struct gan__side *side)
{
    gan__drop(&side->labels);
    if (side->labels_input == NULL) {
        return GAN_OK;
    }
    return gan__layer_one_hot(work->ctx, &side->labels, work->trainer->labels,
                              work->trainer->options.batch, side->labels_input->classes);
}

static gan_status
read_batch(struct gan__work *work)
{
    gan_trainer *trainer = work->trainer;
    const double start = gan__seconds();
    const gan_status st =
        gan_dataset_read_batch(trainer->dataset, gan__data(work->real), trainer->labels,
                               trainer->indices, trainer->options.batch, trainer->counters.batches);

    work->record.data_seconds += gan__seconds() - start;
    return st;
}

/* In place of a batch, in a rehearsal. */
static gan_status
blank_batch(struct gan__work *work)
{
    const gan_trainer *trainer = work->trainer;

    memset(gan__data(work->real), 0, (size_t)work->real->count * sizeof(float));
    for (int64_t i = 0; trainer->labels != NULL && i < trainer->options.batch; i++) {
        trainer->labels[i] = 0;
    }
    return GAN_OK;
}

gan_status
gan__draw_real(struct gan__work *work)
{
    gan_trainer *trainer = work->trainer;
    struct gan__shape shape = trainer->dataset->shape;
    gan_status st = GAN_OK;

    memmove(&shape.size[1], &shape.size[0], (size_t)shape.rank * sizeof shape.size[0]);
    shape.size[0] = trainer->options.batch;
    shape.rank++;
    gan__drop(&work->real);
    GAN__TRY(gan__tensor_create(work->ctx, &work->real, &shape));
    GAN__TRY(work->rehearsal ? blank_batch(work) : read_batch(work));
    if (work->ctx->check_finite) {
        GAN__TRY(check_real(work));
    }
    GAN__TRY(draw_labels(work, &trainer->generator));
    GAN__TRY(draw_labels(work, &trainer->discriminator));
    trainer->counters.batches++;

fail:
    return st;
}

gan_status
gan__run_side(struct gan__work *work, struct gan__side *side, gan_tensor **out,
              struct gan__pass pass)
{
    struct gan__counters *counters = &work->trainer->counters;
    gan_status st;

    pass.training = true;
    pass.dropout = gan__random_make(work->ctx->seed, GAN__PURPOSE_DROPOUT,
                                    (uint64_t)counters->forwards, gan__hash("trainer"));
    counters->forwards++;
    work->ctx->network = side->name;
    st = gan__layer_run(side->network, out, side->feeds, side->input_count, &pass);
    work->ctx->network = NULL;
    return st;
}

gan_status
gan__generate(struct gan__work *work)
{
    static const struct gan__pass pass = {.update_statistics = true};
    gan_trainer *trainer = work->trainer;
    struct gan__side *side = &trainer->generator;
    gan_status st = GAN_OK;
    int32_t ready = 0;

    gan__drop(&work->generated);
    for (; ready < side->input_count; ready++) {
        const struct gan__input *input = gan__layer_input(side->network, ready);
        struct gan__feed *feed = &side->feeds[ready];
        feed->name = input->name;
        if (input->source == GAN__SOURCE_LABELS) {
            feed->tensor = side->labels;
            gan_tensor_retain(feed->tensor);
        } else {
            GAN__TRY(gan__layer_noise(work->ctx, &feed->tensor, input, trainer->options.batch, 0,
                                      gan__random_make(work->ctx->seed, GAN__PURPOSE_NOISE,
                                                       (uint64_t)trainer->counters.draws,
                                                       gan__hash(input->name))));
        }
    }
    trainer->counters.draws++;
    GAN__TRY(gan__blame(work, side, gan__run_side(work, side, &work->generated, pass)));

fail:
    while (ready > 0) {
        gan__drop(&side->feeds[--ready].tensor);
    }
    return st;
}
