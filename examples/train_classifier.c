/*
 * Trains a classifier on labelled pictures, or counts what a saved one gets right. `train_classifier --help` says how. On the
 * 60,000 digits of MNIST it gets to 99.5 %: the classifier in examples/data, by which docs/stability.md judges generators.
 *     cc train_classifier.c training.c common.c $(pkg-config --cflags --libs gan) -o train_classifier
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "training.h"

enum { TEST_BATCH = 500 };

static struct {
    const char *data, *images, *labels, *test_images, *test_labels;
    const char *network, *optimizer, *augment, *dtype, *model;
    int64_t epochs, batch;
} settings = {.data = "data/mnist",
              .augment = "policy=translation translation=0.0714 fill=-1",
              .dtype = "float32",
              .epochs = 6,
              .batch = 128};

static const struct option options[] = {
    {"--data", "FOLDER",
     "MNIST's four files, plain or .gz; scripts/fetch-data.sh mnist puts them there",
     .text = &settings.data, .resumed = CHANGEABLE},
    {"--images", "FILE", "IDX file in place of the one in the folder", .text = &settings.images,
     .resumed = CHANGEABLE},
    {"--labels", "FILE", "the same", .text = &settings.labels, .resumed = CHANGEABLE},
    {"--test-images", "FILE", "the same", .text = &settings.test_images, .resumed = CHANGEABLE},
    {"--test-labels", "FILE", "the same", .text = &settings.test_labels, .resumed = CHANGEABLE},
    {"--network", "FILE",
     "the network's text, instead of the one built in (three convolutions and two dense layers; "
     "473,000 parameters on digits)",
     .text = &settings.network},
    {"--epochs", "N", "passes over the pictures", .number = &settings.epochs, .minimum = 1,
     .maximum = 1e6},
    {"--batch", "N", "pictures in a batch", .number = &settings.batch, .minimum = 1,
     .maximum = 1e6},
    {"--optimizer", "TEXT",
     "(default \"adam lr=one_cycle(3e-3,STEPS)\", with the number of steps that these epochs "
     "have)",
     .text = &settings.optimizer},
    {"--augment", "TEXT",
     "options of gan_augment, or none; by default shifts by up to 2 of 28 pixels",
     .text = &settings.augment},
    {"--dtype", NULL, "of the weights in the file", .text = &settings.dtype,
     .choices = "float32|float16"},
    {.more = training_options},
    {"", .help = "Without training:"},
    {"--test", "MODEL", "count what a saved classifier gets right", .text = &settings.model,
     .resumed = NOT_KEPT},
    {.name = NULL},
};

static const struct program program = {
    .name = "train_classifier",
    .usage = "[options]",
    .about = "Trains a classifier on labelled pictures and counts what it gets right of others.",
    .options = options,
    .notes =
        "After each epoch it prints the loss and the share that was right in training, and the\n"
        "share of the test pictures that is right; at the end the same of the file that it wrote,\n"
        "classifier.safetensors, read again. Ctrl-C ends early; --resume goes on as if nothing "
        "had\n"
        "been.\n",
};

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
add_file(char text[TEXT_SIZE], const char *key, const char *file, const char *name)
{
    char path[PATH_SIZE];

    if (file == NULL) {
        snprintf(path, sizeof path, "%s/%s", settings.data, name);
        if (!is_file(path)) {
            snprintf(path, sizeof path, "%s/%s.gz", settings.data, name);
        }
        if (!is_file(path)) {
            die(path, "not there, and not without .gz; scripts/fetch-data.sh mnist loads it");
        }
        file = path;
    }
    add_option(text, key, file);
}

static void
open_pictures(struct pictures *p, int64_t batch, const char *images, const char *images_name,
              const char *labels, const char *labels_name)
{
    static char text[TEXT_SIZE];
    int32_t rank;

    text[0] = '\0';
    add_file(text, "images", images, images_name);
    add_file(text, "labels", labels, labels_name);
    check(gan_dataset_create(context, &p->dataset, "idx", text));
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
        read_text(text, settings.network);
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

/* A training: what a checkpoint has of it is enough to go on to the last bit. */
struct run {
    gan_layer *network;
    gan_optimizer *optimizer;
    gan_checkpoint *checkpoint;
    int64_t step, steps;        /* in all epochs; an epoch's */
    double loss_sum, share_sum; /* of this epoch so far */
};

static void
checkpoint_path(char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/checkpoint.safetensors", training.out);
}

static void
save_checkpoint(const struct run *run)
{
    char path[PATH_SIZE], text[128];

    snprintf(text, sizeof text, "%" PRId64, run->step);
    check(gan_checkpoint_set_text(run->checkpoint, "step", text));
    snprintf(text, sizeof text, "%.17g %.17g", run->loss_sum, run->share_sum);
    check(gan_checkpoint_set_text(run->checkpoint, "sums", text));
    checkpoint_path(path);
    check(gan_checkpoint_save(run->checkpoint, path));
}

static void
load_checkpoint(struct run *run, const char *path)
{
    char text[128];

    check(gan_checkpoint_load(run->checkpoint, path, NULL));
    check(gan_checkpoint_text(run->checkpoint, text, sizeof text, NULL, "step"));
    const int step_read = sscanf(text, "%" SCNd64, &run->step);
    check(gan_checkpoint_text(run->checkpoint, text, sizeof text, NULL, "sums"));
    if (step_read != 1 || sscanf(text, "%lf %lf", &run->loss_sum, &run->share_sum) != 2) {
        die(path, "the checkpoint is no classifier's");
    }
    printf("Going on from step %" PRId64 " in %s\n", run->step, training.out);
}

