/* Pictures that pack as photographs do, in the formats that datasets are read from. */
#include "dataset_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* The folder's pictures have CelebA's size; idx and cifar10 their own. */
enum {
    PNG_COUNT = 512,
    PNG_HEIGHT = 218,
    PNG_WIDTH = 178,
    IDX_COUNT = 20000,
    IDX_SIDE = 28,
    CIFAR_FILES = 5,
    CIFAR_RECORDS = 2000,
    CIFAR_SIDE = 32,
    GRID = 9,
    PATH_SIZE = 600
};

static void
fail(const char *path)
{
    perror(path);
    exit(EXIT_FAILURE);
}

static float
noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) / 8388608.0F - 1.0F;
}

/* Picture `number`, [side..., channels]: soft shapes and a little grain. */
static void
draw(float *pixels, int height, int width, int channels, int number)
{
    float grid[GRID + 1][GRID + 1][4];
    uint32_t state = 12345U + 7919U * (uint32_t)number;
    for (int i = 0; i <= GRID; i++) {
        for (int j = 0; j <= GRID; j++) {
            for (int c = 0; c < channels; c++) {
                grid[i][j][c] = 0.9F * noise(&state);
            }
        }
    }
    for (int y = 0; y < height; y++) {
        const float v = (float)(y * GRID) / (float)height;
        const int i = (int)v;
        for (int x = 0; x < width; x++) {
            const float u = (float)(x * GRID) / (float)width;
            const int j = (int)u;
            for (int c = 0; c < channels; c++) {
                const float top =
                    grid[i][j][c] + (u - (float)j) * (grid[i][j + 1][c] - grid[i][j][c]);
                const float low = grid[i + 1][j][c] +
                                  (u - (float)j) * (grid[i + 1][j + 1][c] - grid[i + 1][j][c]);
                *pixels++ = top + (v - (float)i) * (low - top) + 0.03F * noise(&state);
            }
        }
    }
}

static float *
draw_all(int count, int height, int width, int channels)
{
    const size_t each = (size_t)(height * width * channels);
    float *pixels = take((size_t)count * each * sizeof *pixels);
    for (int n = 0; n < count; n++) {
        draw(pixels + (size_t)n * each, height, width, channels, n);
    }
    return pixels;
}

static unsigned char
to_byte(float value)
{
    const float scaled = rintf((value + 1.0F) * 127.5F);
    return scaled <= 0 ? 0 : scaled >= 255 ? 255 : (unsigned char)scaled;
}

static void
write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        fail(path);
    }
}

static void
make_idx(const char *path)
{
    enum { START = 16, ALL = IDX_COUNT * IDX_SIDE * IDX_SIDE };
    unsigned char *bytes = take(START + ALL);
    float *pixels = draw_all(IDX_COUNT, IDX_SIDE, IDX_SIDE, 1);
    const unsigned char head[START] = {0, 0, 8,        3, 0, 0, IDX_COUNT >> 8, IDX_COUNT & 255, 0,
                                       0, 0, IDX_SIDE, 0, 0, 0, IDX_SIDE};
    memcpy(bytes, head, START);
    for (int i = 0; i < ALL; i++) {
        bytes[START + i] = to_byte(pixels[i]);
    }
    write_file(path, bytes, START + ALL);
    free(bytes);
    free(pixels);
}

/* A label and three planes for each picture. */
static unsigned char *
make_records(size_t *size)
{
    enum { PLANE = CIFAR_SIDE * CIFAR_SIDE };
    float *pixels = draw_all(CIFAR_RECORDS, CIFAR_SIDE, CIFAR_SIDE, 3);
    *size = (size_t)CIFAR_RECORDS * (1 + 3 * PLANE);
    unsigned char *bytes = take(*size), *at = bytes;
    for (int n = 0; n < CIFAR_RECORDS; n++) {
        *at++ = (unsigned char)(n % 10);
        for (int i = 0; i < 3 * PLANE; i++) {
            *at++ = to_byte(
                pixels[((size_t)n * PLANE + (size_t)(i % PLANE)) * 3 + (size_t)(i / PLANE)]);
        }
    }
    free(pixels);
    return bytes;
}

