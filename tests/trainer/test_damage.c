/*
 * Checkpoints that are no good: damaged, of another training, or made to deceive. Always a status
 * and a sentence, and no trainer.
 */
#include "resume.h"

#include <fcntl.h>
#include <math.h>

#include "io/files.h"
#include "io/safetensors.h"
#include "oracle/failing_host.h"

enum { SMALL_SAMPLES = 4 };

static const int64_t small_shape[] = {2, 2, 1};

static const char small_generator[] = "gan-network 1\ninput shape=2 noise=normal\ndense units=4\n"
                                      "batch_norm\nreshape shape=2x2x1\n";
static const char small_discriminator[] =
    "gan-network 1\ninput shape=2x2x1\nflatten\ndense units=1\n";

static gan_dataset *
small_dataset(gan_context *ctx, int64_t count, const int64_t *shape, int32_t classes)
{
    float pictures[8 * 8] = {0.5F, -0.5F, 0.25F, 1};
    const int32_t labels[8] = {0, classes - 1, 0, 0, 0, 0, 0, 0};
    gan_dataset *dataset = NULL;
    ASSERT_OK(ctx, gan_dataset_create_memory(ctx, &dataset, pictures, count, shape, 3,
                                             classes > 0 ? labels : NULL));
    return dataset;
}

/* The smallest training that has everything, with a step taken. */
static void
open_small(struct fixture *f, const gan_host *host)
{
    memset(f, 0, sizeof *f);
    ASSERT_OK(f->ctx, gan_context_create(&f->ctx, "threads=1 seed=7", host));
    f->dataset = small_dataset(f->ctx, SMALL_SAMPLES, small_shape, 0);
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->generator, small_generator));
    ASSERT_OK(f->ctx, gan_layer_parse(f->ctx, &f->discriminator, small_discriminator));
    ASSERT_OK(f->ctx, gan_trainer_create(f->ctx, &f->trainer, f->generator, f->discriminator,
                                         f->dataset, "batch=2 discriminator=\"sgd momentum=0.5\""));
    fixture_steps(f, 1);
}

/* Resuming must fail with a sentence that has the text, and give nothing. */
static void
refused(struct fixture *f, const char *path, gan_status wanted, const char *text)
{
    gan_trainer *trainer = f->trainer;
    ASSERT_FAILS(f->ctx, gan_trainer_resume(f->ctx, &trainer, f->dataset, path, NULL), wanted,
                 text);
    ck_assert_ptr_null(trainer);
}

static void
accepted(struct fixture *f, const char *path)
{
    gan_trainer *trainer = NULL;
    ASSERT_OK(f->ctx, gan_trainer_resume(f->ctx, &trainer, f->dataset, path, NULL));
    gan_trainer_destroy(trainer);
}

/* ---- damage ---- */

static void
damaged(struct fixture *f, const char *path, const char *what, long long at)
{
    gan_trainer *trainer = f->trainer;
    const gan_status st = gan_trainer_resume(f->ctx, &trainer, f->dataset, path, NULL);
    ck_assert_msg(st == GAN_E_FORMAT || st == GAN_E_UNSUPPORTED, "%s %lld: %s", what, at,
                  gan_status_name(st));
    ck_assert_msg(strstr(gan_context_error(f->ctx), path) != NULL, "%s %lld: \"%s\"", what, at,
                  gan_context_error(f->ctx));
    ck_assert_ptr_null(trainer);
}

START_TEST(test_cut_at_every_length)
{
    struct fixture f;
    size_t size = 0;
    files_begin();
    open_small(&f, NULL);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    accepted(&f, files_path("x"));
    free(files_read(files_path("x"), &size));
    ck_assert_uint_gt(size, 1000);
    ck_assert_uint_lt(size, 20000);
    while (size > 0) {
        ck_assert_int_eq(truncate(files_path("x"), (off_t)--size), 0);
        damaged(&f, files_path("x"), "cut at", (long long)size);
    }
    fixture_close(&f);
    files_end();
}
END_TEST

