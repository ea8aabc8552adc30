/*
 * gan_trainer_memory(): what a step takes, before there was one.
 *
 * Steps on fewer samples are rehearsed, without moving anything, while the allocator keeps a trace;
 * what they asked for is carried to the whole batch. So every network, loss and penalty is covered,
 * those of the user too, and no op needs to say what it takes.
 */
#include "base/memory.h"
#include "base/plan.h"
#include "trainer/work.h"

enum { EVENTS = 1 << 14 };

/* Two rehearsals. */
struct plan {
    gan_trainer *trainer;
    gan_context *ctx;
    struct gan__memory_trace traces[2];
    int64_t amounts[2];
};

static bool
batch_is_possible(const gan_trainer *trainer, int64_t batch)
{
    const struct gan__side *sides[] = {&trainer->generator, &trainer->discriminator};
    const int64_t samples[] = {batch, batch / trainer->options.pac};
    bool possible = batch % trainer->options.pac == 0;

    for (int i = 0; i < 2 && possible; i++) {
        possible = gan__layer_check_batch(sides[i]->network, samples[i]) == GAN_OK;
    }
    gan__recover(gan__trainer_context(trainer));
    return possible;
}

/* The batches to rehearse on: about one in `part` of the samples, and twice as many; both whole
 * batches where nothing smaller can be. */
static void
choose(struct plan *plan, int64_t part)
{
    const int64_t whole = plan->trainer->options.batch;

    for (int64_t batch = whole / part < 1 ? 1 : whole / part; 2 * batch <= whole; batch++) {
        if (batch_is_possible(plan->trainer, batch) &&
            batch_is_possible(plan->trainer, 2 * batch)) {
            plan->amounts[0] = batch;
            plan->amounts[1] = 2 * batch;
            return;
        }
    }
    plan->amounts[0] = plan->amounts[1] = whole;
}

/* A step on so many samples that leaves everything as it was. */
static gan_status
rehearse(struct plan *plan, int64_t batch)
{
    gan_trainer *trainer = plan->trainer;
    const int64_t whole = trainer->options.batch;
    gan_status st = gan__snapshot_take(trainer);

    if (st != GAN_OK) {
        return st;
    }
    /* A first step: with all that is not in each. */
    trainer->counters = (struct gan__counters){.steps = 0};
    trainer->options.batch = batch;
    st = gan__rehearse_step(trainer);
    trainer->options.batch = whole;
    gan__snapshot_restore(trainer);
    return st;
}

/* With a trace that has room for everything. */
static gan_status
rehearse_traced(struct plan *plan, int which)
{
    struct gan__memory_trace *trace = &plan->traces[which];
    int64_t capacity = trace->capacity > 0 ? trace->capacity : EVENTS;
    gan_status st = GAN_OK;

    do {
        gan__free(plan->ctx, trace->events);
        *trace = (struct gan__memory_trace){
            .events = gan__alloc_array(plan->ctx, capacity, sizeof *trace->events),
            .capacity = capacity};
        if (trace->events == NULL) {
            return GAN_E_NOMEM;
        }
        gan__scratch_release(plan->ctx);
        gan__memory_trace(plan->ctx, trace);
        st = rehearse(plan, plan->amounts[which]);
        gan__memory_trace(plan->ctx, NULL);
        capacity *= 2;
    } while (st == GAN_OK && trace->missed);
    return st;
}

/* What a context keeps from the first step on is made before the traces. */
static gan_status
warm_up(struct plan *plan)
{
    const gan_status st = gan__tensor_prepare_cycles(plan->ctx);

    return st != GAN_OK ? st : gan__snapshot_take(plan->trainer);
}

/* Sums over small batches may be made in other ways than those over large ones: then the next try
 * is nearer to the whole. */
static gan_status
make_plan(struct plan *plan, uint64_t *bytes)
{
    bool fits = false;
    gan_status st = GAN_OK;

    GAN__TRY(warm_up(plan));
    for (int64_t part = 8; !fits; part /= 2) {
        choose(plan, part);
        GAN__TRY(rehearse_traced(plan, 0));
        GAN__TRY(rehearse_traced(plan, 1));
        const int64_t amount = plan->amounts[0];
        /* The same batch twice has nothing between: the amounts don't matter. */
        const bool same = plan->amounts[1] == amount;
        GAN__TRY(gan__memory_plan(plan->ctx, &plan->traces[0], &plan->traces[1], amount,
                                  same ? amount + 1 : plan->amounts[1],
                                  same ? amount : plan->trainer->options.batch, bytes, &fits));
        if (part == 1 && !fits) {
            return gan__fail(plan->ctx, GAN_E_UNSUPPORTED,
                             "two steps on the same number of samples ask for different memory");
        }
    }

fail:
    return st;
}

static gan_status
trainer_memory(gan_trainer *trainer, uint64_t *bytes)
{
    struct plan plan = {.trainer = trainer, .ctx = gan__trainer_context(trainer)};
    struct gan__memory_counts counts;
    uint64_t step = 0;
    const gan_status st = make_plan(&plan, &step);

    for (int i = 0; i < 2; i++) {
        gan__free(plan.ctx, plan.traces[i].events);
    }
    /* The first step is to begin without what the rehearsals left. */
    gan__scratch_release(plan.ctx);
    gan__memory_trim(plan.ctx);
    if (st != GAN_OK) {
        return st;
    }
    gan__memory_read(plan.ctx, &counts);
    *bytes = counts.used + step > counts.peak ? counts.used + step : counts.peak;
    return GAN_OK;
}

gan_status
gan_trainer_memory(gan_trainer *trainer, uint64_t *bytes)
{
    struct gan__call call;
    gan_status st;

    if (bytes != NULL) {
        *bytes = 0;
    }
    if (trainer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__trainer_context(trainer), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = bytes == NULL ? gan__null(call.ctx, "bytes") : trainer_memory(trainer, bytes);
    return gan__leave(&call, st);
}
