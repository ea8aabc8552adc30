/* gan_checkpoint: what a training loop of the user's saves comes back, or nothing changes. */
#include "support.h"

#include <gan/checkpoint.h>
#include <gan/io.h>
#include <gan/loss.h>
#include <gan/ops.h>

#include "io/checkpoint.h"
#include "io/files.h"
#include "oracle/failing_host.h"

static const char classifier_text[] = "gan-network 1\n"
                                      "input shape=3\n"
                                      "dense name=first units=4\n"
                                      "batch_norm\n"
                                      "leaky_relu slope=0.1\n"
                                      "dropout probability=0.25\n"
                                      "dense units=2 spectral_norm=true\n";

/* A loop that the user has written. */
struct loop {
    gan_context *ctx;
    gan_layer *network;
    gan_optimizer *optimizer;
    gan_checkpoint *checkpoint;
};

static void
open_with(struct loop *loop, const char *context_options, const gan_host *host, const char *text,
          const char *kind)
{
    memset(loop, 0, sizeof *loop);
    ASSERT_OK(loop->ctx, gan_context_create(&loop->ctx, context_options, host));
    ASSERT_OK(loop->ctx, gan_layer_parse(loop->ctx, &loop->network, text));
    ASSERT_OK(loop->ctx, gan_optimizer_create(loop->ctx, &loop->optimizer, kind, "lr=0.05"));
    ASSERT_OK(loop->ctx, gan_optimizer_attach(loop->optimizer, loop->network));
    ASSERT_OK(loop->ctx, gan_checkpoint_create(loop->ctx, &loop->checkpoint));
    ASSERT_OK(loop->ctx, gan_checkpoint_add_layer(loop->checkpoint, "classifier", loop->network));
    ASSERT_OK(loop->ctx,
              gan_checkpoint_add_optimizer(loop->checkpoint, "optimizer", loop->optimizer));
}

static void
open_loop(struct loop *loop, const char *context_options)
{
    open_with(loop, context_options, NULL, classifier_text, "adam");
}

static void
close_loop(struct loop *loop)
{
    gan_checkpoint_destroy(loop->checkpoint);
    gan_optimizer_destroy(loop->optimizer);
    gan_layer_destroy(loop->network);
    gan_context_destroy(loop->ctx);
}

/* Steps [first, last) on batches that their numbers give; with dropout. */
static void
train(struct loop *loop, int first, int last)
{
    const int64_t shape[] = {6, 3};
    for (int step = first; step < last; step++) {
        float values[18];
        int32_t labels[6];
        gan_tensor *x = NULL, *logits = NULL, *loss = NULL;
        for (int i = 0; i < 18; i++) {
            values[i] = (float)((step * 7 + i * 5) % 11) / 5 - 1;
        }
        for (int i = 0; i < 6; i++) {
            labels[i] = (step + i) % 2;
        }
        ASSERT_OK(loop->ctx, gan_tensor_create(loop->ctx, &x, shape, 2, values));
        ASSERT_OK(loop->ctx, gan_layer_forward(loop->network, &logits, x, 1));
        ASSERT_OK(loop->ctx, gan_softmax_cross_entropy(loop->ctx, &loss, logits, labels, 6));
        ASSERT_OK(loop->ctx, gan_layer_clear_gradients(loop->network));
        ASSERT_OK(loop->ctx, gan_backward(loop->ctx, loss, 0));
        ASSERT_OK(loop->ctx, gan_optimizer_step(loop->optimizer));
        gan_tensor_destroy(x);
        gan_tensor_destroy(logits);
        gan_tensor_destroy(loss);
    }
}

static uint64_t
mix(uint64_t hash, const gan_tensor *tensor)
{
    const unsigned char *bytes = (const unsigned char *)gan__data(tensor);
    for (size_t i = 0; i < (size_t)tensor->count * sizeof(float); i++) {
        hash = (hash ^ bytes[i]) * 1099511628211U;
    }
    return hash;
}