START_TEST(test_every_byte_changed)
{
    struct fixture f;
    size_t size = 0;
    files_begin();
    open_small(&f, NULL);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    unsigned char *bytes = files_read(files_path("x"), &size);
    const int file = open(files_path("x"), O_WRONLY);
    ck_assert_int_ge(file, 0);
    for (size_t i = 0; i < size; i++) {
        /* One bit each, all eight in turn; and whole bytes. */
        const unsigned char flip = (unsigned char)(_i == 0 ? 1U << (i + i / 8) % 8 : 0xffU);
        const unsigned char changed = bytes[i] ^ flip;
        ck_assert_int_eq(pwrite(file, &changed, 1, (off_t)i), 1);
        damaged(&f, files_path("x"), "byte", (long long)i);
        ck_assert_int_eq(pwrite(file, &bytes[i], 1, (off_t)i), 1);
    }
    accepted(&f, files_path("x"));
    (void)close(file);
    free(bytes);
    fixture_close(&f);
    files_end();
}
END_TEST

/* A file that goes on after its end, and one whose two halves are of two steps. */
START_TEST(test_mixed)
{
    struct fixture f;
    size_t size[2] = {0, 0};
    files_begin();
    open_small(&f, NULL);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    fixture_steps(&f, 1);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("y")));
    unsigned char *x = files_read(files_path("x"), &size[0]);
    unsigned char *y = files_read(files_path("y"), &size[1]);
    const size_t half = size[0] - 200;
    files_write(files_path("z"), x, size[0] + 1);
    refused(&f, files_path("z"), GAN_E_FORMAT, "1 more");
    memcpy(x + half, y + size[1] - 200, 200);
    files_write(files_path("z"), x, size[0]);
    refused(&f, files_path("z"), GAN_E_FORMAT, "checksum");
    free(x);
    free(y);
    fixture_close(&f);
    files_end();
}
END_TEST

/* ---- another training's, or no training's ---- */

START_TEST(test_no_checkpoint)
{
    struct fixture f;
    gan_checkpoint *checkpoint = NULL;
    files_begin();
    open_small(&f, NULL);
    refused(&f, files_path("none"), GAN_E_IO, "No such file");
    ASSERT_OK(f.ctx, gan_layer_save(f.generator, files_path("x"), NULL));
    refused(&f, files_path("x"), GAN_E_FORMAT, "no checkpoint");
    files_write(files_path("x"), "{}", 2);
    refused(&f, files_path("x"), GAN_E_FORMAT, files_path("x"));
    ASSERT_OK(f.ctx, gan_checkpoint_create(f.ctx, &checkpoint));
    ASSERT_OK(f.ctx, gan_checkpoint_add_layer(checkpoint, "generator", f.generator));
    ASSERT_OK(f.ctx, gan_checkpoint_save(checkpoint, files_path("x")));
    refused(&f, files_path("x"), GAN_E_FORMAT, "not of a trainer");
    gan_checkpoint_destroy(checkpoint);
    fixture_close(&f);
    files_end();
}
END_TEST

static void
refused_by(const char *context_options, int64_t count, const int64_t *shape, int32_t classes,
           const char *text)
{
    struct fixture f = {.trainer = NULL};
    ASSERT_OK(f.ctx, gan_context_create(&f.ctx, context_options, NULL));
    f.dataset = small_dataset(f.ctx, count, shape, classes);
    refused(&f, files_path("x"), GAN_E_ARG, text);
    fixture_close(&f);
}

START_TEST(test_other_surroundings)
{
    static const int64_t other_shape[] = {2, 4, 1};
    struct fixture f, other;
    gan_trainer *trainer = NULL;
    files_begin();
    open_small(&f, NULL);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    refused_by("threads=1 seed=8", SMALL_SAMPLES, small_shape, 0, "seed=7, the context has seed=8");
    refused_by("threads=1 seed=7", SMALL_SAMPLES + 1, small_shape, 0, "count is 4, this one's 5");
    refused_by("threads=1 seed=7", SMALL_SAMPLES, other_shape, 0, "are 2x2x1, this one's 2x4x1");
    refused_by("threads=1 seed=7", SMALL_SAMPLES, small_shape, 2, "classes is 0, this one's 2");

    open_small(&other, NULL);
    ASSERT_FAILS(f.ctx, gan_trainer_resume(f.ctx, &trainer, other.dataset, files_path("x"), NULL),
                 GAN_E_ARG, "another context");
    ASSERT_FAILS(f.ctx, gan_trainer_resume(f.ctx, &trainer, NULL, files_path("x"), NULL), GAN_E_ARG,
                 "dataset is NULL");
    ASSERT_FAILS(f.ctx, gan_trainer_resume(f.ctx, NULL, f.dataset, files_path("x"), NULL),
                 GAN_E_ARG, "out is NULL");
    ASSERT_FAILS(f.ctx, gan_trainer_resume(f.ctx, &trainer, f.dataset, NULL, NULL), GAN_E_ARG,
                 "path is NULL");
    ASSERT_FAILS(f.ctx,
                 gan_trainer_resume(f.ctx, &trainer, f.dataset, files_path("x"), "max_byte=1"),
                 GAN_E_ARG, "max_bytes");
    ASSERT_FAILS(f.ctx,
                 gan_trainer_resume(f.ctx, &trainer, f.dataset, files_path("x"), "max_bytes=1KiB"),
                 GAN_E_FORMAT, "max_bytes=1024");
    ck_assert_int_eq(gan_trainer_resume(NULL, &trainer, NULL, NULL, NULL), GAN_E_ARG);
    ASSERT_FAILS(f.ctx, gan_trainer_save(f.trainer, NULL), GAN_E_ARG, "path is NULL");
    ck_assert_int_eq(gan_trainer_save(NULL, "x"), GAN_E_ARG);
    ASSERT_FAILS(f.ctx, gan_trainer_save(f.trainer, files_path("none/x")), GAN_E_IO, "No such");
    fixture_close(&other);
    fixture_close(&f);
    files_end();
}
END_TEST

