/*
 * A backward pass, for gan_backward and gan_grad: begin, collect, mark, open, seed, run, end.
 *
 * A pass collects the nodes that its outputs were computed from and sorts them by their sequence
 * numbers, which is an order from inputs to outputs and the same in each run. Upwards it marks what
 * leads to a wanted tensor, downwards it runs the rules of the marked nodes alone. Nothing here
 * recurses: graphs may be long.
 */
#ifndef GAN__AUTOGRAD_PASS_H
#define GAN__AUTOGRAD_PASS_H

#include "autograd/autograd.h"

/* Gradients of one kind of place, node outputs or leaves, with what they belong to. */
struct gan__slots {
    void **owners;          /* struct gan__node * or gan_tensor * */
    gan_tensor **gradients; /* handles; NULL until the first contribution */
    int64_t count, capacity;
};

struct gan__backward_pass {
    gan_context *ctx;
    uint64_t number;
    bool create_graph;
    bool every_leaf; /* gan_backward: all leaves that require a gradient are wanted */
    struct gan__slots nodes, leaves;
    int32_t most_edges;
    gan_tensor **contributions; /* of one rule, most_edges of them */
    bool *wanted;
    /* What the context had before. */
    int64_t no_grad_depth;
    const char *location, *network;
};

void gan__pass_begin(struct gan__backward_pass *pass, gan_context *ctx, bool create_graph,
                     bool every_leaf);
/* Want a leaf's gradient; before collecting. */
gan_status gan__pass_meet_leaf(struct gan__backward_pass *pass, gan_tensor *leaf);
/* The nodes in their order. After it the caller may mark nodes as targets. */
gan_status gan__pass_collect(struct gan__backward_pass *pass, gan_tensor *const *outputs,
                             int64_t count);
/* Find which rules must run; GAN_E_STATE if one of them is used up. */
gan_status gan__pass_mark(struct gan__backward_pass *pass);
gan_status gan__pass_open(struct gan__backward_pass *pass);
gan_status gan__pass_seed(struct gan__backward_pass *pass, gan_tensor *const *outputs,
                          int64_t count);
/* After it, leaves.gradients and those of target nodes are complete. */
gan_status gan__pass_run(struct gan__backward_pass *pass);
void gan__pass_end(struct gan__backward_pass *pass);

#endif
