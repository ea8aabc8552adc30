/*
 * Checkpoints, of a trainer and of gan_checkpoint: a file whose checksum is mended, so that what
 * stands behind it is reached; or, after a `=`, changes to a whole one: name, 0x1f, text, 0x1e, ...
 * A text of `#` and digits is a tensor of that shape; without 0x1f the name is left out. What is
 * read must be saved and read again.
 */
#include "fuzz.h"

#include <gan/gan.h>

#include <zlib.h>

#include "io/safetensors.h"
#include "trainer/trainer.h"

enum { MARK = 0x1e, CUT = 0x1f, CHANGES = 8 };

static const char generator_text[] = "gan-network 1\ninput shape=2 noise=normal\ndense units=4\n"
                                     "batch_norm\nreshape shape=2x2x1\n";
static const char discriminator_text[] =
    "gan-network 1\ninput shape=2x2x1\nflatten\ndense units=1 spectral_norm=true\n";

/* Made once: a checkpoint's bytes, and what reads it. */
static uint8_t *base;
static size_t base_size;
static gan_dataset *dataset;
static gan_checkpoint *checkpoint;

static char target[64];

static void
keep_parts(gan_trainer *trainer, gan_layer *generator, gan_layer *discriminator)
{
    gan_optimizer *g = NULL, *d = NULL;
    gan_layer *average = NULL;

    FUZZ_CHECK(gan_trainer_optimizers(trainer, &g, &d) == GAN_OK);
    FUZZ_CHECK(gan_trainer_average(trainer, &average) == GAN_OK);
    FUZZ_CHECK(gan_checkpoint_create(fuzz_context(), &checkpoint) == GAN_OK);
    FUZZ_CHECK(gan_checkpoint_add_layer(checkpoint, "generator", generator) == GAN_OK);
    FUZZ_CHECK(gan_checkpoint_add_layer(checkpoint, "discriminator", discriminator) == GAN_OK);
    FUZZ_CHECK(gan_checkpoint_add_layer(checkpoint, "average", average) == GAN_OK);
    FUZZ_CHECK(gan_checkpoint_add_optimizer(checkpoint, "generator_optimizer", g) == GAN_OK);
    FUZZ_CHECK(gan_checkpoint_add_optimizer(checkpoint, "discriminator_optimizer", d) == GAN_OK);
    gan_layer_destroy(average);
    gan_optimizer_destroy(g);
    gan_optimizer_destroy(d);
}

static void
keep_base(gan_trainer *trainer)
{
    FUZZ_CHECK(gan_trainer_save(trainer, target) == GAN_OK);
    FILE *file = fopen(target, "rb");
    FUZZ_CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    base_size = (size_t)ftell(file);
    base = malloc(base_size);
    rewind(file);
    FUZZ_CHECK(base != NULL && fread(base, 1, base_size, file) == base_size);
    (void)fclose(file);
}

static void
make_base(void)
{
    static const float pictures[16] = {0.5F, -0.5F, 0.25F, 1};
    static const int64_t shape[] = {2, 2, 1};
    gan_context *ctx = fuzz_context();
    gan_layer *generator = NULL, *discriminator = NULL;
    gan_trainer *trainer = NULL;

    FUZZ_CHECK(gan_dataset_create_memory(ctx, &dataset, pictures, 4, shape, 3, NULL) == GAN_OK);
    FUZZ_CHECK(gan_layer_parse(ctx, &generator, generator_text) == GAN_OK);
    FUZZ_CHECK(gan_layer_parse(ctx, &discriminator, discriminator_text) == GAN_OK);
    FUZZ_CHECK(gan_trainer_create(ctx, &trainer, generator, discriminator, dataset,
                                  "batch=2 discriminator=\"sgd momentum=0.5\"") == GAN_OK);
    FUZZ_CHECK(gan_trainer_step(trainer, NULL) == GAN_OK);
    keep_base(trainer);
    keep_parts(trainer, generator, discriminator);
    gan_trainer_destroy(trainer);
    gan_layer_destroy(generator);
    gan_layer_destroy(discriminator);
}

/* Put the right checksum where one is. */
static void
mend(uint8_t *bytes, size_t size)
{
    uint64_t length = 0;
    char digits[9];

    if (size < sizeof length) {
        return;
    }
    memcpy(&length, bytes, sizeof length);
    if (length > size - sizeof length) {
        return;
    }
    const char *header = (const char *)bytes + sizeof length;
    const char *place = gan__safetensors_find_checksum(header, (size_t)length);
    if (place != NULL) {
        uint8_t *sum = bytes + sizeof length + (place - header);
        memset(sum, '0', 8);
        const uLong crc = crc32_z(crc32_z(0, NULL, 0), bytes, size);
        (void)snprintf(digits, sizeof digits, "%08lx", crc & 0xffffffffUL);
        memcpy(sum, digits, 8);
    }
}

/* ---- changes ---- */

struct change {
    char *name, *value; /* value NULL: left out */
};

/* The text, closed with a zero, is cut up. */
static int
read_changes(char *text, struct change changes[CHANGES])
{
    int count = 0;

    while (count < CHANGES && *text != '\0') {
        char *end = strchr(text, MARK), *next = end == NULL ? text + strlen(text) : end + 1;
        if (end != NULL) {
            *end = '\0';
        }
        changes[count].name = text;
        changes[count].value = strchr(text, CUT);
        if (changes[count].value != NULL) {
            *changes[count].value++ = '\0';
        }
        count++;
        text = next;
    }
    return count;
}

