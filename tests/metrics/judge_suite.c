/*
 * Judges: what they show their networks, where they take features, what they say of themselves.
 */
#include "features_suites.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <gan/io.h>

#include "oracle/failing_host.h"
#include "oracle/judge_pictures.h"

#include "metrics/features.h"

static gan_context *ctx;
static gan_layer *network;
static gan_judge *judge;
static gan_features *features;
static char path[64];

static void
setup(void)
{
    ck_assert_int_eq(gan_context_create(&ctx, "threads=1 seed=3", NULL), GAN_OK);
    snprintf(path, sizeof path, "judge-%ld.safetensors", (long)getpid());
}

static void
teardown(void)
{
    gan_features_destroy(features);
    gan_judge_destroy(judge);
    gan_layer_destroy(network);
    gan_context_destroy(ctx);
    features = NULL;
    judge = NULL;
    network = NULL;
    remove(path);
}

static void
make(const char *text, const char *options)
{
    ASSERT_OK(ctx, gan_layer_parse(ctx, &network, text));
    ASSERT_OK(ctx, gan_judge_create(ctx, &judge, network, options));
    ASSERT_OK(ctx, gan_features_create(judge, &features, "samples"));
}

static void
set_parameter(const char *name, const float *values, int64_t count)
{
    gan_tensor *parameter = NULL;

    ASSERT_OK(ctx, gan_layer_find_parameter(network, &parameter, name));
    ASSERT_OK(ctx, gan_tensor_write(parameter, values, count));
    gan_tensor_destroy(parameter);
}

/* Bytes that make_features.py has, too, as a picture in [-1, 1]. */
static void
draw(float *picture, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        picture[k] = (float)((k * 37 + (k / 7) * (k / 7)) % 251) / 127.5F - 1.0F;
    }
}

/* The features of a network that gives what it was shown. */
START_TEST(pictures_are_the_references)
{
    const struct judge_picture *oracle = &judge_pictures[_i];
    const int64_t count = oracle->to[0] * oracle->to[1] * 3;
    char text[128], options[64];
    float picture[512], seen[512];

    snprintf(text, sizeof text, "gan-network 1\ninput shape=%dx%dx3\nflatten\ndense units=2\n",
             (int)oracle->to[0], (int)oracle->to[1]);
    snprintf(options, sizeof options, "resize=%s", oracle->resize);
    make(text, options);
    draw(picture, oracle->from[0] * oracle->from[1] * oracle->from[2]);
    ASSERT_OK(ctx, gan_features_add_samples(features, picture, 1, oracle->from, 3));
    ASSERT_OK(ctx, gan_features_read(features, seen, NULL, 0, 1));
    for (int64_t i = 0; i < count; i++) {
        ck_assert_msg(fabsf(seen[i] - oracle->values[i]) <= 1e-6F, "%lld: %.9g, wanted %.9g",
                      (long long)i, (double)seen[i], (double)oracle->values[i]);
    }
}
END_TEST

START_TEST(samples_become_bytes)
{
    static const float given[4] = {-3.0F, 0.001F, 0.5F, 7.0F};
    const int64_t shape[3] = {2, 2, 1};
    float seen[4];

    make("gan-network 1\ninput shape=2x2x1\nflatten\ndense units=2\n",
         _i == 0 ? NULL : "round=false scale=2");
    ASSERT_OK(ctx, gan_features_add_samples(features, given, 1, shape, 3));
    ASSERT_OK(ctx, gan_features_read(features, seen, NULL, 0, 1));
    if (_i == 0) {
        ck_assert(seen[0] == -1.0F && seen[3] == 1.0F);
        ck_assert(seen[1] == 128 / 127.5F - 1.0F && seen[2] == 191 / 127.5F - 1.0F);
    } else {
        for (int i = 0; i < 4; i++) {
            ck_assert(seen[i] == given[i] / 2);
        }
    }
}
END_TEST

/* Rows that are no pictures are never rounded. */
START_TEST(points_stay_points)
{
    const float point[2] = {3.21F, -4.5F};
    const int64_t shape[1] = {2};
    float seen[2];

    make("gan-network 1\ninput shape=2\nleaky_relu slope=1\ndense units=3\n", NULL);
    ASSERT_OK(ctx, gan_features_add_samples(features, point, 1, shape, 1));
    ASSERT_OK(ctx, gan_features_read(features, seen, NULL, 0, 1));
    ck_assert(seen[0] == point[0] && seen[1] == point[1]);
}
END_TEST

