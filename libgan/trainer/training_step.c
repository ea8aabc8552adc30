/*
 * A training step: d_steps times the discriminator learns from a real and a generated batch, then
 * g_steps times the generator learns from the discriminator (Goodfellow et al. 2014; in the order
 * of PyTorch's DCGAN example).
 *
 * Each D step draws its own real batch. The first G step takes the last D step's generated batch
 * and its graph again. D runs on real and on generated samples apart, so that its batch norm has
 * statistics of its own for each.
 */
#include "trainer/trainer.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/random.h"

/* What a step holds while it runs. */
struct work {
    gan_trainer *trainer;
    gan_context *ctx;
    gan_tensor *real;
    gan_tensor *generated; /* of the last D step with its graph, or of a further G step */
    struct gan_record record;
};

static void
drop(gan_tensor **tensor)
{
    gan_tensor_destroy(*tensor);
    *tensor = NULL;
}

/* Put the network's name before a failure's sentence. */
static gan_status
blame(struct work *work, const struct gan__side *side, gan_status st)
{
    if (st != GAN_OK) {
        gan__fail_prefix(work->ctx, "%s", side->name);
    }
    return st;
}

static void
end_work(struct work *work)
{
    drop(&work->real);
    drop(&work->generated);
    drop(&work->trainer->generator.labels);
    drop(&work->trainer->discriminator.labels);
}

/* ---- batches ---- */

/* A real batch that is not finite is the dataset's fault, not an op's. */
static gan_status
check_real(struct work *work)
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
draw_labels(struct work *work, struct gan__side *side)
{
    drop(&side->labels);
    if (side->labels_input == NULL) {
        return GAN_OK;
    }
    return gan__layer_one_hot(work->ctx, &side->labels, work->trainer->labels,
                              work->trainer->options.batch, side->labels_input->classes);
}

static gan_status
draw_real(struct work *work)
{
    gan_trainer *trainer = work->trainer;
    const int64_t batch = trainer->options.batch;
    struct gan__shape shape = trainer->dataset->shape;
    gan_status st = GAN_OK;

    memmove(&shape.size[1], &shape.size[0], (size_t)shape.rank * sizeof shape.size[0]);
    shape.size[0] = batch;
    shape.rank++;
    drop(&work->real);
    GAN__TRY(
        gan_dataset_batch(trainer->dataset, trainer->indices, batch, trainer->counters.batches));
    GAN__TRY(gan__tensor_create(work->ctx, &work->real, &shape));
    GAN__TRY(gan_dataset_read(trainer->dataset, gan__data(work->real), trainer->labels,
                              trainer->indices, batch));
    if (work->ctx->check_finite) {
        GAN__TRY(check_real(work));
    }
    GAN__TRY(draw_labels(work, &trainer->generator));
    GAN__TRY(draw_labels(work, &trainer->discriminator));
    trainer->counters.batches++;

fail:
    return st;
}

/* ---- running the networks ---- */

static gan_status
run_side(struct work *work, struct gan__side *side, gan_tensor **out, bool update_statistics)
{
    struct gan__counters *counters = &work->trainer->counters;
    const struct gan__pass pass = {
        .training = true,
        .update_statistics = update_statistics,
        .dropout = gan__random_make(work->ctx->seed, GAN__PURPOSE_DROPOUT,
                                    (uint64_t)counters->forwards, gan__hash("trainer")),
    };

    counters->forwards++;
    return blame(work, side,
                 gan__layer_run(side->network, out, side->feeds, side->input_count, &pass));
}

static gan_status
discriminate(struct work *work, gan_tensor **logits, gan_tensor *samples, bool update_statistics)
{
    struct gan__side *side = &work->trainer->discriminator;

    for (int32_t i = 0; i < side->input_count; i++) {
        const struct gan__input *input = gan__layer_input(side->network, i);
        side->feeds[i].name = input->name;
        side->feeds[i].tensor = input->source == GAN__SOURCE_LABELS ? side->labels : samples;
    }
    return run_side(work, side, logits, update_statistics);
}

/* A new batch of G's from new noise, in place of the last one. */
static gan_status
generate(struct work *work)
{
    gan_trainer *trainer = work->trainer;
    struct gan__side *side = &trainer->generator;
    gan_status st = GAN_OK;
    int32_t ready = 0;

    drop(&work->generated);
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
    GAN__TRY(run_side(work, side, &work->generated, true));

fail:
    while (ready > 0) {
        drop(&side->feeds[--ready].tensor);
    }
    return st;
}

/* ---- losses ---- */

static gan_status
read_loss(struct work *work, double *value, gan_tensor *loss, const struct gan__side *side)
{
    *value = (double)gan__data(loss)[0];
    if (!isfinite(*value)) {
        return gan__fail(work->ctx, GAN_E_DIVERGED, "the %s's loss is %s", side->name,
                         isnan(*value) ? "nan" : "inf");
    }
    return GAN_OK;
}

