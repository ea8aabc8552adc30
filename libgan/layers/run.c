/*
 * Running a built network: inputs checked once, then layer after layer. Running statistics move
 * only when all has succeeded.
 */
#include "layers/class.h"

#include <string.h>

#include "autograd/autograd.h"
#include "base/context.h"
#include "base/profile.h"

gan_tensor *
gan__same(gan_tensor *x)
{
    gan_tensor_retain(x);
    return x;
}

/* slope is NULL for the layer alone. */
static gan_status
call(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run, const double *slope)
{
    const char *before = run->ctx->location;
    struct gan__span span;
    gan_status st;

    run->ctx->location = layer->location;
    gan__span_begin(&span, run->ctx, GAN__PHASE_FORWARD, "layer");
    st = slope != NULL ? layer->class->run_leaky(layer, out, x, run, *slope)
                       : layer->class->run(layer, out, x, run);
    gan__span_end(&span);
    run->ctx->location = before;
    if (st == GAN_OK && layer == run->pass->capture && run->captured == NULL) {
        run->captured = gan__same(*out);
    }
    /* The search for the first value that is not finite names the place itself. */
    if (st != GAN_OK && st != GAN_E_DIVERGED && !run->named) {
        gan__layer_fail_prefix(layer);
        run->named = true;
    }
    return st;
}

gan_status
gan__layer_call(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run)
{
    return call(layer, out, x, run, NULL);
}

gan_status
gan__layer_call_both(gan_layer *layer, gan_layer *next, gan_tensor **out, gan_tensor *x,
                     struct gan__run *run, bool *done)
{
    const gan_layer *capture = run->pass->capture;

    *done = layer->class->run_leaky != NULL && (next->class->flags & GAN__LAYER_LEAKY) != 0 &&
            !gan__recording(run->ctx) && !run->ctx->check_finite && capture != layer &&
            capture != next;
    if (!*done) {
        return GAN_OK;
    }
    const double slope = next->class->slope(next);
    return call(layer, out, x, run, &slope);
}

gan_status
gan__run_add_statistic(struct gan__run *run, gan_layer *layer, gan_tensor *mean,
                       gan_tensor *variance, int64_t rows)
{
    if (run->statistic_count == run->statistic_capacity) {
        const int64_t capacity = run->statistic_capacity == 0 ? 16 : 2 * run->statistic_capacity;
        struct gan__statistic *grown = gan__alloc_array(run->ctx, capacity, sizeof *grown);
        if (grown == NULL) {
            return GAN_E_NOMEM;
        }
        for (int64_t i = 0; i < run->statistic_count; i++) {
            grown[i] = run->statistics[i];
        }
        gan__free(run->ctx, run->statistics);
        run->statistics = grown;
        run->statistic_capacity = capacity;
    }
    run->statistics[run->statistic_count++] = (struct gan__statistic){layer, mean, variance, rows};
    return GAN_OK;
}

void
gan__run_free(struct gan__run *run)
{
    for (int64_t i = 0; i < run->statistic_count; i++) {
        gan_tensor_destroy(run->statistics[i].mean);
        gan_tensor_destroy(run->statistics[i].variance);
    }
    gan__free(run->ctx, run->statistics);
    gan_tensor_destroy(run->captured);
    run->statistics = NULL;
    run->statistic_count = run->statistic_capacity = 0;
    run->captured = NULL;
}

static const struct gan__feed *
find_feed(const struct gan__run *run, const char *name)
{
    for (int32_t i = 0; i < run->feed_count; i++) {
        if (strcmp(run->feeds[i].name, name) == 0) {
            return &run->feeds[i];
        }
    }
    return NULL;
}

/* GAN_E_ARG for a name, with those that the network has. */
static gan_status
fail_name(gan_layer *layer, const char *what, const char *name)
{
    gan_context *ctx = layer->object.ctx;
    struct gan__text list;
    gan_status st;

    gan__text_init(&list, ctx);
    for (int32_t i = 0; i < layer->input_count; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", layer->inputs[i].name);
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(ctx, GAN_E_ARG, "%s \"%.64s\": the network's inputs are %s", what, name,
                       list.length > 0 ? list.data : "none");
    }
    gan__text_free(&list);
    return st;
}

static gan_status
check_names(gan_layer *layer, const struct gan__run *run)
{
    for (int32_t i = 0; i < run->feed_count; i++) {
        bool known = false;
        if (run->feeds[i].name == NULL || run->feeds[i].tensor == NULL) {
            return gan__null(run->ctx, run->feeds[i].name == NULL ? "a name" : "an input");
        }
        if (find_feed(run, run->feeds[i].name) != &run->feeds[i]) {
            return fail_name(layer, "given twice is the input", run->feeds[i].name);
        }
        for (int32_t j = 0; j < layer->input_count; j++) {
            known = known || strcmp(layer->inputs[j].name, run->feeds[i].name) == 0;
        }
        if (!known) {
            return fail_name(layer, "there is no input", run->feeds[i].name);
        }
    }
    return GAN_OK;
}

static gan_status
check_feed(gan_context *ctx, const struct gan__input *input, const gan_tensor *x, int64_t batch)
{
    char found[GAN__SHAPE_TEXT_SIZE], wanted[GAN__SHAPE_TEXT_SIZE];
    bool equal;

    if (x->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "%s is a tensor of another context", input->name);
    }
    equal = x->shape.rank == input->shape.rank + 1;
    for (int32_t i = 0; equal && i < input->shape.rank; i++) {
        equal = x->shape.size[i + 1] == input->shape.size[i];
    }
    if (!equal) {
        return gan__fail(
            ctx, GAN_E_SHAPE, "%s is %s, the network was built for samples of %s, with N before it",
            input->name, gan__shape_text(found, &x->shape), gan__shape_text(wanted, &input->shape));
    }
    if (x->shape.size[0] != batch) {
        return gan__fail(ctx, GAN_E_SHAPE, "%s has %lld samples, the first input has %lld",
                         input->name, (long long)x->shape.size[0], (long long)batch);
    }
    return GAN_OK;
}

