/* Files of a run that are damaged, torn, foreign, left over, or gone. */
#include "run_fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
write_text(const char *name, const char *mode, const char *text)
{
    FILE *file = fopen(run_path(name), mode);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* Change the byte in the middle. */
static void
damage(const char *name)
{
    FILE *file = fopen(run_path(name), "r+b");
    struct stat info;
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &info), 0);
    ck_assert_int_eq(fseek(file, info.st_size / 2, SEEK_SET), 0);
    const int byte = fgetc(file);
    ck_assert_int_eq(fseek(file, info.st_size / 2, SEEK_SET), 0);
    ck_assert_int_ge(fputc(byte ^ 0x10, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* ---- checkpoints ---- */

START_TEST(test_a_damaged_checkpoint_is_passed_over)
{
    struct training t;
    gan_trainer *trainer = NULL;
    int64_t step = 0;
    run_place_begin();
    training_open(&t, "checkpoint_every=2 keep=3");
    ASSERT_OK(t.f.ctx, training_until(&t, 6));
    training_close(&t);
    damage("checkpoints/step-000000006.safetensors");
    ck_assert_int_eq(truncate(run_path("checkpoints/step-000000004.safetensors"), 1000), 0);

    training_open(&t, "keep=2");
    ck_assert_int_eq(t.resumed, 2);
    ck_assert_ptr_nonnull(strstr(t.warnings, "step-000000006"));
    ck_assert_ptr_nonnull(strstr(t.warnings, "step-000000004"));
    ck_assert_int_eq(run_lines("log.jsonl"), 2);
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    /* Those that were passed over do not count, and go. */
    ck_assert_int_eq(run_count("checkpoints", "step-"), 2);
    ck_assert(run_exists("checkpoints/step-000000002.safetensors"));
    ASSERT_OK(t.f.ctx, training_until(&t, 8));
    ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(8));
    training_close(&t);

    damage("checkpoints/step-000000008.safetensors");
    damage("checkpoints/step-000000003.safetensors");
    training_context(&t, "threads=1", NULL);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
    ASSERT_OK(t.f.ctx, gan_run_steps(t.run, &step));
    ck_assert_int_eq(step, -1);
    ASSERT_FAILS(t.f.ctx, gan_run_resume(t.run, &trainer, t.f.dataset), GAN_E_FORMAT,
                 "no checkpoint can be used");
    ck_assert_ptr_nonnull(strstr(gan_context_error(t.f.ctx), "step-000000008"));
    ck_assert_ptr_nonnull(strstr(gan_context_error(t.f.ctx), "step-000000003"));
    ck_assert_ptr_null(trainer);
    training_make(&t, TRAINER_OPTIONS);
    ASSERT_FAILS(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL), GAN_E_STATE, "replace=true");
    training_close(&t);
    run_place_end();
}
END_TEST

/* What can't be read may be whole: it must not look like a folder without checkpoints. */
START_TEST(test_checkpoints_that_cannot_be_read)
{
    static const char *const names[] = {"checkpoints/step-000000000.safetensors",
                                        "checkpoints/step-000000002.safetensors"};
    struct training t;
    gan_run *run = NULL;
    int64_t step = 0;
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, training_until(&t, 2));
    training_close(&t);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(rename(run_path(names[i]), run_path(i == 0 ? "0" : "2")), 0);
        ck_assert_int_eq(mkdir(run_path(names[i]), 0777), 0);
    }
    training_context(&t, "threads=1", NULL);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, NULL));
    ASSERT_FAILS(t.f.ctx, gan_run_steps(run, &step), GAN_E_IO, "it is a folder");
    ck_assert_int_eq(step, -1);
    ck_assert_int_eq(rmdir(run_path(names[0])), 0);
    ck_assert_int_eq(rename(run_path("0"), run_path(names[0])), 0);
    ASSERT_OK(t.f.ctx, gan_run_steps(run, &step));
    ck_assert_int_eq(step, 0);
    gan_run_destroy(run);
    training_close(&t);
    run_place_end();
}
END_TEST

START_TEST(test_other_files_are_no_checkpoints)
{
    struct training t;
    run_place_begin();
    training_open(&t, "keep=1");
    ASSERT_OK(t.f.ctx, training_until(&t, 2));
    write_text("checkpoints/step-9.safetensors", "w", "");
    write_text("checkpoints/step-000000010.safetensors.old", "w", "");
    write_text("checkpoints/step-99999999999999999999.safetensors", "w", "");
    write_text("checkpoints/step-.safetensors", "w", "");
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    training_close(&t);
    ck_assert_int_eq(run_count("checkpoints", "step-"), 5);
    training_open(&t, NULL);
    ck_assert_int_eq(t.resumed, 3);
    ck_assert_str_eq(t.warnings, "");
    training_close(&t);
    run_place_end();
}
END_TEST