/* What D makes of the two batches, from its logits. */
static gan_status
judge(struct work *work, gan_tensor *logits, double *mean)
{
    gan_loss *loss = work->trainer->loss;
    gan_tensor *probabilities = NULL;
    double sum = 0;
    gan_status st = GAN_OK;

    *mean = 0;
    if (loss->class->probability == NULL) {
        return GAN_OK;
    }
    work->ctx->no_grad_depth++;
    st = loss->class->probability(loss, &probabilities, logits);
    work->ctx->no_grad_depth--;
    if (st != GAN_OK) {
        return st;
    }
    for (int64_t i = 0; i < probabilities->count; i++) {
        sum += (double)gan__data(probabilities)[i];
    }
    *mean = sum / (double)probabilities->count;
    drop(&probabilities);
    return GAN_OK;
}

static gan_status
record_discriminator(struct work *work, gan_tensor *loss, gan_tensor *real, gan_tensor *generated)
{
    const struct gan__loss_class *class = work->trainer->loss->class;
    struct gan_record *record = &work->record;
    gan_status st = GAN_OK;

    GAN__TRY(read_loss(work, &record->d_loss, loss, &work->trainer->discriminator));
    GAN__TRY(judge(work, real, &record->d_real));
    GAN__TRY(judge(work, generated, &record->d_generated));
    if (class->accuracy != NULL) {
        record->d_accuracy = class->accuracy(gan__data(real), gan__data(generated), real->count);
    }

fail:
    return st;
}

/* Move a network by the gradients that are there, after they were found finite. */
static gan_status
update(struct work *work, struct gan__side *side, double *norm)
{
    gan_status st = GAN_OK;

    GAN__TRY(gan__optimizer_gradient_norm(side->optimizer, norm));
    GAN__TRY(gan_optimizer_step(side->optimizer));
    GAN__TRY(gan_layer_clear_gradients(side->network));

fail:
    return blame(work, side, st);
}

/* ---- the two halves ---- */

static gan_status
discriminator_loss(struct work *work, gan_tensor **loss)
{
    gan_tensor *fixed = NULL, *real = NULL, *generated = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_tensor_detach(work->generated, &fixed));
    GAN__TRY(discriminate(work, &real, work->real, true));
    GAN__TRY(discriminate(work, &generated, fixed, true));
    GAN__TRY(blame(work, &work->trainer->discriminator,
                   gan_loss_discriminator(work->trainer->loss, loss, real, generated)));
    GAN__TRY(record_discriminator(work, *loss, real, generated));

fail:
    drop(&fixed);
    drop(&real);
    drop(&generated);
    return st;
}

static gan_status
discriminator_step(struct work *work, bool last)
{
    struct gan__side *side = &work->trainer->discriminator;
    gan_tensor *loss = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(draw_real(work));
    work->ctx->no_grad_depth = last ? 0 : 1; /* only the G step needs G's graph */
    st = generate(work);
    work->ctx->no_grad_depth = 0;
    GAN__TRY(st);
    GAN__TRY(discriminator_loss(work, &loss));
    GAN__TRY(blame(work, side, gan_backward(work->ctx, loss, 0)));
    GAN__TRY(update(work, side, &work->record.d_gradient_norm));

fail:
    drop(&loss);
    return st;
}

/* While the G step runs, D's parameters ask for no gradient, so that none is computed. */
static void
freeze(gan_trainer *trainer, bool frozen)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(trainer->discriminator.network);
    const int64_t count = gan__layer_tensor_count(trainer->discriminator.network);

    for (int64_t i = 0; i < count; i++) {
        if (frozen) {
            trainer->was_trainable[i] = tensors[i].tensor->requires_grad;
            tensors[i].tensor->requires_grad = false;
        } else {
            tensors[i].tensor->requires_grad = trainer->was_trainable[i];
        }
    }
}

/* The gradient of G's loss, through D and then through G, so that a failure can say in which of the
 * two it was: the same values as in one go. */
static gan_status
backward_apart(struct work *work, gan_tensor *loss)
{
    gan_tensor *gradient = NULL, *product = NULL, *sum = NULL;
    const char *where = work->trainer->discriminator.name;
    gan_status st = GAN_OK;

    GAN__TRY(gan_grad(work->ctx, &gradient, &loss, 1, &work->generated, 1, 0));
    where = work->trainer->generator.name;
    if (gradient != NULL) {
        GAN__TRY(gan_mul(work->ctx, &product, work->generated, gradient));
        GAN__TRY(gan_sum(work->ctx, &sum, product, NULL, 0, 0));
        GAN__TRY(gan_backward(work->ctx, sum, 0));
    }

fail:
    if (st != GAN_OK) {
        gan__fail_prefix(work->ctx, "%s", where);
    }
    drop(&gradient);
    drop(&product);
    drop(&sum);
    return st;
}

