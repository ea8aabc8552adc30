/* safetensors from memory, and networks from files. What is read must be written and read again as the same. */
#include "fuzz.h"

#include <gan/io.h>

#include "io/safetensors.h"

static char target[64];

/* What was not read is not written. */
static bool
can_be_saved(const struct gan__state *state)
{
    for (int64_t i = 0; i < state->count; i++) {
        if (gan__state_is_unread(&state->entries[i])) {
            return false;
        }
    }
    return state->count < 100;
}

static void
read_state(const uint8_t *data, size_t size)
{
    gan_context *ctx = fuzz_context();
    struct gan__state state, again;
    struct gan__call call;

    FUZZ_CHECK(gan__enter(&call, ctx, GAN__GROUP_LAYER) == GAN_OK);
    gan__state_init(&state, ctx);
    gan__state_init(&again, ctx);
    gan_status st = gan__safetensors_parse(&state, "input", data, size);
    if (st == GAN_OK && can_be_saved(&state)) {
        st = gan__safetensors_save(&state, GAN__FLOAT32, target);
        FUZZ_CHECK(st == GAN_OK);
        FUZZ_CHECK(gan__safetensors_load(&again, target, UINT64_MAX) == GAN_OK);
        FUZZ_CHECK(again.count == state.count);
        gan__state_free(&again);
        gan__state_init(&again, ctx);
        const gan_status half = gan__safetensors_save(&state, GAN__FLOAT16, target);
        FUZZ_CHECK(half == GAN_OK || half == GAN_E_ARG); /* a number may be too large */
        if (half == GAN_OK) {
            FUZZ_CHECK(gan__safetensors_load(&again, target, UINT64_MAX) == GAN_OK);
            FUZZ_CHECK(again.count == state.count);
        }
    }
    gan__state_free(&state);
    gan__state_free(&again);
    fuzz_check_status(gan__leave(&call, st));
}

static void
read_network(const uint8_t *data, size_t size)
{
    gan_layer *layer = NULL;

    const gan_status st =
        gan_layer_load(fuzz_context(), &layer, fuzz_file(0, data, size), "max_bytes=1MiB");
    fuzz_check_status(st);
    if (st == GAN_OK) {
        FUZZ_CHECK(gan_layer_save(layer, target, NULL) == GAN_OK);
    }
    gan_layer_destroy(layer);
}

/* Every way of reading the file into a network that is there. */
static void
read_values(const uint8_t *data, size_t size)
{
    static const char text[] =
        "gan-network 1\ninput shape=4 noise=normal\ndense units=8\n"
        "reshape shape=2x2x2\nconv2d filters=1 kernel=2 spectral_norm=true\n";
    static const char *const options[] = {"max_bytes=1MiB", "layout=pytorch strict=false",
                                          "sequential=main strict=false", "part=generator"};
    const char *path = fuzz_file(0, data, size);
    gan_context *ctx = fuzz_context();
    gan_layer *layer = NULL;
    char description[256];

    FUZZ_CHECK(gan_layer_parse(ctx, &layer, text) == GAN_OK);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        fuzz_check_status(gan_layer_load_values(layer, NULL, path, options[i]));
    }
    gan_layer_destroy(layer);
    fuzz_check_status(gan_file_describe(ctx, path, description, sizeof description, NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A file of its own, removed at once: nothing stays behind when a crash ends the program. */
    (void)snprintf(target, sizeof target, "%s/fuzz-%ld.safetensors",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    read_state(data, size);
    read_network(data, size);
    read_values(data, size);
    (void)unlink(target);
    return 0;
}
