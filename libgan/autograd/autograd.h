/*
 * The graph inside: what an op's file needs to record itself, and the list of ops.
 *
 * An op's file has the public function (checks, result, kernel, record) and a gradient rule made of
 * ops. A rule runs with recording on if the gradients' graph was asked for and off otherwise, in
 * which case it may take a fused first-order kernel.
 */
#ifndef GAN__AUTOGRAD_H
#define GAN__AUTOGRAD_H

#include <gan/ops.h>

#include "base/profile.h"
#include "base/random.h"
#include "tensor/tensor.h"

enum {
    GAN__NODE_SAVED_MAX = 5, /* tensors that a rule may read */
    GAN__NODE_NUMBERS_MAX = 12,
    GAN__OP_INPUTS_MAX = 4 /* of ops that don't take an array of tensors */
};

struct gan__node;

/* One op; list.h has a row for each. */
struct gan__op {
    const char *name; /* "conv2d" */
    /*
     * Set gradients[i] (a handle that the engine takes over) for each input i with wanted[i]; leave
     * NULL for zero. On failure what was set is released by the engine.
     */
    gan_status (*gradient)(gan_context *ctx, struct gan__node *node, gan_tensor *output_gradient,
                           gan_tensor **gradients, const bool *wanted);
    /*
     * The rule reads output_gradient once, element by element, for a gradient of the same shape:
     * that may be written over it (ctx->spent) where nobody else holds it.
     */
    bool spends;
    /* The output once more, of its own memory and without history, from what a node that `remakes`
     * has saved. */
    gan_status (*again)(gan_context *ctx, struct gan__node *node, gan_tensor **out);
};

/* Where the gradient of one input goes: to the node that made it, to a leaf, or (both NULL)
 * nowhere. */
struct gan__edge {
    struct gan__node *node; /* held */
    gan_tensor *leaf;       /* held */
    struct gan__shape shape;
};

/*
 * A recorded op. The output holds its node, the node holds the nodes and leaves before it, but of
 * tensors only what its rule reads: an intermediate result that no rule reads is freed as soon as
 * the caller gives it up.
 */
struct gan__node {
    struct gan__object object;
    const struct gan__op *op;
    uint64_t sequence;   /* rises with each node of a context: an order from inputs to outputs */
    const char *layer;   /* a copy of ctx->location in this node's memory; NULL for none */
    const char *network; /* as ctx->network; for the profile, as order */
    int32_t
        order; /* 0: of a forward pass, 1: recorded by a gradient's rule, 2: by one of those, ... */
    gan_tensor
        *saved[GAN__NODE_SAVED_MAX]; /* held; never the output itself (a cycle) but a view of it */
    int64_t saved_versions[GAN__NODE_SAVED_MAX]; /* of the storage when it was saved */
    /* Held: in place of a tensor not kept, the node that makes it again. */
    struct gan__node *makers[GAN__NODE_SAVED_MAX];
    bool remakes;                           /* its output may be made again instead of kept */
    int64_t numbers[GAN__NODE_NUMBERS_MAX]; /* strides, axes, flags */
    double reals[2];
    bool used_up; /* by a backward pass that kept no graph: nothing is saved any more */
    /* The engine's own marks. */
    bool needed, target;
    uint64_t pass;
    int64_t place;
    int32_t edge_count;
    struct gan__edge edges[];
};

/* The rows, one an op; tests run over them. */
extern const struct gan__op *const gan__ops[];
extern const int32_t gan__op_count;

/*
 * The frame of an op:
 *
 *     struct gan__frame f;
 *     gan_status st = gan__op_begin(&f, context, out, &gan__op_sqrt);
 *     if (st != GAN_OK) { return st; }
 *     GAN__TRY(gan__op_input(&f, x, "x"));
 *     GAN__TRY(gan__op_result(&f, &x->shape));
 *     ... the kernel writes gan__data(f.result) ...
 *     GAN__TRY(gan__op_record(&f));
 *     GAN__TRY(gan__op_save(&f, 0, x));
 * fail:
 *     return gan__op_end(&f, st);
 */
struct gan__frame {
    struct gan__call call;
    gan_context *ctx;
    const struct gan__op *op;
    gan_tensor **out;
    gan_tensor *inputs
        /* those that gradients flow to, in the order of the rule's gradients */
        [GAN__OP_INPUTS_MAX];
    int32_t input_count;
    gan_tensor *result;
    struct gan__node *node; /* after gan__op_record; NULL if nothing was recorded */
    struct gan__span span;
};

gan_status gan__op_begin(struct gan__frame *f, gan_context *ctx, gan_tensor **out,
                         const struct gan__op *op);
/* Check an argument (not NULL, of this context); gan__op_input also makes it an input. */
gan_status gan__op_argument(struct gan__frame *f, const gan_tensor *tensor, const char *name);
gan_status gan__op_input(struct gan__frame *f, gan_tensor *tensor, const char *name);
/* Make the result, with uninitialised data. */
gan_status gan__op_result(struct gan__frame *f, const struct gan__shape *shape);
/* Look at the result if ctx->check_finite, and make the node if there is a gradient to be
 * recorded. */
