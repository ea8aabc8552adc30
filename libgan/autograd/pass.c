/*
 * The engine of backward passes; pass.h says how one goes.
 */
#include "autograd/pass.h"

#include <string.h>

#include "base/memory.h"
#include "kernels/kernels.h"

static gan_status
slots_add(gan_context *ctx, struct gan__slots *slots, void *owner)
{
    if (slots->count == slots->capacity) {
        const int64_t capacity = slots->capacity == 0 ? 64 : slots->capacity * 2;
        void **owners = gan__alloc_array(ctx, capacity, sizeof(*owners));
        if (owners == NULL) {
            return GAN_E_NOMEM;
        }
        if (slots->count > 0) {
            memcpy(owners, slots->owners, (size_t)slots->count * sizeof(*owners));
        }
        gan__free(ctx, slots->owners);
        slots->owners = owners;
        slots->capacity = capacity;
    }
    slots->owners[slots->count++] = owner;
    return GAN_OK;
}

/* Once all owners are there. */
static gan_status
slots_open(gan_context *ctx, struct gan__slots *slots)
{
    slots->gradients = gan__alloc_array(ctx, slots->count, sizeof(gan_tensor *));
    if (slots->gradients == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < slots->count; i++) {
        slots->gradients[i] = NULL;
    }
    return GAN_OK;
}

static void
slots_close(gan_context *ctx, struct gan__slots *slots)
{
    for (int64_t i = 0; slots->gradients != NULL && i < slots->count; i++) {
        gan_tensor_destroy(slots->gradients[i]);
    }
    gan__free(ctx, slots->gradients);
    gan__free(ctx, slots->owners);
}

void
gan__pass_begin(struct gan__backward_pass *pass, gan_context *ctx, bool create_graph,
                bool every_leaf)
{
    memset(pass, 0, sizeof(*pass));
    pass->ctx = ctx;
    pass->number = ++ctx->node_count;
    pass->create_graph = create_graph;
    pass->every_leaf = every_leaf;
    pass->no_grad_depth = ctx->no_grad_depth;
    pass->location = ctx->location;
    pass->network = ctx->network;
}

void
gan__pass_end(struct gan__backward_pass *pass)
{
    slots_close(pass->ctx, &pass->nodes);
    slots_close(pass->ctx, &pass->leaves);
    gan__free(pass->ctx, pass->contributions);
    gan__free(pass->ctx, pass->wanted);
}

static struct gan__node *
node_at(const struct gan__backward_pass *pass, int64_t i)
{
    return pass->nodes.owners[i];
}

/* Collecting. */

gan_status
gan__pass_meet_leaf(struct gan__backward_pass *pass, gan_tensor *leaf)
{
    if (leaf->pass == pass->number) {
        return GAN_OK;
    }
    leaf->pass = pass->number;
    return slots_add(pass->ctx, &pass->leaves, leaf);
}

static gan_status
meet_node(struct gan__backward_pass *pass, struct gan__node *node)
{
    if (node->pass == pass->number) {
        return GAN_OK;
    }
    node->pass = pass->number;
    node->needed = false;
    node->target = false;
    if (node->edge_count > pass->most_edges) {
        pass->most_edges = node->edge_count;
    }
    return slots_add(pass->ctx, &pass->nodes, node);
}

static gan_status
meet_edges(struct gan__backward_pass *pass, struct gan__node *node)
{
    gan_status st = GAN_OK;
    for (int32_t i = 0; i < node->edge_count; i++) {
        const struct gan__edge *edge = &node->edges[i];
        if (edge->node != NULL) {
            GAN__TRY(meet_node(pass, edge->node));
        }
        if (edge->leaf != NULL && pass->every_leaf && edge->leaf->requires_grad) {
            GAN__TRY(gan__pass_meet_leaf(pass, edge->leaf));
        }
    }
fail:
    return st;
}

static void
sift_down(void **nodes, int64_t i, int64_t count)
{
    for (;;) {
        int64_t child = 2 * i + 1;
        if (child >= count) {
            return;
        }
        const struct gan__node *left = nodes[child];
        if (child + 1 < count &&
            ((const struct gan__node *)nodes[child + 1])->sequence > left->sequence) {
            child++;
        }
        if (((const struct gan__node *)nodes[child])->sequence <=
            ((const struct gan__node *)nodes[i])->sequence) {
            return;
        }
        void *swap = nodes[i];
        nodes[i] = nodes[child];
        nodes[child] = swap;
        i = child;
    }
}