static const char small[] =
    "gan-network 1\ninput shape=4x4x1\nconv2d filters=3 kernel=3 padding=1 name=first\n"
    "relu\nflatten\ndense units=6\nleaky_relu\ndropout\ndense units=4\n";

/* Against the network's own forwards. */
START_TEST(features_are_a_layer_s_output)
{
    static const struct {
        const char *options, *path;
        int64_t dimension;
    } taps[] = {{NULL, "features=5", 6},
                {"features=4", "features=4", 6},
                {"features=first", "features=first", 48},
                {"features=7", "features=7", 4}};
    enum { N = 300 };
    static float samples[N * 16], rows[N * 48], logits[N * 4], again[N * 48];
    const int64_t shape[3] = {4, 4, 1}, batch[4] = {N, 4, 4, 1};
    gan_tensor *x = NULL, *y = NULL;
    int64_t dimension = 0, classes = 0;
    char text[256];

    make(small, taps[_i].options);
    ASSERT_OK(ctx, gan_judge_text(judge, text, sizeof text, NULL));
    ck_assert_ptr_nonnull(strstr(text, "name=network features="));
    ASSERT_OK(ctx, gan_judge_size(judge, &dimension, &classes));
    ck_assert_int_eq(classes, 4);
    if (_i > 0) {
        ck_assert_ptr_nonnull(strstr(text, taps[_i].path));
        ck_assert_int_eq(dimension, taps[_i].dimension);
    }
    draw(samples, N * 16);
    ASSERT_OK(ctx, gan_features_add_samples(features, samples, N, shape, 3));
    ASSERT_OK(ctx, gan_features_read(features, rows, logits, 0, N));
    ASSERT_OK(ctx, gan_tensor_create(ctx, &x, batch, 4, samples));
    ASSERT_OK(ctx, gan_layer_forward(network, &y, x, 0));
    ASSERT_OK(ctx, gan_tensor_read(y, again, N * 4));
    ck_assert_int_eq(memcmp(logits, again, sizeof logits), 0);
    if (_i == 3) {
        ck_assert_int_eq(memcmp(rows, again, sizeof logits), 0);
    }
    for (int i = 0; i < N; i++) {
        const float *row = logits + 4 * i;
        for (int j = 0; j < 4; j++) {
            ck_assert(row[j] <= row[gan__features_label(features, i)]);
        }
    }
    /* One at a time, the same. */
    gan_features *single = NULL;
    ASSERT_OK(ctx, gan_features_create(judge, &single, NULL));
    for (int i = 0; i < N; i++) {
        ASSERT_OK(ctx, gan_features_add_samples(single, samples + 16 * i, 1, shape, 3));
    }
    ASSERT_OK(ctx, gan_features_read(single, again, NULL, 0, N));
    ck_assert_int_eq(memcmp(rows, again, (size_t)(N * dimension) * sizeof(float)), 0);
    gan_features_destroy(single);
    gan_tensor_destroy(x);
    gan_tensor_destroy(y);
}
END_TEST

/* A network whose class is the brighter of two pixels, three times. */
START_TEST(stacks_are_three_pictures)
{
    static const float weight[4] = {1, 0, 0, 1}, bias[2] = {0, 0};
    /* Pixels [1, 2, 3]: the channels' classes are 1, 0, 1 and then 0, 0, 1. */
    static const float samples[12] = {-1, 1, -1, 1, -1, 1, 1, 0.5F, -0.5F, -1, -0.5F, 0.5F};
    const int64_t shape[3] = {1, 2, 3}, grey[3] = {1, 2, 1};
    int64_t dimension = 0, classes = -1;
    float rows[12];

    make("gan-network 1\ninput shape=1x2x1\nflatten\ndense units=2\n", "stacked=true round=false");
    set_parameter("2.weight", weight, 4);
    set_parameter("2.bias", bias, 2);
    ASSERT_OK(ctx, gan_judge_size(judge, &dimension, &classes));
    ck_assert_int_eq(dimension, 6);
    ck_assert_int_eq(classes, 0);
    ck_assert_int_eq(features->class_count, 8);
    ASSERT_OK(ctx, gan_features_add_samples(features, samples, 2, shape, 3));
    ck_assert_int_eq(gan__features_label(features, 0), 5);
    ck_assert_int_eq(gan__features_label(features, 1), 1);
    ASSERT_OK(ctx, gan_features_read(features, rows, NULL, 0, 2));
    for (int i = 0; i < 2; i++) {
        for (int c = 0; c < 3; c++) {
            ck_assert(rows[6 * i + 2 * c] == samples[6 * i + c]);
            ck_assert(rows[6 * i + 2 * c + 1] == samples[6 * i + 3 + c]);
        }
    }
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, 1, grey, 3), GAN_E_SHAPE,
                 "its network takes [1, 2, 1] for each of 3 channels");
    ASSERT_FAILS(ctx, gan_features_add_rows(features, rows, NULL, 1), GAN_E_ARG,
                 "its judge is a stacked one");
