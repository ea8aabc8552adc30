/*
 * A hundred rounds of dlopen, train, dlclose: no thread is left, and memory is level after the second round.
 *   reload LIBRARY DATA
 */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gan/gan.h>

/* POSIX says that this conversion works; ISO C has no word for it. */
static void
find(void *library, const char *name, void *function, size_t size)
{
    void *symbol = dlsym(library, name);
    if (symbol == NULL) {
        fprintf(stderr, "no %s\n", name);
        exit(1);
    }
    memcpy(function, &symbol, size);
}

#define FIND(name) find(library, #name, &(name##_), sizeof name##_)

static int
count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

static long
resident_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = atol(line + 6);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kib;
}

static void
round_once(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    __typeof__(gan_context_create) *gan_context_create_;
    __typeof__(gan_context_error) *gan_context_error_;
    __typeof__(gan_context_destroy) *gan_context_destroy_;
    __typeof__(gan_layer_parse) *gan_layer_parse_;
    __typeof__(gan_layer_destroy) *gan_layer_destroy_;
    __typeof__(gan_dataset_create_memory) *gan_dataset_create_memory_;
    __typeof__(gan_dataset_destroy) *gan_dataset_destroy_;
    __typeof__(gan_trainer_create) *gan_trainer_create_;
    __typeof__(gan_trainer_run) *gan_trainer_run_;
    __typeof__(gan_trainer_destroy) *gan_trainer_destroy_;
    FIND(gan_context_create);
    FIND(gan_context_error);
    FIND(gan_context_destroy);
    FIND(gan_layer_parse);
    FIND(gan_layer_destroy);
    FIND(gan_dataset_create_memory);
    FIND(gan_dataset_destroy);
    FIND(gan_trainer_create);
    FIND(gan_trainer_run);
    FIND(gan_trainer_destroy);

    float samples[16][64];
    for (int i = 0; i < 16 * 64; i++) {
        samples[i / 64][i % 64] = (float)(i % 7) / 3.5f - 1.0f;
    }
    const int64_t shape[] = {8, 8, 1};
    gan_context *context = NULL;
    gan_layer *networks[2] = {NULL, NULL};
    gan_dataset *dataset = NULL;
    gan_trainer *trainer = NULL;
    if (gan_context_create_(&context, "threads=3", NULL) != GAN_OK ||
        gan_layer_parse_(
            context, &networks[0],
            "gan-network 1\ninput shape=8 noise=normal\ndense units=64\nbatch_norm\nrelu\n"
            "reshape shape=4x4x4\nconv_transpose2d filters=1 kernel=4 stride=2 "
            "padding=1\ntanh\n") != GAN_OK ||
        gan_layer_parse_(context, &networks[1],
                         "gan-network 1\ninput shape=8x8x1\nconv2d filters=8 kernel=4 stride=2 "
                         "padding=1\nleaky_relu\n"
                         "flatten\ndense units=1\n") != GAN_OK ||
        gan_dataset_create_memory_(context, &dataset, &samples[0][0], 16, shape, 3, NULL) !=
            GAN_OK ||
        gan_trainer_create_(context, &trainer, networks[0], networks[1], dataset, "batch=8") !=
            GAN_OK ||
        gan_trainer_run_(trainer, 3, NULL, NULL) != GAN_OK) {
        fprintf(stderr, "%s\n", gan_context_error_(context));
        exit(1);
    }
    gan_context_destroy_(context);
    gan_layer_destroy_(networks[0]);
    gan_trainer_destroy_(trainer);
    gan_dataset_destroy_(dataset);
    gan_layer_destroy_(networks[1]);
    dlclose(library);
}

int
main(int argc, char **argv)
{
    long after_second = 0;
    if (argc < 2) {
        return 2;
    }
    const int before = count_threads();
    for (int i = 0; i < 100; i++) {
        round_once(argv[1]);
        if (i == 1) {
            after_second = resident_kib();
        }
    }
    const int threads = count_threads();
    const long kib = resident_kib();
    printf("threads %d (%d before), resident %ld KiB (%ld after the second round)\n", threads,
           before, kib, after_second);
    return threads == before && kib < after_second + 1024 ? 0 : 1;
}
