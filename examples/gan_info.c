/*
 * Says what a file holds: a model, a checkpoint, a dataset, a run folder. `gan_info --help` says how.
 *     cc gan_info.c sources.c common.c $(pkg-config --cflags --libs gan) -o gan_info
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources.h"

enum { BATCH = 100 };

static struct {
    const char *labels, *dataset;
    int64_t threads;
} settings;

static const struct option options[] = {
    {"--labels", "FILE",
     "of an IDX or .npy file (without it, those that MNIST's names put beside the pictures)",
     .text = &settings.labels},
    {"--dataset", "TEXT",
     "further options of gan_dataset_create(): \"layout=nchw\", \"size=64\" (a folder's pictures "
     "are brought to 32 pixels a side)",
     .text = &settings.dataset},
    {"--threads", "N", "0 for all CPUs", .number = &settings.threads, .maximum = 1024},
    {.name = NULL},
};

static const struct program program = {
    .name = "gan_info",
    .usage = "[options] FILE ...",
    .about = "Says what a file holds. Its first bytes and the end of its name tell what it is.",
    .options = options,
    .notes =
        "Models and checkpoints (.safetensors, of any program): texts, tensors, whether a\n"
        "checksum is right; a network also as a table. IDX files, CIFAR's binary layout (.bin,\n"
        "folder, .tar.gz), .npy and .npz, folders of PNG and JPEG: samples, shape, values,\n"
        "classes with their counts, and whether all can be read. Run folders: how they were\n"
        "begun, and what they have.\n",
    .arguments_maximum = 1000,
};

/* Networks. */

/* The table of a network; says nothing if the file has no such part. */
static void
print_summary(const char *path, const char *part)
{
    static char text[TEXT_SIZE];
    char load[64] = "";
    gan_layer *network;

    if (part != NULL) {
        snprintf(load, sizeof load, "part=%s", part);
    }
    if (gan_layer_load(context, &network, path, load) != GAN_OK) {
        return;
    }
    check(gan_layer_summary(network, text, sizeof text, NULL));
    printf("\n%s%s%s", part != NULL ? part : "", part != NULL ? ":\n" : "", text);
    gan_layer_destroy(network);
}

static void
describe_safetensors(const char *path)
{
    size_t needed;

    check(gan_file_describe(context, path, NULL, 0, &needed));
    char *text = room((int64_t)needed, 1);
    check(gan_file_describe(context, path, text, needed, NULL));
    printf("%s", text);
    free(text);
    print_summary(path, NULL);
    print_summary(path, "generator");
    print_summary(path, "discriminator");
}

/* Datasets. */

/* What is seen when all samples are read. */
struct values {
    double sum, least, most;
    int64_t count, *classes;
};

static void
read_all(gan_dataset *dataset, int64_t count, int64_t size, int32_t classes, struct values *values)
{
    float *samples = room(BATCH * size, sizeof *samples);
    int32_t labels[BATCH];
    int64_t indices[BATCH];

    for (int64_t first = 0; first < count; first += BATCH) {
        const int64_t batch = count - first < BATCH ? count - first : BATCH;
        for (int64_t i = 0; i < batch; i++) {
            indices[i] = first + i;
        }
        check(gan_dataset_read(dataset, samples, classes > 0 ? labels : NULL, indices, batch));
        for (int64_t i = 0; i < batch * size; i++) {
            const double value = (double)samples[i];
            values->sum += value;
            values->least = values->count == 0 || value < values->least ? value : values->least;
            values->most = values->count == 0 || value > values->most ? value : values->most;
            values->count++;
        }
        for (int64_t i = 0; i < batch && classes > 0; i++) {
            values->classes[labels[i]]++;
        }
    }
    free(samples);
}

static void
print_classes(gan_dataset *dataset, int32_t classes, const int64_t *counts)
{
    char name[256];

    printf("%" PRId32 " classes:\n", classes);
    for (int32_t i = 0; i < classes; i++) {
        check(gan_dataset_class_name(dataset, name, sizeof name, NULL, i));
        printf("  %-4" PRId32 " %-20s %" PRId64 "\n", i, name, counts[i]);
    }
}

static void
print_dataset(gan_dataset *dataset)
{
    static char text[TEXT_SIZE];
    struct values values = {0};
    int64_t count, shape[GAN_RANK_MAX], size = 1;
    int32_t rank, classes;
    uint64_t broken;

    check(gan_dataset_text(dataset, text, sizeof text, NULL));
    check(gan_dataset_count(dataset, &count));
    check(gan_dataset_classes(dataset, &classes));
    check(gan_dataset_shape(dataset, shape, GAN_RANK_MAX, &rank));
    printf("dataset   %s\nsamples   %" PRId64 " of ", text, count);
    for (int32_t i = 0; i < rank; i++) {
        printf("%s%" PRId64, i > 0 ? "x" : "", shape[i]);
        size *= shape[i];
    }
    values.classes = room(classes, sizeof *values.classes);
    read_all(dataset, count, size, classes, &values);
    printf("%s\nvalues    %.4g to %.4g, mean %.4g\n",
           rank == 3 ? " (height x width x channels)" : "", values.least, values.most,
           values.sum / (double)values.count);
    check(gan_dataset_get(dataset, &broken, "broken"));
    if (broken > 0) {
        printf("broken    %" PRIu64 " could not be read\n", broken);
    }
    if (classes > 0) {
        print_classes(dataset, classes, values.classes);
    }
    free(values.classes);
    gan_dataset_destroy(dataset);
}

/* Run folders. */

static void
describe_run(const char *path)
{
    static char text[TEXT_SIZE];
    char folder[PATH_SIZE], last[PATH_SIZE] = "";

    snprintf(folder, sizeof folder, "%s/config.txt", path);
    read_text(text, folder);
    printf("A run folder, begun so:\n\n%s\n", text);
    snprintf(folder, sizeof folder, "%s/samples", path);
    printf("samples      %d\n", count_entries(folder, ".png", last));
    snprintf(folder, sizeof folder, "%s/checkpoints", path);
    const int count = count_entries(folder, ".safetensors", last);
    printf("checkpoints  %d%s%s\n", count, count > 0 ? ", the newest " : "", count > 0 ? last : "");
}

static void
describe(const char *path)
{
    const enum path_kind kind = kind_of_path(path);

    if (kind == PATH_RUN) {
        describe_run(path);
    } else if (kind == PATH_MODEL) {
        describe_safetensors(path);
    } else if (kind == PATH_NETWORK || kind == PATH_OTHER) {
        die(path, "wanted a model, a checkpoint, a dataset or a run folder; try --help");
    } else {
        /* a folder as a training would see it */
        print_dataset(open_dataset(path, settings.labels, settings.dataset, "size=32 broken=skip"));
    }
}

int
main(int argc, char **argv)
{
    const int files = read_options(argc, argv, &program);

    if (files == 0) {
        die("FILE", "none is named; try --help");
    }
    open_context(settings.threads, 0);
    for (int i = 1; i <= files; i++) {
        printf("%s%s\n", i > 1 ? "\n" : "", argv[i]);
        describe(argv[i]);
    }
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