/* Of all that a load may change. */
static uint64_t
hash_of(const struct loop *loop)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(loop->network);
    uint64_t hash = 14695981039346656037U;
    for (int64_t i = 0; i < gan__layer_tensor_count(loop->network); i++) {
        hash = mix(hash, tensors[i].tensor) + tensors[i].tensor->requires_grad;
    }
    for (int64_t i = 0; i < loop->optimizer->state_slots; i++) {
        hash = loop->optimizer->states[i] == NULL ? hash : mix(hash, loop->optimizer->states[i]);
    }
    return (hash * 31 + (uint64_t)loop->optimizer->steps) * 31 + loop->ctx->draw_count;
}

static const char *
text_of(const struct loop *loop, const char *name)
{
    static char text[256];
    ASSERT_OK(loop->ctx, gan_checkpoint_text(loop->checkpoint, text, sizeof text, NULL, name));
    return text;
}

/* ---- there and back ---- */

START_TEST(test_goes_on)
{
    struct loop whole, cut, resumed;
    files_begin();
    open_loop(&whole, "threads=1 seed=2");
    train(&whole, 0, 7);
    open_loop(&cut, "threads=1 seed=2");
    train(&cut, 0, 3);
    ASSERT_OK(cut.ctx, gan_checkpoint_set_text(cut.checkpoint, "step", "3"));
    ASSERT_OK(cut.ctx, gan_checkpoint_set_text(cut.checkpoint, "note", "caf\xc3\xa9 \"x\"\n"));
    ASSERT_OK(cut.ctx, gan_checkpoint_save(cut.checkpoint, files_path("x")));
    const uint64_t middle = hash_of(&cut);
    train(&cut, 3, 7);
    ck_assert(hash_of(&cut) == hash_of(&whole));

    open_loop(&resumed, "threads=2 seed=2 isa=portable");
    train(&resumed, 5, 6);
    ck_assert(hash_of(&resumed) != middle);
    ASSERT_OK(resumed.ctx, gan_checkpoint_set_text(resumed.checkpoint, "old", "1"));
    ASSERT_OK(resumed.ctx, gan_checkpoint_load(resumed.checkpoint, files_path("x"), NULL));
    ck_assert(hash_of(&resumed) == middle);
    ck_assert_str_eq(text_of(&resumed, "step"), "3");
    ck_assert_str_eq(text_of(&resumed, "note"), "caf\xc3\xa9 \"x\"\n");
    ASSERT_FAILS(resumed.ctx, gan_checkpoint_text(resumed.checkpoint, NULL, 0, NULL, "old"),
                 GAN_E_ARG, "there are note, step");
    train(&resumed, 3, 7);
    ck_assert(hash_of(&resumed) == hash_of(&whole));
    close_loop(&whole);
    close_loop(&cut);
    close_loop(&resumed);
    files_end();
}
END_TEST

/* One checkpoint object may save and load many times; the same state gives the same bytes. */
START_TEST(test_again)
{
    struct loop loop;
    size_t size[2] = {0, 0};
    files_begin();
    open_loop(&loop, "threads=1");
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("x")));
    const uint64_t first = hash_of(&loop);
    train(&loop, 0, 2);
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("y")));
    ck_assert(hash_of(&loop) != first);
    ASSERT_OK(loop.ctx, gan_checkpoint_load(loop.checkpoint, files_path("x"), NULL));
    ck_assert(hash_of(&loop) == first);
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("y")));
    unsigned char *bytes[2] = {files_read(files_path("x"), &size[0]),
                               files_read(files_path("y"), &size[1])};
    ck_assert_uint_eq(size[0], size[1]);
    ck_assert_mem_eq(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
    close_loop(&loop);
    files_end();
}
END_TEST