/* Heap sort, for it needs no memory. */
static void
sort_nodes(void **nodes, int64_t count)
{
    for (int64_t i = count / 2 - 1; i >= 0; i--) {
        sift_down(nodes, i, count);
    }
    for (int64_t i = count - 1; i > 0; i--) {
        void *swap = nodes[0];
        nodes[0] = nodes[i];
        nodes[i] = swap;
        sift_down(nodes, 0, i);
    }
}

gan_status
gan__pass_collect(struct gan__backward_pass *pass, gan_tensor *const *outputs, int64_t count)
{
    gan_status st = GAN_OK;
    for (int64_t i = 0; i < count; i++) {
        GAN__TRY(meet_node(pass, (struct gan__node *)outputs[i]->history));
    }
    for (int64_t i = 0; i < pass->nodes.count; i++) {
        GAN__TRY(meet_edges(pass, node_at(pass, i)));
    }
    sort_nodes(pass->nodes.owners, pass->nodes.count);
    for (int64_t i = 0; i < pass->nodes.count; i++) {
        node_at(pass, i)->place = i;
    }
    for (int64_t i = 0; i < pass->leaves.count; i++) {
        ((gan_tensor *)pass->leaves.owners[i])->place = i;
    }
fail:
    return st;
}

/* Marking. */

static bool
edge_is_wanted(const struct gan__backward_pass *pass, const struct gan__edge *edge)
{
    if (edge->node != NULL) {
        return edge->node->needed || edge->node->target;
    }
    return edge->leaf != NULL && edge->leaf->pass == pass->number;
}

gan_status
gan__pass_mark(struct gan__backward_pass *pass)
{
    for (int64_t i = 0; i < pass->nodes.count; i++) {
        struct gan__node *node = node_at(pass, i);
        for (int32_t j = 0; j < node->edge_count && !node->needed; j++) {
            node->needed = edge_is_wanted(pass, &node->edges[j]);
        }
        if (node->needed && node->used_up) {
            const char *why =
                "the graph is used up: an earlier gan_backward() or gan_grad() without "
                "create_graph went through";
            if (node->layer == NULL) {
                return gan__fail(pass->ctx, GAN_E_STATE, "%s %s", why, node->op->name);
            }
            return gan__fail(pass->ctx, GAN_E_STATE, "%s %s in \"%s\"", why, node->op->name,
                             node->layer);
        }
    }
    return GAN_OK;
}

gan_status
gan__pass_open(struct gan__backward_pass *pass)
{
    gan_status st = GAN_OK;
    GAN__TRY(slots_open(pass->ctx, &pass->nodes));
    GAN__TRY(slots_open(pass->ctx, &pass->leaves));
    pass->contributions = gan__alloc_array(pass->ctx, pass->most_edges, sizeof(gan_tensor *));
    pass->wanted = gan__alloc_array(pass->ctx, pass->most_edges, sizeof(bool));
    if (pass->contributions == NULL || pass->wanted == NULL) {
        st = GAN_E_NOMEM;
    }
fail:
    return st;
}

/* Running. */

/* *sum += part, in place where one of the two is ours alone. Takes part over. */
static gan_status
accumulate(struct gan__backward_pass *pass, gan_tensor **sum, gan_tensor *part)
{
    if (*sum == NULL) {
        *sum = part;
        return GAN_OK;
    }
    gan_status st = GAN_OK;
    gan_tensor *to = NULL;
    if (!pass->create_graph) {
        to = gan__tensor_is_exclusive(*sum) ? *sum : gan__tensor_is_exclusive(part) ? part : NULL;
    }
    if (to != NULL) {
        const int64_t stride = 1;
        if (to->count > 0) {
            gan__binary(pass->ctx, GAN__BINARY_add, gan__data(to), gan__data(*sum), &stride,
                        gan__data(part), &stride, &to->count, 1, 0.0f, 0.0f);
        }
        gan_tensor_destroy(to == part ? *sum : part);
        *sum = to;
        return GAN_OK;
    }
    st = gan_add(pass->ctx, &to, *sum, part);
    gan_tensor_destroy(part);
    if (st == GAN_OK) {
        gan_tensor_destroy(*sum);
        *sum = to;
    }
    return st;
}

/* The gradient of a sum of all elements by itself. */
gan_status
gan__pass_seed(struct gan__backward_pass *pass, gan_tensor *const *outputs, int64_t count)
{
    gan_status st = GAN_OK;
    for (int64_t i = 0; i < count; i++) {
        const struct gan__node *node = (const struct gan__node *)outputs[i]->history;
        if (!node->needed && !node->target) {
            continue;
        }
        gan_tensor *ones = NULL;
        GAN__TRY(gan__tensor_create(pass->ctx, &ones, &outputs[i]->shape));
        if (ones->count > 0) {
            gan__fill(pass->ctx, gan__data(ones), 1.0f, ones->count);
        }
        GAN__TRY(accumulate(pass, &pass->nodes.gradients[node->place], ones));
    }
fail:
    return st;
}

