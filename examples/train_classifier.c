/*
 * Trains a classifier on labelled pictures, or counts what a saved one gets right. `train_classifier --help` says how. On the
 * 60,000 digits of MNIST it gets to 99.5 %: the classifier in examples/data, by which docs/stability.md judges generators.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <gan/gan.h>

enum { PATH_SIZE = 4096, TEXT_SIZE = 65536, TEST_BATCH = 500 };

static struct {
    const char *data, *images, *labels, *test_images, *test_labels;
    const char *network, *optimizer, *augment, *dtype, *out, *model;
    int64_t epochs, batch, seed, threads;
} settings = {.data = "data/mnist",
              .augment = "policy=translation translation=0.0714 fill=-1",
              .dtype = "float32",
              .out = "out",
              .epochs = 6,
              .batch = 128};

static gan_context *context;

static const char help[] =
    "Usage: train_classifier [options]\n"
    "Trains a classifier on labelled pictures and counts what it gets right of others.\n"
    "\n"
    "  --data FOLDER         MNIST's four files, plain or .gz (default data/mnist, where\n"
    "                        scripts/fetch-data.sh mnist puts them)\n"
    "  --images, --labels, --test-images, --test-labels FILE\n"
    "                        IDX files in place of those in the folder\n"
    "  --network FILE        the network's text, instead of the one built in (three\n"
    "                        convolutions and two dense layers; 473,000 parameters on digits)\n"
    "  --epochs N            passes over the pictures (default 6)\n"
    "  --batch N             pictures in a batch (default 128)\n"
    "  --optimizer TEXT      (default \"adam lr=one_cycle(3e-3,STEPS)\", with the number of\n"
    "                        steps that these epochs have)\n"
    "  --augment TEXT        options of gan_augment, or none (default shifts by up to 2 of 28\n"
    "                        pixels: \"policy=translation translation=0.0714 fill=-1\")\n"
    "  --seed N              everything random comes from it (default 0)\n"
    "  --threads N           0 for all CPUs; the result is the same (default 0)\n"
    "  --dtype TYPE          of the weights in the file: float32 or float16 (default float32)\n"
    "  --out FOLDER          where classifier.safetensors goes; made if missing (default out)\n"
    "\n"
    "  --test MODEL          train nothing: count what a saved classifier gets right\n"
    "\n"
    "After each epoch it prints the loss and the share that was right in training, and the\n"
    "share of the test pictures that is right; at the end the same of the file, read again.\n";

/* Examples may die. */
static void
die(const char *what, const char *why)
{
    fprintf(stderr, "train_classifier: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void
check(gan_status status)
{
    if (status != GAN_OK) {
        die(gan_status_name(status), gan_context_error(context));
    }
}

static void *
room(int64_t count, size_t size)
{
    void *memory = calloc((size_t)count, size);
    if (memory == NULL) {
        die("memory", "there is not enough");
    }
    return memory;
}

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
make_folder(const char *path)
{
    char part[PATH_SIZE] = "";
    for (size_t i = 0; path[i] != '\0' && i < sizeof part - 100; i++) {
        part[i] = path[i];
        if ((path[i + 1] == '/' || path[i + 1] == '\0') && mkdir(part, 0777) != 0 &&
            errno != EEXIST) {
            die(part, strerror(errno));
        }
    }
    snprintf(part, sizeof part, "%s/.", path); /* only a folder has it */
    if (access(part, W_OK | X_OK) != 0) {
        die(path, strerror(errno));
    }
}

/* Labelled pictures in memory, with the batch that is read from them. */
struct pictures {
    gan_dataset *dataset;
    int64_t count, shape[4]; /* shape[0] is N */
    int32_t classes;
    int64_t *indices;
    float *pixels;
    int32_t *labels;
};

/* Append key="path", from the folder if no file was given. */
static void
add_file(char *options, const char *key, const char *file, const char *name)
{
    char path[PATH_SIZE];
    struct stat status;

    if (file == NULL) {
        snprintf(path, sizeof path, "%s/%s", settings.data, name);
        if (stat(path, &status) != 0) {
            snprintf(path, sizeof path, "%s/%s.gz", settings.data, name);
        }
        if (stat(path, &status) != 0) {
            die(path, "not there, and not without .gz; scripts/fetch-data.sh mnist loads it");
        }
        file = path;
    }
    size_t length = strlen(options);
    length += (size_t)sprintf(options + length, " %s=\"", key);
    for (const char *c = file; *c != '\0' && length < 5 * PATH_SIZE; c++) {
        if (*c == '"' || *c == '\\') {
            options[length++] = '\\';
        }
        options[length++] = *c;
    }
    options[length] = '"';
    options[length + 1] = '\0';
}

static void
open_pictures(struct pictures *p, int64_t batch, const char *images, const char *images_name,
              const char *labels, const char *labels_name)
{
    static char options[6 * PATH_SIZE];
    int32_t rank;

    options[0] = '\0';
    add_file(options, "images", images, images_name);
    add_file(options, "labels", labels, labels_name);
    check(gan_dataset_create(context, &p->dataset, "idx", options));
    check(gan_dataset_count(p->dataset, &p->count));
    check(gan_dataset_classes(p->dataset, &p->classes));
    check(gan_dataset_shape(p->dataset, &p->shape[1], 3, &rank));
    if (rank != 3) {
        die(images == NULL ? images_name : images, "wanted pictures of two dimensions");
    }
    p->indices = room(batch, sizeof *p->indices);
    p->pixels = room(batch * p->shape[1] * p->shape[2] * p->shape[3], sizeof *p->pixels);
    p->labels = room(batch, sizeof *p->labels);
}

static void
close_pictures(struct pictures *p)
{
    gan_dataset_destroy(p->dataset);
    free(p->indices);
    free(p->pixels);
    free(p->labels);
}

/* The pictures that p->indices names. */
static gan_tensor *
read_batch(struct pictures *p, int64_t batch)
{
    gan_tensor *x;
    check(gan_dataset_read(p->dataset, p->pixels, p->labels, p->indices, batch));
    p->shape[0] = batch;
    check(gan_tensor_create(context, &x, p->shape, 4, p->pixels));
    return x;
}

static gan_layer *
make_network(const struct pictures *p)
{
    static const char standard[] = "gan-network 1\n"
                                   "input shape=%" PRId64 "x%" PRId64 "x%" PRId64 "\n"
                                   "conv2d filters=32 kernel=4 stride=2 padding=1 bias=false\n"
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
                                   "dropout probability=0.3\n"
                                   "dense units=%d\n";
    static char text[TEXT_SIZE];
    gan_layer *network;

    if (settings.network != NULL) {
        FILE *file = fopen(settings.network, "rb");
        if (file == NULL) {
            die(settings.network, strerror(errno));
        }
        const size_t length = fread(text, 1, sizeof text - 1, file);
        if (ferror(file) || length == sizeof text - 1) {
            die(settings.network, "cannot be read, or is too long for a network's text");
        }
        text[length] = '\0';
        fclose(file);
    } else {
        snprintf(text, sizeof text, standard, p->shape[1], p->shape[2], p->shape[3], p->classes);
    }
    check(gan_layer_parse(context, &network, text));
    return network;
}

/* The share of the test pictures that the network gets right. */
static double
test(gan_layer *network, struct pictures *p)
{
    double right = 0;

    check(gan_no_grad_begin(context));
    for (int64_t first = 0; first < p->count; first += TEST_BATCH) {
        const int64_t batch = p->count - first < TEST_BATCH ? p->count - first : TEST_BATCH;
        gan_tensor *logits;
        double share;
        for (int64_t i = 0; i < batch; i++) {
            p->indices[i] = first + i;
        }
        gan_tensor *x = read_batch(p, batch);
        check(gan_layer_forward(network, &logits, x, 0));
        check(gan_accuracy(context, &share, logits, p->labels, batch));
        right += share * (double)batch;
        gan_tensor_destroy(x);
        gan_tensor_destroy(logits);
    }
    check(gan_no_grad_end(context));
    return right / (double)p->count;
}

static float
number(gan_tensor *tensor)
{
    float value;
    check(gan_tensor_read(tensor, &value, 1));
    return value;
}

/* One update. What the batch's loss and share were is added up. */
static void
step(gan_layer *network, gan_optimizer *optimizer, struct pictures *p, int64_t n, double *loss_sum,
     double *share_sum)
{
    gan_tensor *logits, *loss;
    double share;

    check(gan_dataset_batch(p->dataset, p->indices, settings.batch, n));
    gan_tensor *x = read_batch(p, settings.batch);
    if (strcmp(settings.augment, "none") != 0) {
        gan_tensor *changed;
        check(gan_augment(context, &changed, x, settings.augment, (uint64_t)n));
        gan_tensor_destroy(x);
        x = changed;
    }
    check(gan_layer_forward(network, &logits, x, 1));
    check(gan_softmax_cross_entropy(context, &loss, logits, p->labels, settings.batch));
    check(gan_accuracy(context, &share, logits, p->labels, settings.batch));
    *loss_sum += (double)number(loss);
    *share_sum += share;
    check(gan_layer_clear_gradients(network));
    check(gan_backward(context, loss, 0));
    check(gan_optimizer_step(optimizer));
    gan_tensor_destroy(x);
    gan_tensor_destroy(logits);
    gan_tensor_destroy(loss);
}

/* "adam" and "lr=...", by default with the schedule for so many steps. */
static gan_optimizer *
make_optimizer(gan_layer *network, int64_t steps)
{
    gan_optimizer *optimizer;
    char text[PATH_SIZE];

    if (settings.optimizer != NULL) {
        snprintf(text, sizeof text, "%s", settings.optimizer);
    } else {
        snprintf(text, sizeof text, "adam lr=one_cycle(3e-3,%" PRId64 ")", steps);
    }
    char *options = text + strcspn(text, " ");
    if (*options != '\0') {
        *options++ = '\0';
    }
    check(gan_optimizer_create(context, &optimizer, text, options));
    check(gan_optimizer_attach(optimizer, network));
    return optimizer;
}

static void
train(gan_layer *network, struct pictures *training, struct pictures *testing)
{
    const int64_t steps = training->count / settings.batch;
    gan_optimizer *optimizer = make_optimizer(network, settings.epochs * steps);
    const int terminal = isatty(STDOUT_FILENO);
    const double start = now();

    for (int64_t epoch = 0; epoch < settings.epochs; epoch++) {
        double loss = 0, share = 0, shown = 0;
        for (int64_t i = 0; i < steps; i++) {
            step(network, optimizer, training, epoch * steps + i, &loss, &share);
            if (terminal && now() - shown > 0.1) {
                shown = now();
                printf("\repoch %" PRId64 " step %" PRId64 "/%" PRId64 "  loss %.4f\033[K",
                       epoch + 1, i + 1, steps, loss / (double)(i + 1));
                fflush(stdout);
            }
        }
        printf("%sepoch %" PRId64 "/%" PRId64
               "  %.0f s  loss %.4f  right in training %.2f %%  of the test %.2f %%\n",
               terminal ? "\r\033[K" : "", epoch + 1, settings.epochs, now() - start,
               loss / (double)steps, 100 * share / (double)steps, 100 * test(network, testing));
        fflush(stdout);
    }
    gan_optimizer_destroy(optimizer);
}

static void
save_and_test(gan_layer *network, struct pictures *testing)
{
    gan_layer *again;
    char path[PATH_SIZE], options[64];

    snprintf(path, sizeof path, "%s/classifier.safetensors", settings.out);
    snprintf(options, sizeof options, "dtype=%s", settings.dtype);
    check(gan_layer_save(network, path, options));
    check(gan_layer_load(context, &again, path, NULL));
    printf("%s, read again: %.2f %% of %" PRId64 " test pictures right\n", path,
           100 * test(again, testing), testing->count);
    gan_layer_destroy(again);
}

static void
read_options(int argc, char **argv)
{
    const struct {
        const char *name, **text;
        int64_t *number;
    } options[] = {
        {"--data", &settings.data, NULL},
        {"--images", &settings.images, NULL},
        {"--labels", &settings.labels, NULL},
        {"--test-images", &settings.test_images, NULL},
        {"--test-labels", &settings.test_labels, NULL},
        {"--network", &settings.network, NULL},
        {"--optimizer", &settings.optimizer, NULL},
        {"--augment", &settings.augment, NULL},
        {"--dtype", &settings.dtype, NULL},
        {"--out", &settings.out, NULL},
        {"--test", &settings.model, NULL},
        {"--epochs", NULL, &settings.epochs},
        {"--batch", NULL, &settings.batch},
        {"--seed", NULL, &settings.seed},
        {"--threads", NULL, &settings.threads},
    };
    enum { COUNT = sizeof options / sizeof options[0] };

    for (int i = 1; i < argc; i++) {
        int which = 0;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        }
        while (which < COUNT && strcmp(argv[i], options[which].name) != 0) {
            which++;
        }
        if (which == COUNT) {
            die(argv[i], "no such option (values stand apart: --epochs 6); try --help");
        }
        if (++i == argc || *argv[i] == '\0') {
            die(options[which].name, "needs a value; try --help");
        }
        if (options[which].text != NULL) {
            *options[which].text = argv[i];
            continue;
        }
        char *end;
        errno = 0;
        *options[which].number = strtoll(argv[i], &end, 10);
        if (errno != 0 || end == argv[i] || *end != '\0' || *options[which].number < 0) {
            die(options[which].name, "wanted a whole number, 0 or more");
        }
    }
    if (strcmp(settings.dtype, "float32") != 0 && strcmp(settings.dtype, "float16") != 0) {
        die("--dtype", "wanted float32 or float16"); /* now, not after the training */
    }
}

int
main(int argc, char **argv)
{
    struct pictures training = {0}, testing = {0};
    gan_layer *network;
    char options[128];

    read_options(argc, argv);
    snprintf(options, sizeof options, "threads=%" PRId64 " seed=%" PRId64, settings.threads,
             settings.seed);
    check(gan_context_create(&context, options, NULL));
    open_pictures(&testing, TEST_BATCH, settings.test_images, "t10k-images-idx3-ubyte",
                  settings.test_labels, "t10k-labels-idx1-ubyte");
    if (settings.model != NULL) {
        check(gan_layer_load(context, &network, settings.model, NULL));
        printf("%s: %.2f %% of %" PRId64 " test pictures right\n", settings.model,
               100 * test(network, &testing), testing.count);
    } else {
        open_pictures(&training, settings.batch > 0 ? settings.batch : 1, settings.images,
                      "train-images-idx3-ubyte", settings.labels, "train-labels-idx1-ubyte");
        if (settings.batch < 1 || settings.batch > training.count) {
            die("--batch", "wanted 1 to the number of pictures");
        }
        make_folder(settings.out);
        network = make_network(&training);
        train(network, &training, &testing);
        save_and_test(network, &testing);
    }
    gan_layer_destroy(network);
    close_pictures(&training);
    close_pictures(&testing);
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