START_TEST(test_cut_off_parameters)
{
    struct loop loop, other;
    gan_tensor *weight = NULL;
    files_begin();
    open_loop(&loop, "threads=1");
    ASSERT_OK(loop.ctx, gan_layer_find_parameter(loop.network, &weight, "first.bias"));
    ASSERT_OK(loop.ctx, gan_tensor_set_requires_grad(weight, 0));
    gan_tensor_destroy(weight);
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("x")));
    open_loop(&other, "threads=1");
    ASSERT_OK(other.ctx, gan_layer_find_parameter(other.network, &weight, "first.weight"));
    ASSERT_OK(other.ctx, gan_tensor_set_requires_grad(weight, 0));
    ASSERT_OK(other.ctx, gan_checkpoint_load(other.checkpoint, files_path("x"), NULL));
    ck_assert(weight->requires_grad);
    ck_assert(hash_of(&other) == hash_of(&loop));
    gan_tensor_destroy(weight);
    close_loop(&loop);
    close_loop(&other);
    files_end();
}
END_TEST

START_TEST(test_nothing_but_texts)
{
    gan_context *ctx = NULL;
    gan_checkpoint *checkpoint = NULL;
    char text[8];
    size_t needed = 0;
    files_begin();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
    ASSERT_OK(ctx, gan_checkpoint_create(ctx, &checkpoint));
    ASSERT_OK(ctx, gan_checkpoint_save(checkpoint, files_path("x")));
    ASSERT_OK(ctx, gan_checkpoint_set_text(checkpoint, "kind", ""));
    ASSERT_OK(ctx, gan_checkpoint_set_text(checkpoint, "text", "0123456789"));
    ASSERT_OK(ctx, gan_checkpoint_set_text(checkpoint, "libgan_crc32", "00000000"));
    ASSERT_OK(ctx, gan_checkpoint_set_text(checkpoint, "network", "x"));
    ASSERT_OK(ctx, gan_checkpoint_save(checkpoint, files_path("y")));
    ASSERT_OK(ctx, gan_checkpoint_load(checkpoint, files_path("x"), NULL));
    ASSERT_FAILS(ctx, gan_checkpoint_text(checkpoint, text, 8, NULL, "kind"), GAN_E_ARG,
                 "there are none");
    ASSERT_OK(ctx, gan_checkpoint_load(checkpoint, files_path("y"), NULL));
    ASSERT_OK(ctx, gan_checkpoint_text(checkpoint, text, 8, &needed, "kind"));
    ck_assert_str_eq(text, "");
    ASSERT_OK(ctx, gan_checkpoint_text(checkpoint, text, 8, &needed, "text"));
    ck_assert_str_eq(text, "0123456");
    ck_assert_uint_eq(needed, 11);
    ASSERT_OK(ctx, gan_checkpoint_text(checkpoint, text, 8, &needed, "network"));
    ASSERT_OK(ctx, gan_checkpoint_set_text(checkpoint, "network", "yy"));
    ASSERT_OK(ctx, gan_checkpoint_text(checkpoint, text, 8, &needed, "network"));
    ck_assert_str_eq(text, "yy");
    ASSERT_OK(ctx, gan_checkpoint_set_text(checkpoint, "kind", NULL));
    ASSERT_OK(ctx, gan_checkpoint_set_text(checkpoint, "kind", NULL));
    ASSERT_FAILS(ctx, gan_checkpoint_text(checkpoint, text, 8, NULL, "kind"), GAN_E_ARG,
                 "no text \"kind\": there are libgan_crc32, network, text");
    gan_checkpoint_destroy(checkpoint);
    gan_context_destroy(ctx);
    files_end();
}
END_TEST

/* Parts live as long as the checkpoint. */
START_TEST(test_holds)
{
    struct loop loop;
    files_begin();
    open_loop(&loop, "threads=1");
    gan_layer_destroy(loop.network);
    gan_optimizer_destroy(loop.optimizer);
    loop.network = NULL;
    loop.optimizer = NULL;
    gan_checkpoint_retain(loop.checkpoint);
    gan_checkpoint_destroy(loop.checkpoint);
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("x")));
    ASSERT_OK(loop.ctx, gan_checkpoint_load(loop.checkpoint, files_path("x"), NULL));
    close_loop(&loop);
    gan_checkpoint_destroy(NULL);
    gan_checkpoint_retain(NULL);
    files_end();
}
END_TEST

