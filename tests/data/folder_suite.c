/* Folders: which pictures, in which order, of which class; the same bits whatever is kept or decoded ahead; broken ones. */
#include <gan/dataset.h>

#include <fcntl.h>
#include <time.h>
#include <zlib.h>

#include "folder_tree.h"
#include "oracle/failing_host.h"

Suite *folder_suite(void);

enum { SIDE = 6, SAMPLE = SIDE * SIDE * 3, LOG_SIZE = 4096 };
#define SMALL "size=6 "

static gan_context *ctx;
static char logged[LOG_SIZE];

static void
take_log(void *user, int32_t level, const char *message)
{
    (void)user;
    if (level == GAN_LOG_WARNING) {
        (void)strncat(logged, message, LOG_SIZE - strlen(logged) - 2);
        (void)strcat(logged, "\n");
    }
}

static void
setup(void)
{
    const gan_host host = {.struct_size = sizeof host, .log = take_log};

    logged[0] = '\0';
    tree_begin();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=3", &host));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    tree_end();
}

static int64_t
count_of(gan_dataset *dataset)
{
    int64_t count = 0;
    ASSERT_OK(ctx, gan_dataset_count(dataset, &count));
    return count;
}

static uint64_t
number_of(gan_dataset *dataset, const char *name)
{
    uint64_t value = 0;
    ASSERT_OK(ctx, gan_dataset_get(dataset, &value, name));
    return value;
}

/* A sample is wholly of the oracle's picture. */
static void
check_is(gan_dataset *dataset, int64_t index, const char *name, const char *more)
{
    float found[SAMPLE], wanted[SAMPLE];
    const int64_t first = 0;
    gan_dataset *one = NULL;

    tree_folder("one");
    tree_picture("one/a.png", name);
    ASSERT_OK(ctx, tree_open(ctx, &one, "one", more));
    ASSERT_OK(ctx, gan_dataset_read(one, wanted, NULL, &first, 1));
    ASSERT_OK(ctx, gan_dataset_read(dataset, found, NULL, &index, 1));
    ck_assert_msg(memcmp(found, wanted, sizeof found) == 0, "sample %lld is not %s",
                  (long long)index, name);
    gan_dataset_destroy(one);
    tree_remove(tree_path("one"));
}

START_TEST(test_pixels)
{
    struct picture_oracle oracle;
    uint8_t found[22 * 27 * 3];

    for (picture_oracle_open(&oracle); picture_oracle_next(&oracle);) {
        for (int channels = 1; channels <= 3; channels += 2) {
            const int64_t first = 0, size = oracle.height * oracle.width * channels;
            int64_t shape[3];
            int32_t rank = 0, classes = 7;
            char options[128];
            gan_dataset *dataset = NULL;

            tree_folder("one");
            tree_picture("one/whatever.Jpeg", oracle.name);
            (void)snprintf(options, sizeof options, "size=%lldx%lld channels=%d background=C86432",
                           (long long)oracle.height, (long long)oracle.width, channels);
            ASSERT_OK(ctx, tree_open(ctx, &dataset, "one", options));
            ASSERT_OK(ctx, gan_dataset_shape(dataset, shape, 3, &rank));
            ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
            ck_assert(rank == 3 && shape[0] == oracle.height && shape[1] == oracle.width &&
                      shape[2] == channels && classes == 0);
            ASSERT_OK(ctx, gan_dataset_read_bytes(dataset, found, NULL, &first, 1));
            ck_assert_msg(memcmp(found, channels == 1 ? oracle.grey : oracle.rgb, (size_t)size) ==
                              0,
                          "%s with %d channels", oracle.name, channels);
            gan_dataset_destroy(dataset);
            tree_remove(tree_path("one"));
        }
    }
    picture_oracle_close(&oracle);
}
END_TEST