static bool
is_changed(const struct change *changes, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(changes[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static gan_status
add_change(struct gan__state *state, const struct change *change)
{
    int64_t shape[GAN_RANK_MAX];
    gan_tensor *tensor = NULL;
    int32_t rank = 0;

    if (change->value == NULL) {
        return GAN_OK;
    }
    if (change->value[0] != '#') {
        return gan__state_add_text(state, "", change->name, change->value);
    }
    for (const char *at = change->value + 1; *at >= '0' && *at <= '9' && rank < 5; at++) {
        shape[rank++] = *at - '0';
    }
    gan_status st = gan_tensor_create(fuzz_context(), &tensor, shape, rank, NULL);
    if (st == GAN_OK) {
        st = gan__state_add_tensor(state, "", change->name, tensor);
    }
    gan_tensor_destroy(tensor);
    return st;
}

/* The base with the changes, as a file. */
static bool
write_changed(char *text)
{
    gan_context *ctx = fuzz_context();
    struct change changes[CHANGES];
    const int count = read_changes(text, changes);
    struct gan__state old, new;
    struct gan__call call;

    FUZZ_CHECK(gan__enter(&call, ctx, GAN__GROUP_LAYER) == GAN_OK);
    gan__state_init(&old, ctx);
    gan__state_init(&new, ctx);
    gan_status st = gan__safetensors_parse(&old, "base", base, base_size);
    FUZZ_CHECK(st == GAN_OK);
    for (int64_t i = 0; i < old.count && st == GAN_OK; i++) {
        const struct gan__state_entry *entry = &old.entries[i];
        if (!is_changed(changes, count, entry->name)) {
            st = entry->text != NULL ? gan__state_add_text(&new, "", entry->name, entry->text)
                                     : gan__state_add_tensor(&new, "", entry->name, entry->tensor);
        }
    }
    for (int i = 0; i < count && st == GAN_OK; i++) {
        st = add_change(&new, &changes[i]);
    }
    if (st == GAN_OK && !is_changed(changes, count, "draws")) {
        st = gan__state_add_text(&new, "", "draws", "0"); /* gan_checkpoint's own */
    }
    if (st == GAN_OK) {
        st = gan__safetensors_save(&new, GAN__FLOAT32, target);
    }
    gan__state_free(&old);
    gan__state_free(&new);
    return gan__leave(&call, st) == GAN_OK;
}

/* ---- reading ---- */

/* Some options make a step very long. */
static bool
is_quick(const gan_trainer *trainer)
{
    const struct gan__trainer_options *options = &trainer->options;

    return options->d_steps <= 4 && options->g_steps <= 4 && options->accumulate <= 4 &&
           options->d_repeat_below == 0;
}

static void
resume(const char *path)
{
    gan_context *ctx = fuzz_context();
    gan_trainer *trainer = NULL, *again = NULL;
    const gan_status st = gan_trainer_resume(ctx, &trainer, dataset, path, "max_bytes=1MiB");

    fuzz_check_status(st);
    FUZZ_CHECK((st == GAN_OK) == (trainer != NULL));
    if (st == GAN_OK) {
        const gan_status saved = gan_trainer_save(trainer, target);
        fuzz_check_status(saved);
        FUZZ_CHECK(saved == GAN_OK || saved == GAN_E_NOMEM);
        if (saved == GAN_OK) {
            const gan_status resumed = gan_trainer_resume(ctx, &again, dataset, target, NULL);
            FUZZ_CHECK(resumed == GAN_OK || resumed == GAN_E_NOMEM);
        }
        if (is_quick(trainer)) {
            fuzz_check_status(gan_trainer_step(trainer, NULL));
        }
    }
    gan_trainer_destroy(trainer);
    gan_trainer_destroy(again);
}

static void
read_both(const char *path)
{
    fuzz_check_status(gan_checkpoint_load(checkpoint, path, "max_bytes=1MiB"));
    FUZZ_CHECK(gan_checkpoint_save(checkpoint, target) == GAN_OK);
    FUZZ_CHECK(gan_checkpoint_load(checkpoint, target, NULL) == GAN_OK);
}

/* The copy has a zero after it. */
static void
read_changed(uint8_t *copy, const uint8_t *data, size_t size)
{
    for (int i = 0; i < 2; i++) {
        memcpy(copy, data, size); /* the last time has cut it up */
        if (!write_changed((char *)copy + 1)) {
            return;
        }
        if (i == 0) {
            read_both(target);
        } else {
            resume(target);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);

    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    copy[size] = 0;
    /* A file of its own, removed at once: nothing stays behind when a crash ends the program. */
    (void)snprintf(target, sizeof target, "%s/fuzz-%ld.checkpoint",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    if (base == NULL) {
        make_base();
    }
    if (size > 0 && copy[0] == '=') {
        read_changed(copy, data, size);
    } else {
        mend(copy, size);
        const char *path = fuzz_file(0, copy, size);
        read_both(path);
        resume(path);
    }
    free(copy);
    (void)unlink(target);
    return 0;
}