#ifdef GAN_HAVE_MINIZIP
    gan_features *loaded = NULL;
    ASSERT_OK(ctx, gan_features_save(features, path, "what=rows"));
    ASSERT_OK(ctx, gan_features_load(ctx, &loaded, path, NULL));
    ck_assert_int_eq(loaded->class_count, 8);
    ck_assert_int_eq(gan__features_label(loaded, 0), 5);
    ck_assert_int_eq(gan__features_label(loaded, 1), 1);
    ASSERT_OK(ctx, gan_judge_hash(judge, (char[65]){0}, 65, NULL));
    ck_assert_str_eq(loaded->judge_hash, features->judge_hash);
    gan_features_destroy(loaded);
#endif
}
END_TEST

static int64_t
count_of(gan_features *set)
{
    int64_t count = -1;

    ASSERT_OK(ctx, gan_features_size(set, &count, NULL, NULL));
    return count;
}

START_TEST(bad_samples_change_nothing)
{
    enum { N = 600 };
    static float samples[N * 16];
    const int64_t shape[3] = {4, 4, 1}, other[3] = {4, 5, 1}, colour[3] = {4, 4, 3}, flat[1] = {16};

    make(small, NULL);
    ASSERT_OK(ctx, gan_features_add_samples(features, samples, 7, shape, 3));
    samples[16 * 513 + 3] = (float)NAN;
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, N, shape, 3), GAN_E_ARG,
                 "sample 513 is not finite: nan at number 3 of it");
    ck_assert_int_eq(count_of(features), 7);
    samples[16 * 513 + 3] = 0;
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, 1, other, 3), GAN_E_SHAPE,
                 "judge \"network\": a sample's shape is [4, 5, 1], its network takes [4, 4, 1]");
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, 1, colour, 3), GAN_E_SHAPE,
                 "is [4, 4, 3]");
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, 1, flat, 1), GAN_E_SHAPE,
                 "is [16]");
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, 1, NULL, 1), GAN_E_ARG,
                 "shape is NULL");
    ASSERT_FAILS(ctx, gan_features_add_samples(features, NULL, 1, shape, 3), GAN_E_ARG,
                 "samples is NULL");
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, -2, shape, 3), GAN_E_ARG,
                 "count is -2");
    ASSERT_OK(ctx, gan_features_add_samples(features, NULL, 0, shape, 3));
    ASSERT_OK(ctx, gan_features_add_samples(features, samples, N, shape, 3));
    ck_assert_int_eq(count_of(features), N + 7);
}
END_TEST

/* Weights that overflow: the sample is at fault for the judge, and the set stays. */
START_TEST(features_must_be_finite)
{
    static float weight[48 * 6], samples[32];
    const int64_t shape[3] = {4, 4, 1};

    make(small, NULL);
    for (int i = 0; i < 48 * 6; i++) {
        weight[i] = 3e38F;
    }
    set_parameter("4.weight", weight, 48 * 6);
    draw(samples, 32);
    ASSERT_FAILS(ctx, gan_features_add_samples(features, samples, 2, shape, 3), GAN_E_ARG,
                 "the features of row 0 are not finite");
    ck_assert_int_eq(count_of(features), 0);
}
END_TEST

