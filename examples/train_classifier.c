/*
 * Trains a classifier on labelled pictures and makes a judge of it, by which gan_evaluate compares generated pictures with real
 * ones; or counts what a saved one gets right. `train_classifier --help` says how. The judges in examples/data are its work.
 *     cc train_classifier.c classifier.c training.c sources.c common.c $(pkg-config --cflags --libs gan) -lm -o train_classifier
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "sources.h"
#include "training.h"

enum { TEST_BATCH = 500 };

#define GREY_OPTIMIZER   "adam lr=one_cycle(3e-3,STEPS)"
#define GREY_AUGMENT     "policy=translation translation=0.0714 fill=-1"
#define COLOUR_OPTIMIZER "sgd lr=one_cycle(0.2,STEPS) momentum=0.9 nesterov=true weight_decay=5e-4"
#define COLOUR_CHANGES   "flip=true crop_padding=4 fill=0"

static struct {
    const char *set, *data, *test_data, *images, *labels, *test_images, *test_labels;
    const char *network, *optimizer, *changes, *augment, *dtype, *name, *model, *judge;
    int64_t epochs, batch, size, limit;
} settings = {.set = "mnist", .dtype = "float32", .batch = 128, .size = 32};

static const struct option options[] = {
    {"--set", NULL, "what the pictures are", .text = &settings.set,
     .choices = "mnist|cifar10|cifar100|folder"},
    {"--data", "PATH",
     "a folder with MNIST's four files, plain or .gz (without it data/mnist, where "
     "scripts/fetch-data.sh puts them); CIFAR's folder or .tar.gz (data/cifar10, data/cifar100); "
     "with --set folder, a folder of PNG and JPEG files whose sub-folders are the classes",
     .text = &settings.data, .resumed = CHANGEABLE},
    {"--test-data", "PATH", "with --set folder: the same of the pictures to test with",
     .text = &settings.test_data, .resumed = CHANGEABLE},
    {"--size", "N", "with --set folder: pixels of a side that pictures are brought to",
     .number = &settings.size, .minimum = 1, .maximum = 4096},
    {"--images", "FILE", "IDX file in place of the one in the folder", .text = &settings.images,
     .resumed = CHANGEABLE},
    {"--labels", "FILE", "the same", .text = &settings.labels, .resumed = CHANGEABLE},
    {"--test-images", "FILE", "the same", .text = &settings.test_images, .resumed = CHANGEABLE},
    {"--test-labels", "FILE", "the same", .text = &settings.test_labels, .resumed = CHANGEABLE},
    {"--network", "FILE",
     "the network's text, instead of the one built in (for grey pictures three convolutions and "
     "two dense layers, 473,000 parameters on digits; in colour a small ResNet of 761,000)",
     .text = &settings.network},
    {"--epochs", "N", "passes over the pictures; 0 for 6 of grey ones, 12 in colour",
     .number = &settings.epochs, .maximum = 1e6},
    {"--batch", "N", "pictures in a batch", .number = &settings.batch, .minimum = 1,
     .maximum = 1e6},
    {"--optimizer", "TEXT",
     "STEPS in it is the number of steps that these epochs have (default \"" GREY_OPTIMIZER
     "\", in colour \"" COLOUR_OPTIMIZER "\")",
     .text = &settings.optimizer},
    {"--changes", "TEXT",
     "options of gan_dataset_create_augmented, or none (default none; in colour "
     "\"" COLOUR_CHANGES "\")",
     .text = &settings.changes},
    {"--augment", "TEXT",
     "options of gan_augment, or none (default \"" GREY_AUGMENT "\": shifts by 2 of 28 pixels; in "
     "colour none)",
     .text = &settings.augment},
    {"--limit", "N",
     "learn of the first N pictures only (a folder's are in the order of its classes); 0: all",
     .number = &settings.limit, .maximum = 1e9},
    {"--name", "NAME", "what scores call the judge (default: the set's, with _classifier)",
     .text = &settings.name},
    {"--dtype", NULL, "of the weights in the file", .text = &settings.dtype,
     .choices = "float32|float16"},
    {.more = training_options},
    {"", .help = "Without training:"},
    {"--test", "MODEL", "count what a saved classifier gets right", .text = &settings.model,
     .resumed = NOT_KEPT},
    {"--judge", "MODEL", "make a judge of a saved classifier: --out has it, its weights unchanged",
     .text = &settings.judge, .resumed = NOT_KEPT},
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
        "classifier.safetensors, read again. The file is a judge (gan_judge_load): its features\n"
        "are the input of the last dense layer, scaled so that their mean square is 1 on the\n"
        "pictures that it learned. Ctrl-C ends early; --resume goes on as if nothing had been.\n",
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

/* Append key="path", from MNIST's folder if no file was given. */
static void
add_file(char text[TEXT_SIZE], const char *key, const char *file, const char *name)
{
    char path[PATH_SIZE];

    if (file == NULL) {
        const char *folder = settings.data != NULL ? settings.data : "data/mnist";
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (!is_file(path)) {
            snprintf(path, sizeof path, "%s/%s.gz", folder, name);
        }
        if (!is_file(path)) {
            die(path, "not there, and not without .gz; scripts/fetch-data.sh mnist loads it");
        }
        file = path;
    }
    add_option(text, key, file);
}