START_TEST(test_kinds_that_are_not_registered)
{
    static const char *const parts[][2] = {{user_generator, plain_discriminator},
                                           {plain_generator, user_critic},
                                           {plain_generator, plain_discriminator}};
    static const char *const words[] = {"my_scale", "my_scale", "my_loss"};
    struct fixture f, bare = {.trainer = NULL};
    files_begin();
    memset(&f, 0, sizeof f);
    ASSERT_OK(f.ctx, gan_context_create(&f.ctx, "threads=1", NULL));
    register_kinds(f.ctx);
    f.dataset = fixture_dataset(f.ctx);
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &f.generator, parts[_i][0]));
    ASSERT_OK(f.ctx, gan_layer_parse(f.ctx, &f.discriminator, parts[_i][1]));
    ASSERT_OK(f.ctx, gan_trainer_create(f.ctx, &f.trainer, f.generator, f.discriminator, f.dataset,
                                        _i == 2 ? "batch=8 loss=my_loss" : "batch=8"));
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    ASSERT_OK(bare.ctx, gan_context_create(&bare.ctx, "threads=1", NULL));
    bare.dataset = fixture_dataset(bare.ctx);
    refused(&bare, files_path("x"), GAN_E_ARG, words[_i]);
    refused(&bare, files_path("x"), GAN_E_ARG, files_path("x"));
    register_kinds(bare.ctx);
    accepted(&bare, files_path("x"));
    fixture_close(&bare);
    fixture_close(&f);
    files_end();
}
END_TEST

/* ---- versions ---- */

struct log {
    int32_t level;
    char line[1024];
};

static void
note_log(void *user, int32_t level, const char *line)
{
    struct log *log = user;
    if (level == GAN_LOG_WARNING) {
        log->level = level;
        (void)snprintf(log->line, sizeof log->line, "%s", line);
    }
}

START_TEST(test_versions)
{
    struct log log = {0};
    const gan_host host = {.struct_size = sizeof host, .user = &log, .log = note_log};
    struct fixture f;
    files_begin();
    open_small(&f, &host);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    accepted(&f, files_path("x"));
    ck_assert_int_eq(log.level, 0);
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "checkpoint_format", "2");
    refused(&f, files_path("y"), GAN_E_UNSUPPORTED, "checkpoint_format 2, written by libgan 0.");
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "checkpoint_format", "0");
    refused(&f, files_path("y"), GAN_E_FORMAT, "checkpoint_format is \"0\"");
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "checkpoint_format", NULL);
    refused(&f, files_path("y"), GAN_E_FORMAT, "checkpoint_format");
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "kind", "network");
    refused(&f, files_path("y"), GAN_E_FORMAT, "its kind is \"network\"");
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "numerics", "x");
    refused(&f, files_path("y"), GAN_E_FORMAT, "numerics is \"x\"");
    ck_assert_int_eq(log.level, 0);
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "numerics", "999");
    accepted(&f, files_path("y"));
    ck_assert_int_eq(log.level, GAN_LOG_WARNING);
    ck_assert_ptr_nonnull(strstr(log.line, "numerics 999"));
    fixture_close(&f);
    files_end();
}
END_TEST

