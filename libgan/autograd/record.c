/*
 * Recording: the frame that every op runs in, and the nodes that ops leave behind for backward.c.
 */
#include <stdio.h>
#include <string.h>

#include "autograd/autograd.h"
#include "base/checked.h"
#include "kernels/kernels.h"

/* Bounds kernels, strides, paddings and factors, so that sums and products with sizes fit into 64
 * bits. */
#define PAIR_MAX ((int64_t)1 << 20)

static void
node_finalize(struct gan__object *object)
{
    struct gan__node *node = (struct gan__node *)object;
    for (int32_t i = 0; i < GAN__NODE_SAVED_MAX; i++) {
        gan__object_release((struct gan__object *)node->saved[i]);
        gan__object_release((struct gan__object *)node->makers[i]);
    }
    for (int32_t i = 0; i < node->edge_count; i++) {
        gan__object_release((struct gan__object *)node->edges[i].node);
        gan__object_release((struct gan__object *)node->edges[i].leaf);
    }
}

static const struct gan__class node_class = {"node", node_finalize};

bool
gan__recording(const gan_context *ctx)
{
    return ctx->no_grad_depth == 0;
}

enum gan__phase
gan__op_phase(const gan_context *ctx)
{
    const struct gan__node *node = (const struct gan__node *)ctx->gradient_of;
    if (node == NULL) {
        return GAN__PHASE_FORWARD;
    }
    return node->order == 0 ? GAN__PHASE_BACKWARD : GAN__PHASE_SECOND_ORDER;
}

gan_status
gan__op_begin(struct gan__frame *f, gan_context *ctx, gan_tensor **out, const struct gan__op *op)
{
    *f = (struct gan__frame){.ctx = ctx, .op = op, .out = out};
    if (out != NULL) {
        *out = NULL;
    }
    const gan_status st = gan__enter(&f->call, ctx, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        return gan__leave(&f->call, gan__null(ctx, "out"));
    }
    if (gan__is_profiled(ctx)) {
        gan__span_begin(&f->span, ctx, gan__op_phase(ctx), op->name);
    }
    return GAN_OK;
}

gan_status
gan__op_fail(struct gan__frame *f, gan_status status, const char *format, ...)
{
    char sentence[GAN__ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    return gan__fail(f->ctx, status, "%s: %s", f->op->name, sentence);
}

gan_status
gan__op_argument(struct gan__frame *f, const gan_tensor *tensor, const char *name)
{
    if (tensor == NULL) {
        return gan__op_fail(f, GAN_E_ARG, "%s is NULL", name);
    }
    if (tensor->object.ctx != f->ctx) {
        return gan__op_fail(f, GAN_E_ARG, "%s belongs to another context", name);
    }
    return GAN_OK;
}

gan_status
gan__op_input(struct gan__frame *f, gan_tensor *tensor, const char *name)
{
    const gan_status st = gan__op_argument(f, tensor, name);
    if (st == GAN_OK) {
        f->inputs[f->input_count++] = tensor;
    }
    return st;
}

gan_status
gan__op_pair(struct gan__frame *f, const int64_t *pair, const char *name, int64_t least)
{
    if (pair == NULL) {
        return gan__op_fail(f, GAN_E_ARG, "%s is NULL", name);
    }
    for (int32_t i = 0; i < 2; i++) {
        if (pair[i] < least || pair[i] > PAIR_MAX) {
            return gan__op_fail(f, GAN_E_ARG, "%s is [%lld, %lld], each must be %lld to %lld", name,
                                (long long)pair[0], (long long)pair[1], (long long)least,
                                (long long)PAIR_MAX);
        }
    }
    return GAN_OK;
}

gan_status
gan__op_axis(struct gan__frame *f, const gan_tensor *x, int32_t *axis)
{
    const int32_t rank = x->shape.rank;
    if (*axis < -rank || *axis >= rank) {
        char text[GAN__SHAPE_TEXT_SIZE];
        if (rank == 0) {
            return gan__op_fail(f, GAN_E_ARG, "axis is %d, but x is [], which has none",
                                (int)*axis);
        }
        return gan__op_fail(f, GAN_E_ARG, "axis is %d, but the axes of x %s are %d to %d",
                            (int)*axis, gan__shape_text(text, &x->shape), (int)-rank,
                            (int)rank - 1);
    }
    *axis += *axis < 0 ? rank : 0;
    return GAN_OK;
}

gan_status
gan__op_result(struct gan__frame *f, const struct gan__shape *shape)
{
    if (gan__shape_count(shape) < 0) {
        char text[GAN__SHAPE_TEXT_SIZE];
        return gan__op_fail(f, GAN_E_SHAPE, "the result %s would have more elements than fit",
                            gan__shape_text(text, shape));
    }
    return gan__tensor_create(f->ctx, &f->result, shape);
}

gan_status
gan__tensor_over(gan_context *ctx, gan_tensor **out, gan_tensor *g)
{
    if (ctx->spent != &g->object) {
        return gan__tensor_create(ctx, out, &g->shape);
    }
    ctx->spent = NULL;
    return gan__tensor_view(ctx, out, g, &g->shape);
}

gan_status
gan__check_finite(gan_context *ctx, const struct gan__op *op, const gan_tensor *x)
{
    if (!ctx->check_finite || x->count == 0 || gan__all_finite(ctx, gan__data(x), x->count)) {
        return GAN_OK;
    }
    const struct gan__node *node = (const struct gan__node *)ctx->gradient_of;
    const char *what = node != NULL ? "the gradient of " : "";
    const char *name = node != NULL ? node->op->name : op->name;
    const char *layer = node != NULL ? node->layer : ctx->location;
    if (layer == NULL) {
        return gan__fail(ctx, GAN_E_DIVERGED, "%s%s made a value that is not finite", what, name);
    }
    return gan__fail(ctx, GAN_E_DIVERGED, "%s%s in \"%s\" made a value that is not finite", what,
                     name, layer);
}

static bool
any_requires_grad(gan_tensor *const *inputs, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        if (inputs[i]->requires_grad) {
            return true;
        }
    }
    return false;
}

