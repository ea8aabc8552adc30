/* See evaluation.h. */
#include "evaluation.h"

static const char judge_text[] = "gan-network 1\n"
                                 "input shape=8x8x1\n"
                                 "conv2d filters=4 kernel=4 stride=2 padding=1\n"
                                 "leaky_relu\n"
                                 "flatten\n"
                                 "dense units=6\n"
                                 "leaky_relu name=features\n"
                                 "dense units=3\n";

/* The same judge in each context, however many networks there were before. */
static void
fill(gan_layer *network)
{
    uint32_t state = 99;

    for (int64_t i = 0; i < gan__layer_tensor_count(network); i++) {
        gan_tensor *tensor = gan__layer_tensors(network)[i].tensor;
        for (int64_t k = 0; k < tensor->count; k++) {
            state = state * 1664525u + 1013904223u;
            gan__data(tensor)[k] = 0.4f * ((float)(state >> 8) / 8388608.0f - 1.0f);
        }
    }
}

void
judged_open(struct judged *j, gan_context *ctx, gan_dataset *dataset)
{
    memset(j, 0, sizeof *j);
    ASSERT_OK(ctx, gan_layer_parse(ctx, &j->network, judge_text));
    fill(j->network);
    ASSERT_OK(ctx, gan_judge_create(ctx, &j->judge, j->network, "name=small features=features"));
    ASSERT_OK(ctx, gan_features_create(j->judge, &j->real, "patterns"));
    ASSERT_OK(ctx, gan_features_add_dataset(j->real, dataset, NULL));
}

void
judged_close(struct judged *j)
{
    gan_features_destroy(j->real);
    gan_judge_destroy(j->judge);
    gan_layer_destroy(j->network);
    memset(j, 0, sizeof *j);
}

int
main(void)
{
    Suite *const suites[] = {evaluation_suite(), evaluation_runs_suite()};
    return run_suites(suites, 2);
}
