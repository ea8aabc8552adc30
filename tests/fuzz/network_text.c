/* Networks' text: what is parsed and written is parsed again as the same. */
#include "fuzz.h"

#include <gan/layer.h>

/* A network's text or table, from malloc. */
static char *
written(gan_layer *layer, gan_status (*call)(gan_layer *, char *, size_t, size_t *))
{
    size_t size = 0, again = 0;

    FUZZ_CHECK(call(layer, NULL, 0, &size) == GAN_OK);
    char *text = malloc(size);
    FUZZ_CHECK(text != NULL && call(layer, text, size, &again) == GAN_OK);
    FUZZ_CHECK(size == again && strlen(text) + 1 == size);
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gan_context *ctx = fuzz_context();
    gan_layer *layer = NULL, *again = NULL;
    char *text = malloc(size + 1);

    FUZZ_CHECK(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    const gan_status st = gan_layer_parse(ctx, &layer, text);
    fuzz_check_status(st);
    if (st == GAN_OK) {
        char *first = written(layer, gan_layer_text);
        const gan_status st_again = gan_layer_parse(ctx, &again, first);
        /* Both may not fit below memory_limit. */
        FUZZ_CHECK(st_again == GAN_OK || st_again == GAN_E_NOMEM);
        if (st_again == GAN_OK) {
            char *second = written(again, gan_layer_text);
            FUZZ_CHECK(strcmp(first, second) == 0);
            free(second);
        }
        free(first);
        int64_t count = 0;
        if (gan_layer_parameter_count(layer, &count) == GAN_OK) {
            free(written(layer, gan_layer_summary));
        }
    }
    gan_layer_destroy(layer);
    gan_layer_destroy(again);
    free(text);
    return 0;
}
