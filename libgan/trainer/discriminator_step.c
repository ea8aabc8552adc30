/*
 * A step of the discriminator: it sees a real and a generated batch apart, so that its batch norm
 * has statistics of its own for each, and learns from the loss and the penalties that are due.
 * Steps may be skipped or repeated by its accuracy (training_step.c counts).
 */
#include "base/profile.h"
#include "kernels/kernels.h"
#include "trainer/work.h"

/* How much the past weighs in the moving mean of D's accuracy. */
#define ACCURACY_MEMORY 0.9

/* What is known of a batch before it is made. */
struct plan {
    bool moves;      /* D is moved; otherwise it is looked at */
    bool keep_graph; /* G's, for its own step */
};

static bool
penalty_is_due(const gan_trainer *trainer, const gan_penalty *penalty)
{
    return gan__penalty_due(penalty, trainer->counters.d_updates);
}

/* Whether a penalty that is due takes the gradient on D's pass over real, over generated. */
static bool
needs_gradient(const gan_trainer *trainer, bool (*where)(const gan_penalty *penalty))
{
    gan_penalty *penalty;

    for (int32_t i = 0; (penalty = gan__trainer_penalty(trainer, trainer->loss, i)) != NULL; i++) {
        if (penalty_is_due(trainer, penalty) && where(penalty)) {
            return true;
        }
    }
    return false;
}

/* Show D samples, cut off from the graph that made them. */
static gan_status
show(struct gan__work *work, struct gan__seen *seen, gan_tensor *samples, bool moves, bool gradient)
{
    gan_tensor *fixed = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_tensor_detach(samples, &fixed));
    GAN__TRY(gan__enter_discriminator(work, &seen->samples, fixed));
    seen->samples->requires_grad = gradient;
    GAN__TRY(gan__discriminate(work, &seen->logits, seen->samples, moves, NULL));

fail:
    gan_tensor_destroy(fixed);
    return st;
}

static void
forget(struct gan__seen *seen)
{
    gan__drop(&seen->samples);
    gan__drop(&seen->logits);
}

/* ---- the record ---- */

/* The mean probability of being real; 0 where there is none. */
static gan_status
add_probability(struct gan__work *work, gan_tensor *logits, double *mean)
{
    gan_loss *loss = work->trainer->loss;
    gan_tensor *probabilities = NULL;
    double sum = 0;
    gan_status st = GAN_OK;

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
    *mean += sum / (double)probabilities->count / (double)work->trainer->options.accumulate;
    gan__drop(&probabilities);
    return GAN_OK;
}

static double
mean_of(const gan_tensor *x)
{
    double sum = 0;

    for (int64_t i = 0; i < x->count; i++) {
        sum += (double)gan__data(x)[i];
    }
    return sum / (double)x->count;
}

/* One batch's share of what a D step reports. */
static gan_status
add_to_record(struct gan__work *work, gan_tensor *loss, gan_tensor *real, gan_tensor *generated)
{
    const gan_loss *kind = work->trainer->loss;
    const double batches = (double)work->trainer->options.accumulate;
    struct gan_record *record = &work->record;
    double value = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__read_loss(work, &value, loss, &work->trainer->discriminator));
    record->d_loss += value / batches;
    GAN__TRY(add_probability(work, real, &record->d_real));
    GAN__TRY(add_probability(work, generated, &record->d_generated));
    if (kind->class->accuracy != NULL) {
        record->d_accuracy +=
            kind->class->accuracy(kind, gan__data(real), gan__data(generated), real->count) /
            batches;
    }
    if (kind->class->critic) {
        record->critic_distance += (mean_of(real) - mean_of(generated)) / batches;
    }

fail:
    return st;
}

static void
begin_record(struct gan_record *record)
{
    record->d_loss = record->penalty = record->d_real = record->d_generated = 0;
    record->d_accuracy = record->critic_distance = 0;
}

/* ---- penalties ---- */

static gan_status
run_critic(void *user, gan_tensor **logits, gan_tensor *samples)
{
    return gan__discriminate(user, logits, samples, false, NULL);
}

static gan_status
add_penalties(struct gan__work *work, gan_tensor **loss, const struct gan__seen *real,
              const struct gan__seen *generated)
{
    const gan_trainer *trainer = work->trainer;
    const struct gan__critic critic = {.run = run_critic, .user = work};
    /* Each batch draws anew; the real batch's number tells them apart. */
    const uint64_t draw = (uint64_t)(trainer->counters.batches - 1);
    gan_penalty *penalty;
    gan_status st = GAN_OK;

    for (int32_t i = 0; (penalty = gan__trainer_penalty(trainer, trainer->loss, i)) != NULL; i++) {
        gan_tensor *value = NULL;
        if (!penalty_is_due(trainer, penalty)) {
            continue;
        }
        GAN__TRY(gan__penalty_value(penalty, &value, &critic, real, generated,
                                    trainer->counters.steps, draw));
        work->record.penalty += (double)gan__data(value)[0] / (double)trainer->options.accumulate;
        GAN__TRY(gan__add_to_loss(work, loss, value));
    }

fail:
    return st;
}

