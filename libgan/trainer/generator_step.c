/*
 * A step of the generator: through a frozen discriminator. Its loss, or the distance between the
 * mean features of real and generated samples (feature matching: Salimans et al. 2016), or both.
 */
#include "base/profile.h"
#include "trainer/work.h"

/* What D makes of a batch. */
struct view {
    gan_tensor *logits, *features;
};

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

static gan_status
look(struct gan__work *work, struct view *view, gan_tensor *samples)
{
    gan_tensor *entered = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__enter_discriminator(work, &entered, samples));
    GAN__TRY(gan__discriminate(work, &view->logits, entered, false,
                               work->trainer->matched == NULL ? NULL : &view->features));

fail:
    gan_tensor_destroy(entered);
    return gan__blame(work, &work->trainer->discriminator, st);
}

static void
forget(struct view *view)
{
    gan__drop(&view->logits);
    gan__drop(&view->features);
}

/* ---- what G minimises ---- */

static bool
uses_loss(const gan_trainer *trainer)
{
    return trainer->matched == NULL || trainer->options.feature_matching_mode == GAN__MATCHING_ADD;
}

/* The last real batch, where the loss or the matching compares with it. */
static gan_status
look_at_real(struct gan__work *work, struct view *view)
{
    const gan_trainer *trainer = work->trainer;
    gan_status st;

    if (trainer->matched == NULL && !trainer->loss->class->generator_takes_real) {
        return GAN_OK;
    }
    work->ctx->no_grad_depth++;
    st = look(work, view, work->real);
    work->ctx->no_grad_depth--;
    return st;
}

/* weight * |mean of real's features - mean of generated's|^2 */
static gan_status
matching_distance(struct gan__work *work, gan_tensor **out, const struct view *real,
                  const struct view *generated)
{
    static const int32_t batch_axis[] = {0};
    const double weight = gan__schedule_at(&work->trainer->options.feature_matching_weight,
                                           work->trainer->counters.steps);
    gan_tensor *means[2] = {NULL}, *difference = NULL, *squares = NULL, *sum = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan_mean(work->ctx, &means[0], real->features, batch_axis, 1, 0));
    GAN__TRY(gan_mean(work->ctx, &means[1], generated->features, batch_axis, 1, 0));
    GAN__TRY(gan_sub(work->ctx, &difference, means[1], means[0]));
    GAN__TRY(gan_square(work->ctx, &squares, difference));
    GAN__TRY(gan_sum(work->ctx, &sum, squares, NULL, 0, 0));
    GAN__TRY(gan_affine(work->ctx, out, sum, weight, 0));

fail:
    gan_tensor_destroy(means[0]);
    gan_tensor_destroy(means[1]);
    gan_tensor_destroy(difference);
    gan_tensor_destroy(squares);
    gan_tensor_destroy(sum);
    return st;
}

static gan_status
make_loss(struct gan__work *work, gan_tensor **loss, const struct view *real,
          const struct view *generated)
{
    const gan_trainer *trainer = work->trainer;
    gan_tensor *distance = NULL;
    gan_status st = GAN_OK;

    if (trainer->matched != NULL) {
        GAN__TRY(matching_distance(work, &distance, real, generated));
    }
    if (!uses_loss(trainer)) {
        *loss = distance;
        return GAN_OK;
    }
    GAN__TRY(gan_loss_generator(trainer->loss, loss,
                                trainer->loss->class->generator_takes_real ? real->logits : NULL,
                                generated->logits));
    if (distance != NULL) {
        gan_tensor *const term = distance;
        distance = NULL;
        GAN__TRY(gan__add_to_loss(work, loss, term));
    }

fail:
    gan__drop(&distance);
    return st;
}

/* The loss of the generated batch that is there, scaled for its share of the update. */
static gan_status
measure(struct gan__work *work, gan_tensor **loss)
{
    const struct gan__side *side = &work->trainer->generator;
    const double batches = (double)work->trainer->options.accumulate;
    struct view real = {NULL, NULL}, generated = {NULL, NULL};
    double value = 0;
    gan_status st = GAN_OK;

    GAN__TRY(look_at_real(work, &real));
    GAN__TRY(look(work, &generated, work->generated));
    GAN__TRY(gan__blame(work, side, make_loss(work, loss, &real, &generated)));
    GAN__TRY(gan__read_loss(work, &value, *loss, side));
    work->record.g_loss += value / batches;
    GAN__TRY(gan__scale_loss(work, loss, 1 / batches));

fail:
    forget(&real);
    forget(&generated);
    return st;
}

/* ---- gradients ---- */

/* The gradient of G's loss, through D and then through G, so that a failure can say in which of the
 * two it was: the same values as in one go. */
static gan_status
backward_apart(struct gan__work *work, gan_tensor *loss)
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
    gan__drop(&gradient);
    gan__drop(&product);
    gan__drop(&sum);
    return st;
}

static gan_status
add_gradients(struct gan__work *work)
{
    gan_tensor *loss = NULL;
    gan_status st = GAN_OK;

    freeze(work->trainer, true);
    GAN__TRY(measure(work, &loss));
    if (work->ctx->check_finite) {
        GAN__TRY(backward_apart(work, loss));
    } else {
        st = gan_backward(work->ctx, loss, 0);
        if (st != GAN_OK) {
            gan__fail_prefix(work->ctx, "the gradient of the generator's loss");
        }
    }

fail:
    freeze(work->trainer, false);
    gan__drop(&loss);
    return st;
}

/* ---- the step ---- */

static gan_status
move_average(struct gan__work *work)
{
    gan_trainer *trainer = work->trainer;
    const int64_t batch = trainer->options.batch;
    gan_status st;

    if (trainer->average == NULL || work->rehearsal) {
        return GAN_OK;
    }
    st = gan__average_step(trainer->average, trainer->generator.network,
                           batch * trainer->options.accumulate, trainer->options.half_life,
                           trainer->snapshot.counters.batches * batch);
    if (st == GAN_OK) {
        trainer->average_is_estimated = false;
    }
    return st;
}

gan_status
gan__generator_step(struct gan__work *work, bool first)
{
    gan_trainer *trainer = work->trainer;
    struct gan__span span;
    gan_status st = GAN_OK;

    gan__span_begin(&span, work->ctx, GAN__PHASE_OTHER, "generator_step");
    work->record.g_loss = 0;
    for (int64_t i = 0; i < trainer->options.accumulate; i++) {
        if (!first || i > 0) {
            GAN__TRY(gan__generate(work));
        }
        GAN__TRY(add_gradients(work));
        gan__drop(&work->generated);
    }
    GAN__TRY(gan__update(work, &trainer->generator, &work->record.g_gradient_norm));
    GAN__TRY(move_average(work));

fail:
    gan__span_end(&span);
    return st;
}