/* The middle of a picture, without any resizing, and all of it where it has no more. */
START_TEST(test_crop)
{
    struct picture_oracle oracle;
    uint8_t found[22 * 27 * 3];
    const int64_t first = 0;
    gan_dataset *dataset = NULL;

    picture_oracle_open(&oracle);
    do {
        ck_assert(picture_oracle_next(&oracle));
    } while (strcmp(oracle.name, "rgb8.png") != 0);
    const int64_t height = oracle.height, width = oracle.width;
    tree_picture("a.png", oracle.name);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", "size=3x5 crop=3x5"));
    ASSERT_OK(ctx, gan_dataset_read_bytes(dataset, found, NULL, &first, 1));
    for (int64_t y = 0; y < 3; y++) {
        const uint8_t *row = oracle.rgb + ((height - 3) / 2 + y) * width * 3 + (width - 5) / 2 * 3;
        ck_assert_msg(memcmp(found + y * 5 * 3, row, 5 * 3) == 0, "row %d", (int)y);
    }
    gan_dataset_destroy(dataset);
    char options[64];
    (void)snprintf(options, sizeof options, "size=%dx%d crop=1000", (int)height, (int)width);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", options));
    ASSERT_OK(ctx, gan_dataset_read_bytes(dataset, found, NULL, &first, 1));
    ck_assert(memcmp(found, oracle.rgb, (size_t)(height * width * 3)) == 0);
    gan_dataset_destroy(dataset);
    picture_oracle_close(&oracle);
}
END_TEST

/* Classes b, a and "a b"; in each the pictures of all levels by the bytes of their paths. */
static void
make_classes(void)
{
    tree_folder("b");
    tree_folder("b/deep");
    tree_folder("a");
    tree_folder("a b");
    tree_picture("b/z.png", "rgb8.png");
    tree_picture("b/deep/x.JPG", "420.jpg");
    tree_picture("b/e.jpeg", "422.jpeg");
    tree_picture("a/1.png", "grey8.png");
    tree_picture("a b/2.png", "palette4.png");
    tree_picture("a b/10.png", "rgba8.png");
    tree_write("b/notes.txt", "x", 1);
    tree_write("a b/.hidden.png", "x", 1);
    tree_write("b/png", "x", 1);
    tree_folder(".cache");
    tree_picture(".cache/a.png", "rgb8.png");
}

static const char *const class_order[] = {"grey8.png", "rgba8.png", "palette4.png",
                                          "420.jpg",   "422.jpeg",  "rgb8.png"};
static const int32_t class_labels[] = {0, 1, 1, 2, 2, 2};
static const char *const class_names[] = {"a", "a b", "b"};

START_TEST(test_classes)
{
    gan_dataset *dataset = NULL;
    int32_t classes = 0, label = -1;
    float sample[SAMPLE];
    char name[16];

    make_classes();
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
    ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
    ck_assert_int_eq(classes, 3);
    ck_assert_int_eq(count_of(dataset), 6);
    for (int32_t i = 0; i < 3; i++) {
        ASSERT_OK(ctx, gan_dataset_class_name(dataset, name, sizeof name, NULL, i));
        ck_assert_str_eq(name, class_names[i]);
    }
    for (int64_t i = 0; i < 6; i++) {
        ASSERT_OK(ctx, gan_dataset_read(dataset, sample, &label, &i, 1));
        ck_assert_int_eq(label, class_labels[i]);
        check_is(dataset, i, class_order[i], SMALL);
    }
    gan_dataset_destroy(dataset);

    /* Without classes: one list, in which "a b/2.png" is before "a/1.png". */
    static const char *const paths[] = {"rgba8.png", "palette4.png", "grey8.png",
                                        "420.jpg",   "422.jpeg",     "rgb8.png"};
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL "classes=false"));
    ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
    ck_assert_int_eq(classes, 0);
    for (int64_t i = 0; i < 6; i++) {
        check_is(dataset, i, paths[i], SMALL);
    }
    gan_dataset_destroy(dataset);

    /* A picture outside: no classes, or passed over with a word about it. */
    tree_picture("a.png", "one.png");
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
    ASSERT_OK(ctx, gan_dataset_classes(dataset, &classes));
    ck_assert_int_eq(classes, 0);
    ck_assert_int_eq(count_of(dataset), 7);
    gan_dataset_destroy(dataset);
    ck_assert_str_eq(logged, "");
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL "classes=true limit=4"));
    ck_assert_int_eq(count_of(dataset), 4);
    check_is(dataset, 3, "420.jpg", SMALL);
    ck_assert_ptr_nonnull(strstr(logged, "1 pictures that are in no sub-folder"));
    gan_dataset_destroy(dataset);

    tree_folder("c");
    ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "", SMALL "classes=true"), GAN_E_FORMAT,
                 "\"c\" has no pictures");
    ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "c", SMALL), GAN_E_FORMAT, "no file ends in .png");
    ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "a b", SMALL "classes=true"), GAN_E_FORMAT,
                 "no file of a sub-folder ends in .png");
}
END_TEST