START_TEST(datasets_are_drawn_from)
{
    enum { N = 700 };
    static float samples[N * 2], rows[N * 2];
    static bool seen[N];
    const int64_t shape[1] = {2};
    gan_dataset *dataset = NULL;
    gan_features *other = NULL;

    for (int i = 0; i < N; i++) {
        samples[2 * i] = (float)i;
    }
    make("gan-network 1\ninput shape=2\nleaky_relu slope=1\ndense units=3\n", NULL);
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &dataset, samples, N, shape, 1, NULL));
    ASSERT_OK(ctx, gan_features_add_dataset(features, dataset, "first=10 count=300"));
    ASSERT_OK(ctx, gan_features_read(features, rows, NULL, 0, 300));
    ck_assert_int_eq(memcmp(rows, samples + 20, 600 * sizeof(float)), 0);
    ASSERT_OK(ctx, gan_features_add_dataset(features, dataset, NULL));
    ck_assert_int_eq(count_of(features), 300 + N);
    /* Two halves of one drawing have nothing in common. */
    ASSERT_OK(ctx, gan_features_create(judge, &other, NULL));
    ASSERT_OK(ctx, gan_features_add_dataset(other, dataset, "shuffle=true seed=5 count=350"));
    ASSERT_OK(ctx,
              gan_features_add_dataset(other, dataset, "shuffle=true seed=5 count=350 first=350"));
    ASSERT_OK(ctx, gan_features_read(other, rows, NULL, 0, N));
    int64_t in_place = 0;
    for (int i = 0; i < N; i++) {
        const int number = (int)rows[2 * i];
        ck_assert(!seen[number]);
        seen[number] = true;
        in_place += number == i;
    }
    ck_assert_int_lt(in_place, 20);
    ASSERT_FAILS(ctx, gan_features_add_dataset(features, dataset, "first=10 count=691"), GAN_E_ARG,
                 "count=691 samples from first=10 on are wanted, the dataset has 700 samples");
    ASSERT_FAILS(ctx, gan_features_add_dataset(features, dataset, "first=700"), GAN_E_ARG,
                 "first=700");
    ASSERT_FAILS(ctx, gan_features_add_dataset(features, dataset, "epoch=1"), GAN_E_ARG, "epoch");
    ASSERT_FAILS(ctx, gan_features_add_dataset(features, NULL, NULL), GAN_E_ARG, "dataset is NULL");
    gan_features_destroy(other);
    gan_dataset_destroy(dataset);
}
END_TEST

/* As many batches as it takes, the samples are those of gan_layer_generate(). */
START_TEST(generators_are_judged)
{
    enum { N = 300 };
    static const char *const options[] = {NULL, "seed=9 first=40",
                                          "seed=9 interpolation=7 batch=3"};
    static float samples[N * 16], rows[N * 48], again[N * 48];
    const int64_t shape[3] = {4, 4, 1};
    gan_layer *generator = NULL;
    gan_features *other = NULL;
    int64_t dimension = 0;

    make(small, NULL);
    ASSERT_OK(ctx, gan_judge_size(judge, &dimension, NULL));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &generator,
                                   "gan-network 1\ninput shape=3 noise=normal\ndense units=16\n"
                                   "tanh\nreshape shape=4x4x1\n"));
    ASSERT_OK(ctx, gan_features_add_generated(features, generator, N, options[_i]));
    ASSERT_OK(ctx, gan_layer_generate(generator, samples, N, options[_i]));
    ASSERT_OK(ctx, gan_features_create(judge, &other, NULL));
    ASSERT_OK(ctx, gan_features_add_samples(other, samples, N, shape, 3));
    ASSERT_OK(ctx, gan_features_read(features, rows, NULL, 0, N));
    ASSERT_OK(ctx, gan_features_read(other, again, NULL, 0, N));
    ck_assert_int_eq(memcmp(rows, again, (size_t)(N * dimension) * sizeof(float)), 0);
    ASSERT_FAILS(ctx, gan_features_add_generated(features, generator, 5, "sed=3"), GAN_E_ARG,
                 "seed");
    ASSERT_FAILS(ctx, gan_features_add_generated(features, network, 5, NULL), GAN_E_STATE,
                 "is fed by data");
    ASSERT_FAILS(ctx, gan_features_add_generated(features, generator, -1, NULL), GAN_E_ARG,
                 "count is -1");
    ck_assert_int_eq(count_of(features), N);
    gan_features_destroy(other);
    gan_layer_destroy(generator);
}
END_TEST