static gan_status
check_feeds(gan_layer *layer, const struct gan__run *run)
{
    int64_t batch = -1;
    gan_status st;

    GAN__TRY(check_names(layer, run));
    for (int32_t i = 0; i < layer->input_count; i++) {
        const struct gan__feed *feed = find_feed(run, layer->inputs[i].name);
        if (feed == NULL) {
            return fail_name(layer, "missing is the input", layer->inputs[i].name);
        }
        if (batch < 0 && feed->tensor->shape.rank > 0) {
            batch = feed->tensor->shape.size[0];
        }
        GAN__TRY(check_feed(run->ctx, &layer->inputs[i], feed->tensor, batch));
    }

fail:
    return st;
}

gan_status
gan__run_root(gan_layer *layer, gan_tensor **out, struct gan__run *run)
{
    const struct gan__feed *incoming = NULL;
    gan_status st;

    if (!layer->built) {
        return gan__fail(run->ctx, GAN_E_STATE,
                         "the %s is not built; call gan_layer_build() with a sample's shape",
                         gan__layer_kind(layer));
    }
    GAN__TRY(check_feeds(layer, run));
    if (gan__layer_takes_incoming(layer)) {
        incoming = find_feed(run, "input");
    }
    st = gan__layer_call(layer, out, incoming != NULL ? incoming->tensor : NULL, run);

fail:
    return st;
}

gan_status
gan__layer_run(gan_layer *layer, gan_tensor **out, const struct gan__feed *feeds, int32_t count,
               const struct gan__pass *pass)
{
    struct gan__run run = {.ctx = layer->object.ctx,
                           .pass = pass,
                           .feeds = feeds,
                           .feed_count = count,
                           .collect = pass->training && pass->update_statistics};
    gan_tensor *y = NULL;
    const gan_status st = gan__run_root(layer, &y, &run);

    for (int64_t i = 0; st == GAN_OK && i < run.statistic_count; i++) {
        gan__batch_norm_move(&run.statistics[i]);
    }
    if (pass->captured != NULL) {
        *pass->captured = st == GAN_OK ? run.captured : NULL;
        run.captured = st == GAN_OK ? NULL : run.captured;
    }
    gan__run_free(&run);
    *out = y;
    return st;
}

/* A forward outside a trainer: in training each is a dropout draw of its own. */
static gan_status
forward(gan_layer *layer, gan_tensor **out, const struct gan__feed *feeds, int32_t count,
        int32_t training)
{
    gan_context *ctx = layer->object.ctx;
    const struct gan__pass pass = {
        .training = training != 0,
        .update_statistics = training != 0,
        .dropout = gan__random_make(ctx->seed, GAN__PURPOSE_DROPOUT, ctx->draw_count, 0)};
    gan_status st;

    /* A user's forward may give up the caller's handles. */
    gan__object_hold(&layer->object);
    for (int32_t i = 0; i < count; i++) {
        gan__object_hold((struct gan__object *)feeds[i].tensor);
    }
    st = gan__layer_run(layer, out, feeds, count, &pass);
    if (st == GAN_OK && training != 0) {
        ctx->draw_count++;
    }
    for (int32_t i = 0; i < count; i++) {
        gan__object_release((struct gan__object *)feeds[i].tensor);
    }
    gan__object_release(&layer->object);
    return st;
}

static gan_status
forward_one(gan_layer *layer, gan_tensor **out, gan_tensor *input, int32_t training)
{
    struct gan__feed feed = {"input", input};

    if (layer->built && layer->input_count != 1) {
        return gan__fail(layer->object.ctx, GAN_E_ARG,
                         "the network has %d inputs; use gan_layer_forward_inputs()",
                         (int)layer->input_count);
    }
    if (layer->built) {
        feed.name = layer->inputs[0].name;
    }
    return forward(layer, out, &feed, 1, training);
}

gan_status
gan_layer_forward(gan_layer *layer, gan_tensor **out, gan_tensor *input, int32_t training)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(call.ctx, "out");
    } else if (input == NULL) {
        st = gan__null(call.ctx, "input");
    } else {
        st = forward_one(layer, out, input, training);
    }
    return gan__leave(&call, st);
}

static gan_status
forward_named(gan_layer *layer, gan_tensor **out, const char *const *names,
              gan_tensor *const *inputs, int32_t count, int32_t training)
{
    gan_context *ctx = layer->object.ctx;
    struct gan__feed *feeds;
    gan_status st;

    if (count < 0) {
        return gan__fail(ctx, GAN_E_ARG, "count is %d, it must be 0 or more", (int)count);
    }
    feeds = gan__alloc_array(ctx, count, sizeof *feeds);
    if (feeds == NULL) {
        return GAN_E_NOMEM;
    }
    for (int32_t i = 0; i < count; i++) {
        feeds[i] = (struct gan__feed){names[i], inputs[i]};
    }
    st = forward(layer, out, feeds, count, training);
    gan__free(ctx, feeds);
    return st;
}

gan_status
gan_layer_forward_inputs(gan_layer *layer, gan_tensor **out, const char *const *names,
                         gan_tensor *const *inputs, int32_t count, int32_t training)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(call.ctx, "out");
    } else if (names == NULL || inputs == NULL) {
        st = gan__null(call.ctx, names == NULL ? "names" : "inputs");
    } else {
        st = forward_named(layer, out, names, inputs, count, training);
    }
    return gan__leave(&call, st);
}