/* Links, loops of them, pipes, names that are no UTF-8. */
START_TEST(test_odd_entries)
{
    gan_dataset *dataset = NULL;
    char name[16];

    tree_folder("a");
    tree_folder("a/inner");
    tree_picture("a/1.png", "rgb8.png");
    ck_assert_int_eq(symlink("1.png", tree_path("a/2.png")), 0);
    ck_assert_int_eq(symlink("nowhere.png", tree_path("a/3.png")), 0);
    ck_assert_int_eq(symlink("4.png", tree_path("a/4.png")), 0);
    ck_assert_int_eq(symlink("..", tree_path("a/inner/up")), 0);
    ck_assert_int_eq(symlink("../..", tree_path("a/inner/root")), 0);
    ck_assert_int_eq(mkfifo(tree_path("a/5.png"), 0600), 0);
    ck_assert_int_eq(symlink("/dev/zero", tree_path("a/6.png")), 0);
    tree_folder("a/7.png");
    tree_picture("a/7.png/inside.png", "grey8.png");
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
    ck_assert_int_eq(count_of(dataset), 3);
    check_is(dataset, 1, "rgb8.png", SMALL);
    check_is(dataset, 2, "grey8.png", SMALL);
    gan_dataset_destroy(dataset);

    /* A file becomes a pipe between listing and reading: nothing waits for it. */
    const int64_t indices[] = {0};
    float sample[SAMPLE];
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL "cache=0"));
    ck_assert_int_eq(unlink(tree_path("a/1.png")), 0);
    ck_assert_int_eq(mkfifo(tree_path("a/1.png"), 0600), 0);
    ASSERT_FAILS(ctx, gan_dataset_read(dataset, sample, NULL, indices, 1), GAN_E_IO,
                 "no longer a regular file");
    gan_dataset_destroy(dataset);

    tree_folder("\xff\xfe");
    tree_write("\xff\xfe/\xf0.png", "x", 1);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
    ASSERT_OK(ctx, gan_dataset_class_name(dataset, name, sizeof name, NULL, 1));
    ck_assert_str_eq(name, "??");
    gan_dataset_destroy(dataset);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "\xff\xfe", SMALL));
    ASSERT_FAILS(ctx, gan_dataset_read(dataset, sample, NULL, indices, 1), GAN_E_FORMAT,
                 "/?.png\": neither PNG nor JPEG");
    gan_dataset_destroy(dataset);
}
END_TEST

