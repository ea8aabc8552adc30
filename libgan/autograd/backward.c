/*
 * gan_backward and gan_grad: what they check, which tensors they want of a pass, and what they do
 * with the gradients.
 */
#include "autograd/pass.h"

#include <stdio.h>

#include "kernels/kernels.h"

/* "output 2", or "output" for the one of gan_backward (index -1). */
enum { LABEL_SIZE = 40 };

static const char *
label(char buffer[LABEL_SIZE], const char *name, int64_t index)
{
    if (index < 0) {
        return name;
    }
    (void)snprintf(buffer, LABEL_SIZE, "%s %lld", name, (long long)index);
    return buffer;
}

static gan_status
check_tensor(gan_context *ctx, const gan_tensor *tensor, const char *name, int64_t index)
{
    char text[LABEL_SIZE];
    if (tensor == NULL) {
        return gan__fail(ctx, GAN_E_ARG, "%s is NULL", label(text, name, index));
    }
    if (tensor->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "%s belongs to another context", label(text, name, index));
    }
    return GAN_OK;
}

static gan_status
check_output(gan_context *ctx, const gan_tensor *output, int64_t index)
{
    const gan_status st = check_tensor(ctx, output, "output", index);
    if (st != GAN_OK || output->history != NULL) {
        return st;
    }
    char text[LABEL_SIZE];
    return gan__fail(ctx, GAN_E_STATE,
                     "%s was not recorded: it is no result of an op on tensors that require a "
                     "gradient",
                     label(text, "output", index));
}

static gan_status
check_input(gan_context *ctx, const gan_tensor *input, int64_t index)
{
    const gan_status st = check_tensor(ctx, input, "input", index);
    if (st != GAN_OK || input->requires_grad) {
        return st;
    }
    return gan__fail(ctx, GAN_E_ARG, "input %lld does not require a gradient", (long long)index);
}

/* gan_backward: all that can fail first, then publish. */

/* After this, leaves.gradients[i] is what the leaf's gradient becomes, or NULL if it is added in
 * place. */
static bool
adds_in_place(const struct gan__backward_pass *pass, const gan_tensor *leaf)
{
    const gan_tensor *old = leaf->gradient;
    return old != NULL && !pass->create_graph && old->history == NULL &&
           gan__tensor_is_exclusive(old);
}

/* Make leaf i's gradient ready to be kept: summed with the old one, and of its own memory. */
static gan_status
prepare(struct gan__backward_pass *pass, int64_t i)
{
    gan_tensor *leaf = pass->leaves.owners[i];
    gan_tensor *gradient = pass->leaves.gradients[i];
    if (gradient == NULL || adds_in_place(pass, leaf)) {
        return GAN_OK;
    }
    gan_tensor *ready = NULL;
    gan_status st = GAN_OK;
    if (leaf->gradient != NULL) {
        st = gan_add(pass->ctx, &ready, leaf->gradient, gradient);
    } else if (!pass->create_graph && !gan__tensor_is_exclusive(gradient)) {
        st = gan__tensor_copy(pass->ctx, &ready, gradient);
    } else {
        return GAN_OK;
    }
    if (st == GAN_OK) {
        pass->leaves.gradients[i] = ready;
        gan_tensor_destroy(gradient);
    }
    return st;
}

static void
publish(struct gan__backward_pass *pass, int64_t i)
{
    gan_tensor *leaf = pass->leaves.owners[i];
    gan_tensor *gradient = pass->leaves.gradients[i];
    if (gradient == NULL) {
        return;
    }
    if (adds_in_place(pass, leaf)) {
        const int64_t stride = 1;
        float *sum = gan__data(leaf->gradient);
        if (leaf->count > 0) {
            gan__binary(pass->ctx, GAN__BINARY_add, sum, sum, &stride, gan__data(gradient), &stride,
                        &leaf->count, 1, 0.0f, 0.0f);
        }
        gan__tensor_touch(leaf->gradient);
        return; /* pass_end destroys what was added */
    }
    pass->leaves.gradients[i] = NULL;
    gan__tensor_keep_gradient(leaf, gradient);
}

static gan_status
prepare_all(struct gan__backward_pass *pass)
{
    gan_context *ctx = pass->ctx;
    gan_status st = GAN_OK;
    if (pass->create_graph) {
        st = gan__tensor_prepare_cycles(ctx);
    }
    ctx->no_grad_depth = pass->create_graph ? 0 : pass->no_grad_depth + 1;
    for (int64_t i = 0; i < pass->leaves.count && st == GAN_OK; i++) {
        st = prepare(pass, i);
    }
    ctx->no_grad_depth = pass->no_grad_depth;
    return st;
}

