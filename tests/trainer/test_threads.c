/* The same bits whatever runs them: threads, instruction sets, hosts, contexts beside each other, forked children. */
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char options[] = "batch=8 d_steps=2";

static uint64_t
train(const char *context_options, const gan_host *host)
{
    struct fixture f;
    fixture_open(&f, context_options, host, labelled_generator, labelled_discriminator, options);
    fixture_steps(&f, 5);
    const uint64_t hash = fixture_hash(&f);
    fixture_close(&f);
    return hash;
}

static uint64_t
train_plain(const char *context_options)
{
    struct fixture f;
    fixture_open(&f, context_options, NULL, plain_generator, plain_discriminator, options);
    fixture_steps(&f, 5);
    const uint64_t hash = fixture_hash(&f);
    fixture_close(&f);
    return hash;
}

START_TEST(test_threads_and_instruction_sets)
{
    static const char *const settings[] = {"threads=2 seed=4",
                                           "threads=3 seed=4",
                                           "threads=7 seed=4",
                                           "threads=2 seed=4 isa=avx2",
                                           "threads=2 seed=4 isa=portable",
                                           "threads=3 seed=4 isa=avx512"};
    const uint64_t hash = train("threads=1 seed=4", NULL), plain = train_plain("threads=1 seed=4");
    for (int i = 0; i < 6; i++) {
        gan_context *probe = NULL;
        const gan_status there = gan_context_create(&probe, settings[i], NULL);
        gan_context_destroy(probe);
        if (there == GAN_E_UNSUPPORTED) {
            continue; /* not on this CPU */
        }
        ck_assert_msg(train(settings[i], NULL) == hash, "%s", settings[i]);
        ck_assert_msg(train_plain(settings[i]) == plain, "%s", settings[i]);
    }
    ck_assert(train("threads=1 seed=5", NULL) != hash);
}
END_TEST

/* Each method, on other numbers of threads and other instruction sets. */
START_TEST(test_bits_of_methods)
{
    static const char *const settings[] = {"threads=1 seed=4", "threads=2 seed=4",
                                           "threads=5 seed=4", "threads=2 seed=4 isa=avx2",
                                           "threads=1 seed=4 isa=portable"};
    const struct method *m = &methods[_i];
    uint64_t first = 0;
    for (int i = 0; i < 5; i++) {
        gan_context *probe = NULL;
        struct fixture f;
        const gan_status there = gan_context_create(&probe, settings[i], NULL);
        gan_context_destroy(probe);
        if (there == GAN_E_UNSUPPORTED) {
            continue; /* not on this CPU */
        }
        fixture_open(&f, settings[i], NULL, m->generator, m->discriminator, m->options);
        fixture_steps(&f, 4);
        const uint64_t hash = fixture_hash(&f);
        first = i == 0 ? hash : first;
        ck_assert_msg(hash == first, "%s: %s", m->name, settings[i]);
        fixture_close(&f);
    }
}
END_TEST

/* Races show as bits that differ once in a while, most on a busy machine. */
START_TEST(test_again_and_again)
{
    const uint64_t hash = train("threads=1 seed=4", NULL);
    for (int i = 0; i < 20; i++) {
        ck_assert_uint_eq(train(i % 2 == 0 ? "threads=3 seed=4" : "threads=5 seed=4", NULL), hash);
    }
}
END_TEST

static void
parallel(void *user, int64_t count, void (*task)(void *argument, int64_t index), void *argument)
{
    (void)user;
    for (int64_t i = count - 1; i >= 0; i--) {
        task(argument, i);
    }
}

START_TEST(test_the_hosts_own_parallel_for)
{
    const gan_host host = {.struct_size = sizeof host, .parallel_for = parallel};
    ck_assert_uint_eq(train("threads=3 seed=4", &host), train("threads=1 seed=4", NULL));
}
END_TEST

#if defined(__x86_64__)
/* Flush to zero; rounding upward; all floating-point exceptions unmasked. */
START_TEST(test_hosts_floating_point)
{
    static const uint32_t modes[] = {0x9fc0, 0x5f80, 0x0000};
    const uint64_t hash = train("threads=2 seed=4", NULL);
    struct fixture f;
    fixture_open(&f, "threads=2 seed=4", NULL, labelled_generator, labelled_discriminator, options);
    for (int i = 0; i < 5; i++) {
        const uint32_t before = __builtin_ia32_stmxcsr(), mode = modes[_i];
        __builtin_ia32_ldmxcsr(mode);
        const gan_status st = gan_trainer_step(f.trainer, NULL);
        const uint32_t after = __builtin_ia32_stmxcsr();
        __builtin_ia32_ldmxcsr(before);
        ASSERT_OK(f.ctx, st);
        ck_assert_uint_eq(after & 0xffc0, mode & 0xffc0);
    }
    ck_assert_uint_eq(fixture_hash(&f), hash);
    fixture_close(&f);
}
END_TEST
#endif