/* Links to folders of links: their paths multiply. */
START_TEST(test_links_that_multiply)
{
    gan_dataset *dataset = NULL;
    char name[32];

    tree_folder("a");
    tree_folder(".b");
    tree_folder(".c");
    for (int i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof name, "a/%d", i);
        ck_assert_int_eq(symlink("../.b", tree_path(name)), 0);
        (void)snprintf(name, sizeof name, ".b/%d", i);
        ck_assert_int_eq(symlink("../.c", tree_path(name)), 0);
    }
    tree_picture("a/1.png", "rgb8.png");
    ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "", SMALL), GAN_E_FORMAT, "links lead to more than");
}
END_TEST

START_TEST(test_refused)
{
    static const struct {
        const char *options, *sentence;
    } cases[] = {{"", "size"},
                 {"size=0", "size"},
                 {"size=20000", "size"},
                 {"size=8 channels=2", "channels"},
                 {"size=8 background=fffff", "six hexadecimal digits"},
                 {"size=8 background=fffffg", "six hexadecimal digits"},
                 {"size=8 background=0xffff", "six hexadecimal digits"},
                 {"size=8 fit=squeeze", "fit"},
                 {"size=8 filter=nearest", "filter"},
                 {"size=8 prefetch=65", "prefetch"},
                 {"size=8 classes=maybe", "classes"},
                 {"size=8 max_pixels=0", "max_pixels"}};
    gan_dataset *dataset = NULL;

    tree_picture("a.png", "rgb8.png");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "", cases[i].options), GAN_E_ARG,
                     cases[i].sentence);
        ck_assert_ptr_null(dataset);
    }
    ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "nothing", SMALL), GAN_E_IO, "No such file");
    ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "a.png", SMALL), GAN_E_IO, "Not a directory");
    /* What failed gave nothing of the process away: its own first descriptor among them. */
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST

/* Eight pictures, the third and the last two broken. */
static void
make_broken(void)
{
    static const char *const whole[] = {"rgb8.png",  "420.jpg",  "",
                                        "grey8.png", "422.jpeg", "rgba8.png"};
    char name[16];

    for (int i = 0; i < 8; i++) {
        (void)snprintf(name, sizeof name, "%d.png", i);
        if (i < 6 && whole[i][0] != '\0') {
            tree_picture(name, whole[i]);
        } else {
            tree_write(name, "nothing", 7);
        }
    }
}

START_TEST(test_broken)
{
    static const char *const wanted[] = {"rgb8.png", "420.jpg",   "grey8.png", "grey8.png",
                                         "422.jpeg", "rgba8.png", "rgb8.png",  "rgb8.png"};
    const int64_t backwards[] = {7, 6, 5, 4, 3, 2, 1, 0};
    float sample[SAMPLE * 8];
    gan_dataset *dataset = NULL;

    make_broken();
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
    ASSERT_FAILS(ctx, gan_dataset_read(dataset, sample, NULL, &backwards[5], 1), GAN_E_FORMAT,
                 "/2.png\": neither PNG nor JPEG");
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, NULL, &backwards[4], 1));
    ck_assert_uint_eq(number_of(dataset, "broken"), 0);
    gan_dataset_destroy(dataset);

    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL "broken=skip cache=0"));
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, NULL, backwards, 8));
    for (int64_t i = 0; i < 8; i++) {
        check_is(dataset, i, wanted[i], SMALL);
    }
    ck_assert_uint_eq(number_of(dataset, "broken"), 3);
    const char *first = strstr(logged, "/2.png\" is passed over: neither PNG");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "/2.png")); /* once */
    gan_dataset_destroy(dataset);

    tree_folder("none");
    tree_write("none/a.png", "", 0);
    tree_write("none/b.png", "x", 1);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "none", SMALL "broken=skip"));
    ASSERT_FAILS(ctx, gan_dataset_read(dataset, sample, NULL, &backwards[7], 1), GAN_E_FORMAT,
                 "none of its 2 pictures can be read");
    gan_dataset_destroy(dataset);
}
END_TEST