/* More than nine digits, and sorted as numbers. */
START_TEST(test_many_steps)
{
    int64_t step = 0;
    char name[GAN__RUN_NAME_SIZE];
    ck_assert(gan__run_is_checkpoint("step-000000007.safetensors", &step));
    ck_assert_int_eq(step, 7);
    ck_assert(gan__run_is_checkpoint("step-12345678901.safetensors", &step));
    ck_assert_int_eq(step, 12345678901);
    ck_assert(!gan__run_is_checkpoint("step-0000000007.safetensors", &step));
    gan__run_checkpoint_name(name, 12345678901);
    ck_assert_str_eq(name, "checkpoints/step-12345678901.safetensors");
}
END_TEST

/* ---- the log ---- */

START_TEST(test_the_log_is_cut)
{
    static const char longest[] =
        "{\"note\":\"........................................................\"}\n";
    struct training t;
    char *before, *after;
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    training_close(&t);
    write_text("log.jsonl", "a", "another program's line\n");
    write_text("log.jsonl", "a", longest);
    write_text("log.jsonl", "a", "{\"step\":3,\"score\":2}\n");
    before = run_text("log.jsonl");
    write_text("log.jsonl", "a", "{\"step\":4,\"epoch\":0}\nanother\n{\"step\":5,\"epoch\":0}\n");
    write_text("log.jsonl", "a", "{\"step\":6,\"ep");
    training_open(&t, NULL);
    ck_assert_int_eq(t.resumed, 3);
    after = run_text("log.jsonl");
    ck_assert_str_eq(before, after);
    free(after);
    training_close(&t);

    write_text("log.jsonl", "a", "{\"st");
    training_open(&t, "log_every=0"); /* no log, and yet not wrong */
    after = run_text("log.jsonl");
    ck_assert_str_eq(before, after);
    free(after);
    training_close(&t);

    ck_assert_int_eq(remove(run_path("log.jsonl")), 0);
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, training_until(&t, 5));
    ck_assert_int_eq(run_lines("log.jsonl"), 2);
    training_close(&t);
    free(before);
    run_place_end();
}
END_TEST

/* Where a block of the scan ends makes no difference. */
START_TEST(test_the_log_is_cut_anywhere)
{
    struct training t;
    char line[128];
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, training_until(&t, 1));
    training_close(&t);
    for (int pad = 4000; pad < 4200; pad += 3) {
        FILE *file = fopen(run_path("log.jsonl"), "w");
        ck_assert_ptr_nonnull(file);
        for (int i = 0; i < pad; i++) {
            (void)fputc(i == pad - 1 ? '\n' : 'x', file);
        }
        (void)snprintf(line, sizeof line, "{\"step\":1,\"a\":1}\n{\"step\":2,\"a\":1}\n");
        (void)fputs(line, file);
        ck_assert_int_eq(fclose(file), 0);
        training_open(&t, NULL);
        training_close(&t);
        ck_assert_int_eq(run_lines("log.jsonl"), 2);
    }
    run_place_end();
}
END_TEST

/* ---- left over ---- */

START_TEST(test_temporary_files_are_cleaned)
{
    struct training t;
    char mine[64], theirs[64], name[96];
    int status;
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    run_place_begin();
    training_open(&t, NULL);
    training_close(&t);
    ck_assert_int_eq(mkdir(run_path("samples"), 0777), 0);
    (void)snprintf(mine, sizeof mine, ".gan-%ld-65aa-3f-0.tmp", (long)getpid());
    (void)snprintf(theirs, sizeof theirs, ".gan-%ld-65aa-3f-0.tmp", (long)child);
    for (int i = 0; i < 3; i++) {
        static const char *const folders[] = {"", "checkpoints/", "samples/"};
        (void)snprintf(name, sizeof name, "%s%s", folders[i], mine);
        write_text(name, "w", "half");
        (void)snprintf(name, sizeof name, "%s%s", folders[i], theirs);
        write_text(name, "w", "half");
        (void)snprintf(name, sizeof name, "%s.gan-1-2-3.tmp", folders[i]);
        write_text(name, "w", "not ours");
        (void)snprintf(name, sizeof name, "%s.gan-1-2-3-x.tmp", folders[i]);
        write_text(name, "w", "not ours");
    }
    training_open(&t, NULL);
    training_close(&t);
    ck_assert_int_eq(run_count("", ".gan-"), 3); /* a living process may be at it */
    ck_assert_int_eq(run_count("samples", ".gan-"), 3);
    ck_assert_int_eq(run_count("checkpoints", ".gan-"), 2); /* nobody else writes there */
    run_place_end();
}
END_TEST

