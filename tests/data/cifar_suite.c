/* CIFAR: archives that Python's tarfile made, the same as a folder and as single files, and every lie that a header can tell. */
#include <gan/dataset.h>
#include <gan/tensor.h>

#include <stdbool.h>
#include <zlib.h>

#include "io/files.h"
#include "oracle/failing_host.h"

Suite *cifar_suite(void);

#define ARCHIVE_10  ORACLE_FILES "/arrays/cifar10.tar.gz"
#define ARCHIVE_100 ORACLE_FILES "/arrays/cifar100.tar.gz"

enum { PICTURE = 3072, RECORD_10 = 1 + PICTURE, RECORD_100 = 2 + PICTURE };

static gan_context *ctx;

static void
setup(void)
{
    files_begin();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    files_end();
}

static gan_status
open_cifar(gan_context *context, gan_dataset **out, const char *kind, const char *path,
           const char *more)
{
    char options[1024];

    (void)snprintf(options, sizeof options, "path=\"%s\" %s", path, more);
    return gan_dataset_create(context, out, kind, options);
}

/* Byte k of record r of file f, as make_arrays.py has them. */
static uint8_t
byte_at(int f, int r, int k)
{
    return (uint8_t)(k * 31 + k / 1024 * 7 + r * 17 + f * 5);
}

/* The dataset has these files' two records each, in this order, and is destroyed. */
static void
check(gan_dataset *d, const int *files, int64_t count, int32_t (*label)(int f, int r))
{
    int64_t found = 0, shape[GAN_RANK_MAX], wrong = 0;
    int32_t rank = 0, given = 0;
    float sample[PICTURE];

    ASSERT_OK(ctx, gan_dataset_count(d, &found));
    ASSERT_OK(ctx, gan_dataset_shape(d, shape, GAN_RANK_MAX, &rank));
    ck_assert_int_eq(found, count);
    ck_assert(rank == 3 && shape[0] == 32 && shape[1] == 32 && shape[2] == 3);
    for (int64_t i = 0; i < count; i++) {
        const int f = files[i / 2], r = (int)(i % 2);
        ASSERT_OK(ctx, gan_dataset_read(d, sample, &given, &i, 1));
        ck_assert_int_eq(given, label(f, r));
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                for (int c = 0; c < 3; c++) {
                    const uint8_t byte = byte_at(f, r, c * 1024 + y * 32 + x);
                    wrong += sample[(y * 32 + x) * 3 + c] != (float)byte / 127.5F - 1.0F;
                }
            }
        }
    }
    ck_assert_int_eq(wrong, 0);
    gan_dataset_destroy(d);
}

static int32_t
label_10(int f, int r)
{
    return (f * 3 + r) % 10;
}

static int32_t
label_fine(int f, int r)
{
    return 90 + f * 3 + r;
}

static int32_t
label_coarse(int f, int r)
{
    return (f * 7 + r) % 20;
}

START_TEST(test_archives)
{
    static const int files[] = {0, 1, 2, 3, 4, 5};
    gan_dataset *d = NULL;

    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", ARCHIVE_10, ""));
    check(d, files, 10, label_10);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", ARCHIVE_10, "split=test"));
    check(d, files + 5, 2, label_10);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", ARCHIVE_10, "split=all"));
    check(d, files, 12, label_10);
    for (int limit = 1; limit <= 13; limit++) {
        char text[32];
        (void)snprintf(text, sizeof text, "split=all limit=%d", limit);
        ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", ARCHIVE_10, text));
        check(d, files, limit < 12 ? limit : 12, label_10);
    }
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar100", ARCHIVE_100, ""));
    check(d, files, 2, label_fine);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar100", ARCHIVE_100, "labels=coarse split=all"));
    check(d, files, 4, label_coarse);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar100", ARCHIVE_100, "split=test labels=fine"));
    check(d, files + 1, 2, label_fine);
}
END_TEST

static void
make_record(unsigned char *record, int f, int r)
{
    record[0] = (unsigned char)label_10(f, r);
    for (int k = 0; k < PICTURE; k++) {
        record[1 + k] = byte_at(f, r, k);
    }
}

