/*
 * Judges generators of digits by a classifier: which of the ten digits they draw, how evenly, and how clearly. It sees mode
 * collapse in numbers: a generator that draws ones only has 1 class of 10. `judge_digits --help` says how.
 *     cc judge_digits.c common.c $(pkg-config --cflags --libs gan) -lm -o judge_digits
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum { BATCH = 500, CLASSES_MAX = 1000 };

static struct {
    const char *judge, *images;
    double confidence;
    int64_t count, seed, threads;
} settings = {
    .judge = EXAMPLE_DATA "/digit_classifier.safetensors", .confidence = 0.99, .count = 10000};

static const struct option options[] = {
    {"--count", "N", "samples of each", .number = &settings.count, .minimum = 1, .maximum = 1e7},
    {"--confidence", "P",
     "a sample is clear if the classifier gives its class at least this probability; of real "
     "digits 95 % are at 0.99",
     .real = &settings.confidence, .minimum = 1e-6, .maximum = 1},
    {"--judge", "MODEL", "the classifier", .text = &settings.judge},
    {"--images", "FILE", "also judge the first pictures of an IDX file: what can be reached",
     .text = &settings.images},
    {"--seed", "N", "of the samples", .number = &settings.seed},
    {"--threads", "N", "0 for all CPUs; the result is the same", .number = &settings.threads,
     .maximum = 1024},
    {.name = NULL},
};

static const struct program program = {
    .name = "judge_digits",
    .usage = "[options] GENERATOR ...",
    .about = "Draws samples from saved generators and counts what a classifier sees in them.",
    .options = options,
    .notes =
        "Prints a row for each: the classes hit (a class is hit if one sample in a hundred is a\n"
        "clear one of it), the share of the rarest class, the share of clear samples, and the\n"
        "divergence from uniform, KL(classes || uniform), in nats: 0 for an even share of each,\n"
        "2.303 for one of ten. Clear is what the classifier is sure of; it may be so of pictures\n"
        "that are no digits: look at them too.\n",
    .arguments_maximum = 1000,
};

struct judgement {
    int64_t samples, all_clear;
    int64_t seen[CLASSES_MAX], clear[CLASSES_MAX]; /* samples of each class, and the clear ones */
};

/* Count what the probabilities of one batch say. */
static void
count_batch(struct judgement *j, const float *probabilities, int64_t batch, int64_t classes)
{
    for (int64_t i = 0; i < batch; i++, probabilities += classes) {
        int64_t best = 0;
        for (int64_t k = 1; k < classes; k++) {
            best = probabilities[k] > probabilities[best] ? k : best;
        }
        j->samples++;
        j->seen[best]++;
        if ((double)probabilities[best] >= settings.confidence) {
            j->clear[best]++;
            j->all_clear++;
        }
    }
}

/* The table's head comes with the first row: what is refused before it has none. */
static void
print_row(const char *name, const struct judgement *j, int64_t classes)
{
    const double samples = (double)j->samples;
    double divergence = 0, rarest = 1;
    int hit = 0;
    static int headed;

    if (!headed) {
        printf("| generator | classes | rarest class | clear | divergence |\n"
               "|---|---|---|---|---|\n");
        headed = 1;
    }
    for (int64_t k = 0; k < classes; k++) {
        const double share = (double)j->seen[k] / samples;
        hit += (double)j->clear[k] >= 0.01 * samples;
        rarest = share < rarest ? share : rarest;
        divergence += share > 0 ? share * log(share * (double)classes) : 0;
    }
    printf("| %s | %d of %" PRId64 " | %.1f %% | %.1f %% | %.3f |\n", name, hit, classes,
           100 * rarest, 100 * (double)j->all_clear / samples, divergence);
    fflush(stdout);
}

/* The classifier takes pictures of one shape. */
static void
check_shape(gan_layer *classifier, const char *name, const int64_t *picture)
{
    char why[256];
    int64_t wanted[GAN_RANK_MAX];
    int32_t rank;

    check(gan_layer_input_shape(classifier, wanted, GAN_RANK_MAX, &rank));
    if (rank != 3) {
        die(settings.judge, "wanted a classifier of pictures");
    }
    if (memcmp(wanted, picture, 3 * sizeof *wanted) != 0) {
        snprintf(why, sizeof why,
                 "its pictures are %" PRId64 "x%" PRId64 "x%" PRId64 ", the classifier's %" PRId64
                 "x%" PRId64 "x%" PRId64,
                 picture[0], picture[1], picture[2], wanted[0], wanted[1], wanted[2]);
        die(name, why);
    }
}

