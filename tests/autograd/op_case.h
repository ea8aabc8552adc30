/*
 * Test cases of ops: for each row of autograd/list.h there must be a test_case_<name>, or the program does not link.
 *
 * A case says which inputs to draw, how to call the op, and what it means, in double precision and without regard to
 * speed. The harness (harness.c) gets values, derivatives of both orders and failures from that.
 */
#ifndef TESTS_AUTOGRAD_OP_CASE_H
#define TESTS_AUTOGRAD_OP_CASE_H

#include "autograd/autograd.h"
#include "support.h"

enum {
    INPUTS_MAX = 3,
    ELEMENTS_MAX = 4096 /* of an output */
};

/* Where an input's values lie. */
enum draw {
    DRAW_ANY,      /* -1.5 to 1.5 */
    DRAW_AWAY,     /* 0.4 to 1.7 with either sign: away from kinks and poles */
    DRAW_POSITIVE, /* 0.4 to 2 */
    DRAW_DISTINCT, /* -1.5 to 1.5 in steps of 3 / count, for up to 500 elements: no near ties */
    DRAW_CONSTANT  /* as DRAW_AWAY, but never differentiated */
};

struct op_problem {
    int32_t variant; /* set by the harness, 0 to variants - 1; the case fills the rest */
    int32_t input_count;
    struct gan__shape inputs[INPUTS_MAX];
    enum draw draw[INPUTS_MAX];
    int64_t numbers[16];
    double reals[2];
};

struct op_case {
    const char *name;
    int32_t variants;
    void (*problem)(struct op_problem *p);
    gan_status (*run)(gan_context *ctx, gan_tensor **out, gan_tensor *const *inputs,
                      const struct op_problem *p);
    /* Write the output and its shape. */
    void (*reference)(double *out, struct gan__shape *shape, const double *const *inputs,
                      const struct op_problem *p);
    bool linear[INPUTS_MAX];
    /* Wrong arguments beyond NULL tensors and tensors of another context, which the harness tries. */
    void (*errors)(gan_context *ctx);
};

#define GAN__ROW(name) extern const struct op_case test_case_##name;
#include "autograd/list.h"
#undef GAN__ROW

extern const struct op_case *const op_cases[];

/* For cases. */
struct gan__shape shape_of(int32_t rank, ...); /* int64_t sizes */
int64_t count_of(const struct gan__shape *shape);
/* A tensor of small numbers that requires a gradient; for errors functions. */
gan_tensor *some_tensor(gan_context *ctx, struct gan__shape shape);

gan_context *test_context(void);

Suite *ops_suite(void);
Suite *torch_suite(void);
Suite *engine_suite(void);
Suite *graph_memory_suite(void);

#endif
