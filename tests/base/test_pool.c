/* The parallel loop: each item once, slots, nesting, hosts, forks, refused threads, floating-point environments. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "suites.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocator.h"
#include "base/float_environment.h"
#include "base/pool.h"

/* The linker sends pthread_create here (--wrap). */
static _Atomic int32_t creations_allowed = INT32_MAX;
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                      void *argument)
{
    if (atomic_fetch_sub(&creations_allowed, 1) <= 0) {
        return EAGAIN;
    }
    return __real_pthread_create(thread, attributes, run, argument);
}

static int
thread_count(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

/* Threads that were joined stay in the list for a moment. */
static int
settled_thread_count(int wanted)
{
    int count = thread_count();
    for (int i = 0; i < 1000 && count != wanted; i++) {
        usleep(1000);
        count = thread_count();
    }
    return count;
}

enum { ITEMS = 10007, SLOTS_MAX = 16 };

struct work {
    gan_context *ctx;
    _Atomic int32_t visits[ITEMS];
    _Atomic int32_t busy[SLOTS_MAX];
    _Atomic int32_t used[SLOTS_MAX];
    _Atomic int32_t mistakes;
    int64_t grain;
    int32_t nested;
    int32_t load;
};

struct inner {
    struct work *work;
    int32_t slot; /* of the task that loops */
};

static void
inner_task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    const struct inner *inner = argument;
    struct work *work = inner->work;
    if (end - begin > 3 || slot != inner->slot) {
        atomic_fetch_add(&work->mistakes, 1);
    }
    for (int64_t i = begin; i < end; i++) {
        atomic_fetch_add(&work->visits[i], 1);
    }
}

static void
task(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    struct work *work = argument;
    if (slot < 0 || slot >= gan__pool_slots(work->ctx) ||
        atomic_fetch_add(&work->busy[slot], 1) != 0 || begin % work->grain != 0 ||
        end - begin > work->grain) {
        atomic_fetch_add(&work->mistakes, 1);
    }
    atomic_fetch_add(&work->used[slot], 1);
    for (volatile int32_t i = 0; i < work->load; i = i + 1) {
    }
    if (work->nested) {
        struct inner inner = {.work = work, .slot = slot};
        gan__parallel_for(work->ctx, 10, 3, inner_task, &inner);
    } else {
        for (int64_t i = begin; i < end; i++) {
            atomic_fetch_add(&work->visits[i], 1);
        }
    }
    atomic_fetch_sub(&work->busy[slot], 1);
}

static struct work work;

static void
check_loop(gan_context *ctx, int64_t count, int64_t grain, int32_t load)
{
    memset(&work, 0, sizeof work);
    work.ctx = ctx;
    work.grain = grain;
    work.load = load;
    gan__parallel_for(ctx, count, grain, task, &work);
    ck_assert_int_eq(work.mistakes, 0);
    int64_t wrong = 0;
    for (int64_t i = 0; i < ITEMS; i++) {
        wrong += work.visits[i] != (i < count ? 1 : 0);
    }
    ck_assert_int_eq(wrong, 0);
}

static const int32_t thread_numbers[] = {1, 2, 7, 16};

START_TEST(test_every_item_once)
{
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, thread_numbers[_i]));
    ck_assert_int_eq(gan__pool_slots(ctx), thread_numbers[_i]);
    static const int64_t counts[] = {0, 1, 2, 3, 7, 8, 100, ITEMS};
    static const int64_t grains[] = {1, 2, 5, 64, ITEMS, INT64_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (size_t j = 0; j < sizeof grains / sizeof grains[0]; j++) {
            check_loop(ctx, counts[i], grains[j], 0);
        }
    }
    gan__context_unref(ctx);
}
END_TEST