/* ---- refusals ---- */

START_TEST(test_arguments)
{
    struct loop loop, other;
    gan_layer *unbuilt = NULL;
    gan_optimizer *loose = NULL;
    gan_checkpoint *c, *none = NULL;
    char longest[GAN__CHECKPOINT_NAME_MAX + 2];
    open_loop(&loop, "threads=1");
    open_loop(&other, "threads=1");
    c = loop.checkpoint;
    ASSERT_OK(loop.ctx, gan_layer_create(loop.ctx, &unbuilt, "dense", "units=2"));
    ASSERT_OK(loop.ctx, gan_optimizer_create(loop.ctx, &loose, "adam", NULL));
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';

    ck_assert_int_eq(gan_checkpoint_create(NULL, &none), GAN_E_ARG);
    ASSERT_FAILS(loop.ctx, gan_checkpoint_create(loop.ctx, NULL), GAN_E_ARG, "out is NULL");
    ck_assert_int_eq(gan_checkpoint_add_layer(NULL, "x", loop.network), GAN_E_ARG);
    ck_assert_int_eq(gan_checkpoint_add_optimizer(NULL, "x", loop.optimizer), GAN_E_ARG);
    ck_assert_int_eq(gan_checkpoint_set_text(NULL, "x", ""), GAN_E_ARG);
    ck_assert_int_eq(gan_checkpoint_text(NULL, NULL, 0, NULL, "x"), GAN_E_ARG);
    ck_assert_int_eq(gan_checkpoint_save(NULL, "x"), GAN_E_ARG);
    ck_assert_int_eq(gan_checkpoint_load(NULL, "x", NULL), GAN_E_ARG);
#define REFUSED(call, status, text) ASSERT_FAILS(loop.ctx, call, status, text)
    REFUSED(gan_checkpoint_add_layer(c, NULL, loop.network), GAN_E_ARG, "name is NULL");
    REFUSED(gan_checkpoint_add_layer(c, "x", NULL), GAN_E_ARG, "layer is NULL");
    REFUSED(gan_checkpoint_add_layer(c, "x", other.network), GAN_E_ARG, "another context");
    REFUSED(gan_checkpoint_add_layer(c, "x", unbuilt), GAN_E_STATE, "not built");
    REFUSED(gan_checkpoint_add_layer(c, "", loop.network), GAN_E_ARG, "name is \"\"");
    REFUSED(gan_checkpoint_add_layer(c, "a.b", loop.network), GAN_E_ARG, "name is \"a.b\"");
    REFUSED(gan_checkpoint_add_layer(c, longest, loop.network), GAN_E_ARG, "at most 64");
    REFUSED(gan_checkpoint_add_layer(c, "text", loop.network), GAN_E_ARG, "kept for texts");
    REFUSED(gan_checkpoint_add_layer(c, "optimizer", loop.network), GAN_E_ARG, "already");
    REFUSED(gan_checkpoint_add_optimizer(c, "x", NULL), GAN_E_ARG, "optimizer is NULL");
    REFUSED(gan_checkpoint_add_optimizer(c, "x", other.optimizer), GAN_E_ARG, "another context");
    REFUSED(gan_checkpoint_add_optimizer(c, "x", loose), GAN_E_STATE, "not attached");
    REFUSED(gan_checkpoint_add_optimizer(c, "classifier", loop.optimizer), GAN_E_ARG, "already");
    REFUSED(gan_checkpoint_set_text(c, NULL, ""), GAN_E_ARG, "name is NULL");
    REFUSED(gan_checkpoint_set_text(c, "a b", ""), GAN_E_ARG, "name is \"a b\"");
    REFUSED(gan_checkpoint_set_text(c, "classifier", ""), GAN_E_ARG, "a part \"classifier\"");
    REFUSED(gan_checkpoint_text(c, NULL, 0, NULL, NULL), GAN_E_ARG, "name is NULL");
    REFUSED(gan_checkpoint_save(c, NULL), GAN_E_ARG, "path is NULL");
    REFUSED(gan_checkpoint_save(c, "no/such/folder"), GAN_E_IO, "No such file");
    REFUSED(gan_checkpoint_load(c, NULL, NULL), GAN_E_ARG, "path is NULL");
    REFUSED(gan_checkpoint_load(c, "none", NULL), GAN_E_IO, "No such file");
    REFUSED(gan_checkpoint_load(c, "none", "max=1"), GAN_E_ARG, "max_bytes");
    ASSERT_OK(loop.ctx, gan_checkpoint_set_text(c, "step", "1"));
    REFUSED(gan_checkpoint_add_layer(c, "step", loop.network), GAN_E_ARG, "a text \"step\"");
    longest[GAN__CHECKPOINT_NAME_MAX] = '\0';
    ASSERT_OK(loop.ctx, gan_checkpoint_set_text(c, longest, "1"));
    gan_layer_destroy(unbuilt);
    gan_optimizer_destroy(loose);
    close_loop(&loop);
    close_loop(&other);
}
END_TEST

