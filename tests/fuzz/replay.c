/*
 * Without libFuzzer: run a fuzzer over files, or over the folder that it was built with.
 */
#include "fuzz.h"

#include <dirent.h>

static int
replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;

    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        rewind(file);
    }
    /* Of exactly that size, so that the sanitizer sees a read past the end. */
    data = size < 0 ? NULL : malloc((size_t)size + (size == 0));
    if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return 1;
}

int
main(int count, char **paths)
{
    int files = 0;

    for (int i = 1; i < count; i++) {
        files += replay(paths[i]);
    }
    if (count > 1) {
        return EXIT_SUCCESS;
    }
    DIR *folder = opendir(FUZZ_CORPUS);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[4096];
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s", FUZZ_CORPUS, entry->d_name);
            files += replay(path);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    gan_context_destroy(fuzz_context());
    (void)printf("%d files\n", files);
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