START_TEST(hashes_name_what_counts)
{
    static const char *const options[] = {"name=other", "scale=2", "round=false", "features=first",
                                          "features=5"};
    char first[65], second[65];
    gan_judge *other = NULL;
    size_t needed = 0;

    make(small, NULL);
    ASSERT_OK(ctx, gan_judge_hash(judge, NULL, 0, &needed));
    ck_assert_uint_eq(needed, 65);
    ASSERT_OK(ctx, gan_judge_hash(judge, first, sizeof first, NULL));
    for (int i = 0; i < 5; i++) {
        ASSERT_OK(ctx, gan_judge_create(ctx, &other, network, options[i]));
        ASSERT_OK(ctx, gan_judge_hash(other, second, sizeof second, NULL));
        ck_assert_msg((strcmp(first, second) == 0) == (i == 0), "%s", options[i]);
        gan_judge_destroy(other);
    }
    set_parameter("7.bias", (float[4]){1, 2, 3, 4}, 4);
    ASSERT_OK(ctx, gan_judge_create(ctx, &other, network, NULL));
    ASSERT_OK(ctx, gan_judge_hash(other, second, sizeof second, NULL));
    ck_assert_str_ne(first, second);
    gan_judge_destroy(other);
}
END_TEST

START_TEST(files_keep_judges)
{
    gan_judge *loaded = NULL;
    char first[65], second[65], text[256], again[256];
    gan_layer *layer = NULL;

    make(small, "name=\"small \\\"one\\\"\" scale=1.5 features=first round=false");
    ASSERT_OK(ctx, gan_judge_save(judge, path, NULL));
    ASSERT_OK(ctx, gan_judge_load(ctx, &loaded, path, NULL));
    ASSERT_OK(ctx, gan_judge_hash(judge, first, sizeof first, NULL));
    ASSERT_OK(ctx, gan_judge_hash(loaded, second, sizeof second, NULL));
    ck_assert_str_eq(first, second);
    ASSERT_OK(ctx, gan_judge_text(judge, text, sizeof text, NULL));
    ASSERT_OK(ctx, gan_judge_text(loaded, again, sizeof again, NULL));
    ck_assert_str_eq(text, again);
    ck_assert_str_eq(text, "name=\"small \\\"one\\\"\" features=first scale=1.5 resize=none "
                           "round=false stacked=false");
    gan_judge_destroy(loaded);
    ASSERT_OK(ctx, gan_judge_load(ctx, &loaded, path, "scale=3 name=mine max_bytes=1MiB"));
    ASSERT_OK(ctx, gan_judge_text(loaded, text, sizeof text, NULL));
    ck_assert_str_eq(text, "name=mine features=first scale=3 resize=none round=false "
                           "stacked=false");
    gan_judge_destroy(loaded);
    ASSERT_OK(ctx, gan_layer_load(ctx, &layer, path, NULL)); /* it is a network's, too */
    gan_layer_destroy(layer);
    ASSERT_FAILS(ctx, gan_judge_load(ctx, &loaded, path, "max_bytes=100"), GAN_E_FORMAT, "100");
    ASSERT_FAILS(ctx, gan_judge_load(ctx, &loaded, path, "skale=3"), GAN_E_ARG, "scale");
    ASSERT_FAILS(ctx, gan_judge_load(ctx, &loaded, path, "features=20"), GAN_E_ARG,
                 "there is no layer \"20\"");
    ASSERT_FAILS(ctx, gan_judge_load(ctx, &loaded, "nowhere", NULL), GAN_E_IO, "nowhere");
    /* A network's file will do. */
    ASSERT_OK(ctx, gan_layer_save(network, path, NULL));
    ASSERT_OK(ctx, gan_judge_load(ctx, &loaded, path, NULL));
    ASSERT_OK(ctx, gan_judge_text(loaded, text, sizeof text, NULL));
    ck_assert_msg(strncmp(text, "name=judge-", 11) == 0 && strstr(text, "safetensors") == NULL,
                  "%s", text);
    gan_judge_destroy(loaded);
}
END_TEST