gan_status
gan_backward(gan_context *context, gan_tensor *output, int32_t create_graph)
{
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__backward_pass pass;
    struct gan__span span;
    gan__pass_begin(&pass, context, create_graph != 0, true);
    gan__span_begin(&span, context, GAN__PHASE_BACKWARD, "backward");
    GAN__TRY(check_output(context, output, -1));
    if (output->count != 1) {
        char text[GAN__SHAPE_TEXT_SIZE];
        GAN__TRY(gan__fail(context, GAN_E_SHAPE,
                           "output is %s, must have one element; take gan_sum() or gan_mean() of "
                           "it first",
                           gan__shape_text(text, &output->shape)));
    }
    GAN__TRY(gan__pass_collect(&pass, &output, 1));
    GAN__TRY(gan__pass_mark(&pass));
    GAN__TRY(gan__pass_open(&pass));
    GAN__TRY(gan__pass_seed(&pass, &output, 1));
    GAN__TRY(gan__pass_run(&pass));
    GAN__TRY(prepare_all(&pass));
    for (int64_t i = 0; i < pass.leaves.count; i++) {
        publish(&pass, i);
    }
fail:
    gan__pass_end(&pass);
    gan__span_end(&span);
    return gan__leave(&call, st);
}

/* gan_grad. */

static gan_status
check_grad(gan_context *ctx, gan_tensor **gradients, gan_tensor *const *outputs,
           int64_t output_count, gan_tensor *const *inputs, int64_t input_count)
{
    if (output_count < 1 || input_count < 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "output_count is %lld and input_count is %lld, must be 1 or more and 0 or "
                         "more",
                         (long long)output_count, (long long)input_count);
    }
    if (outputs == NULL) {
        return gan__null(ctx, "outputs");
    }
    if (input_count > 0 && (gradients == NULL || inputs == NULL)) {
        return gan__null(ctx, gradients == NULL ? "gradients" : "inputs");
    }
    gan_status st = GAN_OK;
    for (int64_t i = 0; i < output_count && st == GAN_OK; i++) {
        st = check_output(ctx, outputs[i], i);
    }
    for (int64_t i = 0; i < input_count && st == GAN_OK; i++) {
        st = check_input(ctx, inputs[i], i);
    }
    return st;
}

/* Leaves before collecting, nodes after it, as an input may have no part in the graph. */
static gan_status
want_inputs(struct gan__backward_pass *pass, gan_tensor *const *outputs, int64_t output_count,
            gan_tensor *const *inputs, int64_t input_count)
{
    gan_status st = GAN_OK;
    for (int64_t i = 0; i < input_count; i++) {
        if (inputs[i]->history == NULL) {
            GAN__TRY(gan__pass_meet_leaf(pass, inputs[i]));
        }
    }
    GAN__TRY(gan__pass_collect(pass, outputs, output_count));
    for (int64_t i = 0; i < input_count; i++) {
        struct gan__node *node = (struct gan__node *)inputs[i]->history;
        if (node != NULL && node->pass == pass->number) {
            node->target = true;
        }
    }
fail:
    return st;
}

static gan_tensor *
gradient_of(const struct gan__backward_pass *pass, const gan_tensor *input)
{
    const struct gan__node *node = (const struct gan__node *)input->history;
    if (node == NULL) {
        return pass->leaves.gradients[input->place];
    }
    return node->pass == pass->number ? pass->nodes.gradients[node->place] : NULL;
}

gan_status
gan_grad(gan_context *context, gan_tensor **gradients, gan_tensor *const *outputs,
         int64_t output_count, gan_tensor *const *inputs, int64_t input_count, int32_t create_graph)
{
    for (int64_t i = 0; gradients != NULL && i < input_count; i++) {
        gradients[i] = NULL;
    }
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    struct gan__backward_pass pass;
    struct gan__span span;
    gan__pass_begin(&pass, context, create_graph != 0, false);
    gan__span_begin(&span, context, GAN__PHASE_BACKWARD, "grad");
    GAN__TRY(check_grad(context, gradients, outputs, output_count, inputs, input_count));
    GAN__TRY(want_inputs(&pass, outputs, output_count, inputs, input_count));
    GAN__TRY(gan__pass_mark(&pass));
    GAN__TRY(gan__pass_open(&pass));
    GAN__TRY(gan__pass_seed(&pass, outputs, output_count));
    GAN__TRY(gan__pass_run(&pass));
    for (int64_t i = 0; i < input_count; i++) {
        gan_tensor *gradient = gradient_of(&pass, inputs[i]);
        gan_tensor_retain(gradient);
        gradients[i] = gradient;
    }
fail:
    gan__pass_end(&pass);
    gan__span_end(&span);
    return gan__leave(&call, st);
}