/* A stand-in's label goes with it. */
START_TEST(test_broken_label)
{
    const int64_t indices[] = {0, 1};
    int32_t labels[2] = {-1, -1};
    float sample[SAMPLE * 2];
    gan_dataset *dataset = NULL;

    tree_folder("a");
    tree_folder("b");
    tree_write("a/1.png", "", 0);
    tree_picture("b/1.png", "rgb8.png");
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL "broken=skip"));
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, labels, indices, 2));
    ck_assert(labels[0] == 1 && labels[1] == 1);
    gan_dataset_destroy(dataset);
}
END_TEST

/* Many pictures of different sizes. */
static void
make_many(int count)
{
    static const char *const of[] = {
        "420.jpg",          "rgb8.png",           "interlaced_rgba16.png",
        "orientation6.jpg", "palette4_alpha.png", "progressive.JPG",
        "grey.jpg"};
    char name[24];

    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%03d.png", i);
        tree_picture(name, of[(size_t)i % (sizeof of / sizeof of[0])]);
    }
}

static uint32_t
read_epochs(const char *more, int64_t batches)
{
    enum { BATCH = 7 };
    float samples[BATCH * SAMPLE];
    int64_t indices[BATCH];
    gan_dataset *dataset = NULL;
    uLong crc = 0;

    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", more));
    for (int64_t n = 0; n < batches; n++) {
        ASSERT_OK(ctx, gan_dataset_read_batch(dataset, samples, NULL, indices, BATCH, n));
        crc = crc32_z(crc, (const void *)samples, sizeof samples);
    }
    if (strstr(more, "prefetch=0") != NULL) {
        ck_assert_uint_eq(number_of(dataset, "waits"), 0);
    }
    gan_dataset_destroy(dataset);
    return (uint32_t)crc;
}

/* The bits depend on neither cache nor threads; broken pictures among them or not. */
START_TEST(test_same_bits)
{
    static const char *const caches[] = {"cache=0", "cache=600", "cache=2KiB", "cache=1GiB"};
    char options[128];

    make_many(40);
    for (int round = 0; round < 2; round++) {
        const uint32_t wanted = read_epochs(SMALL "broken=skip prefetch=0 cache=0", 15);
        for (size_t c = 0; c < sizeof caches / sizeof caches[0]; c++) {
            for (int threads = 0; threads < 6; threads += 1 + threads) {
                (void)snprintf(options, sizeof options, SMALL "broken=skip prefetch=%d %s", threads,
                               caches[c]);
                ck_assert_msg(read_epochs(options, 15) == wanted, "%s", options);
            }
        }
        tree_write("004.png", "x", 1);
        tree_write("017.png", "x", 1);
        tree_write("018.png", "x", 1);
    }
}
END_TEST

/* Given time, everything is there: the step never waits. How much time that is, the machine says. */
START_TEST(test_no_waits)
{
    enum { BATCH = 4 };
    float samples[BATCH * SAMPLE];
    gan_dataset *dataset = NULL;
    bool waited = true;

    make_many(20);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL "cache=0 prefetch=2"));
    for (int64_t n = 0, pause = 2000000; waited && pause < 1000000000; pause *= 4) {
        const uint64_t so_far = number_of(dataset, "waits");
        for (int64_t end = n + 12; n < end; n++) {
            ASSERT_OK(ctx, gan_dataset_read_batch(dataset, samples, NULL, NULL, BATCH, n));
            ck_assert(n > 0 || number_of(dataset, "waits") == 0); /* the first must wait */
            (void)nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
        }
        waited = number_of(dataset, "waits") > so_far;
    }
    ck_assert(!waited);
    /* Elsewhere in the order nothing is ready. */
    const uint64_t before = number_of(dataset, "waits");
    ASSERT_OK(ctx, gan_dataset_read_batch(dataset, samples, NULL, NULL, BATCH, 1000));
    ck_assert_uint_eq(number_of(dataset, "waits"), before + 1);
    gan_dataset_destroy(dataset);
}
END_TEST