/* What a version before may have left out of a network's text is filled in. */
START_TEST(test_shorter_texts)
{
    struct fixture f;
    files_begin();
    open_small(&f, NULL);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "generator.network", small_generator);
    rewrite_text(f.ctx, files_path("y"), files_path("x"), "average.network", small_generator);
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "trainer.options",
                 "batch=2 discriminator=\"sgd momentum=0.5\"");
    accepted(&f, files_path("y"));
    fixture_close(&f);
    files_end();
}
END_TEST

/* Another program knows how to write everything but the checksum. */
START_TEST(test_without_checksum)
{
    static const char format[] = "libgan_format", sum[] = "libgan_crc32";
    struct fixture f;
    size_t size = 0;
    files_begin();
    open_small(&f, NULL);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    unsigned char *bytes = files_read(files_path("x"), &size);
    for (size_t i = 8; i + sizeof format < size; i++) {
        if (memcmp(bytes + i, format, sizeof format - 1) == 0 ||
            memcmp(bytes + i, sum, sizeof sum - 1) == 0) {
            bytes[i] = 'L';
        }
    }
    files_write(files_path("x"), bytes, size);
    refused(&f, files_path("x"), GAN_E_FORMAT, "without its checksum");
    free(bytes);
    fixture_close(&f);
    files_end();
}
END_TEST

/* ---- made to deceive: the checksum is right ---- */

static bool
is_optional(const char *name)
{
    return strcmp(name, "libgan_version") == 0;
}

/* Each text and tensor of a checkpoint, as a list of names. */
static int
list_names(gan_context *ctx, const char *path, char names[][64], bool texts)
{
    struct gan__state state;
    struct gan__call call;
    int count = 0;
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    gan__state_init(&state, ctx);
    ASSERT_OK(ctx, gan__safetensors_load(&state, path, UINT64_MAX));
    for (int64_t i = 0; i < state.count; i++) {
        if ((state.entries[i].text != NULL) == texts) {
            ck_assert_int_lt(count, 100);
            (void)snprintf(names[count++], 64, "%s", state.entries[i].name);
        }
    }
    gan__state_free(&state);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    return count;
}

START_TEST(test_every_text)
{
    static const char *const values[] = {NULL,
                                         "",
                                         "-1",
                                         "x",
                                         "1e999",
                                         "99999999999999999999999",
                                         "gan-network 1\ninput shape=2x2x1\nflatten\n",
                                         "gan-network 1\ninput shape=1048576x1048576\n"
                                         "dense units=1048576\n",
                                         "batch=3",
                                         "adam lr=1"};
    static char names[100][64];
    struct fixture f;
    files_begin();
    open_small(&f, NULL);
    f.trainer->best = (struct gan__best){.told = true, .score = 1, .step = 1};
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    const int count = list_names(f.ctx, files_path("x"), names, true);
    ck_assert_int_gt(count, 25);
    for (int i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            gan_trainer *trainer = f.trainer;
            rewrite_text(f.ctx, files_path("x"), files_path("y"), names[i], values[k]);
            const gan_status st =
                gan_trainer_resume(f.ctx, &trainer, f.dataset, files_path("y"), NULL);
            if (st != GAN_OK) {
                ck_assert_ptr_null(trainer);
                ck_assert_msg(strstr(gan_context_error(f.ctx), files_path("y")) != NULL, "%s: %s",
                              names[i], gan_context_error(f.ctx));
            } else {
                ck_assert_msg(values[k] != NULL || is_optional(names[i]) ||
                                  strncmp(names[i], "best.", 5) == 0,
                              "resumes without %s", names[i]);
                const gan_status stepped = gan_trainer_step(trainer, NULL);
                ck_assert(stepped == GAN_OK || stepped == GAN_E_DIVERGED);
                gan_trainer_destroy(trainer);
            }
        }
    }
    fixture_close(&f);
    files_end();
}
END_TEST