static void
make_folder(int files)
{
    static const char *const names[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
    unsigned char data[2 * RECORD_10];

    for (int f = 0; f < files; f++) {
        make_record(data, f, 0);
        make_record(data + RECORD_10, f, 1);
        files_write(files_path(names[f]), data, sizeof data);
    }
}

START_TEST(test_folder_and_file)
{
    static const int files[] = {0, 1, 2, 3, 4, 5};
    gan_dataset *d = NULL;

    make_folder(5);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", files_folder, "max_bytes=6146"));
    check(d, files, 10, label_10);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", files_folder, "split=all"), GAN_E_IO,
                 "test_batch.bin");
    make_folder(6);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", files_folder, "split=all limit=11"));
    check(d, files, 11, label_10);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", files_path("data_batch_3.bin"), "split=test"));
    check(d, files + 2, 2, label_10);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", files_folder, "max_bytes=6145"), GAN_E_FORMAT,
                 "data_batch_1.bin\": it has more than max_bytes=6145");
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar100", files_folder, ""), GAN_E_IO, "train.bin");
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", files_path("none"), ""), GAN_E_IO, "none");
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", ARCHIVE_100, ""), GAN_E_FORMAT,
                 "there is no data_batch_1.bin in the archive");
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", ARCHIVE_10, "max_bytes=40000"), GAN_E_FORMAT,
                 "more than max_bytes=40000 (unpacked)");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "cifar10", ""), GAN_E_ARG, "path is missing");
    ASSERT_FAILS(ctx, gan_dataset_create(ctx, &d, "cifar10", "path=a split=tests"), GAN_E_ARG,
                 "did you mean \"test\"");
    ck_assert_ptr_null(d);
}
END_TEST

START_TEST(test_sizes_and_labels)
{
    unsigned char data[3 * RECORD_10] = {0};
    const char *path = files_path("a.bin");
    gan_dataset *d = NULL;

    files_write(path, data, 0);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", path, ""), GAN_E_FORMAT, "it has 0 bytes");
    files_write(path, data, RECORD_10 - 1);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", path, ""), GAN_E_FORMAT,
                 "it has 3072 bytes, wanted 1 or more records of 3073");
    files_write(path, data, 2 * RECORD_10 + 5);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", path, "limit=1"), GAN_E_FORMAT,
                 "it has 6151 bytes");
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar100", path, ""), GAN_E_FORMAT, "records of 3074");
    data[2 * RECORD_10] = 10;
    files_write(path, data, 3 * RECORD_10);
    /* Also where the limit leaves it out. */
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", path, "limit=1"), GAN_E_FORMAT,
                 "record 2 has the label 10, there are classes 0 to 9");
    memset(data, 0, sizeof data);
    data[0] = 20;
    data[1] = 99;
    files_write(path, data, RECORD_100);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar100", path, ""));
    gan_dataset_destroy(d);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar100", path, "labels=coarse"), GAN_E_FORMAT,
                 "record 0 has the label 20");
    data[1] = 100;
    files_write(path, data, RECORD_100);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar100", path, ""), GAN_E_FORMAT, "0 to 99");
    ck_assert_ptr_null(d);
}
END_TEST

static void
expect_name(gan_dataset *d, int32_t index, const char *wanted)
{
    char name[64];
    size_t needed = 0;

    ASSERT_OK(ctx, gan_dataset_class_name(d, name, sizeof name, &needed, index));
    ck_assert_str_eq(name, wanted);
    ck_assert_uint_eq(needed, strlen(wanted) + 1);
}