/* Many short loops, close to each other and far apart: nobody is lost or woken into the wrong one. */
START_TEST(test_many_loops)
{
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, thread_numbers[_i]));
    int wrong = 0;
    const int rounds = UNDER_THREAD_SANITIZER ? 500 : 3000;
    for (int i = 0; i < rounds; i++) {
        memset(work.visits, 0, 64 * sizeof work.visits[0]);
        work.ctx = ctx;
        work.grain = 1;
        work.load = i % 7 * 50;
        gan__parallel_for(ctx, 1 + i % 40, 1, task, &work);
        for (int j = 0; j < 1 + i % 40; j++) {
            wrong += work.visits[j] != 1;
        }
        if (i % 97 == 0) {
            usleep(300); /* the threads fall asleep */
        }
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(work.mistakes, 0);
    gan__context_unref(ctx);
}
END_TEST

/* Each slot takes one piece and keeps it until all have come, so that every thread runs `look`. */
struct meeting {
    _Atomic int32_t arrived, wrong;
    int32_t wanted;
    bool (*look)(int32_t slot);
};

static void
meet(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    struct meeting *meeting = argument;
    (void)begin;
    (void)end;
    if (meeting->look != NULL && !meeting->look(slot)) {
        atomic_fetch_add(&meeting->wrong, 1);
    }
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < meeting->wanted) {
        (void)sched_yield(); /* forever if a helper does not come: the test's time runs out */
    }
}

/* How many of the `wanted` threads found something wrong. */
static int32_t
meet_all(gan_context *ctx, int32_t wanted, bool (*look)(int32_t slot))
{
    struct meeting meeting = {.wanted = wanted, .look = look};
    gan__parallel_for(ctx, meeting.wanted, 1, meet, &meeting);
    return meeting.wrong;
}

/* Awake or asleep, all helpers come. */
START_TEST(test_helpers_help)
{
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, thread_numbers[_i]));
    for (int i = 0; i < 20; i++) {
        const int32_t wanted = i % 4 < 2 ? thread_numbers[_i] : (thread_numbers[_i] + 1) / 2;
        ck_assert_int_eq(meet_all(ctx, wanted, NULL), 0);
        if (i % 2 == 0) {
            usleep(2000);
        }
    }
    gan__context_unref(ctx);
}
END_TEST

/* A loop inside a task runs in the task's slot, on whichever thread that is. */
static gan_context *nesting;

static void
compare_slot(void *argument, int64_t begin, int64_t end, int32_t slot)
{
    int32_t *const expected = argument;
    if (slot != *expected || end - begin > 3) {
        *expected = -1;
    }
}

static bool
nests_in_own_slot(int32_t slot)
{
    int32_t expected = slot;
    gan__parallel_for(nesting, 10, 3, compare_slot, &expected);
    return expected == slot;
}

START_TEST(test_nested)
{
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, thread_numbers[_i]));
    memset(&work, 0, sizeof work);
    work.ctx = ctx;
    work.grain = 1;
    work.nested = 1;
    work.load = 500;
    nesting = ctx;
    ck_assert_int_eq(meet_all(ctx, thread_numbers[_i], nests_in_own_slot), 0);
    gan__parallel_for(ctx, 300, 1, task, &work);
    ck_assert_int_eq(work.mistakes,
                     0); /* the inner loop ran in its own task's slot, in pieces of 3 */
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(work.visits[i], 300);
    }
    work.nested = 0;
    check_loop(ctx, 100, 3, 0);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_no_pool)
{
    gan_context *ctx = bare_context(NULL);
    ck_assert_int_eq(gan__pool_slots(ctx), 1);
    check_loop(ctx, 100, 7, 0);
    gan__context_unref(ctx);
}
END_TEST

/* A host's loop: its own threads, one an index, started for each loop. */
struct host_thread {
    void (*task)(void *argument, int64_t index);
    void *argument;
    int64_t index;
    uint32_t control_before, control_after;
};

