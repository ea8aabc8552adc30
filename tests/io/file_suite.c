/* The safe writer and the reader: whole files or the old ones, whatever the system refuses. */
#include "faults.h"
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/context.h"
#include "io/file.h"
#include "io/files.h"
#include "oracle/failing_host.h"

static gan_context *ctx;

static void
setup(void)
{
    files_begin();
    faults_clear();
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1", NULL));
}

static void
teardown(void)
{
    faults_clear();
    gan_context_destroy(ctx);
    files_end();
}

/* Write a file in two pieces; inside a call, as the library does. */
static gan_status
put(gan_context *context, const char *path, const char *first, const char *second)
{
    struct gan__file_writer writer;
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_LAYER);

    ck_assert_int_eq(st, GAN_OK);
    st = gan__file_writer_open(&writer, context, path);
    if (st == GAN_OK) {
        st = gan__file_writer_write(&writer, first, strlen(first));
        if (st == GAN_OK) {
            st = gan__file_writer_write(&writer, second, strlen(second));
        }
        if (st == GAN_OK) {
            st = gan__file_writer_commit(&writer);
        }
        gan__file_writer_abandon(&writer);
    }
    return gan__leave(&call, st);
}

START_TEST(test_new_and_replaced)
{
    ASSERT_OK(ctx, put(ctx, files_path("a"), "one ", "two"));
    files_expect(files_path("a"), "one two");
    ASSERT_OK(ctx, put(ctx, files_path("a"), "three", ""));
    files_expect(files_path("a"), "three");
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

START_TEST(test_nothing_before_commit)
{
    struct gan__file_writer writer;
    struct gan__call call;

    files_write(files_path("a"), "old", 3);
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    ck_assert_int_eq(gan__file_writer_open(&writer, ctx, files_path("a")), GAN_OK);
    ck_assert_int_eq(gan__file_writer_write(&writer, "new", 3), GAN_OK);
    ck_assert_int_eq(files_count(), 2);
    ck_assert_int_ne(fcntl(writer.descriptor, F_GETFD) & FD_CLOEXEC, 0);
    files_expect(files_path("a"), "old");
    gan__file_writer_abandon(&writer);
    gan__file_writer_abandon(&writer);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    files_expect(files_path("a"), "old");
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

static mode_t
mode_of(const char *path)
{
    struct stat info;
    ck_assert_int_eq(lstat(path, &info), 0);
    return info.st_mode & 0777;
}

START_TEST(test_permissions)
{
    const mode_t before = umask(027);

    ASSERT_OK(ctx, put(ctx, files_path("new"), "x", ""));
    ck_assert_int_eq(mode_of(files_path("new")), 0640);
    files_write(files_path("old"), "y", 1);
    ck_assert_int_eq(chmod(files_path("old"), 0606), 0);
    ASSERT_OK(ctx, put(ctx, files_path("old"), "x", ""));
    ck_assert_int_eq(mode_of(files_path("old")), 0606);
    (void)umask(before);
}
END_TEST

START_TEST(test_links)
{
    struct stat info;

    files_write(files_path("file"), "old", 3);
    ck_assert_int_eq(symlink("file", files_path("link")), 0);
    ck_assert_int_eq(symlink("link", files_path("link2")), 0);
    ASSERT_OK(ctx, put(ctx, files_path("link2"), "new", ""));
    files_expect(files_path("file"), "new");
    ck_assert_int_eq(lstat(files_path("link2"), &info), 0);
    ck_assert(S_ISLNK(info.st_mode));

    /* To nothing: the file that it points at is made. */
    ck_assert_int_eq(symlink("made", files_path("dangling")), 0);
    ASSERT_OK(ctx, put(ctx, files_path("dangling"), "made", ""));
    files_expect(files_path("made"), "made");

    ck_assert_int_eq(symlink("loop", files_path("loop")), 0);
    ASSERT_FAILS(ctx, put(ctx, files_path("loop"), "x", ""), GAN_E_IO, "loop");
}
END_TEST

START_TEST(test_not_files)
{
    ck_assert_int_eq(mkdir(files_path("folder"), 0777), 0);
    ASSERT_FAILS(ctx, put(ctx, files_path("folder"), "x", ""), GAN_E_IO, "a folder");
    ASSERT_FAILS(ctx, put(ctx, "/dev/full", "x", ""), GAN_E_IO, "a device");
    ASSERT_FAILS(ctx, put(ctx, files_path("no/a"), "x", ""), GAN_E_IO, "No such file");
    ASSERT_FAILS(ctx, put(ctx, "", "x", ""), GAN_E_IO, "No such file");
    if (geteuid() != 0) {
        files_write(files_path("read_only"), "old", 3);
        ck_assert_int_eq(chmod(files_path("read_only"), 0444), 0);
        ASSERT_FAILS(ctx, put(ctx, files_path("read_only"), "x", ""), GAN_E_IO, "Permission");
        files_expect(files_path("read_only"), "old");
    }
}
END_TEST

/* What the system refuses, and at which byte. */
static const struct {
    struct faults faults;
    const char *sentence;
    const char *left; /* in the file afterwards */
} refusals[] = {
    {{.write_error = ENOSPC}, "No space", "old"},
    {{.write_error = ENOSPC, .write_after = 5}, "No space", "old"},
    {{.write_error = EIO, .write_after = 9}, "Input/output", "old"},
    {{.fsync_error = EIO}, "Input/output", "old"},
    {{.close_error = EDQUOT}, "quota", "old"},
    {{.rename_error = EACCES}, "Permission", "old"},
    /* Of the folder: the new file is there, but may not outlive a power cut. */
    {{.fsync_error = EIO, .fsync_skip = 1}, "may be lost", "one two three"},
};

START_TEST(test_refusals)
{
    files_write(files_path("a"), "old", 3);
    faults = refusals[_i].faults;
    const gan_status st = put(ctx, files_path("a"), "one ", "two three");
    faults_clear();
    ASSERT_FAILS(ctx, st, GAN_E_IO, refusals[_i].sentence);
    ASSERT_FAILS(ctx, st, GAN_E_IO, "/a\"");
    files_expect(files_path("a"), refusals[_i].left);
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

START_TEST(test_folder_that_cannot_be_synced)
{
    faults.fsync_error = EINVAL;
    faults.fsync_skip = 1;
    ASSERT_OK(ctx, put(ctx, files_path("a"), "x", ""));
}
END_TEST

START_TEST(test_interrupted_and_short)
{
    faults.interrupted = 5;
    faults.piece = 2;
    ASSERT_OK(ctx, put(ctx, files_path("a"), "one ", "two three"));
    faults_clear();
    files_expect(files_path("a"), "one two three");
}
END_TEST

START_TEST(test_file_size_limit)
{
    struct rlimit before, small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    files_write(files_path("a"), "old", 3);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 6;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const gan_status st = put(ctx, files_path("a"), "one ", "two three");
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    ASSERT_FAILS(ctx, st, GAN_E_IO, "too large");
    files_expect(files_path("a"), "old");
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

START_TEST(test_no_memory)
{
    struct test_allocator host;
    gan_context *failing = failing_context(&host);

    files_write(files_path("file"), "old", 3);
    ck_assert_int_eq(symlink("file", files_path("link")), 0);
    EACH_ALLOCATION_FAILS(failing, &host, put(failing, files_path("link"), "n", "ew"),
                          files_count() == 2);
    files_expect(files_path("file"), "new");
    gan_context_destroy(failing);
    ck_assert_int_eq(host.blocks, 0);
}
END_TEST

START_TEST(test_two_writers)
{
    struct gan__file_writer first, second;
    struct gan__call call;

    faults.clock_stopped = 1; /* names are made of the time */
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    ck_assert_int_eq(gan__file_writer_open(&first, ctx, files_path("a")), GAN_OK);
    ck_assert_int_eq(gan__file_writer_open(&second, ctx, files_path("a")), GAN_OK);
    faults_clear();
    ck_assert_str_ne(first.temporary, second.temporary);
    ck_assert_int_eq(gan__file_writer_write(&first, "first", 5), GAN_OK);
    ck_assert_int_eq(gan__file_writer_write(&second, "second", 6), GAN_OK);
    ck_assert_int_eq(gan__file_writer_commit(&second), GAN_OK);
    ck_assert_int_eq(gan__file_writer_commit(&first), GAN_OK);
    ck_assert_int_eq(gan__leave(&call, GAN_OK), GAN_OK);
    files_expect(files_path("a"), "first");
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

START_TEST(test_reader)
{
    struct gan__file_reader reader;
    struct gan__call call;
    char data[16] = {0};
    size_t got = 0;

    files_write(files_path("a"), "0123456789", 10);
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_LAYER), GAN_OK);
    faults.interrupted = 3;
    faults.piece = 3;
    ck_assert_int_eq(gan__file_reader_open(&reader, ctx, files_path("a")), GAN_OK);
    ck_assert_uint_eq(reader.size, 10);
    ck_assert_int_eq(gan__file_reader_read(&reader, data, 7, &got), GAN_OK);
    ck_assert_uint_eq(got, 7);
    ck_assert_int_eq(gan__file_reader_read(&reader, data + 7, 7, &got), GAN_OK);
    ck_assert_uint_eq(got, 3);
    ck_assert_str_eq(data, "0123456789");
    faults_clear();
    faults.read_error = EIO;
    ck_assert_int_eq(gan__file_reader_read(&reader, data, 1, &got), GAN_E_IO);
    gan__file_reader_close(&reader);
    faults_clear();
    ck_assert_int_eq(gan__leave(&call, GAN_E_IO), GAN_E_IO);
    ck_assert_ptr_nonnull(strstr(gan_context_error(ctx), "Input/output"));
}
END_TEST

static gan_status
open_only(const char *path)
{
    struct gan__file_reader reader;
    struct gan__call call;
    const gan_status st = gan__enter(&call, ctx, GAN__GROUP_LAYER);

    ck_assert_int_eq(st, GAN_OK);
    return gan__leave(&call, gan__file_reader_open(&reader, ctx, path));
}

START_TEST(test_not_readable)
{
    ck_assert_int_eq(mkfifo(files_path("pipe"), 0666), 0);
    ASSERT_FAILS(ctx, open_only(files_path("pipe")), GAN_E_IO, "a pipe");
    ASSERT_FAILS(ctx, open_only(files_folder), GAN_E_IO, "a folder");
    ASSERT_FAILS(ctx, open_only(files_path("none")), GAN_E_IO, "No such file");
    if (geteuid() != 0) {
        files_write(files_path("secret"), "x", 1);
        ck_assert_int_eq(chmod(files_path("secret"), 0), 0);
        ASSERT_FAILS(ctx, open_only(files_path("secret")), GAN_E_IO, "Permission");
    }
}
END_TEST

Suite *
file_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_new_and_replaced);
    tcase_add_test(tests, test_nothing_before_commit);
    tcase_add_test(tests, test_permissions);
    tcase_add_test(tests, test_links);
    tcase_add_test(tests, test_not_files);
    tcase_add_loop_test(tests, test_refusals, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(tests, test_folder_that_cannot_be_synced);
    tcase_add_test(tests, test_interrupted_and_short);
    tcase_add_test(tests, test_file_size_limit);
    tcase_add_test(tests, test_no_memory);
    tcase_add_test(tests, test_two_writers);
    tcase_add_test(tests, test_reader);
    tcase_add_test(tests, test_not_readable);
    suite_add_tcase(suite, tests);
    return suite;
}