static const struct {
    const char *text;
    bool right;
} encodings[] = {
    {"", true},
    {"\x7f\x01", true},
    {"\xc2\x80 \xdf\xbf", true},
    {"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80", true},
    {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true},
    {"\x80", false},
    {"\xc0\x80", false},
    {"\xc1\xbf", false},
    {"\xc3", false},
    {"\xe0\x9f\xbf", false},
    {"\xed\xa0\x80", false},
    {"\xe2\x82", false},
    {"\xf0\x8f\xbf\xbf", false},
    {"\xf4\x90\x80\x80", false},
    {"\xf5\x80\x80\x80", false},
    {"\xff", false},
};

START_TEST(test_utf8)
{
    struct loop loop;
    files_begin();
    open_loop(&loop, "threads=1");
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        if (!encodings[i].right) {
            ASSERT_FAILS(loop.ctx, gan_checkpoint_set_text(loop.checkpoint, "t", encodings[i].text),
                         GAN_E_ARG, "not UTF-8 at byte 0");
            continue;
        }
        ASSERT_OK(loop.ctx, gan_checkpoint_set_text(loop.checkpoint, "t", encodings[i].text));
        ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("x")));
        ASSERT_OK(loop.ctx, gan_checkpoint_load(loop.checkpoint, files_path("x"), NULL));
        ck_assert_str_eq(text_of(&loop, "t"), encodings[i].text);
    }
    close_loop(&loop);
    files_end();
}
END_TEST

/* Loading must fail with this text and change neither parts nor texts. */
static void
refused(struct loop *loop, const char *path, gan_status wanted, const char *text)
{
    const uint64_t hash = hash_of(loop);
    ASSERT_OK(loop->ctx, gan_checkpoint_set_text(loop->checkpoint, "mark", "stays"));
    ASSERT_FAILS(loop->ctx, gan_checkpoint_load(loop->checkpoint, path, NULL), wanted, text);
    ck_assert(hash_of(loop) == hash);
    ck_assert_str_eq(text_of(loop, "mark"), "stays");
}