static void *
host_thread_main(void *argument)
{
    struct host_thread *self = argument;
#if defined(__SSE2__)
    _mm_setcsr(0x5f80); /* rounds upward */
    self->control_before = _mm_getcsr();
#endif
    self->task(self->argument, self->index);
#if defined(__SSE2__)
    self->control_after = _mm_getcsr();
#endif
    return NULL;
}

static void
host_parallel_for(void *user, int64_t count, void (*run)(void *argument, int64_t index),
                  void *argument)
{
    struct host_thread threads[SLOTS_MAX];
    pthread_t handles[SLOTS_MAX];
    *(int64_t *)user += 1;
    for (int64_t i = 0; i < count; i++) {
        threads[i] =
            (struct host_thread){.task = run, .argument = argument, .index = count - 1 - i};
        (void)pthread_create(&handles[i], NULL, host_thread_main, &threads[i]);
    }
    for (int64_t i = 0; i < count; i++) {
        (void)pthread_join(handles[i], NULL);
        if (threads[i].control_before != threads[i].control_after) {
            *(int64_t *)user += 1000;
        }
    }
}

static _Atomic uint32_t slots_met;

static bool
is_first_in_slot(int32_t slot)
{
    return (atomic_fetch_or(&slots_met, (uint32_t)1 << slot) >> slot & 1) == 0;
}

START_TEST(test_host_loop)
{
    int64_t calls = 0;
    const gan_host host = {
        .struct_size = sizeof host, .user = &calls, .parallel_for = host_parallel_for};
    gan_context *ctx = bare_context(&host);
    const int before = thread_count();
    ASSERT_OK(ctx, gan__pool_create(ctx, 5));
    ck_assert_int_eq(thread_count(), before); /* none of its own */
    check_loop(ctx, ITEMS, 10, 0);
    ck_assert_int_eq(calls, 1);
    check_loop(ctx, 9, 10, 0); /* one piece: not worth the host's loop */
    ck_assert_int_eq(calls, 1);
    memset(&work, 0, sizeof work);
    work.ctx = ctx;
    work.grain = 1;
    work.nested = 1;
    gan__parallel_for(ctx, 50, 1, task, &work);
    ck_assert_int_eq(calls, 2);
    ck_assert_int_eq(work.mistakes, 0);
    slots_met = 0;
    ck_assert_int_eq(meet_all(ctx, 5, is_first_in_slot), 0); /* a slot for each index */
    gan__context_unref(ctx);
}
END_TEST

#if defined(__SSE2__)
static bool
has_library_control(int32_t slot)
{
    (void)slot;
    return (_mm_getcsr() & ~0x3fu) == 0x9fc0;
}

START_TEST(test_task_environment)
{
    static const uint32_t hosts[] = {0x1f80, 0x5f80, 0x1f80 - 0x600, 0x9fc0};
    const uint32_t before = _mm_getcsr();
    int64_t calls = 0;
    if (!float_control_is_kept()) {
        return;
    }
    for (int hosted = 0; hosted < 2; hosted++) {
        for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
            const gan_host host = {.struct_size = sizeof host,
                                   .user = &calls,
                                   .parallel_for = hosted ? host_parallel_for : NULL};
            int32_t wrong = -1;
            struct gan__call call;
            _mm_setcsr(hosts[i]);
            gan_context *ctx = gan__context_alloc(&host);
            ctx->ready = true;
            gan_status st = gan__pool_create(ctx, 3);
            st = st == GAN_OK ? gan__enter(&call, ctx, GAN__GROUP_TENSOR) : st;
            wrong = meet_all(ctx, 3, has_library_control);
            st = st == GAN_OK ? gan__leave(&call, st) : st;
            const uint32_t after = _mm_getcsr();
            _mm_setcsr(before);
            ck_assert_int_eq(st, GAN_OK);
            ck_assert_uint_eq(after, hosts[i]);
            ck_assert_int_eq(wrong, 0);
            gan__context_unref(ctx);
        }
    }
    ck_assert_int_lt(calls, 1000); /* the host's threads got their environments back */
}
END_TEST
#endif