/* Judge count pictures of a shape. */
static void
judge(gan_layer *classifier, const char *name, const float *pixels, int64_t count,
      const int64_t *picture)
{
    struct judgement j = {0};
    const int64_t size = picture[0] * picture[1] * picture[2];
    int64_t classes;
    float *probabilities;

    check(gan_layer_output_shape(classifier, &classes, 1, NULL));
    if (classes < 1 || classes > CLASSES_MAX) {
        die(settings.judge, "wanted a classifier of 1 to 1000 classes");
    }
    probabilities = room(BATCH * classes, sizeof *probabilities);
    check(gan_no_grad_begin(context));
    for (int64_t first = 0; first < count; first += BATCH) {
        const int64_t batch = count - first < BATCH ? count - first : BATCH;
        const int64_t shape[4] = {batch, picture[0], picture[1], picture[2]};
        gan_tensor *x, *logits, *softmax;
        check(gan_tensor_create(context, &x, shape, 4, pixels + first * size));
        check(gan_layer_forward(classifier, &logits, x, 0));
        check(gan_softmax(context, &softmax, logits));
        check(gan_tensor_read(softmax, probabilities, batch * classes));
        count_batch(&j, probabilities, batch, classes);
        gan_tensor_destroy(x);
        gan_tensor_destroy(logits);
        gan_tensor_destroy(softmax);
    }
    check(gan_no_grad_end(context));
    print_row(name, &j, classes);
    free(probabilities);
}

static void
judge_generator(gan_layer *classifier, const char *path)
{
    gan_layer *generator;
    int64_t shape[GAN_RANK_MAX];
    int32_t rank;
    char text[64];

    check(gan_layer_load(context, &generator, path, NULL));
    check(gan_layer_output_shape(generator, shape, GAN_RANK_MAX, &rank));
    if (rank != 3) {
        die(path, "the model makes no pictures");
    }
    check_shape(classifier, path, shape);
    float *pixels = room(settings.count * shape[0] * shape[1] * shape[2], sizeof *pixels);
    snprintf(text, sizeof text, "seed=%" PRId64, settings.seed);
    check(gan_layer_generate(generator, pixels, settings.count, text));
    judge(classifier, path, pixels, settings.count, shape);
    free(pixels);
    gan_layer_destroy(generator);
}

static void
judge_images(gan_layer *classifier, const char *path)
{
    gan_dataset *dataset;
    int64_t shape[GAN_RANK_MAX], count;
    int32_t rank;
    static char text[TEXT_SIZE];

    add(text, "limit=%" PRId64, settings.count);
    add_option(text, "images", path);
    check(gan_dataset_create(context, &dataset, "idx", text));
    check(gan_dataset_count(dataset, &count));
    check(gan_dataset_shape(dataset, shape, GAN_RANK_MAX, &rank));
    if (rank != 3) {
        die(path, "wanted pictures of two dimensions");
    }
    check_shape(classifier, path, shape);
    float *pixels = room(count * shape[0] * shape[1] * shape[2], sizeof *pixels);
    int64_t *indices = room(count, sizeof *indices);
    for (int64_t i = 0; i < count; i++) {
        indices[i] = i;
    }
    check(gan_dataset_read(dataset, pixels, NULL, indices, count));
    judge(classifier, path, pixels, count, shape);
    free(pixels);
    free(indices);
    gan_dataset_destroy(dataset);
}

int
main(int argc, char **argv)
{
    gan_layer *classifier;
    const int generators = read_options(argc, argv, &program);

    if (generators == 0 && settings.images == NULL) {
        die("generator", "none is named; try --help");
    }
    open_context(settings.threads, settings.seed);
    check(gan_layer_load(context, &classifier, settings.judge, NULL));
    if (settings.images != NULL) {
        judge_images(classifier, settings.images);
    }
    for (int i = 1; i <= generators; i++) {
        judge_generator(classifier, argv[i]);
    }
    gan_layer_destroy(classifier);
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