static gan_status
deliver(struct gan__backward_pass *pass, struct gan__node *node, int32_t i)
{
    const struct gan__edge *edge = &node->edges[i];
    gan_tensor *part = pass->contributions[i];
    if (part == NULL) {
        return GAN_OK;
    }
    if (!gan__shape_equal(&part->shape, &edge->shape)) {
        return gan__fail(pass->ctx, GAN_E_INTERNAL,
                         "the gradient of %s by input %d has another shape than the input",
                         node->op->name, (int)i);
    }
    gan_tensor **sum = edge->node != NULL ? &pass->nodes.gradients[edge->node->place]
                                          : &pass->leaves.gradients[edge->leaf->place];
    pass->contributions[i] = NULL;
    const gan_status st = accumulate(pass, sum, part);
    return st != GAN_OK ? st : gan__check_finite(pass->ctx, node->op, *sum);
}

/* What the rule read is given back before the next rule runs. */
static void
use_up(struct gan__node *node)
{
    node->used_up = true;
    for (int32_t i = 0; i < GAN__NODE_SAVED_MAX; i++) {
        gan_tensor *saved = node->saved[i];
        struct gan__node *maker = node->makers[i];
        node->saved[i] = NULL;
        node->makers[i] = NULL;
        gan__object_release((struct gan__object *)saved);
        gan__object_release((struct gan__object *)maker);
    }
}

/* What sentences, nodes and the profile say of what runs: the node's. */
static void
enter_rule(const struct gan__backward_pass *pass, struct gan__node *node, struct gan__span *span)
{
    gan_context *ctx = pass->ctx;
    ctx->gradient_of = &node->object;
    ctx->location = node->layer;
    ctx->network = node->network;
    ctx->no_grad_depth = pass->create_graph ? 0 : pass->no_grad_depth + 1;
    span->ctx = NULL;
    if (gan__is_profiled(ctx)) {
        gan__span_open(span, ctx, gan__op_phase(ctx), node->op->name, true);
    }
}

static void
leave_rule(const struct gan__backward_pass *pass, struct gan__span *span)
{
    gan_context *ctx = pass->ctx;
    gan__span_end(span);
    ctx->gradient_of = NULL;
    ctx->spent = NULL;
    ctx->location = pass->location;
    ctx->network = pass->network;
    ctx->no_grad_depth = pass->no_grad_depth;
}

/* Whether the gradient of a node's output is of no use to anybody after its rule. */
static bool
may_spend(const struct gan__backward_pass *pass, const struct gan__node *node,
          const gan_tensor *gradient)
{
    return node->op->spends && !pass->create_graph && !node->target &&
           gan__tensor_is_exclusive(gradient);
}

/* Run the rule of a needed node, and give up the gradient of its output and what it saved before
 * going on. */
static gan_status
run_rule(struct gan__backward_pass *pass, struct gan__node *node)
{
    gan_tensor **gradient = &pass->nodes.gradients[node->place];
    struct gan__span span;
    gan_status st = GAN_OK;
    for (int32_t i = 0; i < node->edge_count; i++) {
        pass->contributions[i] = NULL;
        pass->wanted[i] = edge_is_wanted(pass, &node->edges[i]);
    }
    enter_rule(pass, node, &span);
    pass->ctx->spent = may_spend(pass, node, *gradient) ? &(*gradient)->object : NULL;
    GAN__TRY(node->op->gradient(pass->ctx, node, *gradient, pass->contributions, pass->wanted));
    pass->ctx->spent = NULL;
    if (!pass->create_graph) {
        use_up(node);
    }
    if (!node->target) {
        gan_tensor_destroy(*gradient);
        *gradient = NULL;
    }
    for (int32_t i = 0; i < node->edge_count; i++) {
        GAN__TRY(deliver(pass, node, i));
    }
fail:
    for (int32_t i = 0; i < node->edge_count; i++) {
        gan_tensor_destroy(pass->contributions[i]);
    }
    leave_rule(pass, &span);
    return st;
}

gan_status
gan__pass_run(struct gan__backward_pass *pass)
{
    for (int64_t i = pass->nodes.count - 1; i >= 0; i--) {
        struct gan__node *node = node_at(pass, i);
        if (!node->needed || pass->nodes.gradients[i] == NULL) {
            continue;
        }
        const gan_status st = run_rule(pass, node);
        if (st != GAN_OK) {
            return st;
        }
    }
    return GAN_OK;
}