START_TEST(test_vanishing)
{
    const int64_t first = 0, second = 1;
    float sample[SAMPLE];
    gan_dataset *dataset = NULL;

    make_many(3);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, NULL, &first, 1));
    ck_assert_int_eq(unlink(tree_path("000.png")), 0);
    ck_assert_int_eq(unlink(tree_path("001.png")), 0);
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, NULL, &first, 1)); /* kept */
    ASSERT_FAILS(ctx, gan_dataset_read(dataset, sample, NULL, &second, 1), GAN_E_IO,
                 "/001.png\": cannot read it: No such file");
    tree_picture("001.png", "rgb8.png");
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, NULL, &second, 1));
    gan_dataset_destroy(dataset);

    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL "broken=skip"));
    ck_assert_int_eq(unlink(tree_path("002.png")), 0);
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, NULL, &second, 1));
    gan_dataset_destroy(dataset);
    ck_assert_int_eq(chmod(tree_path("001.png"), 0), 0);
    if (access(tree_path("001.png"), R_OK) != 0) { /* root may read all */
        ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
        ASSERT_FAILS(ctx, gan_dataset_read(dataset, sample, NULL, &first, 1), GAN_E_IO,
                     "Permission denied");
        gan_dataset_destroy(dataset);
    }
}
END_TEST

/* Found wherever the process goes. */
START_TEST(test_working_folder)
{
    const int64_t first = 0;
    float sample[SAMPLE];
    gan_dataset *dataset = NULL;
    char before[TREE_PATH];

    make_many(2);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", SMALL));
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir("/"), 0);
    ASSERT_OK(ctx, gan_dataset_read(dataset, sample, NULL, &first, 1));
    ck_assert_int_eq(chdir(before), 0);
    gan_dataset_destroy(dataset);
}
END_TEST

/* All blocks of the cache give back what they were given; it leaves room under a limit, and reading goes on. */
START_TEST(test_cache)
{
    enum { LARGE = 64 * 64 * 3, COUNT = 200 };
    gan_context *own = NULL;
    gan_dataset *dataset = NULL, *plain = NULL;
    uint64_t before = 0, used = 0;
    uint8_t *kept = malloc(LARGE), *decoded = malloc(LARGE);
    static const char *const limits[] = {"threads=1", "threads=1 memory_limit=4MiB"};

    ck_assert(kept != NULL && decoded != NULL);
    make_many(COUNT);
    for (int limited = 0; limited < 2; limited++) {
        ASSERT_OK(own, gan_context_create(&own, limits[limited], NULL));
        ASSERT_OK(own, tree_open(own, &plain, "", "size=64 prefetch=0 cache=0"));
        ASSERT_OK(own, tree_open(own, &dataset, "", "size=64 prefetch=0"));
        ASSERT_OK(own, gan_context_get(own, &before, "memory_used"));
        for (int64_t i = 0; i < 2 * COUNT; i++) {
            const int64_t index = i % COUNT;
            ASSERT_OK(own, gan_dataset_read_bytes(dataset, kept, NULL, &index, 1));
            if (i >= COUNT) {
                ASSERT_OK(own, gan_dataset_read_bytes(plain, decoded, NULL, &index, 1));
                ck_assert_mem_eq(kept, decoded, LARGE);
            }
        }
        ASSERT_OK(own, gan_context_get(own, &used, "memory_used"));
        ck_assert_uint_ge(used - before, limited ? 1 << 20 : COUNT * LARGE);
        ck_assert(!limited || used - before <= 5 << 19);
        gan_dataset_destroy(dataset);
        gan_dataset_destroy(plain);
        gan_context_destroy(own);
    }
    free(kept);
    free(decoded);
}
END_TEST