/* Every name once, and of the order that the alphabet says (cifar100) or the data set's page (cifar10). */
START_TEST(test_class_names)
{
    gan_dataset *d = NULL;
    char last[64] = "", name[64], text[256];
    int32_t classes = 0;

    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", ARCHIVE_10, "limit=1"));
    ASSERT_OK(ctx, gan_dataset_classes(d, &classes));
    ck_assert_int_eq(classes, 10);
    expect_name(d, 0, "airplane");
    expect_name(d, 3, "cat");
    expect_name(d, 9, "truck");
    ASSERT_FAILS(ctx, gan_dataset_class_name(d, name, sizeof name, NULL, 10), GAN_E_ARG,
                 "index is 10: there are 10 classes");
    ASSERT_FAILS(ctx, gan_dataset_class_name(d, name, sizeof name, NULL, -1), GAN_E_ARG,
                 "index is -1");
    ASSERT_OK(ctx, gan_dataset_text(d, text, sizeof text, NULL));
    ck_assert_str_eq(text, "cifar10 path=" ARCHIVE_10 " split=train limit=1 max_bytes=4294967296");
    gan_dataset_destroy(d);

    for (int coarse = 0; coarse < 2; coarse++) {
        ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar100", ARCHIVE_100,
                                  coarse != 0 ? "labels=coarse" : "labels=fine"));
        ASSERT_OK(ctx, gan_dataset_classes(d, &classes));
        ck_assert_int_eq(classes, coarse != 0 ? 20 : 100);
        last[0] = '\0';
        for (int32_t i = 0; i < classes; i++) {
            ASSERT_OK(ctx, gan_dataset_class_name(d, name, sizeof name, NULL, i));
            ck_assert_msg(strcmp(last, name) < 0, "%s after %s", name, last);
            (void)strcpy(last, name);
        }
        ck_assert_str_eq(last, coarse != 0 ? "vehicles_2" : "worm");
        expect_name(d, 7, coarse != 0 ? "insects" : "beetle");
        expect_name(d, 14, coarse != 0 ? "people" : "butterfly");
        gan_dataset_destroy(d);
    }
}
END_TEST

/* An archive unpacked, from malloc. */
static unsigned char *
unpack(const char *path, size_t *size)
{
    enum { ROOM = 1 << 17 };
    unsigned char *data = malloc(ROOM);
    gzFile file = gzopen(path, "rb");

    ck_assert(data != NULL && file != NULL);
    const int got = gzread(file, data, ROOM);
    ck_assert(got > 0 && got < ROOM);
    ck_assert_int_eq(gzclose(file), Z_OK);
    *size = (size_t)got;
    return data;
}

START_TEST(test_tar_without_gzip)
{
    static const int files[] = {0, 1, 2, 3, 4};
    size_t size = 0;
    unsigned char *tar = unpack(ARCHIVE_10, &size);
    gan_dataset *d = NULL;

    files_write(files_path("a.tar"), tar, size);
    ASSERT_OK(ctx, open_cifar(ctx, &d, "cifar10", files_path("a.tar"), ""));
    check(d, files, 10, label_10);
    tar[size - 1] = 1;
    files_write(files_path("a.tar"), tar, size);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", files_path("a.tar"), ""), GAN_E_FORMAT,
                 "bytes after the tar archive's end");
    free(tar);
}
END_TEST

/* The checksum of a header that was changed. */
static void
sum_header(unsigned char *header)
{
    unsigned sum = 0;

    memset(header + 148, ' ', 8);
    for (int i = 0; i < 512; i++) {
        sum += header[i];
    }
    (void)snprintf((char *)header + 148, 8, "%06o", sum);
    header[155] = ' ';
}

static unsigned char *
find_member(unsigned char *tar, size_t size, const char *name)
{
    for (size_t at = 0; at < size; at += 512) {
        if (strncmp((char *)tar + at, "cifar-10-batches-bin/", 21) == 0 &&
            strcmp((char *)tar + at + 21, name) == 0) {
            return tar + at;
        }
    }
    ck_abort_msg("%s is not in the archive", name);
    return NULL;
}

static void
expect_bad_tar(const unsigned char *tar, size_t size, const char *sentence)
{
    gan_dataset *d = NULL;

    files_write(files_path("a.tar"), tar, size);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", files_path("a.tar"), ""), GAN_E_FORMAT,
                 sentence);
    ck_assert_ptr_null(d);
}

