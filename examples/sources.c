/* Datasets and generators by their path: see sources.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources.h"

static const char *const mnist_names[] = {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"};
static const char *const cifar_names[] = {"cifar-10-batches-bin", "cifar-10-binary.tar.gz",
                                          "cifar-100-binary", "cifar-100-binary.tar.gz"};

int
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

/* The first of some names that stands in a folder. */
static int
find_entry(char found[PATH_SIZE], const char *folder, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        snprintf(found, PATH_SIZE, "%s/%s", folder, names[i]);
        if (is_file(found) || is_folder(found)) {
            return 1;
        }
    }
    return 0;
}

static enum path_kind
kind_of_folder(const char *path)
{
    char name[PATH_SIZE];

    snprintf(name, sizeof name, "%s/config.txt", path);
    if (is_file(name)) {
        return PATH_RUN;
    }
    if (find_entry(name, path, mnist_names, 2)) {
        return PATH_MNIST;
    }
    if (find_entry(name, path, cifar_names, 4) || count_entries(path, ".bin", name) > 0) {
        return PATH_CIFAR;
    }
    return PATH_PICTURES;
}

enum path_kind
kind_of_path(const char *path)
{
    unsigned char bytes[12] = {0};

    if (is_folder(path)) {
        return kind_of_folder(path);
    }
    FILE *file = fopen(path, "rb");
    const size_t length = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
    if (file == NULL || ferror(file)) {
        die(path, strerror(errno));
    }
    fclose(file);
    if (ends_with(path, ".safetensors") || (length > 8 && bytes[8] == '{')) {
        return PATH_MODEL;
    }
    if (memcmp(bytes, "gan-network ", 12) == 0) {
        return PATH_NETWORK;
    }
    if (ends_with(path, ".npy.gz") || memcmp(bytes, "\x93NUMPY", 6) == 0 ||
        memcmp(bytes, "PK", 2) == 0) {
        return PATH_ARRAYS;
    }
    if (ends_with(path, ".bin") || ends_with(path, ".tar.gz") || ends_with(path, ".tgz") ||
        ends_with(path, ".tar")) {
        return PATH_CIFAR;
    }
    if (memcmp(bytes, "\0\0", 2) == 0 || memcmp(bytes, "\x1f\x8b", 2) == 0) {
        return PATH_IDX;
    }
    if (memcmp(bytes, "\x89PNG", 4) == 0 || memcmp(bytes, "\xff\xd8\xff", 3) == 0) {
        die(path, "one picture; name the folder that it is in");
    }
    return PATH_OTHER;
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
try_dataset(const char *kind, const char *key, const char *path, const char *labels,
            const char *more)
{
    static char text[TEXT_SIZE];
    gan_dataset *dataset;

    text[0] = '\0';
    add_option(text, key, path);
    add_option(text, "labels", labels);
    add(text, " %s", more);
    return gan_dataset_create(context, &dataset, kind, text) == GAN_OK ? dataset : NULL;
}

static gan_dataset *
open_idx(const char *path, const char *labels, const char *more)
{
    char partner[PATH_SIZE];

    if (labels != NULL) {
        return try_dataset("idx", "images", path, labels, more);
    }
    if (find_partner(partner, path, "-images-idx3", "-labels-idx1")) {
        return try_dataset("idx", "images", path, partner, more);
    }
    if (find_partner(partner, path, "-labels-idx1", "-images-idx3")) {
        return try_dataset("idx", "images", partner, path, more);
    }
    return try_dataset("idx", "images", path, NULL, more);
}

static gan_dataset *
open_cifar(const char *path, const char *more)
{
    char inside[PATH_SIZE];

    if (is_folder(path) && find_entry(inside, path, cifar_names, 4)) {
        path = inside;
    }
    gan_dataset *dataset = try_dataset("cifar10", "path", path, NULL, more);
    if (dataset == NULL) {
        dataset = try_dataset("cifar100", "path", path, NULL, more);
    }
    if (dataset == NULL && strstr(path, "100") == NULL) { /* the sentence that fits */
        dataset = try_dataset("cifar10", "path", path, NULL, more);
    }
    return dataset;
}

/* Options "key=value ..." of which those are left out that `more` has. */
static gan_dataset *
open_pictures(const char *path, const char *more, const char *pictures)
{
    static char text[TEXT_SIZE];
    char key[64];

    text[0] = '\0';
    add(text, "%s", more);
    for (const char *word = pictures; *word != '\0'; word += strspn(word, " ")) {
        const int length = (int)strcspn(word, " ");
        snprintf(key, sizeof key, "%.*s", (int)strcspn(word, "=") + 1, word);
        if (strstr(more, key) == NULL) {
            add(text, " %.*s", length, word);
        }
        word += length;
    }
    return try_dataset("folder", "path", path, NULL, text);
}

gan_dataset *
open_dataset(const char *path, const char *labels, const char *more, const char *pictures)
{
    char inside[PATH_SIZE];
    gan_dataset *dataset = NULL;

    more = more != NULL ? more : "";
    switch (kind_of_path(path)) {
    case PATH_MNIST:
        find_entry(inside, path, mnist_names, 2);
        dataset = open_idx(inside, labels, more);
        break;
    case PATH_IDX:
        dataset = open_idx(path, labels, more);
        break;
    case PATH_ARRAYS:
        dataset = try_dataset("npy", "samples", path, labels, more);
        break;
    case PATH_CIFAR:
        dataset = open_cifar(path, more);
        break;
    case PATH_RUN: /* asked for as a dataset: its pictures, if it has any */
    case PATH_PICTURES:
        dataset = open_pictures(path, more, pictures);
        break;
    default:
        die(path, "wanted a dataset: IDX, CIFAR's layout, .npy, .npz, or a folder of pictures");
    }
    if (dataset == NULL) {
        die(path, gan_context_error(context));
    }
    return dataset;
}

/* What a checkpoint has of the generator: which file is one shows when it is loaded. */
static gan_layer *
load_model(const char *path)
{
    static const char *const tries[] = {NULL, "part=average", "part=generator"};
    static char text[TEXT_SIZE];
    gan_status first = GAN_OK;
    gan_layer *generator;

    text[0] = '\0';
    for (int i = 0; i < 3; i++) {
        const gan_status status = gan_layer_load(context, &generator, path, tries[i]);
        if (status == GAN_OK) {
            return generator;
        }
        if (i == 0) { /* what there is to say if no other try helps */
            first = status;
            add(text, "%s", gan_context_error(context));
        }
    }
    die(gan_status_name(first), text);
    return NULL;
}

static void
find_model(char found[PATH_SIZE], const char *folder)
{
    char checkpoints[PATH_SIZE];

    snprintf(found, PATH_SIZE, "%s/generator.safetensors", folder);
    snprintf(checkpoints, sizeof checkpoints, "%s/checkpoints", folder);
    if (!is_file(found) && count_entries(checkpoints, ".safetensors", found) == 0) {
        die(folder, "the run has neither generator.safetensors nor a checkpoint yet");
    }
}

gan_layer *
load_generator(const char *path, const char *part)
{
    static char text[TEXT_SIZE];
    char found[PATH_SIZE];
    gan_layer *generator;

    if (kind_of_path(path) == PATH_NETWORK) {
        read_text(text, path);
        check(gan_layer_parse(context, &generator, text));
        return generator;
    }
    if (kind_of_path(path) == PATH_RUN) {
        find_model(found, path);
        path = found;
    }
    if (part == NULL) {
        return load_model(path);
    }
    text[0] = '\0';
    add_option(text, "part", part);
    check(gan_layer_load(context, &generator, path, text));
    return generator;
}