static struct gan__node *
node_create(gan_context *ctx, const struct gan__op *op, int32_t edge_count)
{
    const size_t edges = (size_t)edge_count * sizeof(struct gan__edge);
    const size_t text = ctx->location == NULL ? 0 : strlen(ctx->location) + 1;
    struct gan__node *node =
        gan__object_create(ctx, &node_class, sizeof(struct gan__node) + edges + text);
    if (node == NULL) {
        return NULL;
    }
    const struct gan__node *by = (const struct gan__node *)ctx->gradient_of;
    node->op = op;
    node->network = ctx->network;
    node->order = by == NULL ? 0 : by->order + 1;
    node->sequence = ++ctx->node_count;
    if (text > 0) {
        char *copy = (char *)&node->edges[edge_count];
        memcpy(copy, ctx->location, text);
        node->layer = copy;
    }
    return node;
}

static void
edge_fill(struct gan__edge *edge, gan_tensor *input)
{
    edge->shape = input->shape;
    if (!input->requires_grad) {
        return;
    }
    if (input->history != NULL) {
        edge->node = (struct gan__node *)input->history;
        gan__object_hold(&edge->node->object);
    } else {
        edge->leaf = input;
        gan__object_hold(&input->object);
    }
}

gan_status
gan__op_record_inputs(struct gan__frame *f, gan_tensor *const *inputs, int32_t count)
{
    const gan_status st = gan__check_finite(f->ctx, f->op, f->result);
    if (st != GAN_OK) {
        return st;
    }
    if (!gan__recording(f->ctx) || !any_requires_grad(inputs, count)) {
        return GAN_OK;
    }
    struct gan__node *node = node_create(f->ctx, f->op, count);
    if (node == NULL) {
        return GAN_E_NOMEM;
    }
    node->edge_count = count;
    for (int32_t i = 0; i < count; i++) {
        edge_fill(&node->edges[i], inputs[i]);
    }
    gan__object_adopt(&node->object);
    f->result->history = &node->object;
    f->result->requires_grad = true;
    f->node = node;
    return GAN_OK;
}

gan_status
gan__op_record(struct gan__frame *f)
{
    return gan__op_record_inputs(f, f->inputs, f->input_count);
}

bool
gan__is_remade(const gan_context *ctx, const gan_tensor *x)
{
    return ctx->recompute && x->history != NULL && ((const struct gan__node *)x->history)->remakes;
}

gan_status
gan__op_save(struct gan__frame *f, int32_t place, gan_tensor *tensor)
{
    if (f->node != NULL && gan__is_remade(f->ctx, tensor)) {
        gan__object_hold(tensor->history);
        f->node->makers[place] = (struct gan__node *)tensor->history;
    } else if (f->node != NULL) {
        gan__object_hold(&tensor->object);
        f->node->saved[place] = tensor;
        f->node->saved_versions[place] = tensor->storage->version;
    }
    return GAN_OK;
}