static void
add_to_archive(gzFile archive, const char *name, const unsigned char *data, size_t size)
{
    static const unsigned char zeros[512];
    char head[512] = {0};
    unsigned sum = 0;
    (void)snprintf(head, 100, "cifar-10-batches-bin/%s", name);
    (void)snprintf(head + 100, 24, "0000644");
    (void)snprintf(head + 124, 12, "%011o", (unsigned)size);
    memset(head + 148, ' ', 8);
    head[156] = '0';
    memcpy(head + 257, "ustar\00000", 8);
    for (int i = 0; i < 512; i++) {
        sum += (unsigned char)head[i];
    }
    (void)snprintf(head + 148, 8, "%06o", sum);
    if (gzwrite(archive, head, 512) != 512 || gzwrite(archive, data, (unsigned)size) != (int)size ||
        (size % 512 != 0 &&
         gzwrite(archive, zeros, (unsigned)(512 - size % 512)) != (int)(512 - size % 512))) {
        fail("cifar.tar.gz");
    }
}

static void
make_cifar(const char *folder)
{
    static const unsigned char end[1024];
    char path[PATH_SIZE], name[32];
    size_t size;
    unsigned char *records = make_records(&size);
    (void)snprintf(path, sizeof path, "%s/cifar.tar.gz", folder);
    gzFile archive = gzopen(path, "wb6");
    if (archive == NULL) {
        fail(path);
    }
    for (int i = 1; i <= CIFAR_FILES; i++) {
        (void)snprintf(name, sizeof name, "data_batch_%d.bin", i);
        (void)snprintf(path, sizeof path, "%s/cifar/%s", folder, name);
        write_file(path, records, size);
        add_to_archive(archive, name, records, size);
    }
    if (gzwrite(archive, end, sizeof end) != (int)sizeof end || gzclose(archive) != Z_OK) {
        fail("cifar.tar.gz");
    }
    free(records);
}

/* Of this run, in the current folder; "" while there is none. */
static char temporary[32];

static void
make_files(const struct job *job, const char *folder)
{
    enum { NPY_COUNT = CIFAR_FILES * CIFAR_RECORDS };
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/png/", folder);
    if (access(path, R_OK) == 0) {
        return;
    }
    float *pixels = draw_all(PNG_COUNT, PNG_HEIGHT, PNG_WIDTH, 3);
    check(job, gan_image_save(job->ctx, path, pixels, PNG_COUNT, PNG_HEIGHT, PNG_WIDTH, 3, NULL));
    free(pixels);
    pixels = draw_all(NPY_COUNT, CIFAR_SIDE, CIFAR_SIDE, 3);
    (void)snprintf(path, sizeof path, "%s/pictures.npy", folder);
    check(job, gan_image_save(job->ctx, path, pixels, NPY_COUNT, CIFAR_SIDE, CIFAR_SIDE, 3, NULL));
    free(pixels);
    (void)snprintf(path, sizeof path, "%s/images.idx", folder);
    make_idx(path);
    (void)snprintf(path, sizeof path, "%s/cifar", folder);
    if (mkdir(path, 0777) != 0) {
        fail(path);
    }
    make_cifar(folder);
}

static void
remove_files(const char *folder)
{
    static const char *const names[] = {"images.idx", "cifar.tar.gz", "pictures.npy",
                                        "cifar",      "png",          ""};
    char path[PATH_SIZE];
    for (int i = 0; i < PNG_COUNT; i++) {
        (void)snprintf(path, sizeof path, "%s/png/%06d.png", folder, i);
        (void)remove(path);
    }
    for (int i = 1; i <= CIFAR_FILES; i++) {
        (void)snprintf(path, sizeof path, "%s/cifar/data_batch_%d.bin", folder, i);
        (void)remove(path);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
}

static void
remove_temporary(void)
{
    remove_files(temporary);
}

const char *
dataset_files(const struct job *job)
{
    const char *folder = job->bench->folder;
    if (folder == NULL) {
        if (temporary[0] == '\0') {
            (void)snprintf(temporary, sizeof temporary, "gan-bench-XXXXXX");
            if (mkdtemp(temporary) == NULL) {
                fail(temporary);
            }
            (void)atexit(remove_temporary);
        }
        folder = temporary;
    }
    make_files(job, folder);
    return folder;
}

bool
dataset_files_jpeg(const char *folder)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/jpeg", folder);
    return access(path, R_OK) == 0;
}