START_TEST(test_other_parts)
{
    static const char sloped[] = "gan-network 1\ninput shape=3\ndense name=first units=4\n"
                                 "batch_norm\nleaky_relu slope=0.2\ndropout probability=0.25\n"
                                 "dense units=2 spectral_norm=true\n";
    struct loop loop, other;
    gan_checkpoint *checkpoint = NULL;
    files_begin();
    open_loop(&loop, "threads=1");
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("x")));

    open_with(&other, "threads=1", NULL, sloped, "adam");
    refused(&other, files_path("x"), GAN_E_FORMAT,
            "classifier is another network: its line 5 is \"leaky_relu slope=0.1\", here it is "
            "\"leaky_relu slope=0.2\"");
    close_loop(&other);
    open_with(&other, "threads=1", NULL, classifier_text, "sgd");
    refused(&other, files_path("x"), GAN_E_FORMAT,
            "optimizer is another optimizer: in the file it is adam, here sgd");
    close_loop(&other);
    open_with(&other, "threads=1", NULL, classifier_text, "adamw");
    refused(&other, files_path("x"), GAN_E_FORMAT, "in the file it is adam, here adamw");
    /* One part more, one less, another name, another kind under a name. */
    ASSERT_OK(other.ctx, gan_checkpoint_add_layer(other.checkpoint, "more", other.network));
    refused(&other, files_path("x"), GAN_E_FORMAT,
            "holds classifier (network), optimizer (optimizer); what was added is classifier "
            "(network), optimizer (optimizer), more (network)");
    ASSERT_OK(other.ctx, gan_checkpoint_save(other.checkpoint, files_path("y")));
    refused(&loop, files_path("y"), GAN_E_FORMAT, "more (network)");
    ASSERT_OK(loop.ctx, gan_checkpoint_create(loop.ctx, &checkpoint));
    ASSERT_FAILS(loop.ctx, gan_checkpoint_load(checkpoint, files_path("x"), NULL), GAN_E_FORMAT,
                 "what was added is nothing");
    ASSERT_OK(loop.ctx, gan_checkpoint_add_layer(checkpoint, "optimizer", loop.network));
    ASSERT_OK(loop.ctx, gan_checkpoint_add_optimizer(checkpoint, "classifier", loop.optimizer));
    ASSERT_FAILS(loop.ctx, gan_checkpoint_load(checkpoint, files_path("x"), NULL), GAN_E_FORMAT,
                 "what was added is optimizer (network), classifier (optimizer)");
    gan_checkpoint_destroy(checkpoint);
    close_loop(&other);
    close_loop(&loop);
    files_end();
}
END_TEST

/* The optimizer's options are the caller's, as the network's and all else's. */
START_TEST(test_options_stay)
{
    struct loop loop, other;
    char text[2][256];
    files_begin();
    open_loop(&loop, "threads=1");
    train(&loop, 0, 2);
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("x")));
    open_loop(&other, "threads=1");
    ASSERT_OK(other.ctx, gan_optimizer_set(other.optimizer, "lr=0.125"));
    ASSERT_OK(other.ctx, gan_optimizer_text(other.optimizer, text[0], sizeof text[0], NULL));
    ASSERT_OK(other.ctx, gan_checkpoint_load(other.checkpoint, files_path("x"), NULL));
    ASSERT_OK(other.ctx, gan_optimizer_text(other.optimizer, text[1], sizeof text[1], NULL));
    ck_assert_str_eq(text[0], text[1]);
    ck_assert_int_eq(other.optimizer->steps, 2);
    close_loop(&loop);
    close_loop(&other);
    files_end();
}
END_TEST

START_TEST(test_other_files)
{
    struct loop loop;
    size_t size = 0;
    files_begin();
    open_loop(&loop, "threads=1");
    ASSERT_OK(loop.ctx, gan_layer_save(loop.network, files_path("x"), NULL));
    refused(&loop, files_path("x"), GAN_E_FORMAT, "no checkpoint");
    files_write(files_path("x"), "", 0);
    refused(&loop, files_path("x"), GAN_E_FORMAT, "cut off");
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, files_path("x")));
    ASSERT_FAILS(loop.ctx, gan_checkpoint_load(loop.checkpoint, files_path("x"), "max_bytes=100"),
                 GAN_E_FORMAT, "max_bytes=100");
    unsigned char *bytes = files_read(files_path("x"), &size);
    for (size_t i = 0; i < size; i += 1 + size / 97) {
        bytes[i] ^= 0x10;
        files_write(files_path("y"), bytes, size);
        refused(&loop, files_path("y"), GAN_E_FORMAT, files_path("y"));
        bytes[i] ^= 0x10;
        files_write(files_path("y"), bytes, i);
        refused(&loop, files_path("y"), GAN_E_FORMAT, files_path("y"));
    }
    free(bytes);
    close_loop(&loop);
    files_end();
}
END_TEST