gan_status
gan__op_save_output(struct gan__frame *f, int32_t place)
{
    if (f->node == NULL) {
        return GAN_OK;
    }
    gan_tensor *view = NULL;
    const gan_status st = gan__tensor_view(f->ctx, &view, f->result, &f->result->shape);
    if (st == GAN_OK) {
        gan__object_adopt(&view->object);
        f->node->saved[place] = view;
        f->node->saved_versions[place] = view->storage->version;
    }
    return st;
}

/* What the result was made of is read, and the result written; a view is neither. */
static void
count_bytes(const struct gan__frame *f)
{
    if (f->result == NULL || (f->input_count > 0 && f->inputs[0]->storage == f->result->storage)) {
        return;
    }
    int64_t values = f->result->count;
    for (int32_t i = 0; i < f->input_count; i++) {
        values += f->inputs[i]->count;
    }
    gan__profile_work(f->ctx, 0, (double)values * sizeof(float));
}

bool
gan__op_flows(const struct gan__frame *f, int32_t input)
{
    return f->node != NULL &&
           (f->node->edges[input].node != NULL || f->node->edges[input].leaf != NULL);
}

gan_status
gan__op_end(struct gan__frame *f, gan_status st)
{
    if (f->span.ctx != NULL) {
        count_bytes(f);
        gan__span_end(&f->span);
    }
    if (st == GAN_OK) {
        *f->out = f->result;
    } else if (f->result != NULL) {
        gan_tensor_destroy(f->result);
    }
    return gan__leave(&f->call, st);
}

/* A maker may ask another one: at most an activation batch norm. */
static gan_status
make_again(gan_context *ctx, struct gan__node *node, int32_t place)
{
    struct gan__node *maker = node->makers[place];
    gan_tensor *made = NULL;
    const gan_status st = maker->op->again(ctx, maker, &made);
    if (st != GAN_OK) {
        return st;
    }
    if (gan__recording(ctx)) {
        gan__object_hold(&maker->object);
        made->history = &maker->object;
        made->requires_grad = true;
    }
    gan__object_adopt(&made->object);
    node->saved[place] = made;
    node->saved_versions[place] = made->storage->version;
    return GAN_OK;
}

gan_status
gan__node_saved(gan_context *ctx, struct gan__node *node, int32_t place, gan_tensor **tensor)
{
    if (node->saved[place] == NULL && node->makers[place] != NULL) {
        const gan_status st = make_again(ctx, node, place);
        if (st != GAN_OK) {
            *tensor = NULL;
            return st;
        }
    }
    *tensor = node->saved[place];
    if (*tensor != NULL && (*tensor)->storage->version == node->saved_versions[place]) {
        return GAN_OK;
    }
    const char *problem = *tensor == NULL ? "has not saved what its gradient needs"
                                          : "has saved a tensor that was changed since; compute "
                                            "gradients before the change";
    const gan_status status = *tensor == NULL ? GAN_E_INTERNAL : GAN_E_STATE;
    *tensor = NULL;
    if (node->layer == NULL) {
        return gan__fail(ctx, status, "%s %s", node->op->name, problem);
    }
    return gan__fail(ctx, status, "%s in \"%s\" %s", node->op->name, node->layer, problem);
}

gan_status
gan__node_output(gan_context *ctx, struct gan__node *node, int32_t place, gan_tensor **output)
{
    gan_tensor *saved = NULL;
    gan_status st = gan__node_saved(ctx, node, place, &saved);
    if (st == GAN_OK) {
        st = gan__tensor_view(ctx, output, saved, &saved->shape);
    }
    if (st == GAN_OK && gan__recording(ctx)) {
        gan__object_hold(&node->object);
        (*output)->history = &node->object;
        (*output)->requires_grad = true;
    }
    return st;
}

gan_status
gan_no_grad_begin(gan_context *context)
{
    struct gan__call call;
    const gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    context->no_grad_depth++;
    return gan__leave(&call, GAN_OK);
}

gan_status
gan_no_grad_end(gan_context *context)
{
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    if (context->no_grad_depth == 0) {
        st = gan__fail(context, GAN_E_STATE,
                       "gan_no_grad_end() without a gan_no_grad_begin() before it");
    } else {
        context->no_grad_depth--;
    }
    return gan__leave(&call, st);
}