/* ---- gone ---- */

START_TEST(test_a_folder_that_disappears)
{
    struct training t;
    char moved[100];
    int64_t steps;
    run_place_begin();
    training_open(&t, "checkpoint_every=1");
    ASSERT_OK(t.f.ctx, training_until(&t, 2));
    (void)snprintf(moved, sizeof moved, "%s.moved", run_place);
    ck_assert_int_eq(rename(run_place, moved), 0);
    ASSERT_FAILS(t.f.ctx, training_until(&t, 4), GAN_E_IO, "the run folder has gone");
    ASSERT_FAILS(t.f.ctx, gan_run_score(t.run, 1.0, NULL), GAN_E_IO, "the run folder has gone");
    ck_assert_int_eq(t.f.trainer->counters.steps, 2);
    /* Another one in its place is not ours. */
    ck_assert_int_eq(mkdir(run_place, 0777), 0);
    write_text("lock", "w", "");
    ASSERT_FAILS(t.f.ctx, training_until(&t, 4), GAN_E_IO, "another file than was locked");
    ASSERT_FAILS(t.f.ctx, gan_run_steps(t.run, &steps), GAN_E_IO, "another file than was locked");
    ck_assert_int_eq(remove(run_path("lock")), 0);
    ck_assert_int_eq(rmdir(run_place), 0);
    ck_assert_int_eq(rename(moved, run_place), 0);
    ASSERT_OK(t.f.ctx, training_until(&t, 4));
    ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(4));
    ck_assert_int_eq(run_lines("log.jsonl"), 4);
    training_close(&t);
    run_place_end();
}
END_TEST

struct removal {
    const char *name;
    int64_t at;
};

static int32_t
remove_under_way(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    const struct removal *removal = user;
    char moved[200];

    (void)record;
    if (event == GAN_EVENT_STEP && trainer->counters.steps == removal->at) {
        (void)snprintf(moved, sizeof moved, "%s.moved", run_path(removal->name));
        ck_assert_int_eq(rename(run_path(removal->name), moved), 0);
    }
    return 0;
}

START_TEST(test_parts_that_disappear)
{
    struct training t;
    struct removal removal = {"checkpoints", 2};
    run_place_begin();
    training_open(&t, "checkpoint_every=3");
    ASSERT_FAILS(t.f.ctx, gan_trainer_run(t.f.trainer, 5, remove_under_way, &removal), GAN_E_IO,
                 "checkpoints/step-000000003");
    ck_assert_int_eq(t.f.trainer->counters.steps, 3);
    ck_assert_int_eq(rename(run_path("checkpoints.moved"), run_path("checkpoints")), 0);
    ASSERT_OK(t.f.ctx, training_until(&t, 5));

    /* The log is not written to where nobody sees it, and a later run goes on with a new one. */
    ck_assert_int_eq(remove(run_path("log.jsonl")), 0);
    ASSERT_FAILS(t.f.ctx, training_until(&t, 7), GAN_E_IO, "log.jsonl");
    ck_assert_int_eq(t.f.trainer->counters.steps, 6);
    ASSERT_OK(t.f.ctx, training_until(&t, 7));
    ck_assert_int_eq(run_lines("log.jsonl"), 2); /* the line of step 6 has waited */
    ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(7));
    training_close(&t);
    training_open(&t, NULL);
    ck_assert_int_eq(t.resumed, 7);
    training_close(&t);
    run_place_end();
}
END_TEST

/* ---- refused by the system ---- */

/* As a user whom permissions bind. */
static int
in_read_only_folder(void)
{
    gan_context *ctx = NULL;
    gan_run *run = NULL;

    if (getuid() == 0 && setuid(65534) != 0) {
        return 1;
    }
    if (gan_context_create(&ctx, "threads=1", NULL) != GAN_OK) {
        return 2;
    }
    if (gan_run_open(ctx, &run, run_place, NULL) != GAN_E_IO || run != NULL ||
        strstr(gan_context_error(ctx), "\": Permission denied") == NULL) {
        return 3;
    }
    if (gan_run_open(ctx, &run, run_path("inner"), NULL) != GAN_E_IO ||
        strstr(gan_context_error(ctx), "cannot make the folder") == NULL) {
        return 4;
    }
    gan_context_destroy(ctx);
    return 0;
}