/* ---- a file of the first version that wrote any ---- */

static const char *write_to;

START_TEST(write_first_version)
{
    struct loop loop;
    open_loop(&loop, "threads=1 seed=2");
    train(&loop, 0, 3);
    ASSERT_OK(loop.ctx, gan_checkpoint_set_text(loop.checkpoint, "step", "3"));
    ASSERT_OK(loop.ctx, gan_checkpoint_save(loop.checkpoint, write_to));
    (void)printf("first_hash 0x%016llx\n", (unsigned long long)hash_of(&loop));
    (void)fflush(stdout);
    close_loop(&loop);
}
END_TEST

/* `test_checkpoints write FILE` wrote it, and printed the hash. */
START_TEST(test_first_version)
{
    static const uint64_t first_hash = 0xeebd304179e94556;
    struct loop loop;
    open_loop(&loop, "threads=1 seed=1");
    ASSERT_OK(loop.ctx, gan_checkpoint_load(loop.checkpoint,
                                            CHECKPOINT_FILES "/checkpoint-1.safetensors", NULL));
    ck_assert(hash_of(&loop) == first_hash);
    ck_assert_str_eq(text_of(&loop, "step"), "3");
    close_loop(&loop);
}
END_TEST

/* ---- memory ---- */

START_TEST(test_memory_runs_out)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    struct loop loop;
    gan_checkpoint *c;
    files_begin();
    open_with(&loop, "threads=1", &host, classifier_text, "adam");
    c = loop.checkpoint;
    ASSERT_OK(loop.ctx, gan_checkpoint_set_text(c, "step", "1"));
    EACH_ALLOCATION_FAILS(loop.ctx, &allocator, gan_checkpoint_save(c, files_path("x")),
                          files_count() == 0);
    train(&loop, 0, 1);
    ASSERT_OK(loop.ctx, gan_checkpoint_set_text(c, "step", "2"));
    const uint64_t hash = hash_of(&loop);
    EACH_ALLOCATION_FAILS(loop.ctx, &allocator, gan_checkpoint_load(c, files_path("x"), NULL),
                          hash_of(&loop) == hash && strcmp(text_of(&loop, "step"), "2") == 0);
    ck_assert_str_eq(text_of(&loop, "step"), "1");
    close_loop(&loop);
    ck_assert_int_eq(allocator.blocks, 0);
    files_end();
}
END_TEST

int
main(int count, char **words)
{
    Suite *suite = suite_create("checkpoints");
    TCase *tcase = tcase_create("gan_checkpoint");
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    if (count == 3 && strcmp(words[1], "write") == 0) {
        write_to = words[2];
        tcase_add_test(tcase, write_first_version);
        return run_suites(&suite, 1);
    }
    tcase_add_test(tcase, test_goes_on);
    tcase_add_test(tcase, test_again);
    tcase_add_test(tcase, test_cut_off_parameters);
    tcase_add_test(tcase, test_nothing_but_texts);
    tcase_add_test(tcase, test_holds);
    tcase_add_test(tcase, test_arguments);
    tcase_add_test(tcase, test_utf8);
    tcase_add_test(tcase, test_other_parts);
    tcase_add_test(tcase, test_options_stay);
    tcase_add_test(tcase, test_other_files);
    tcase_add_test(tcase, test_first_version);
    tcase_add_test(tcase, test_memory_runs_out);
    return run_suites(&suite, 1);
}