static void *
train_beside(void *argument)
{
    *(uint64_t *)argument = train("threads=2 seed=4", NULL);
    return NULL;
}

START_TEST(test_two_contexts_in_two_threads)
{
    uint64_t hashes[2] = {0, 1};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, train_beside, &hashes[0]), 0);
    train_beside(&hashes[1]);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(hashes[0], hashes[1]);
}
END_TEST

/* Stopped from another thread; a second thread inside the context is refused. */
struct stopping {
    gan_trainer *trainer;
    gan_context *ctx;
    atomic_int running;
    gan_status answer;
};

static void *
stop_from_beside(void *argument)
{
    struct stopping *s = argument;
    int64_t steps;
    while (atomic_load(&s->running) == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    s->answer = gan_trainer_steps(s->trainer, &steps);
    gan_trainer_stop(s->trainer);
    return NULL;
}

static int32_t
is_running(void *user, gan_trainer *trainer, int32_t event, const gan_record *record)
{
    struct stopping *s = user;
    (void)trainer;
    (void)event;
    (void)record;
    atomic_store(&s->running, 1);
    return 0;
}

START_TEST(test_stop_from_another_thread)
{
    struct fixture f;
    struct stopping s = {0};
    pthread_t thread;
    int64_t steps = 0;
    fixture_open(&f, "threads=2", NULL, plain_generator, plain_discriminator, options);
    s.trainer = f.trainer;
    s.ctx = f.ctx;
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_from_beside, &s), 0);
    ASSERT_OK(f.ctx, gan_trainer_run(f.trainer, INT64_MAX, is_running, &s));
    pthread_join(thread, NULL);
    ck_assert_int_eq(s.answer, GAN_E_STATE);
    ASSERT_OK(f.ctx, gan_trainer_steps(f.trainer, &steps));
    ck_assert_int_ge(steps, 1);
    fixture_close(&f);
}
END_TEST

#if !defined(__SANITIZE_THREAD__) /* which cannot follow a fork */
START_TEST(test_fork_in_the_middle)
{
    struct fixture f;
    uint64_t of_child = 0;
    int ends[2], status = 0;
    const uint64_t hash = train("threads=3 seed=4", NULL);
    fixture_open(&f, "threads=3 seed=4", NULL, labelled_generator, labelled_discriminator, options);
    fixture_steps(&f, 3);
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        gan_status st = GAN_OK;
        for (int i = 0; i < 2 && st == GAN_OK; i++) {
            st = gan_trainer_step(f.trainer, NULL);
        }
        of_child = fixture_hash(&f);
        fixture_close(&f);
        const bool written = write(ends[1], &of_child, sizeof of_child) == (ssize_t)sizeof of_child;
        _exit(st == GAN_OK && written ? 0 : 1);
    }
    fixture_steps(&f, 2);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_int_eq(read(ends[0], &of_child, sizeof of_child), sizeof of_child);
    close(ends[0]);
    close(ends[1]);
    ck_assert_uint_eq(fixture_hash(&f), hash);
    ck_assert_uint_eq(of_child, hash);
    fixture_close(&f);
}
END_TEST
#endif

static Suite *
threads_suite(void)
{
    Suite *suite = suite_create("trainer threads");
    TCase *tcase = tcase_create("bits");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, test_threads_and_instruction_sets);
    tcase_add_loop_test(tcase, test_bits_of_methods, 0, method_count);
    tcase_add_test(tcase, test_again_and_again);
    tcase_add_test(tcase, test_the_hosts_own_parallel_for);
#if defined(__x86_64__)
    tcase_add_loop_test(tcase, test_hosts_floating_point, 0, 3);
#endif
    tcase_add_test(tcase, test_two_contexts_in_two_threads);
    tcase_add_test(tcase, test_stop_from_another_thread);
#if !defined(__SANITIZE_THREAD__)
    tcase_add_test(tcase, test_fork_in_the_middle);
#endif
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    Suite *const suites[] = {threads_suite()};
    return run_suites(suites, 1);
}