START_TEST(test_read_only_folder)
{
    int status = 0;
    run_place_begin();
    ck_assert_int_eq(chmod(run_place, 0555), 0);
    const pid_t child = fork();
    if (child == 0) {
        _exit(in_read_only_folder());
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d",
                  WEXITSTATUS(status));
    ck_assert_int_eq(chmod(run_place, 0755), 0);
    run_place_end();
}
END_TEST

START_TEST(test_places_that_are_no_folders)
{
    struct training t;
    gan_run *run = NULL;
    run_place_begin();
    training_context(&t, "threads=1", NULL);
    write_text("file", "w", "");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_path("file"), NULL), GAN_E_IO, "folder");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_path("file/in"), NULL), GAN_E_IO,
                 "folder");
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, "", NULL), GAN_E_IO, "folder");
    ck_assert_int_eq(mkdir(run_path("a"), 0777), 0);
    ck_assert_int_eq(mkdir(run_path("a/lock"), 0777), 0);
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_path("a"), NULL), GAN_E_IO, "lock");
    ck_assert_int_eq(mkdir(run_path("b"), 0777), 0);
    ck_assert_int_eq(mkdir(run_path("b/log.jsonl"), 0777), 0);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &run, run_path("b"), NULL));
    training_make(&t, TRAINER_OPTIONS);
    ASSERT_FAILS(t.f.ctx, gan_run_begin(run, t.f.trainer, NULL), GAN_E_STATE, "log.jsonl");
    ASSERT_FAILS(t.f.ctx, gan_run_begin(run, t.f.trainer, "replace=true"), GAN_E_IO, "log.jsonl");
    gan_run_destroy(run);
    training_close(&t);
    run_place_end();
}
END_TEST

/* A folder of another program: none of its files is lost. */
START_TEST(test_files_of_others)
{
    static const char own[] = "not a lock, but a text of somebody's own\n";
    struct training t;
    gan_run *run = NULL;
    run_place_begin();
    training_context(&t, "threads=1", NULL);
    write_text("own", "w", own);
    ck_assert_int_eq(symlink("own", run_path("lock")), 0);
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, NULL), GAN_E_IO, "lock");
    char *text = run_text("own");
    ck_assert_str_eq(text, own);
    free(text);
    ck_assert_int_eq(unlink(run_path("lock")), 0);
    write_text("lock", "w", own);
    ASSERT_FAILS(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, NULL), GAN_E_IO,
                 "another program");
    text = run_text("lock");
    ck_assert_str_eq(text, own);
    free(text);
    ck_assert_int_eq(unlink(run_path("lock")), 0);
    write_text("config.txt", "w", own);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, NULL));
    training_make(&t, TRAINER_OPTIONS);
    ASSERT_FAILS(t.f.ctx, gan_run_begin(run, t.f.trainer, NULL), GAN_E_STATE, "config.txt");
    text = run_text("config.txt");
    ck_assert_str_eq(text, own);
    free(text);
    gan_run_destroy(run);
    training_close(&t);
    run_place_end();
}
END_TEST

/* The program may change its own folder. */
START_TEST(test_another_working_folder)
{
    struct training t;
    char here[400];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    run_place_begin();
    training_open(&t, "checkpoint_every=1");
    ck_assert_int_eq(chdir("/"), 0);
    ASSERT_OK(t.f.ctx, training_until(&t, 2));
    ASSERT_OK(t.f.ctx, gan_run_score(t.run, 1.0, NULL));
    ck_assert_int_eq(chdir(here), 0);
    ck_assert(run_exists("checkpoints/step-000000002.safetensors"));
    training_close(&t);
    run_place_end();
}
END_TEST

/* ---- config.txt ---- */

/* What stands behind a key, up to its line's end; free() it. */
static char *
behind(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    ck_assert_msg(at != NULL, "no %s in %s", key, text);
    at += strlen(key);
    return strndup(at, strcspn(at, "\n"));
}