static bool
has_signals_blocked(int32_t slot)
{
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    return slot == 0 || (sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGUSR1) == 1);
}

START_TEST(test_signals_blocked)
{
    gan_context *ctx = bare_context(NULL);
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    ASSERT_OK(ctx, gan__pool_create(ctx, 3));
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    ck_assert_int_eq(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
    ck_assert_int_eq(meet_all(ctx, 3, has_signals_blocked), 0);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_threads_end)
{
    const int before = thread_count();
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, 7));
    ck_assert_int_eq(thread_count(), before + 6);
    check_loop(ctx, 100, 1, 0);
    gan__context_unref(ctx);
    ck_assert_int_eq(settled_thread_count(before), before);
}
END_TEST

START_TEST(test_threads_refused)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    const int before = thread_count();
    for (int32_t allowed = 0; allowed < 6; allowed++) {
        gan_context *ctx = bare_context(&host);
        char sentence[64];
        (void)snprintf(sentence, sizeof sentence,
                       "refused thread %d of the 6 that threads=7 starts", allowed + 1);
        atomic_store(&creations_allowed, allowed);
        ASSERT_FAILS(ctx, gan__pool_create(ctx, 7), GAN_E_RESOURCE, sentence);
        atomic_store(&creations_allowed, INT32_MAX);
        ck_assert_int_eq(settled_thread_count(before), before);
        gan__recover(ctx);
        ASSERT_OK(ctx, gan__pool_create(ctx, 7));
        check_loop(ctx, 1000, 7, 0);
        gan__context_unref(ctx);
        ck_assert_int_eq(allocator.blocks, 0);
    }
}
END_TEST

START_TEST(test_memory_refused)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    for (int64_t n = 3;; n++) { /* the first two are the context's */
        atomic_store(&allocator.requests, 0);
        atomic_store(&allocator.refuse_from, n);
        gan_context *ctx = bare_context(&host);
        const gan_status st = gan__pool_create(ctx, 3);
        atomic_store(&allocator.refuse_from, 0);
        if (st == GAN_OK) {
            check_loop(ctx, 100, 7, 0);
        } else {
            ck_assert_int_eq(st, GAN_E_NOMEM);
            ck_assert_ptr_nonnull(strstr(ctx->error, "no memory"));
        }
        gan__context_unref(ctx);
        ck_assert_int_eq(allocator.blocks, 0);
        if (st == GAN_OK) {
            ck_assert_int_gt(n, 4);
            break;
        }
    }
}
END_TEST

/* Run in a forked child; its exit status says whether all went well. */
static int
child_loops(gan_context *ctx, int32_t allowed, int wanted_threads)
{
    atomic_store(&creations_allowed, allowed);
    for (int i = 0; i < 20; i++) {
        check_loop(ctx, 1000, 7, 100);
    }
    if (thread_count() != wanted_threads) {
        return 2;
    }
    if (ctx->error_status != GAN_OK) {
        return 3;
    }
    atomic_store(&creations_allowed, INT32_MAX);
    check_loop(ctx, 1000, 7, 100);
    if (thread_count() != 4) {
        return 4; /* what was refused once is asked for again */
    }
    gan__context_unref(ctx);
    return settled_thread_count(1) == 1 ? 0 : 5;
}

START_TEST(test_fork)
{
    static const struct {
        int32_t allowed;
        int threads;
        bool sleep;
    } children[] = {{INT32_MAX, 4, false}, {0, 1, false}, {2, 1, true}};
    if (UNDER_THREAD_SANITIZER) {
        return; /* it cannot follow threads made after a fork */
    }
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, 4));
    check_loop(ctx, 1000, 7, 100);
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
        if (children[i].sleep) {
            usleep(20000); /* forked while the threads hold or wait for the lock */
        }
        const pid_t child = fork();
        if (child == 0) {
            _exit(child_loops(ctx, children[i].allowed, children[i].threads));
        }
        check_loop(ctx, 1000, 7, 100); /* the parent goes on */
        int status = -1;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %zu: status 0x%x", i,
                      (unsigned)status);
    }
    const pid_t child = fork();
    if (child == 0) {
        gan__context_unref(ctx); /* without a loop of its own */
        _exit(0);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    check_loop(ctx, 1000, 7, 100);
    gan__context_unref(ctx);
}
END_TEST