/* The set's pictures to learn, or to test with. */
static gan_dataset *
open_set(int tests)
{
    static char text[TEXT_SIZE];
    char folder[PATH_SIZE];
    const char *data = settings.data;
    gan_dataset *dataset;

    text[0] = '\0';
    add(text, "limit=%" PRId64, tests ? 0 : settings.limit);
    if (is(settings.set, "mnist")) {
        add_file(text, "images", tests ? settings.test_images : settings.images,
                 tests ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte");
        add_file(text, "labels", tests ? settings.test_labels : settings.labels,
                 tests ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte");
        check(gan_dataset_create(context, &dataset, "idx", text));
        return dataset;
    }
    if (is(settings.set, "folder")) {
        data = tests ? settings.test_data : data;
        if (data == NULL) {
            die(tests ? "--test-data" : "--data", "needed with --set folder; try --help");
        }
        add_option(text, "path", data);
        add(text, " size=%" PRId64 " classes=true", settings.size);
        check(gan_dataset_create(context, &dataset, "folder", text));
        return dataset;
    }
    snprintf(folder, sizeof folder, "data/%s", settings.set);
    add(text, " split=%s", tests ? "test" : "train");
    return open_dataset(data != NULL ? data : folder, NULL, text, "");
}

static void
open_pictures(struct pictures *p, int64_t batch, int tests)
{
    int32_t rank;

    p->dataset = open_set(tests);
    check(gan_dataset_count(p->dataset, &p->count));
    check(gan_dataset_classes(p->dataset, &p->classes));
    check(gan_dataset_shape(p->dataset, &p->shape[1], 3, &rank));
    if (rank != 3) {
        die(settings.set, "wanted pictures of two dimensions");
    }
    p->indices = room(batch, sizeof *p->indices);
    p->pixels = room(batch * p->shape[1] * p->shape[2] * p->shape[3], sizeof *p->pixels);
    p->labels = room(batch, sizeof *p->labels);
}

/* What was not asked for depends on the pictures. Random changes, too, are the dataset's. */
static void
choose_defaults(struct pictures *learned)
{
    const int colour = learned->shape[3] == 3;
    const char *changes = settings.changes;
    gan_dataset *changed;

    if (settings.epochs == 0) {
        settings.epochs = colour ? 12 : 6;
    }
    if (settings.optimizer == NULL) {
        settings.optimizer = colour ? COLOUR_OPTIMIZER : GREY_OPTIMIZER;
    }
    if (settings.augment == NULL) {
        settings.augment = colour ? "none" : GREY_AUGMENT;
    }
    if (changes == NULL) {
        changes = colour ? COLOUR_CHANGES : "none";
    }
    if (strcmp(changes, "none") != 0) {
        check(gan_dataset_create_augmented(learned->dataset, &changed, changes));
        gan_dataset_destroy(learned->dataset); /* the changed one holds it */
        learned->dataset = changed;
    }
}

static void
close_pictures(struct pictures *p)
{
    gan_dataset_destroy(p->dataset);
    free(p->indices);
    free(p->pixels);
    free(p->labels);
}

/* What was read, as a tensor. */
static gan_tensor *
make_batch(struct pictures *p, int64_t batch)
{
    gan_tensor *x;
    p->shape[0] = batch;
    check(gan_tensor_create(context, &x, p->shape, 4, p->pixels));
    return x;
}

static gan_layer *
make_network(const struct pictures *p)
{
    static char text[TEXT_SIZE];
    gan_layer *network;

    text[0] = '\0';
    if (settings.network != NULL) {
        read_text(text, settings.network);
    } else {
        add_classifier(text, &p->shape[1], p->classes);
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
        check(gan_dataset_read(p->dataset, p->pixels, p->labels, p->indices, batch));
        gan_tensor *x = make_batch(p, batch);
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

    check(
        gan_dataset_read_batch(p->dataset, p->pixels, p->labels, NULL, settings.batch, run->step));
    gan_tensor *x = make_batch(p, settings.batch);
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

/* "adam" and "lr=...", with the number of steps in place of STEPS. */
static gan_optimizer *
make_optimizer(gan_layer *network, int64_t steps)
{
    static char text[TEXT_SIZE];
    gan_optimizer *optimizer;

    text[0] = '\0';
    for (const char *c = settings.optimizer; *c != '\0';) {
        const int word = strncmp(c, "STEPS", 5) == 0;
        if (word) {
            add(text, "%" PRId64, steps);
        } else {
            add(text, "%c", *c);
        }
        c += word ? 5 : 1;
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
    begin_profile();
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
    end_profile(stdout);
    if (run.step < last) {
        printf("Stopped at step %" PRId64 " of %" PRId64 "; --resume goes on.\n", run.step, last);
    }
    gan_checkpoint_destroy(run.checkpoint);
    gan_optimizer_destroy(run.optimizer);
    return run.step == last;
}

/* The judge is made of the network as a file has it, with its weights rounded. */
static void
save_and_test(gan_layer *network, gan_dataset *learned, struct pictures *tested)
{
    gan_layer *again;
    char path[PATH_SIZE], text[64], name[64];

    make_folder(training.out);
    snprintf(path, sizeof path, "%s/classifier.safetensors", training.out);
    snprintf(text, sizeof text, "dtype=%s", settings.dtype);
    snprintf(name, sizeof name, "%s_classifier",
             is(settings.set, "mnist") ? "digit" : settings.set);
    check(gan_layer_save(network, path, text));
    check(gan_layer_load(context, &again, path, NULL));
    save_judge(again, path, settings.name != NULL ? settings.name : name, settings.dtype, learned);
    gan_layer_destroy(again);
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
    open_pictures(&tested, TEST_BATCH, 1);
    if (settings.model != NULL) {
        check(gan_layer_load(context, &network, settings.model, NULL));
        printf("%s: %.2f %% of %" PRId64 " test pictures right\n", settings.model,
               100 * test(network, &tested), tested.count);
    } else if (settings.judge != NULL) {
        open_pictures(&learned, settings.batch, 0);
        check(gan_layer_load(context, &network, settings.judge, NULL));
        save_and_test(network, learned.dataset, &tested);
    } else {
        open_pictures(&learned, settings.batch, 0);
        if (settings.batch > learned.count) {
            die("--batch", "wanted 1 to the number of pictures");
        }
        choose_defaults(&learned);
        network = make_network(&learned);
        if (train(network, &learned, &tested)) {
            save_and_test(network, learned.dataset, &tested);
        }
    }
    gan_layer_destroy(network);
    close_pictures(&learned);
    close_pictures(&tested);
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