static const struct {
    const char *network, *options;
    gan_status status;
    const char *sentence;
} bad[] = {
    {small, "features=nine", GAN_E_ARG, "there is no layer \"nine\": the layer has 0, first, 2"},
    {small, "scale=0", GAN_E_ARG, "scale"},
    {small, "scale=-1", GAN_E_ARG, "scale"},
    {small, "resize=pil", GAN_E_ARG, "resize"},
    {"gan-network 1\ninput shape=4\nrelu\ndense units=2\n", "resize=tf1", GAN_E_ARG,
     "resize: the network takes [4]"},
    {"gan-network 1\ninput shape=4x4x3\nflatten\ndense units=2\n", "stacked=true", GAN_E_ARG,
     "stacked: the network takes [4, 4, 3], wanted [height, width, 1]"},
    {"gan-network 1\ninput shape=4x4x1\nflatten\ndense units=101\n", "stacked=true", GAN_E_ARG,
     "the network's 101 classes in each of 3 channels are more than the 1000000"},
    {"gan-network 1\ninput shape=4x4x1\nconv2d filters=2 kernel=3\n", NULL, GAN_E_ARG,
     "the network has no line `dense`"},
    {"gan-network 1\ninput shape=4 noise=normal\nrelu\ndense units=2\n", NULL, GAN_E_STATE,
     "one input, fed by data; this one has 1, \"input\" is fed by noise"},
    {"gan-network 1\ninput shape=4\nconcat {\ninput name=labels source=labels classes=3\n} {\n}\n"
     "dense units=2\n",
     NULL, GAN_E_STATE, "this one has 2"},
    {"gan-network 1\ninput shape=4x4x1\nminibatch_stddev\nflatten\ndense units=2\n", NULL,
     GAN_E_STATE, "minibatch_stddev"},
};

START_TEST(bad_judges)
{
    ASSERT_OK(ctx, gan_layer_parse(ctx, &network, bad[_i].network));
    ASSERT_FAILS(ctx, gan_judge_create(ctx, &judge, network, bad[_i].options), bad[_i].status,
                 bad[_i].sentence);
    ck_assert_ptr_null(judge);
}
END_TEST