/* Reading without a cache takes nothing new from the system once it has seen every picture. */
START_TEST(test_memory_is_kept)
{
    enum { COUNT = 14 };
    struct test_allocator host;
    gan_context *own = failing_context(&host);
    gan_dataset *dataset = NULL;
    float batch[COUNT * SAMPLE];
    int64_t before = 0;

    make_many(COUNT);
    ASSERT_OK(own, tree_open(own, &dataset, "", SMALL "prefetch=0 cache=0"));
    for (int64_t n = 0; n < 4; n++) {
        before = n == 2 ? host.requests : before;
        ASSERT_OK(own, gan_dataset_read_batch(dataset, batch, NULL, NULL, COUNT, n));
    }
    ck_assert_int_eq(host.requests, before);
    gan_dataset_destroy(dataset);
    gan_context_destroy(own);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

START_TEST(test_memory_limit)
{
    gan_context *own = NULL;
    gan_dataset *dataset = NULL;

    make_many(200);
    ASSERT_OK(own, gan_context_create(&own, "threads=1 memory_limit=2MiB", NULL));
    /* Too little for what is decoded ahead: it is decoded when it is read. */
    ASSERT_OK(own, tree_open(own, &dataset, "", "size=64 prefetch=1 cache=0"));
    for (int64_t n = 0; n < 4; n++) {
        float *batch = calloc(50 * 64 * 64 * 3, sizeof(float));
        ck_assert_ptr_nonnull(batch);
        ASSERT_OK(own, gan_dataset_read_batch(dataset, batch, NULL, NULL, 50, n));
        free(batch);
    }
    gan_dataset_destroy(dataset);
    gan_context_destroy(own);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_dataset *dataset = NULL;
    const int64_t first = 0;
    float sample[SAMPLE];
    gan_status st = GAN_E_NOMEM;

    make_classes();
    EACH_ALLOCATION_FAILS(failing, &host, tree_open(failing, &dataset, "", SMALL "prefetch=1"),
                          dataset == NULL);
    /* What decoding takes is kept for the next picture, so the blocks can't be compared. */
    for (int64_t allowed = 0; st != GAN_OK; allowed++) {
        host.refuse_from = host.requests + allowed + 1;
        st = gan_dataset_read(dataset, sample, NULL, &first, 1);
        host.refuse_from = 0;
        ck_assert_msg(st == GAN_OK || st == GAN_E_NOMEM, "%s", gan_status_name(st));
        ck_assert_int_lt(allowed, 100);
    }
    gan_dataset_destroy(dataset);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

START_TEST(test_text)
{
    gan_dataset *dataset = NULL;
    char text[2048];

    make_many(1);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", "size=4x6 fit=stretch"));
    ASSERT_OK(ctx, gan_dataset_text(dataset, text, sizeof text, NULL));
    ck_assert_ptr_nonnull(strstr(text, "folder path="));
    ck_assert_ptr_nonnull(strstr(text, " size=4x6 crop=0 fit=stretch filter=lanczos channels=3 "
                                       "background=ffffff classes=auto limit=0 broken=fail "));
    gan_dataset_destroy(dataset);
}
END_TEST

Suite *
folder_suite(void)
{
    Suite *suite = suite_create("folder");
    TCase *tests = tcase_create("folder");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_pixels);
    tcase_add_test(tests, test_crop);
    tcase_add_test(tests, test_classes);
    tcase_add_test(tests, test_odd_entries);
    tcase_add_test(tests, test_links_that_multiply);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_broken);
    tcase_add_test(tests, test_broken_label);
    tcase_add_test(tests, test_same_bits);
    tcase_add_test(tests, test_no_waits);
    tcase_add_test(tests, test_vanishing);
    tcase_add_test(tests, test_working_folder);
    tcase_add_test(tests, test_cache);
    tcase_add_test(tests, test_memory_is_kept);
    tcase_add_test(tests, test_memory_limit);
    tcase_add_test(tests, test_no_memory);
    tcase_add_test(tests, test_text);
    suite_add_tcase(suite, tests);
    return suite;
}