/* The network under a heading, made as the heading says; *made: how many the context had so far. */
static gan_layer *
network_under(gan_context *ctx, const char *config, const char *heading, long *made)
{
    gan_layer *layer = NULL;
    const char *start = strstr(config, heading), *end;
    ck_assert_ptr_nonnull(start);
    const long number = strtol(start + strlen(heading), NULL, 10);
    for (; *made < number; ++*made) {
        ASSERT_OK(ctx, gan_layer_parse(ctx, &layer, plain_discriminator));
        gan_layer_destroy(layer);
    }
    start = strchr(start + strlen(heading), '\n') + 1;
    end = strstr(start, "\n#");
    char *text = end == NULL ? strdup(start) : strndup(start, (size_t)(end + 1 - start));
    ASSERT_OK(ctx, gan_layer_parse(ctx, &layer, text));
    ++*made;
    free(text);
    return layer;
}

/* The samples are the test's own; all else comes from config.txt. */
static void
repeat_from(struct training *t, const char *config, const char *folder)
{
    char context_options[80];
    long made = 0;
    char *seed = behind(config, "\nseed: "), *trainer = behind(config, "\ntrainer: ");
    char *run = behind(config, "\nrun:"), *dataset = behind(config, "\ndataset: "), has[80];
    (void)snprintf(context_options, sizeof context_options, "threads=2 seed=%s", seed);
    training_context(t, context_options, NULL);
    ASSERT_OK(t->f.ctx, gan_dataset_text(t->f.dataset, has, sizeof has, NULL));
    ck_assert_str_eq(dataset, has);
    t->f.generator =
        network_under(t->f.ctx, config, "\n# generator: made as network number ", &made);
    t->f.discriminator =
        network_under(t->f.ctx, config, "\n# discriminator: made as network number ", &made);
    ASSERT_OK(t->f.ctx, gan_trainer_create(t->f.ctx, &t->f.trainer, t->f.generator,
                                           t->f.discriminator, t->f.dataset, trainer));
    ASSERT_OK(t->f.ctx, gan_run_open(t->f.ctx, &t->run, folder, run));
    ASSERT_OK(t->f.ctx, gan_run_begin(t->run, t->f.trainer, NULL));
    free(seed);
    free(trainer);
    free(run);
    free(dataset);
}

START_TEST(test_a_run_is_repeated_from_its_config)
{
    struct training t;
    gan_layer *other = NULL;
    run_place_begin();
    training_context(&t, "threads=1 seed=6", NULL);
    ASSERT_OK(t.f.ctx, gan_layer_parse(t.f.ctx, &other, plain_generator));
    gan_layer_destroy(other); /* the trainer's networks are not the context's first ones */
    training_make(&t, TRAINER_OPTIONS " d_steps=2 instance_noise=linear(0.1,0,9)");
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, "keep=3 best=highest"));
    ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, NULL));
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    const uint64_t hash = fixture_hash(&t.f);
    char *config = run_text("config.txt");
    training_close(&t);
    repeat_from(&t, config, run_path("again"));
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    ck_assert_uint_eq(fixture_hash(&t.f), hash);
    char *again = run_text("again/config.txt");
    ck_assert_str_eq(again, config);
    training_close(&t);
    free(again);
    free(config);
    run_place_end();
}
END_TEST

START_TEST(test_a_missing_config_is_written_anew)
{
    struct training t;
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, training_until(&t, 2));
    training_close(&t);
    ck_assert_int_eq(unlink(run_path("config.txt")), 0);
    training_open(&t, NULL);
    char *config = run_text("config.txt");
    ck_assert_ptr_nonnull(strstr(config, "\nfirst step: 2\n"));
    free(config);
    training_close(&t);
    run_place_end();
}
END_TEST

Suite *
run_files_suite(void)
{
    Suite *suite = suite_create("run files");
    TCase *tcase = tcase_create("run files");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, test_a_damaged_checkpoint_is_passed_over);
    tcase_add_test(tcase, test_checkpoints_that_cannot_be_read);
    tcase_add_test(tcase, test_other_files_are_no_checkpoints);
    tcase_add_test(tcase, test_many_steps);
    tcase_add_test(tcase, test_the_log_is_cut);
    tcase_add_test(tcase, test_the_log_is_cut_anywhere);
    tcase_add_test(tcase, test_temporary_files_are_cleaned);
    tcase_add_test(tcase, test_a_folder_that_disappears);
    tcase_add_test(tcase, test_parts_that_disappear);
    tcase_add_test(tcase, test_read_only_folder);
    tcase_add_test(tcase, test_places_that_are_no_folders);
    tcase_add_test(tcase, test_files_of_others);
    tcase_add_test(tcase, test_another_working_folder);
    tcase_add_test(tcase, test_a_run_is_repeated_from_its_config);
    tcase_add_test(tcase, test_a_missing_config_is_written_anew);
    suite_add_tcase(suite, tcase);
    return suite;
}
