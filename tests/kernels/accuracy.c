/* Transcendental functions against libm in double, with extremes. */
#include <float.h>
#include <math.h>

#include "contexts.h"

static double
exact(enum gan__unary kind, double x)
{
    switch (kind) {
    case GAN__UNARY_exp:
        return exp(x);
    case GAN__UNARY_log:
        return log(x);
    case GAN__UNARY_tanh:
        return tanh(x);
    case GAN__UNARY_sigmoid:
        return 1.0 / (1.0 + exp(-x));
    case GAN__UNARY_elu:
        return x > 0.0 ? x : expm1(x);
    case GAN__UNARY_silu:
        return x / (1.0 + exp(-x));
    default:
        return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
    }
}

static const struct {
    enum gan__unary kind;
    float low, high;
    double ulps;
} functions[] = {
    {GAN__UNARY_exp, -87.0F, 88.7F, 1.0},      {GAN__UNARY_log, 1e-37F, 3e38F, 1.0},
    {GAN__UNARY_log, 0.5F, 2.0F, 1.0},         {GAN__UNARY_tanh, -10.0F, 10.0F, 1.0},
    {GAN__UNARY_tanh, -0.01F, 0.01F, 1.0},     {GAN__UNARY_sigmoid, -86.0F, 86.0F, 2.5},
    {GAN__UNARY_softplus, -86.0F, 86.0F, 2.5}, {GAN__UNARY_softplus, -2.0F, 2.0F, 2.5},
    {GAN__UNARY_elu, -90.0F, 1.0F, 1.0},       {GAN__UNARY_elu, -1e-3F, 1e-3F, 1.0},
    {GAN__UNARY_silu, -80.0F, 80.0F, 3.5},
};

/* Distance in units of the last place of the exact value. */
static double
ulps(float found, double wanted)
{
    int exponent;
    (void)frexp(wanted, &exponent);
    return fabs((double)found - wanted) /
           ldexp(1.0, (exponent < -125 ? -125 : exponent) - FLT_MANT_DIG);
}

START_TEST(functions_are_accurate)
{
    enum { COUNT = 200000 };
    const float low = functions[_i].low, high = functions[_i].high;
    float *const x = array_draw(COUNT, 1), *const y = output_new(COUNT);
    for (int i = 0; i < COUNT; i++) {
        const float share = (x[i] + 2.0F) / 4.0F;
        /* Wide positive ranges evenly in the exponent, others evenly. */
        x[i] = low > 0.0F && high / low > 100.0F
                   ? (float)((double)low * pow((double)high / (double)low, (double)share))
                   : low + (high - low) * share;
    }
    gan__unary(contexts.at[0], functions[_i].kind, y, x, COUNT, 1.0F, 0.0F);
    double worst = 0.0;
    float at = 0.0F;
    for (int i = 0; i < COUNT; i++) {
        const double distance = ulps(y[i], exact(functions[_i].kind, (double)x[i]));
        if (!(distance <= worst)) {
            worst = distance;
            at = x[i];
        }
    }
    ck_assert_msg(worst <= functions[_i].ulps, "off by %g units in the last place at %.9g", worst,
                  (double)at);
    free(x);
    free(y);
}
END_TEST

/* What must hold exactly, whatever the vector's width. */
START_TEST(extremes)
{
    static const struct {
        enum gan__unary kind;
        float x, y;
    } rows[] = {
        {GAN__UNARY_exp, 0.0F, 1.0F},
        {GAN__UNARY_exp, -INFINITY, 0.0F},
        {GAN__UNARY_exp, INFINITY, INFINITY},
        {GAN__UNARY_exp, 89.0F, INFINITY},
        {GAN__UNARY_exp, -1e30F, 0.0F},
        {GAN__UNARY_exp, NAN, NAN},
        {GAN__UNARY_log, 1.0F, 0.0F},
        {GAN__UNARY_log, 0.0F, -INFINITY},
        {GAN__UNARY_log, -1.0F, NAN},
        {GAN__UNARY_log, INFINITY, INFINITY},
        {GAN__UNARY_log, NAN, NAN},
        {GAN__UNARY_tanh, 0.0F, 0.0F},
        {GAN__UNARY_tanh, 100.0F, 1.0F},
        {GAN__UNARY_tanh, -INFINITY, -1.0F},
        {GAN__UNARY_tanh, NAN, NAN},
        {GAN__UNARY_sigmoid, 0.0F, 0.5F},
        {GAN__UNARY_sigmoid, 200.0F, 1.0F},
        {GAN__UNARY_sigmoid, -200.0F, 0.0F},
        {GAN__UNARY_sigmoid, INFINITY, 1.0F},
        {GAN__UNARY_sigmoid, -INFINITY, 0.0F},
        {GAN__UNARY_sigmoid, NAN, NAN},
        {GAN__UNARY_softplus, 200.0F, 200.0F},
        {GAN__UNARY_softplus, -200.0F, 0.0F},
        {GAN__UNARY_softplus, INFINITY, INFINITY},
        {GAN__UNARY_softplus, -INFINITY, 0.0F},
        {GAN__UNARY_softplus, NAN, NAN},
        {GAN__UNARY_leaky_relu, NAN, NAN},
        {GAN__UNARY_abs, -2.0F, 2.0F},
        {GAN__UNARY_abs, -INFINITY, INFINITY},
        {GAN__UNARY_abs, NAN, NAN},
        {GAN__UNARY_elu, 1e30F, 1e30F},
        {GAN__UNARY_elu, INFINITY, INFINITY},
        {GAN__UNARY_elu, -INFINITY, -0.2F},
        {GAN__UNARY_elu, NAN, NAN},
        {GAN__UNARY_silu, 200.0F, 200.0F},
        {GAN__UNARY_silu, -200.0F, 0.0F},
        {GAN__UNARY_silu, INFINITY, INFINITY},
        {GAN__UNARY_silu, NAN, NAN},
        {GAN__UNARY_clamp, 0.5F, 0.5F},
        {GAN__UNARY_clamp, 0.1F, 0.2F},
        {GAN__UNARY_clamp, INFINITY, 0.7F},
        {GAN__UNARY_clamp, -INFINITY, 0.2F},
        {GAN__UNARY_clamp, NAN, NAN},
        {GAN__UNARY_sqrt, -1.0F, NAN},
        {GAN__UNARY_sqrt, INFINITY, INFINITY},
    };
    gan_context *ctx;
    EACH_CONTEXT(ctx)
    {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            float x[17], y[17];
            for (int j = 0; j < 17; j++) {
                x[j] = rows[i].x;
            }
            gan__unary(ctx, rows[i].kind, y, x, 17, 0.2F, 0.7F);
            for (int j = 0; j < 17; j++) {
                ck_assert_msg(y[j] == rows[i].y || (isnan(y[j]) && isnan(rows[i].y)),
                              "%s: function %d of %g is %g, wanted %g", context_name(ctx),
                              (int)rows[i].kind, (double)x[j], (double)y[j], (double)rows[i].y);
            }
        }
    }
}
END_TEST

Suite *
suite_accuracy(void)
{
    Suite *const suite = suite_create("accuracy");
    TCase *const tcase = tcase_create("accuracy");
    tcase_add_unchecked_fixture(tcase, contexts_open, contexts_close);
    tcase_add_loop_test(tcase, functions_are_accurate, 0,
                        (int)(sizeof functions / sizeof functions[0]));
    tcase_add_test(tcase, extremes);
    suite_add_tcase(suite, tcase);
    return suite;
}