START_TEST(bad_calls)
{
    gan_context *other = NULL;
    gan_layer *open = NULL;
    gan_judge *none = NULL;
    gan_features *no_set = NULL;

    make(small, NULL);
    ASSERT_FAILS(ctx, gan_judge_create(ctx, &none, NULL, NULL), GAN_E_ARG, "network is NULL");
    ck_assert_ptr_null(none);
    ASSERT_FAILS(ctx, gan_judge_create(ctx, NULL, network, NULL), GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(ctx, gan_judge_load(ctx, &none, NULL, NULL), GAN_E_ARG, "path is NULL");
    ASSERT_OK(ctx, gan_layer_create(ctx, &open, "dense", "units=2"));
    ASSERT_FAILS(ctx, gan_judge_create(ctx, &none, open, NULL), GAN_E_STATE, "not built");
    gan_layer_destroy(open);
    ck_assert_int_eq(gan_judge_save(NULL, path, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_judge_text(NULL, NULL, 0, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_judge_hash(NULL, NULL, 0, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_judge_size(NULL, NULL, NULL), GAN_E_ARG);
    ck_assert_int_eq(gan_features_create(NULL, &no_set, NULL), GAN_E_ARG);
    ck_assert_ptr_null(no_set);
    ck_assert_int_eq(gan_context_create(&other, "threads=1", NULL), GAN_OK);
    ASSERT_FAILS(other, gan_judge_create(other, &none, network, NULL), GAN_E_ARG,
                 "of another context");
    gan_context_destroy(other);
    gan_judge_retain(NULL);
    gan_judge_destroy(NULL);
    gan_features_retain(NULL);
    gan_features_destroy(NULL);
}
END_TEST

/* The judge, the set and the network hold each other in the right order, whatever is given up. */
START_TEST(holds)
{
    const int64_t shape[3] = {4, 4, 1};
    const float sample[16] = {0};

    make(small, NULL);
    gan_layer_destroy(network);
    gan_judge_destroy(judge);
    network = NULL;
    judge = NULL;
    ASSERT_OK(ctx, gan_features_add_samples(features, sample, 1, shape, 3));
    ck_assert_int_eq(count_of(features), 1);
}
END_TEST

START_TEST(no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_layer *layer = NULL;
    gan_judge *made = NULL;
    gan_features *set = NULL;
    int64_t count = -1;
    static float samples[300 * 16];
    const int64_t shape[3] = {4, 4, 1};

    ASSERT_OK(failing, gan_layer_parse(failing, &layer, small));
    EACH_ALLOCATION_FAILS(failing, &host, gan_judge_create(failing, &made, layer, "name=a"),
                          made == NULL);
    EACH_ALLOCATION_FAILS(failing, &host, gan_features_create(made, &set, "b"), set == NULL);
    EACH_ADD_FAILS(failing, &host, gan_features_add_samples(set, samples, 300, shape, 3), set, 0);
    ASSERT_OK(failing, gan_features_size(set, &count, NULL, NULL));
    ck_assert_int_eq(count, 300);
    gan_layer_destroy(layer);
    gan_judge_destroy(made);
    gan_features_destroy(set);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
judge_suite(void)
{
    Suite *suite = suite_create("judges");
    TCase *tests = tcase_create("judges");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, pictures_are_the_references, 0,
                        sizeof judge_pictures / sizeof judge_pictures[0]);
    tcase_add_loop_test(tests, samples_become_bytes, 0, 2);
    tcase_add_test(tests, points_stay_points);
    tcase_add_loop_test(tests, features_are_a_layer_s_output, 0, 4);
    tcase_add_test(tests, stacks_are_three_pictures);
    tcase_add_test(tests, bad_samples_change_nothing);
    tcase_add_test(tests, features_must_be_finite);
    tcase_add_test(tests, datasets_are_drawn_from);
    tcase_add_loop_test(tests, generators_are_judged, 0, 3);
    tcase_add_test(tests, hashes_name_what_counts);
    tcase_add_test(tests, files_keep_judges);
    tcase_add_loop_test(tests, bad_judges, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(tests, bad_calls);
    tcase_add_test(tests, holds);
    tcase_add_test(tests, no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}

/* The same bits at any number of threads and on every instruction set that this CPU has. */
START_TEST(same_bits_everywhere)
{
    static const char *const contexts[] = {"threads=1 isa=portable", "threads=2 isa=avx2",
                                           "threads=3 isa=avx512", "threads=2", "threads=3"};
    enum { N = 40, OUT = 24 };
    static float samples[N * 9 * 7 * 3];
    static float first[N * OUT], rows[N * OUT], first_logits[N * 5], logits[N * 5];
    const int64_t shape[3] = {9, 7, 3};
    int made = 0;

    for (int i = 0; i < N * 9 * 7 * 3; i++) {
        samples[i] = (float)((i * 7919) % 2001 - 1000) / 1000.0F;
    }
    for (int i = 0; i < 5; i++) {
        gan_context *context = NULL;
        gan_layer *layer = NULL;
        gan_judge *one = NULL;
        gan_features *set = NULL;
        char options[64];
        snprintf(options, sizeof options, "%s seed=11", contexts[i]);
        if (gan_context_create(&context, options, NULL) == GAN_OK) {
            ASSERT_OK(context,
                      gan_layer_parse(context, &layer,
                                      "gan-network 1\ninput shape=12x12x3\n"
                                      "conv2d filters=8 kernel=3 padding=1\nbatch_norm\nrelu\n"
                                      "max_pool2d kernel=2 stride=2\nflatten\ndense units=24\n"
                                      "leaky_relu\ndense units=5\n"));
            ASSERT_OK(context, gan_judge_create(context, &one, layer,
                                                _i == 0 ? "resize=tf1" : "resize=torch scale=3"));
            ASSERT_OK(context, gan_features_create(one, &set, NULL));
            ASSERT_OK(context, gan_features_add_samples(set, samples, N, shape, 3));
            ASSERT_OK(context, gan_features_read(set, made == 0 ? first : rows,
                                                 made == 0 ? first_logits : logits, 0, N));
            if (made > 0) {
                ck_assert_msg(memcmp(first, rows, sizeof rows) == 0, "%s", options);
                ck_assert_msg(memcmp(first_logits, logits, sizeof logits) == 0, "%s", options);
            }
            made++;
        }
        gan_features_destroy(set);
        gan_judge_destroy(one);
        gan_layer_destroy(layer);
        gan_context_destroy(context);
    }
    ck_assert_int_ge(made, 2);
}
END_TEST

Suite *
judge_bits_suite(void)
{
    Suite *suite = suite_create("bits");
    TCase *tests = tcase_create("bits");

    tcase_add_loop_test(tests, same_bits_everywhere, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