gan_status gan__op_record(struct gan__frame *f);
gan_status gan__op_record_inputs(struct gan__frame *f, gan_tensor *const *inputs, int32_t count);
/* Whether x is not kept when it is saved, but made again. */
bool gan__is_remade(const gan_context *ctx, const gan_tensor *x);
/* Keep a tensor, or a view of the result, for the rule; nothing without a node. */
gan_status gan__op_save(struct gan__frame *f, int32_t place, gan_tensor *tensor);
gan_status gan__op_save_output(struct gan__frame *f, int32_t place);
/* Whether input i has a gradient to go to, so that what only its gradient reads must be saved. */
bool gan__op_flows(const struct gan__frame *f, int32_t input);
/* Publish the result, or drop it on failure; leave the call. */
gan_status gan__op_end(struct gan__frame *f, gan_status st);

/* "conv2d: <sentence>" */
gan_status gan__op_fail(struct gan__frame *f, gan_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* 2 numbers (height, width) of an argument, each at least `least`; with bounds that keep size
 * arithmetic exact. */
gan_status gan__op_pair(struct gan__frame *f, const int64_t *pair, const char *name, int64_t least);
/* An axis of x that may count from the end. */
gan_status gan__op_axis(struct gan__frame *f, const gan_tensor *x, int32_t *axis);

/* For rules. A saved tensor, borrowed; made again if it was not kept. GAN_E_STATE if it was changed
 * since. */
gan_status gan__node_saved(gan_context *ctx, struct gan__node *node, int32_t place,
                           gan_tensor **tensor);
/* The saved view of the output as the output: with its history when recording is on. A handle. */
gan_status gan__node_output(gan_context *ctx, struct gan__node *node, int32_t place,
                            gan_tensor **output);
bool gan__recording(const gan_context *ctx);
/* What an op that runs now is part of. */
enum gan__phase gan__op_phase(const gan_context *ctx);
/* A tensor of g's shape for a gradient made of g: a view of g if that is spent. A handle. */
gan_status gan__tensor_over(gan_context *ctx, gan_tensor **out, gan_tensor *g);

/* As gan_sum_to/gan_broadcast_to, but x itself (a further handle) if the shape is right already. */
gan_status gan__reduce_to(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                          const struct gan__shape *shape);
gan_status gan__expand_to(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                          const struct gan__shape *shape);

/* Ops that are not public. p is a gradient of the output; q the input or (for slope >= 0) the
 * output, never differentiated, as its derivative is 0 wherever there is one. */
gan_status gan__leaky_relu_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p,
                                    gan_tensor *q, double slope);
/* p (1 - q^2) */
gan_status gan__tanh_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q);
/* p q (1 - q) */
gan_status gan__sigmoid_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q);
/* p times abs's slope at q, the input; as with leaky_relu, q is never differentiated */
gan_status gan__abs_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q);
/* p where q, the input, is from low to high (which may be infinite), else 0 */
gan_status gan__clamp_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q,
                               double low, double high);
/* p times elu's slope, from q, the output */
gan_status gan__elu_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q,
                             double alpha);
/* p times silu's slope at q, the input */
gan_status gan__silu_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *q);
/* The adjoint of gan_upsample_nearest2d: the sum over windows side by side. */
gan_status gan__window_sum2d(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                             const int64_t *kernel);
/* The adjoint of gan_avg_pool2d from pictures of 2 given sizes; all the others are its. */
gan_status gan__avg_pool2d_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *p,
                                    const int64_t *sizes, const int64_t *kernel,
                                    const int64_t *stride, const int64_t *padding,
                                    bool count_padding);
/* The adjoint of gan_upsample_bilinear2d. */
gan_status gan__upsample_bilinear2d_gradient(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                                             const int64_t *factor);
/* To and from the places of x's maxima: p of the result's shape gives x's, p of x's shape the
 * result's. x is never differentiated. */
gan_status gan__max_pool2d_scatter(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *x,
                                   const int64_t *kernel, const int64_t *stride,
                                   const int64_t *padding);
gan_status gan__max_pool2d_gather(gan_context *ctx, gan_tensor **out, gan_tensor *p, gan_tensor *x,
                                  const int64_t *kernel, const int64_t *stride,
                                  const int64_t *padding);
struct gan__finish;
/* gan_conv2d with what follows it (kernels.h). Only where nothing is recorded. */
gan_status gan__conv2d_finished(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                                gan_tensor *weight, const int64_t *stride, const int64_t *padding,
                                const struct gan__finish *finish);
/* gan_dropout with any stream. */
gan_status gan__dropout(gan_context *ctx, gan_tensor **out, gan_tensor *x, double probability,
                        struct gan__random random);

struct gan__augment;
/* kernels.h's augmentation of x [N, height, width, channels]. */
gan_status gan__augment(gan_context *ctx, gan_tensor **out, gan_tensor *x,
                        const struct gan__augment *what);

/* GAN_E_DIVERGED with a sentence that names what runs, if ctx->check_finite and x has a value that
 * is not finite. */
gan_status gan__check_finite(gan_context *ctx, const struct gan__op *op, const gan_tensor *x);

#endif
