/*
 * Says what a file holds: a model, a checkpoint, a dataset, a run folder. `gan_info --help` says how.
 *     cc gan_info.c common.c $(pkg-config --cflags --libs gan) -o gan_info
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

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

/* Pictures and labels of MNIST's kind lie beside each other, and differ in the middle of the name. */
static int
find_partner(char partner[PATH_SIZE], const char *path, const char *from, const char *to)
{
    const char *slash = strrchr(path, '/');
    const char *found = strstr(slash != NULL ? slash : path, from);

    if (found == NULL) {
        return 0;
    }
    snprintf(partner, PATH_SIZE, "%.*s%s%s", (int)(found - path), path, to, found + strlen(from));
    return is_file(partner);
}

/* NULL if it is none of that kind. */
static gan_dataset *
open_dataset(const char *kind, const char *key, const char *path, const char *labels)
{
    static char text[TEXT_SIZE];
    const char *given = settings.dataset != NULL ? settings.dataset : "";
    gan_dataset *dataset;

    text[0] = '\0';
    add_option(text, key, path);
    add_option(text, "labels", labels);
    add(text, " %s", given);
    if (strcmp(kind, "folder") == 0 && strstr(given, "size=") == NULL) {
        add(text, " size=32"); /* as a training would see them */
    }
    if (strcmp(kind, "folder") == 0 && strstr(given, "broken=") == NULL) {
        add(text, " broken=skip");
    }
    return gan_dataset_create(context, &dataset, kind, text) == GAN_OK ? dataset : NULL;
}

static void
describe_dataset(const char *kind, const char *key, const char *path, const char *labels)
{
    gan_dataset *dataset = open_dataset(kind, key, path, labels);
    if (dataset == NULL) {
        die(path, gan_context_error(context));
    }
    print_dataset(dataset);
}

static void
describe_idx(const char *path)
{
    char partner[PATH_SIZE];

    if (settings.labels != NULL) {
        describe_dataset("idx", "images", path, settings.labels);
    } else if (find_partner(partner, path, "-images-idx3", "-labels-idx1")) {
        describe_dataset("idx", "images", path, partner);
    } else if (find_partner(partner, path, "-labels-idx1", "-images-idx3")) {
        describe_dataset("idx", "images", partner, path);
    } else {
        describe_dataset("idx", "images", path, NULL);
    }
}

static void
describe_cifar(const char *path)
{
    gan_dataset *dataset = open_dataset("cifar10", "path", path, NULL);
    if (dataset == NULL) {
        dataset = open_dataset("cifar100", "path", path, NULL);
    }
    if (dataset == NULL && strstr(path, "100") == NULL) { /* the sentence that fits */
        dataset = open_dataset("cifar10", "path", path, NULL);
    }
    if (dataset == NULL) {
        die(path, gan_context_error(context));
    }
    print_dataset(dataset);
}

/* Folders. */

/* How many entries of a folder end so; the last one by name. */
static int
count_entries(const char *folder, const char *end, char last[PATH_SIZE])
{
    struct dirent **entries = NULL;
    const int all = scandir(folder, &entries, NULL, alphasort);
    int count = 0;

    for (int i = 0; i < all; i++) {
        if (ends_with(entries[i]->d_name, end)) {
            count++;
            snprintf(last, PATH_SIZE, "%s/%s", folder, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return count;
}

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
describe_folder(const char *path)
{
    char name[PATH_SIZE];

    snprintf(name, sizeof name, "%s/config.txt", path);
    if (is_file(name)) {
        describe_run(path);
    } else if (count_entries(path, ".bin", name) > 0) {
        describe_cifar(path);
    } else {
        describe_dataset("folder", "path", path, NULL);
    }
}

static void
describe_file(const char *path)
{
    unsigned char bytes[9] = {0};
    FILE *file = fopen(path, "rb");
    const size_t length = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);

    if (file == NULL || ferror(file)) {
        die(path, strerror(errno));
    }
    fclose(file);
    if (ends_with(path, ".safetensors") || (length == sizeof bytes && bytes[8] == '{')) {
        describe_safetensors(path);
    } else if (ends_with(path, ".npy.gz") || memcmp(bytes, "\x93NUMPY", 6) == 0 ||
               memcmp(bytes, "PK", 2) == 0) {
        describe_dataset("npy", "samples", path, settings.labels);
    } else if (ends_with(path, ".bin") || ends_with(path, ".tar.gz") || ends_with(path, ".tgz") ||
               ends_with(path, ".tar")) {
        describe_cifar(path);
    } else if (memcmp(bytes, "\0\0", 2) == 0 || memcmp(bytes, "\x1f\x8b", 2) == 0) {
        describe_idx(path);
    } else if (memcmp(bytes, "\x89PNG", 4) == 0 || memcmp(bytes, "\xff\xd8\xff", 3) == 0) {
        die(path, "one picture; name the folder that it is in");
    } else {
        die(path, "wanted a model, a checkpoint, a dataset or a run folder; try --help");
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
        if (is_folder(argv[i])) {
            describe_folder(argv[i]);
        } else {
            describe_file(argv[i]);
        }
    }
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
