/* Sets of features in .npz files. What is accepted must be finite, saved and read again as the same. */
#include "fuzz.h"

#include <gan/metrics.h>

#include <math.h>

static char target[64];

static void
check_rows(gan_features *set)
{
    int64_t count = 0, dimension = 0, classes = 0;

    FUZZ_CHECK(gan_features_size(set, &count, &dimension, &classes) == GAN_OK);
    FUZZ_CHECK(count >= 0 && dimension > 0 && classes >= 0);
    float *rows = malloc((size_t)(dimension + classes) * sizeof *rows);
    FUZZ_CHECK(rows != NULL);
    for (int64_t i = 0; i < count && i < 100; i++) {
        if (gan_features_read(set, rows, classes > 0 ? rows + dimension : NULL, i, 1) != GAN_OK) {
            break; /* statistics of so many samples */
        }
        for (int64_t k = 0; k < dimension + classes; k++) {
            FUZZ_CHECK(isfinite(rows[k]));
        }
    }
    free(rows);
}

/* Numbers, whatever they mean, or a sentence. */
static void
compare(gan_features *set, gan_features *other)
{
    static const char *const kinds[][2] = {
        {"fid", "fid"},
        {"kid", "kid"},
        {"prdc", "density"},
        {"modes", "rarest"},
        {"nearest", "copies"},
        {"diversity", "duplicates"},
        {"inception_score", "inception_score"},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *options = i == 1 ? "subsets=2 subset_size=2" : i == 2 ? "k=1" : NULL;
        gan_metric *metric = NULL;
        gan_score *score = NULL;
        double value = NAN;
        FUZZ_CHECK(gan_metric_create(fuzz_context(), &metric, kinds[i][0], options) == GAN_OK);
        const gan_status st = gan_metric_compute(metric, &score, set, other);
        fuzz_check_status(st);
        FUZZ_CHECK(st == GAN_OK || st == GAN_E_ARG || st == GAN_E_NOMEM);
        if (st == GAN_OK) {
            FUZZ_CHECK(gan_score_get(score, &value, kinds[i][1]) == GAN_OK);
            FUZZ_CHECK(isfinite(value));
        }
        gan_score_destroy(score);
        gan_metric_destroy(metric);
    }
}

static void
save_and_load(gan_features *set, const char *options)
{
    gan_features *again = NULL;
    const gan_status st = gan_features_save(set, target, options);

    fuzz_check_status(st);
    FUZZ_CHECK(st == GAN_OK || st == GAN_E_ARG || st == GAN_E_NOMEM);
    if (st != GAN_OK) {
        return;
    }
    const gan_status loaded = gan_features_load(fuzz_context(), &again, target, NULL);
    FUZZ_CHECK(loaded == GAN_OK || loaded == GAN_E_NOMEM);
    if (loaded == GAN_OK) {
        compare(set, again);
    }
    gan_features_destroy(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gan_features *set = NULL;
    const gan_status st =
        gan_features_load(fuzz_context(), &set, fuzz_file(0, data, size), "max_bytes=1MiB");

    /* A file of its own, removed at once: nothing stays behind when a crash ends the program. */
    (void)snprintf(target, sizeof target, "%s/fuzz-%ld.npz",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    fuzz_check_status(st);
    FUZZ_CHECK((st == GAN_OK) == (set != NULL));
    if (st == GAN_OK) {
        check_rows(set);
        save_and_load(set, "what=rows");
        save_and_load(set, "what=statistics");
    }
    gan_features_destroy(set);
    (void)unlink(target);
    return 0;
}
