/* Judges: a file; or, after a `=`, options for a small network. What is accepted must see a sample and
 * be saved and read again with the same hash. */
#include "fuzz.h"

#include <gan/metrics.h>

static char target[64];

static void
see(gan_judge *judge)
{
    static const int64_t shapes[][3] = {{4, 4, 1}, {4, 4, 3}, {5, 3, 1}, {2, 0, 0}};
    static const float samples[2 * 48] = {-1, 0.5F, 1e30F, -0.25F};
    gan_features *set = NULL;
    int64_t count = 0;

    FUZZ_CHECK(gan_features_create(judge, &set, NULL) == GAN_OK);
    for (int i = 0; i < 4; i++) {
        fuzz_check_status(gan_features_add_samples(set, samples, 2, shapes[i], i < 3 ? 3 : 1));
    }
    FUZZ_CHECK(gan_features_size(set, &count, NULL, NULL) == GAN_OK && count % 2 == 0);
    gan_features_destroy(set);
}

static void
use(gan_judge *judge)
{
    char before[65] = "", after[65] = "";
    gan_judge *again = NULL;

    see(judge);
    FUZZ_CHECK(gan_judge_hash(judge, before, sizeof before, NULL) == GAN_OK);
    FUZZ_CHECK(gan_judge_save(judge, target, NULL) == GAN_OK);
    const gan_status st = gan_judge_load(fuzz_context(), &again, target, NULL);
    FUZZ_CHECK(st == GAN_OK || st == GAN_E_NOMEM);
    if (st == GAN_OK) {
        FUZZ_CHECK(gan_judge_hash(again, after, sizeof after, NULL) == GAN_OK);
        FUZZ_CHECK(strcmp(before, after) == 0);
    }
    gan_judge_destroy(again);
}

static gan_status
with_options(gan_judge **judge, const uint8_t *data, size_t size)
{
    static const char text[] = "gan-network 1\ninput shape=4x4x1\nconv2d filters=2 kernel=3\nrelu\n"
                               "flatten\ndense units=2\n";
    char *options = malloc(size + 1);
    gan_layer *network = NULL;

    FUZZ_CHECK(options != NULL);
    memcpy(options, data, size);
    options[size] = '\0';
    FUZZ_CHECK(gan_layer_parse(fuzz_context(), &network, text) == GAN_OK);
    const gan_status st = gan_judge_create(fuzz_context(), judge, network, options);
    fuzz_check_status(st);
    gan_layer_destroy(network);
    free(options);
    return st;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gan_judge *judge = NULL;
    gan_status st;

    /* A file of its own, removed at once: nothing stays behind when a crash ends the program. */
    (void)snprintf(target, sizeof target, "%s/fuzz-%ld.judge",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    if (size > 0 && data[0] == '=') {
        st = with_options(&judge, data + 1, size - 1);
    } else {
        st = gan_judge_load(fuzz_context(), &judge, fuzz_file(0, data, size), "max_bytes=1MiB");
        fuzz_check_status(st);
    }
    FUZZ_CHECK((st == GAN_OK) == (judge != NULL));
    if (st == GAN_OK) {
        use(judge);
    }
    gan_judge_destroy(judge);
    (void)unlink(target);
    return 0;
}
