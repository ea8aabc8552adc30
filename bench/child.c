/*
 * This program as a fresh process: what a work takes of memory by itself, and how long a training
 * takes from exec to the end of its first step.
 */
#include "bench.h"

#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 5, SAYS_SIZE = 256, WORDS_MOST = 13, WORD_SIZE = 1024 };

extern char **environ;

static void
fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* The words of a command, as posix_spawn() wants them. */
struct words {
    char text[WORDS_MOST][WORD_SIZE];
    char *pointers[WORDS_MOST + 1];
    int count;
};

static void
add_word(struct words *words, const char *text)
{
    const int length = snprintf(words->text[words->count], WORD_SIZE, "%s", text);
    if (length >= WORD_SIZE) {
        (void)fprintf(stderr, "too long: %s\n", text);
        exit(EXIT_FAILURE);
    }
    words->pointers[words->count] = words->text[words->count];
    words->count++;
    words->pointers[words->count] = NULL;
}

static void
add_option(struct words *words, const char *name, const char *value)
{
    if (value != NULL) {
        add_word(words, name);
        add_word(words, value);
    }
}

static void
make_command(struct words *words, const struct bench *bench, const char *mode, const char *work)
{
    char threads[16], batch[16];
    (void)snprintf(threads, sizeof(threads), "%d", bench->threads);
    (void)snprintf(batch, sizeof(batch), "%d", bench->batch);
    words->count = 0;
    add_word(words, "gan_bench");
    add_option(words, "--threads", threads);
    add_option(words, "--isa", bench->isa);
    add_option(words, "--batch", batch);
    add_option(words, "--folder", bench->folder);
    add_option(words, "--judge", bench->judge);
    add_option(words, mode, work);
}

/* What the process writes comes to `said`. */
static void
run_child(const struct bench *bench, const char *mode, const char *work, char said[SAYS_SIZE])
{
    struct words words;
    posix_spawn_file_actions_t actions;
    int ends[2], status = 0;
    pid_t child;
    make_command(&words, bench, mode, work);
    if (pipe(ends) != 0) {
        fail("pipe");
    }
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
    (void)posix_spawn_file_actions_addclose(&actions, ends[1]);
    if (posix_spawn(&child, "/proc/self/exe", &actions, NULL, words.pointers, environ) != 0) {
        fail("/proc/self/exe");
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], said + length, SAYS_SIZE - 1 - length)) > 0) {
        length += (size_t)got;
    }
    said[length] = '\0';
    (void)close(ends[0]);
    if (waitpid(child, &status, 0) != child || status != 0) {
        (void)fprintf(stderr, "%s: its own process failed\n", work);
        exit(EXIT_FAILURE);
    }
}

void
child_memory(const struct bench *bench, const struct work *work, struct measurement *m)
{
    char said[SAYS_SIZE];
    uint64_t process, context;
    run_child(bench, "--child-memory", work->name, said);
    if (sscanf(said, "%" SCNu64 " %" SCNu64, &process, &context) == 2) {
        m->process_peak = (double)process;
        m->context_peak = (double)context;
    }
}

void
child_first_step(const struct bench *bench, const char *work)
{
    char said[SAYS_SIZE];
    run_child(bench, "--child-first-step", work, said);
}

static uint64_t
process_peak(void)
{
    char line[256];
    uint64_t kib = 0;
    FILE *const file = fopen("/proc/self/status", "r");
    if (file == NULL) {
        fail("/proc/self/status");
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "VmHWM: %" SCNu64, &kib) == 1) {
            break;
        }
    }
    (void)fclose(file);
    return 1024 * kib;
}

int
child_main(const struct bench *bench, const struct work *work, bool first_step_only)
{
    struct job job;
    job_open(&job, bench, work);
    for (int i = 0; i < (first_step_only ? 1 : RUNS); i++) {
        if (job.prepare != NULL) {
            job.prepare(&job);
        }
        job.run(&job);
    }
    if (first_step_only) {
        _exit(EXIT_SUCCESS); /* the step is finished: that is what is timed */
    }
    printf("%" PRIu64 " %" PRIu64 "\n", process_peak(), job_number(&job, "memory_peak"));
    job_close(&job);
    return EXIT_SUCCESS;
}