static gan_status
generator_gradients(struct work *work)
{
    const struct gan__side *side = &work->trainer->generator;
    gan_tensor *logits = NULL, *loss = NULL;
    gan_status st = GAN_OK;

    freeze(work->trainer, true);
    GAN__TRY(discriminate(work, &logits, work->generated, false));
    GAN__TRY(blame(work, side, gan_loss_generator(work->trainer->loss, &loss, NULL, logits)));
    GAN__TRY(read_loss(work, &work->record.g_loss, loss, side));
    if (work->ctx->check_finite) {
        GAN__TRY(backward_apart(work, loss));
    } else {
        drop(&logits);
        GAN__TRY(gan_backward(work->ctx, loss, 0));
    }

fail:
    freeze(work->trainer, false);
    drop(&logits);
    drop(&loss);
    return st;
}

static gan_status
generator_step(struct work *work, bool first)
{
    gan_trainer *trainer = work->trainer;
    gan_status st = GAN_OK;

    if (!first) {
        GAN__TRY(generate(work));
    }
    GAN__TRY(generator_gradients(work));
    drop(&work->generated);
    GAN__TRY(update(work, &trainer->generator, &work->record.g_gradient_norm));
    if (trainer->average != NULL) {
        const int64_t batch = trainer->options.batch;
        GAN__TRY(gan__average_step(trainer->average, trainer->generator.network, batch,
                                   trainer->options.half_life,
                                   trainer->snapshot.counters.batches * batch));
        trainer->average_is_estimated = false;
    }

fail:
    return st;
}

/* ---- the step ---- */

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
pictures_per_second(const gan_trainer *trainer, double seconds)
{
    const double pictures = (double)(trainer->options.d_steps * trainer->options.batch);
    return pictures / (seconds > 1e-9 ? seconds : 1e-9);
}

static gan_status
take(struct work *work)
{
    const struct gan__trainer_options *options = &work->trainer->options;
    gan_status st = GAN_OK;

    GAN__TRY(gan_layer_clear_gradients(work->trainer->generator.network));
    GAN__TRY(gan_layer_clear_gradients(work->trainer->discriminator.network));
    for (int64_t i = 1; i <= options->d_steps; i++) {
        GAN__TRY(discriminator_step(work, i == options->d_steps));
    }
    for (int64_t i = 0; i < options->g_steps; i++) {
        GAN__TRY(generator_step(work, i == 0));
    }

fail:
    return st;
}

/* One step, all or nothing, without the search for what diverged. */
static gan_status
take_step(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct work work = {.trainer = trainer, .ctx = ctx, .record = {.trainer = trainer}};
    const int64_t no_grad_depth = ctx->no_grad_depth;
    const double start = now();
    gan_status st;

    st = gan__snapshot_take(trainer);
    if (st != GAN_OK) {
        return st;
    }
    ctx->no_grad_depth = 0; /* a caller's no-gradient scope is not meant for the training */
    st = take(&work);
    ctx->no_grad_depth = no_grad_depth;
    end_work(&work);
    if (st != GAN_OK) {
        gan__snapshot_restore(trainer);
        return st;
    }
    trainer->counters.steps++;
    work.record.step = trainer->counters.steps;
    work.record.epoch =
        trainer->counters.batches / (trainer->dataset->count / trainer->options.batch);
    work.record.images_per_second = pictures_per_second(trainer, now() - start);
    trainer->record = work.record;
    return GAN_OK;
}

/* ---- the search for what diverged ---- */

static gan_status
check_parameters(const struct gan__side *side)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(side->network);
    const int64_t count = gan__layer_tensor_count(side->network);
    gan_context *ctx = ((struct gan__object *)side->network)->ctx;

    for (int64_t i = 0; i < count; i++) {
        const float *values = gan__data(tensors[i].tensor);
        for (int64_t k = 0; k < tensors[i].tensor->count; k++) {
            if (!isfinite(values[k])) {
                return gan__fail(ctx, GAN_E_DIVERGED,
                                 "%s: %s holds %s at its element %lld before the step", side->name,
                                 tensors[i].name, isnan(values[k]) ? "nan" : "inf", (long long)k);
            }
        }
    }
    return GAN_OK;
}

gan_status
gan__trainer_step_or_explain(gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    char found[GAN__ERROR_SIZE];
    gan_status st = take_step(trainer);

    if (st != GAN_E_DIVERGED) {
        return st;
    }
    /* The same step again, with every op looking at its result. */
    memcpy(found, ctx->error, sizeof found);
    gan__recover(ctx);
    st = check_parameters(&trainer->generator);
    if (st == GAN_OK) {
        st = check_parameters(&trainer->discriminator);
    }
    if (st == GAN_OK) {
        ctx->check_finite = true;
        st = take_step(trainer);
        ctx->check_finite = false;
    }
    /* It cannot succeed now, unless a callback of the user's gives other values: then the step is
     * taken. */
    if (st == GAN_OK || st == GAN_E_DIVERGED) {
        return st;
    }
    gan__recover(ctx);
    return gan__fail(ctx, GAN_E_DIVERGED, "%s", found);
}
