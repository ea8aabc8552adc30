/* See run_fixture.h. */
#include "run_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

char run_place[64];

void
run_place_begin(void)
{
    (void)strcpy(run_place, "run-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(run_place));
    calls_clear();
}

static void
remove_tree(const char *path)
{
    char inner[PATH_SIZE];
    const struct dirent *entry;
    DIR *folder = opendir(path);

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            if (remove(inner) != 0) {
                remove_tree(inner);
            }
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}

void
run_place_end(void)
{
    calls_clear();
    remove_tree(run_place);
    run_place[0] = '\0';
}

const char *
run_path(const char *name)
{
    static char paths[8][PATH_SIZE];
    static int next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, PATH_SIZE, "%s/%s", run_place, name);
    return path;
}

int
run_exists(const char *name)
{
    return access(run_path(name), F_OK) == 0;
}

int
run_count(const char *folder, const char *start)
{
    DIR *opened = opendir(run_path(folder));
    const struct dirent *entry;
    int count = 0;

    while (opened != NULL && (entry = readdir(opened)) != NULL) {
        count += strncmp(entry->d_name, start, strlen(start)) == 0;
    }
    if (opened != NULL) {
        (void)closedir(opened);
    }
    return count;
}

char *
run_text(const char *name)
{
    FILE *file = fopen(run_path(name), "rb");
    struct stat info;

    ck_assert_msg(file != NULL, "%s cannot be read", run_path(name));
    ck_assert_int_eq(fstat(fileno(file), &info), 0);
    char *text = calloc(1, (size_t)info.st_size + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, (size_t)info.st_size, file), (size_t)info.st_size);
    (void)fclose(file);
    return text;
}

int
run_lines(const char *name)
{
    char *text = run_text(name);
    int lines = 0;

    for (const char *at = text; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    free(text);
    return lines;
}

static void
note_warning(void *user, int32_t level, const char *message)
{
    struct training *t = user;
    const size_t length = strlen(t->warnings);

    if (level == GAN_LOG_WARNING) {
        (void)snprintf(t->warnings + length, sizeof t->warnings - length, "%s\n", message);
    }
}

void
training_context(struct training *t, const char *context_options, const gan_host *host)
{
    gan_host own = {.struct_size = sizeof own, .user = t, .log = note_warning};

    memset(t, 0, sizeof *t);
    t->resumed = -1;
    const gan_status created =
        gan_context_create(&t->f.ctx, context_options, host != NULL ? host : &own);
    ck_assert_msg(created == GAN_OK, "%s", gan_context_error(t->f.ctx));
    t->f.dataset = fixture_dataset(t->f.ctx);
}

void
training_make(struct training *t, const char *trainer_options)
{
    ASSERT_OK(t->f.ctx, gan_layer_parse(t->f.ctx, &t->f.generator, plain_generator));
    ASSERT_OK(t->f.ctx, gan_layer_parse(t->f.ctx, &t->f.discriminator, plain_discriminator));
    ASSERT_OK(t->f.ctx, gan_trainer_create(t->f.ctx, &t->f.trainer, t->f.generator,
                                           t->f.discriminator, t->f.dataset, trainer_options));
}

void
training_open(struct training *t, const char *run_options)
{
    training_context(t, "threads=1", NULL);
    ASSERT_OK(t->f.ctx, gan_run_open(t->f.ctx, &t->run, run_place, run_options));
    ASSERT_OK(t->f.ctx, gan_run_steps(t->run, &t->resumed));
    if (t->resumed < 0) {
        training_make(t, TRAINER_OPTIONS);
        ASSERT_OK(t->f.ctx, gan_run_begin(t->run, t->f.trainer, NULL));
        return;
    }
    ASSERT_OK(t->f.ctx, gan_run_resume(t->run, &t->f.trainer, t->f.dataset));
    ASSERT_OK(t->f.ctx, gan_trainer_generator(t->f.trainer, &t->f.generator));
    ASSERT_OK(t->f.ctx, gan_trainer_discriminator(t->f.trainer, &t->f.discriminator));
}

void
training_close(struct training *t)
{
    gan_run_destroy(t->run);
    fixture_close(&t->f);
    memset(t, 0, sizeof *t);
}

gan_status
training_until(struct training *t, int64_t step)
{
    return gan_trainer_run(t->f.trainer, step - t->f.trainer->counters.steps, NULL, NULL);
}

uint64_t
undisturbed_hash(int64_t steps)
{
    struct fixture f;
    fixture_open(&f, "threads=1", NULL, plain_generator, plain_discriminator, TRAINER_OPTIONS);
    fixture_steps(&f, steps);
    const uint64_t hash = fixture_hash(&f);
    fixture_close(&f);
    return hash;
}
