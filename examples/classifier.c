/* Classifiers and judges: see classifier.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "classifier.h"

/* Three convolutions and two dense layers: 473,000 parameters on digits. */
static const char grey[] = "conv2d filters=32 kernel=4 stride=2 padding=1 bias=false\n"
                           "batch_norm\n"
                           "leaky_relu slope=0.1\n"
                           "conv2d filters=64 kernel=4 stride=2 padding=1 bias=false\n"
                           "batch_norm\n"
                           "leaky_relu slope=0.1\n"
                           "conv2d filters=64 kernel=3 padding=1 bias=false\n"
                           "batch_norm\n"
                           "leaky_relu slope=0.1\n"
                           "flatten\n"
                           "dense units=128 bias=false\n"
                           "batch_norm\n"
                           "leaky_relu slope=0.1\n"
                           "dropout probability=0.3\n";

#define UNIT(filters, window)                                                                      \
    "conv2d filters=" filters " " window " padding=1 bias=false init=he\nbatch_norm\nrelu\n"
#define BLOCK(filters) "residual {\n" UNIT(filters, "kernel=3") UNIT(filters, "kernel=3") "} { }\n"

/* A small ResNet: 761,000 parameters for ten classes, 53 million multiplications a picture of 32x32. */
static const char *const colour[] = {
    UNIT("32", "kernel=3"),
    UNIT("64", "kernel=3 stride=2"),
    BLOCK("64"),
    UNIT("128", "kernel=3 stride=2"),
    BLOCK("128"),
    UNIT("256", "kernel=3 stride=2"),
    "global_pool2d\n",
    NULL,
};

void
add_classifier(char text[TEXT_SIZE], const int64_t *shape, int32_t classes)
{
    add(text, "gan-network 1\ninput shape=%" PRId64 "x%" PRId64 "x%" PRId64 "\n", shape[0],
        shape[1], shape[2]);
    if (shape[2] == 1) {
        add(text, "%s", grey);
    } else {
        for (int i = 0; colour[i] != NULL; i++) {
            add(text, "%s", colour[i]);
        }
    }
    add(text, "dense units=%" PRId32 "\n", classes);
}

/* The root of the features' mean square. */
static double
measure_scale(gan_judge *judge, gan_dataset *dataset)
{
    enum { PIECE = 1000 };
    gan_features *features;
    int64_t count, dimension;
    double sum = 0;

    check(gan_features_create(judge, &features, NULL));
    check(gan_features_add_dataset(features, dataset, NULL));
    check(gan_features_size(features, &count, &dimension, NULL));
    float *rows = room(PIECE * dimension, sizeof *rows);
    for (int64_t first = 0; first < count; first += PIECE) {
        const int64_t piece = count - first < PIECE ? count - first : PIECE;
        check(gan_features_read(features, rows, NULL, first, piece));
        for (int64_t i = 0; i < piece * dimension; i++) {
            sum += (double)rows[i] * (double)rows[i];
        }
    }
    free(rows);
    gan_features_destroy(features);
    return sqrt(sum / ((double)count * (double)dimension));
}

void
save_judge(gan_layer *network, const char *path, const char *name, const char *dtype,
           gan_dataset *learned)
{
    static char text[TEXT_SIZE];
    char scale[64], type[64];
    gan_judge *judge;

    text[0] = '\0';
    add_option(text, "name", name);
    check(gan_judge_create(context, &judge, network, text));
    snprintf(scale, sizeof scale, "%.6g", measure_scale(judge, learned));
    gan_judge_destroy(judge);
    add_option(text, "scale", scale);
    check(gan_judge_create(context, &judge, network, text));
    snprintf(type, sizeof type, "dtype=%s", dtype);
    check(gan_judge_save(judge, path, type));
    printf("%s is a judge, %s; its features are divided by %s\n", path, name, scale);
    gan_judge_destroy(judge);
}