/* One update. What the batch's loss and share were is added up. */
static void
take_step(struct run *run, struct pictures *p)
{
    gan_tensor *logits, *loss;
    double share;

    check(gan_dataset_batch(p->dataset, p->indices, settings.batch, run->step));
    gan_tensor *x = read_batch(p, settings.batch);
    if (strcmp(settings.augment, "none") != 0) {
        gan_tensor *changed;
        check(gan_augment(context, &changed, x, settings.augment, (uint64_t)run->step));
        gan_tensor_destroy(x);
        x = changed;
    }
    check(gan_layer_forward(run->network, &logits, x, 1));
    check(gan_softmax_cross_entropy(context, &loss, logits, p->labels, settings.batch));
    check(gan_accuracy(context, &share, logits, p->labels, settings.batch));
    run->loss_sum += (double)number(loss);
    run->share_sum += share;
    check(gan_layer_clear_gradients(run->network));
    check(gan_backward(context, loss, 0));
    check(gan_optimizer_step(run->optimizer));
    run->step++;
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
    char *numbers = text + strcspn(text, " ");
    if (*numbers != '\0') {
        *numbers++ = '\0';
    }
    check(gan_optimizer_create(context, &optimizer, text, numbers));
    check(gan_optimizer_attach(optimizer, network));
    return optimizer;
}

static void
begin(struct run *run, gan_layer *network, const struct pictures *learned)
{
    char path[PATH_SIZE];

    *run = (struct run){.network = network, .steps = learned->count / settings.batch};
    run->optimizer = make_optimizer(network, settings.epochs * run->steps);
    check(gan_checkpoint_create(context, &run->checkpoint));
    check(gan_checkpoint_add_layer(run->checkpoint, "classifier", network));
    check(gan_checkpoint_add_optimizer(run->checkpoint, "optimizer", run->optimizer));
    checkpoint_path(path);
    if (open_checkpoint(path)) {
        load_checkpoint(run, path);
    }
}

static void
end_epoch(struct run *run, struct pictures *tested, double seconds)
{
    const double steps = (double)run->steps;
    const double share = test(run->network, tested);

    progress_clear();
    printf("epoch %" PRId64 "/%" PRId64
           "  %.0f s  loss %.4f  right in training %.2f %%  of the test %.2f %%\n",
           run->step / run->steps, settings.epochs, seconds, run->loss_sum / steps,
           100 * run->share_sum / steps, 100 * share);
    fflush(stdout);
    run->loss_sum = 0;
    run->share_sum = 0;
}

/* Returns 0 if it was stopped before the end. */
static int
train(gan_layer *network, struct pictures *learned, struct pictures *tested)
{
    struct run run;
    struct progress progress;
    const double start = now();
    double saved = start;

    begin(&run, network, learned);
    const int64_t last = settings.epochs * run.steps;
    progress_begin(&progress, run.step, last, 0); /* elsewhere the epochs are enough */
    catch_interrupts(NULL);
    while (run.step < last && !interrupted()) {
        take_step(&run, learned);
        progress_show(&progress, run.step, "loss %.4f",
                      run.loss_sum / (double)((run.step - 1) % run.steps + 1));
        if (run.step % run.steps == 0) {
            end_epoch(&run, tested, now() - start);
        }
        if (training.checkpoint_seconds > 0 &&
            now() - saved >= (double)training.checkpoint_seconds) {
            save_checkpoint(&run);
            saved = now();
        }
    }
    save_checkpoint(&run);
    stop_catching();
    progress_end();
    if (run.step < last) {
        printf("Stopped at step %" PRId64 " of %" PRId64 "; --resume goes on.\n", run.step, last);
    }
    gan_checkpoint_destroy(run.checkpoint);
    gan_optimizer_destroy(run.optimizer);
    return run.step == last;
}

static void
save_and_test(gan_layer *network, struct pictures *tested)
{
    gan_layer *again;
    char path[PATH_SIZE], text[64];

    snprintf(path, sizeof path, "%s/classifier.safetensors", training.out);
    snprintf(text, sizeof text, "dtype=%s", settings.dtype);
    check(gan_layer_save(network, path, text));
    check(gan_layer_load(context, &again, path, NULL));
    printf("%s, read again: %.2f %% of %" PRId64 " test pictures right\n", path,
           100 * test(again, tested), tested->count);
    gan_layer_destroy(again);
}

int
main(int argc, char **argv)
{
    struct pictures learned = {0}, tested = {0};
    gan_layer *network;

    read_training_options(argc, argv, &program);
    open_context(training.threads, training.seed);
    open_pictures(&tested, TEST_BATCH, settings.test_images, "t10k-images-idx3-ubyte",
                  settings.test_labels, "t10k-labels-idx1-ubyte");
    if (settings.model != NULL) {
        check(gan_layer_load(context, &network, settings.model, NULL));
        printf("%s: %.2f %% of %" PRId64 " test pictures right\n", settings.model,
               100 * test(network, &tested), tested.count);
    } else {
        open_pictures(&learned, settings.batch, settings.images, "train-images-idx3-ubyte",
                      settings.labels, "train-labels-idx1-ubyte");
        if (settings.batch > learned.count) {
            die("--batch", "wanted 1 to the number of pictures");
        }
        network = make_network(&learned);
        if (train(network, &learned, &tested)) {
            save_and_test(network, &tested);
        }
    }
    gan_layer_destroy(network);
    close_pictures(&learned);
    close_pictures(&tested);
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