START_TEST(test_bad_tar)
{
    size_t size = 0;
    unsigned char *tar = unpack(ARCHIVE_10, &size), saved[512];
    unsigned char *member = find_member(tar, size, "data_batch_2.bin");

    memcpy(saved, member, sizeof saved);
    for (int i = 0; i < 512; i++) {
        member[i] ^= 1;
        expect_bad_tar(tar, size, "damaged one, at byte");
        member[i] ^= 1;
    }
    memcpy(member + 21, "data_batch_1.bin", 16);
    sum_header(member);
    expect_bad_tar(tar, size, "data_batch_1.bin is there twice");
    memcpy(member + 21, "data_batch_6.bin", 16);
    sum_header(member);
    expect_bad_tar(tar, size, "there is no data_batch_2.bin");
    memcpy(member, saved, sizeof saved);
    member[156] = '2';
    sum_header(member);
    expect_bad_tar(tar, size, "is of type 2 and has a size");
    memcpy(member, saved, sizeof saved);
    memcpy(member + 124, "77777777777", 11);
    sum_header(member);
    expect_bad_tar(tar, size, "the tar archive is cut off at byte 51200");
    memcpy(member + 124, "00000014009", 11);
    sum_header(member);
    expect_bad_tar(tar, size, "is no octal number");
    memset(member + 124, 0x80, 1); /* GNU's binary sizes, for files of more than 8 GiB */
    sum_header(member);
    expect_bad_tar(tar, size, "is no octal number");
    memcpy(member + 124, "00000014001", 11); /* 6145 */
    sum_header(member);
    expect_bad_tar(tar, size, "in data_batch_2.bin: it has 6145 bytes, wanted");
    memcpy(member, saved, sizeof saved);
    member[512 + RECORD_10] = 77;
    expect_bad_tar(tar, size, "in data_batch_2.bin: record 1 has the label 77");
    free(tar);
}
END_TEST

START_TEST(test_cut_tar)
{
    size_t size = 0;
    unsigned char *tar = unpack(ARCHIVE_10, &size);
    /* Up to the first block of the end. */
    size_t end = size;

    while (end > 0 && tar[end - 1] == 0) {
        end--;
    }
    end = (end + 511) / 512 * 512;
    for (size_t length = 0; length < end + 512; length += length % 512 == 511 ? 1 : 73) {
        /* Shorter than a block it is no archive. */
        expect_bad_tar(tar, length, length < 512 ? "wanted 1 or more records" : "cut off");
        if (length % 512 > 438 && length % 512 < 511) {
            length = length / 512 * 512 + 511 - 73;
        }
    }
    free(tar);
}
END_TEST

/* The gzip checksum is looked at although all that is wanted came before it. */
START_TEST(test_damaged_gzip)
{
    size_t size = 0;
    unsigned char *packed = files_read(ARCHIVE_10, &size);
    gan_dataset *d = NULL;

    packed[size - 8] ^= 1;
    files_write(files_path("a.gz"), packed, size);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", files_path("a.gz"), ""), GAN_E_FORMAT,
                 "damaged gzip data");
    files_write(files_path("a.gz"), packed, size - 9);
    ASSERT_FAILS(ctx, open_cifar(ctx, &d, "cifar10", files_path("a.gz"), ""), GAN_E_FORMAT,
                 "cut off");
    free(packed);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);
    gan_dataset *d = NULL;

    EACH_ALLOCATION_FAILS(failing, &host, open_cifar(failing, &d, "cifar10", ARCHIVE_10, ""),
                          d == NULL);
    gan_dataset_destroy(d);
    make_folder(6);
    EACH_ALLOCATION_FAILS(failing, &host, open_cifar(failing, &d, "cifar10", files_folder, ""),
                          d == NULL);
    gan_dataset_destroy(d);
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

Suite *
cifar_suite(void)
{
    Suite *suite = suite_create("cifar");
    TCase *tests = tcase_create("cifar");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_archives);
    tcase_add_test(tests, test_folder_and_file);
    tcase_add_test(tests, test_sizes_and_labels);
    tcase_add_test(tests, test_class_names);
    tcase_add_test(tests, test_tar_without_gzip);
    tcase_add_test(tests, test_bad_tar);
    tcase_add_test(tests, test_cut_tar);
    tcase_add_test(tests, test_damaged_gzip);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