/* ---- a batch ---- */

static gan_status
make_loss(struct gan__work *work, gan_tensor **loss, const struct gan__seen *real,
          const struct gan__seen *generated, bool moves)
{
    gan_loss *kind = work->trainer->loss;
    gan_status st = GAN_OK;

    kind->step = work->trainer->counters.steps;
    kind->draw = (uint64_t)(work->trainer->counters.batches - 1);
    GAN__TRY(gan_loss_discriminator(kind, loss, real->logits, generated->logits));
    if (moves) {
        GAN__TRY(add_penalties(work, loss, real, generated));
    }
    GAN__TRY(add_to_record(work, *loss, real->logits, generated->logits));
    GAN__TRY(gan__scale_loss(work, loss, 1 / (double)work->trainer->options.accumulate));

fail:
    return st;
}

/* The loss of a real and a generated batch, with D's graph if it moves. */
static gan_status
look(struct gan__work *work, gan_tensor **loss, bool moves)
{
    const gan_trainer *trainer = work->trainer;
    struct gan__seen real = {0}, generated = {0};
    gan_status st = GAN_OK;

    work->ctx->no_grad_depth = moves ? 0 : 1;
    GAN__TRY(show(work, &real, work->real, moves,
                  moves && needs_gradient(trainer, gan__penalty_on_real)));
    GAN__TRY(show(work, &generated, work->generated, moves,
                  moves && needs_gradient(trainer, gan__penalty_on_generated)));
    GAN__TRY(make_loss(work, loss, &real, &generated, moves));
    /* The penalties have had their gradients; no one wants those of the samples now. */
    real.samples->requires_grad = generated.samples->requires_grad = false;

fail:
    work->ctx->no_grad_depth = 0;
    forget(&real);
    forget(&generated);
    return gan__blame(work, &trainer->discriminator, st);
}

static gan_status
one_batch(struct gan__work *work, struct plan plan)
{
    const struct gan__side *side = &work->trainer->discriminator;
    gan_tensor *loss = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__draw_real(work));
    work->ctx->no_grad_depth = plan.keep_graph ? 0 : 1;
    st = gan__generate(work);
    work->ctx->no_grad_depth = 0;
    GAN__TRY(st);
    GAN__TRY(look(work, &loss, plan.moves));
    if (plan.moves) {
        GAN__TRY(gan__blame(work, side, gan_backward(work->ctx, loss, 0)));
    }

fail:
    gan__drop(&loss);
    return st;
}

/* ---- the step ---- */

/* Weight clipping (Arjovsky et al. 2017). */
static void
clip_weights(struct gan__work *work)
{
    const gan_loss *loss = work->trainer->loss;
    gan_layer *network = work->trainer->discriminator.network;
    const double bound =
        loss->class->clip == NULL ? 0 : gan__schedule_at(loss->class->clip(loss), loss->step);
    const struct gan__layer_tensor *tensors = gan__layer_tensors(network);
    const int64_t count = gan__layer_tensor_count(network);

    if (!(bound > 0) || work->rehearsal) {
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        float *values = gan__data(tensors[i].tensor);
        if (gan__optimizer_moves(&tensors[i])) {
            gan__unary(work->ctx, GAN__UNARY_clamp, values, values, tensors[i].tensor->count,
                       -(float)bound, (float)bound);
            gan__tensor_touch(tensors[i].tensor);
        }
    }
    gan__layer_moved(network);
}

static void
follow_accuracy(struct gan__work *work)
{
    struct gan__counters *counters = &work->trainer->counters;
    const double accuracy = work->record.d_accuracy;

    if (work->trainer->loss->class->accuracy != NULL) {
        counters->accuracy = counters->looks == 0 ? accuracy
                                                  : ACCURACY_MEMORY * counters->accuracy +
                                                        (1 - ACCURACY_MEMORY) * accuracy;
        counters->looks++;
    }
}

gan_status
gan__discriminator_step(struct gan__work *work, bool last)
{
    gan_trainer *trainer = work->trainer;
    const int64_t batches = trainer->options.accumulate;
    const bool moves = trainer->counters.looks == 0 ||
                       !(trainer->counters.accuracy > trainer->options.d_skip_above);
    struct gan__span span;
    gan_status st = GAN_OK;

    gan__span_begin(&span, work->ctx, GAN__PHASE_OTHER, "discriminator_step");
    begin_record(&work->record);
    for (int64_t i = 0; i < batches; i++) {
        GAN__TRY(
            one_batch(work, (struct plan){.moves = moves, .keep_graph = last && i == batches - 1}));
    }
    follow_accuracy(work);
    if (moves) {
        GAN__TRY(gan__update(work, &trainer->discriminator, &work->record.d_gradient_norm));
        clip_weights(work);
        trainer->counters.d_updates++;
    }

fail:
    gan__span_end(&span);
    return st;
}