/* Two contexts in two threads know nothing of each other. */
static void *
own_context(void *argument)
{
    (void)argument;
    gan_context *ctx = gan__context_alloc(NULL);
    static struct work works[2];
    static _Atomic int next;
    struct work *own = &works[atomic_fetch_add(&next, 1)];
    if (ctx == NULL || gan__pool_create(ctx, 3) != GAN_OK) {
        return "no pool";
    }
    own->ctx = ctx;
    own->grain = 3;
    for (int i = 0; i < 200; i++) {
        gan__parallel_for(ctx, 1000, 3, task, own);
    }
    gan__context_unref(ctx);
    for (int i = 0; i < 1000; i++) {
        if (own->visits[i] != 200 || own->mistakes != 0) {
            return "wrong counts";
        }
    }
    return NULL;
}

START_TEST(test_two_contexts)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, own_context, NULL), 0);
    }
    for (int i = 0; i < 2; i++) {
        void *found = NULL;
        pthread_join(threads[i], &found);
        ck_assert_ptr_null(found);
    }
}
END_TEST

START_TEST(test_cpus)
{
    cpu_set_t mask, one;
    ck_assert_int_eq(sched_getaffinity(0, sizeof mask, &mask), 0);
    ck_assert_int_eq(gan__cpus_affinity(), CPU_COUNT(&mask));
    ck_assert_int_ge(gan__cpus_allowed(), 1);
    ck_assert_int_le(gan__cpus_allowed(), CPU_COUNT(&mask));
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &mask)) {
            CPU_SET(i, &one);
            break;
        }
    }
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    ck_assert_int_eq(gan__cpus_allowed(), 1);
    gan_context *ctx = bare_context(NULL);
    ASSERT_OK(ctx, gan__pool_create(ctx, 0));
    ck_assert_int_eq(gan__pool_slots(ctx), 1);
    gan__context_unref(ctx);
    ck_assert_int_eq(sched_setaffinity(0, sizeof mask, &mask), 0);
    ctx = bare_context(NULL);
    ASSERT_FAILS(ctx, gan__pool_create(ctx, -1), GAN_E_ARG,
                 "threads is -1, but must be between 0 and 1024");
    gan__recover(ctx);
    ASSERT_FAILS(ctx, gan__pool_create(ctx, 1025), GAN_E_ARG, "threads is 1025");
    gan__context_unref(ctx);
}
END_TEST

Suite *
pool_suite(void)
{
    Suite *suite = suite_create("base/pool");
    TCase *tcase = tcase_create("pool");
    const int numbers = (int)(sizeof thread_numbers / sizeof thread_numbers[0]);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_every_item_once, 0, numbers);
    tcase_add_loop_test(tcase, test_many_loops, 0, numbers);
    tcase_add_loop_test(tcase, test_helpers_help, 0, numbers);
    tcase_add_loop_test(tcase, test_nested, 0, numbers);
    tcase_add_test(tcase, test_no_pool);
    tcase_add_test(tcase, test_host_loop);
#if defined(__SSE2__)
    tcase_add_test(tcase, test_task_environment);
#endif
    tcase_add_test(tcase, test_signals_blocked);
    tcase_add_test(tcase, test_threads_end);
    tcase_add_test(tcase, test_threads_refused);
    tcase_add_test(tcase, test_memory_refused);
    tcase_add_test(tcase, test_fork);
    tcase_add_test(tcase, test_two_contexts);
    tcase_add_test(tcase, test_cpus);
    suite_add_tcase(suite, tcase);
    return suite;
}
