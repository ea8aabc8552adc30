/*
 * States of the training in memory, and going back to one after a divergence. Two are kept, a check
 * apart, and the older one is gone back to: the newer one may be of a moment when it was too late.
 */
#include <string.h>

#include "base/memory.h"
#include "trainer/alarms.h"
#include "trainer/run_folder.h"

enum direction { MEASURE, TO_VALUES, TO_TENSORS };

/* A pass over all that a step changes. */
struct pass {
    enum direction direction;
    float *values;
    int64_t count;
};

static void
pass_tensor(struct pass *pass, gan_tensor *tensor)
{
    if (tensor == NULL) {
        return;
    }
    const size_t bytes = (size_t)tensor->count * sizeof(float);

    if (pass->direction == TO_VALUES) {
        memcpy(pass->values + pass->count, gan__data(tensor), bytes);
    } else if (pass->direction == TO_TENSORS) {
        memcpy(gan__data(tensor), pass->values + pass->count, bytes);
        gan__tensor_touch(tensor);
    }
    pass->count += tensor->count;
}

static void
pass_network(struct pass *pass, gan_layer *network)
{
    const struct gan__layer_tensor *tensors;
    int64_t count;

    if (network == NULL) {
        return;
    }
    tensors = gan__layer_tensors(network);
    count = gan__layer_tensor_count(network);
    for (int64_t i = 0; i < count; i++) {
        pass_tensor(pass, tensors[i].tensor);
    }
}

static void
pass_all(struct pass *pass, const gan_trainer *trainer)
{
    const struct gan__side *const sides[] = {&trainer->generator, &trainer->discriminator};

    pass->count = 0;
    for (int i = 0; i < 2; i++) {
        const gan_optimizer *optimizer = sides[i]->optimizer;
        pass_network(pass, sides[i]->network);
        for (int64_t k = 0; k < optimizer->state_slots; k++) {
            pass_tensor(pass, optimizer->states[k]);
        }
    }
    pass_network(pass, trainer->average);
}

gan_status
gan__alarms_keep(struct gan__alarms *alarms, const gan_trainer *trainer)
{
    gan_context *ctx = gan__trainer_context(trainer);
    struct pass pass = {.direction = MEASURE};
    struct gan__back *back;

    if (alarms->options.non_finite != GAN__DIVERGENCE_GO_BACK) {
        return GAN_OK;
    }
    if (alarms->back_count == GAN__BACKS) {
        const struct gan__back oldest = alarms->backs[0];
        alarms->backs[0] = alarms->backs[1];
        alarms->backs[1] = oldest;
        alarms->back_count--;
    }
    back = &alarms->backs[alarms->back_count];
    if (back->values == NULL) {
        pass_all(&pass, trainer);
        back->values = gan__alloc_array(ctx, pass.count, sizeof(float));
        if (back->values == NULL) {
            return GAN_E_NOMEM;
        }
    }
    pass = (struct pass){.direction = TO_VALUES, .values = back->values};
    pass_all(&pass, trainer);
    back->record = trainer->record;
    back->counters = trainer->counters;
    back->state = trainer->alarm_state;
    back->g_steps = trainer->generator.optimizer->steps;
    back->d_steps = trainer->discriminator.optimizer->steps;
    back->average_is_estimated = trainer->average_is_estimated;
    alarms->back_count++;
    return GAN_OK;
}

void
gan__alarms_free_backs(struct gan__alarms *alarms, gan_context *ctx)
{
    for (int i = 0; i < GAN__BACKS; i++) {
        gan__free(ctx, alarms->backs[i].values);
        alarms->backs[i].values = NULL;
    }
    alarms->back_count = 0;
}

/* Whether another going back would leave a learning rate that moves nothing. */
static bool
is_lowest(const gan_optimizer *optimizer, double factor)
{
    const double present = optimizer->common.lr_factor;

    return factor < 1 && present > 0 && present * factor < GAN__LR_FACTOR_LEAST;
}

bool
gan__alarms_can_go_back(const struct gan__alarms *alarms, const gan_trainer *trainer,
                        struct gan__text *why)
{
    const long long times = (long long)trainer->alarm_state.gone_back;
    const double factor = alarms->options.go_back_factor;

    if (alarms->options.non_finite != GAN__DIVERGENCE_GO_BACK) {
        return false;
    }
    if (times >= alarms->options.go_back_limit) {
        gan__text_add(why, " It has gone back %lld time%s already.", times, gan__plural(times));
        return false;
    }
    if (is_lowest(trainer->generator.optimizer, factor) ||
        is_lowest(trainer->discriminator.optimizer, factor)) {
        gan__text_add(why, " It does not go back again: the learning rates would be below their ");
        gan__text_add_number(why, GAN__LR_FACTOR_LEAST);
        gan__text_add(why, "th part.");
        return false;
    }
    if (alarms->back_count == 0) {
        gan__text_add(why,
                      " It can't go back: there was no check since the optimizers were set, so "
                      "no state is kept.");
        return false;
    }
    return true;
}

/* As a resumed run does: a checkpoint is written, with which those that are later go, and then the
 * log's lines of steps that are taken again go: a kill in between leaves what a resume can mend. What
 * the system refuses is left to the next line and the next checkpoint. */
static gan_status
go_back_in_folder(gan_run *run)
{
    run->saved_step = -1; /* that step's checkpoint is of another training now */
    const gan_status st = gan__run_save(run);

    gan__run_log_forget_after(run, run->trainer->counters.steps);
    return st == GAN_OK ? gan__run_log_sync(run) : st;
}

gan_status
gan__alarms_go_back(struct gan__alarms *alarms, gan_trainer *trainer)
{
    const struct gan__back *back = &alarms->backs[0];
    const int64_t gone_back = trainer->alarm_state.gone_back;
    struct pass pass = {.direction = TO_TENSORS, .values = back->values};

    pass_all(&pass, trainer);
    trainer->record = back->record;
    trainer->counters = back->counters;
    trainer->alarm_state = back->state;
    trainer->alarm_state.gone_back = gone_back + 1;
    trainer->generator.optimizer->steps = back->g_steps;
    trainer->discriminator.optimizer->steps = back->d_steps;
    trainer->average_is_estimated = back->average_is_estimated;
    if (trainer->best.since > trainer->counters.steps) { /* the best may be of a later step */
        trainer->best.since = trainer->counters.steps;
    }
    trainer->generator.optimizer->common.lr_factor *= alarms->options.go_back_factor;
    trainer->discriminator.optimizer->common.lr_factor *= alarms->options.go_back_factor;
    alarms->back_count = 1; /* the later one is of a training that did not go well */
    return trainer->run == NULL ? GAN_OK : go_back_in_folder(trainer->run);
}