START_TEST(test_every_tensor)
{
    static char names[100][64];
    const int64_t shape[] = {3, 1, 2};
    struct fixture f;
    gan_tensor *other = NULL;
    files_begin();
    open_small(&f, NULL);
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    ASSERT_OK(f.ctx, gan_tensor_create(f.ctx, &other, shape, 3, NULL));
    const int count = list_names(f.ctx, files_path("x"), names, false);
    ck_assert_int_gt(count, 20);
    for (int i = 0; i < count; i++) {
        char more[80];
        rewrite_tensor(f.ctx, files_path("x"), files_path("y"), names[i], NULL);
        refused(&f, files_path("y"), GAN_E_FORMAT, names[i]);
        rewrite_tensor(f.ctx, files_path("x"), files_path("y"), names[i], other);
        refused(&f, files_path("y"), GAN_E_FORMAT, names[i]);
        (void)snprintf(more, sizeof more, "%.60s.more", names[i]);
        rewrite_tensor(f.ctx, files_path("x"), files_path("y"), more, other);
        refused(&f, files_path("y"), GAN_E_FORMAT, "tensors have names that begin with");
        rewrite_text(f.ctx, files_path("x"), files_path("y"), names[i], "text");
        refused(&f, files_path("y"), GAN_E_FORMAT, names[i]);
    }
    gan_tensor_destroy(other);
    fixture_close(&f);
    files_end();
}
END_TEST

START_TEST(test_numbers_out_of_bounds)
{
    static const struct {
        const char *name, *value, *text;
    } cases[] = {
        {"trainer.batches", "4398046511105", "at most 4398046511104"},
        {"trainer.steps", "9223372036854775807", "trainer.steps is 9223372036854775807"},
        {"trainer.accuracy", "nan", "from 0 to 1"},
        {"trainer.accuracy", "1.5", "from 0 to 1"},
        {"record.epoch", "-1", "record.epoch is \"-1\""},
        {"best.score", "inf", "best.score is not finite"},
        {"best.step", NULL, "best.step"},
        {"generator_optimizer.steps", "-1", "generator_optimizer.steps is \"-1\""},
        {"generator_optimizer.optimizer", "adamw lr=1", "in the file it is adamw, here adam"},
        {"generator_optimizer.optimizer", "ada", "in the file it is ada, here adam"},
        {"average.network", user_critic, "average"},
        {"average.network", small_discriminator,
         "average is another network: its line 2 is \"input shape=2x2x1"},
        {"trainer.seed", "7x", "no seed"},
        {"best.measure", "a name of more bytes than any has", "best.measure has 33 bytes"},
    };
    struct fixture f;
    files_begin();
    open_small(&f, NULL);
    register_kinds(f.ctx);
    f.trainer->best = (struct gan__best){.told = true, .score = 1, .step = 1};
    ASSERT_OK(f.ctx, gan_trainer_save(f.trainer, files_path("x")));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rewrite_text(f.ctx, files_path("x"), files_path("y"), cases[i].name, cases[i].value);
        refused(&f, files_path("y"), GAN_E_FORMAT, cases[i].text);
    }
    rewrite_text(f.ctx, files_path("x"), files_path("y"), "record.d_loss", "-inf");
    accepted(&f, files_path("y"));
    fixture_close(&f);
    files_end();
}
END_TEST

/* ---- memory ---- */

START_TEST(test_memory_runs_out)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    struct fixture f;
    gan_trainer *trainer = NULL;
    files_begin();
    open_small(&f, &host);
    fixture_steps(&f, 2);
    const uint64_t hash = fixture_hash(&f);
    EACH_ALLOCATION_FAILS(f.ctx, &allocator, gan_trainer_save(f.trainer, files_path("x")),
                          fixture_hash(&f) == hash && files_count() == 0);
    EACH_ALLOCATION_FAILS(f.ctx, &allocator,
                          gan_trainer_resume(f.ctx, &trainer, f.dataset, files_path("x"), NULL),
                          trainer == NULL);
    gan_trainer_destroy(trainer);
    fixture_close(&f);
    files_end();
}
END_TEST

Suite *
damage_suite(void)
{
    Suite *suite = suite_create("damaged checkpoints");
    TCase *tcase = tcase_create("refusals");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, test_cut_at_every_length);
    tcase_add_loop_test(tcase, test_every_byte_changed, 0, 2);
    tcase_add_test(tcase, test_mixed);
    tcase_add_test(tcase, test_no_checkpoint);
    tcase_add_test(tcase, test_other_surroundings);
    tcase_add_loop_test(tcase, test_kinds_that_are_not_registered, 0, 3);
    tcase_add_test(tcase, test_versions);
    tcase_add_test(tcase, test_shorter_texts);
    tcase_add_test(tcase, test_without_checksum);
    tcase_add_test(tcase, test_every_text);
    tcase_add_test(tcase, test_every_tensor);
    tcase_add_test(tcase, test_numbers_out_of_bounds);
    tcase_add_test(tcase, test_memory_runs_out);
    suite_add_tcase(suite, tcase);
    return suite;
}
