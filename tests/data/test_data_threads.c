/* Decoding ahead as a guest: destroyed elsewhere, forked, refused, and the queue by itself; also run by the thread sanitizer. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <gan/dataset.h>

#include "base/context.h"
#include "data/ahead.h"
#include "folder_tree.h"

/* Under the sanitizers no child is made: the thread sanitizer cannot follow threads made after a fork, and the address
 * sanitizer's malloc, unlike the system's, may stay locked in the child for ever if a thread is at work. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define FORKS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define FORKS 0
#endif
#endif
#ifndef FORKS
#define FORKS 1
#endif

enum { SIDE = 6, SAMPLE = SIDE * SIDE * 3, BATCH = 5, PICTURES_MADE = 24 };

static gan_context *ctx;
/* Threads that may still be started, below 0: any number; and how many were. */
static _Atomic int threads_left = -1, threads_started;

/* The linker sends pthread_create here (--wrap). */
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                      void *argument)
{
    if (threads_left == 0) {
        return EAGAIN;
    }
    threads_left -= threads_left > 0;
    threads_started++;
    return __real_pthread_create(thread, attributes, run, argument);
}

static void
setup(void)
{
    static const char *const of[] = {"420.jpg", "rgb8.png", "interlaced_rgba16.png",
                                     "progressive.JPG"};
    char name[24];

    tree_begin();
    for (int i = 0; i < PICTURES_MADE; i++) {
        (void)snprintf(name, sizeof name, "%03d.png", i);
        tree_picture(name, of[i % 4]);
    }
    threads_left = -1;
    ASSERT_OK(ctx, gan_context_create(&ctx, "threads=1 seed=3", NULL));
}

static void
teardown(void)
{
    gan_context_destroy(ctx);
    tree_end();
}

/* Batches [from, to), or false. */
static bool
reads(gan_dataset *dataset, int64_t from, int64_t to, float *samples)
{
    for (int64_t n = from; n < to; n++) {
        if (gan_dataset_read_batch(dataset, samples + n * BATCH * SAMPLE, NULL, NULL, BATCH, n) !=
            GAN_OK) {
            return false;
        }
    }
    return true;
}

static void *
destroy_elsewhere(void *dataset)
{
    gan_dataset_destroy(dataset);
    return NULL;
}

static void *
destroy_context_elsewhere(void *context)
{
    gan_context_destroy(context);
    return NULL;
}

static void
run_on_a_thread(void *(*what)(void *), void *argument)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, what, argument), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* A destroy on another thread only queues: the threads are joined by the context's next call, or by its teardown. */
START_TEST(test_destroyed_elsewhere)
{
    static float samples[3 * BATCH * SAMPLE];
    gan_dataset *dataset = NULL;
    gan_context *own = NULL;
    uint64_t used = 0;

    for (int64_t batches = 0; batches < 3; batches++) {
        ASSERT_OK(ctx, tree_open(ctx, &dataset, "", "size=6 prefetch=3"));
        ck_assert(reads(dataset, 0, batches, samples));
        run_on_a_thread(destroy_elsewhere, dataset);
        ASSERT_OK(ctx, gan_context_get(ctx, &used, "memory_used"));

        ASSERT_OK(own, gan_context_create(&own, "threads=2", NULL));
        ASSERT_OK(own, tree_open(own, &dataset, "", "size=6 prefetch=3"));
        ck_assert(reads(dataset, 0, batches, samples));
        gan_dataset_destroy(dataset);
        run_on_a_thread(destroy_context_elsewhere, own);
    }
}
END_TEST

/* Several datasets and contexts at the same time, each with threads of its own. */
START_TEST(test_several)
{
    static float first[4 * BATCH * SAMPLE], second[4 * BATCH * SAMPLE];
    gan_dataset *a = NULL, *b = NULL;

    ASSERT_OK(ctx, tree_open(ctx, &a, "", "size=6 prefetch=2 cache=0"));
    ASSERT_OK(ctx, tree_open(ctx, &b, "", "size=6 prefetch=1 cache=500"));
    for (int64_t n = 0; n < 4; n++) {
        ck_assert(reads(a, n, n + 1, first) && reads(b, n, n + 1, second));
    }
    ck_assert_mem_eq(first, second, sizeof first);
    gan_dataset_destroy(a);
    gan_dataset_destroy(b);
}
END_TEST

START_TEST(test_refused)
{
    gan_dataset *dataset = NULL;

    for (int allowed = 0; allowed < 3; allowed++) {
        threads_left = allowed;
        ASSERT_FAILS(ctx, tree_open(ctx, &dataset, "", "size=6 prefetch=3"), GAN_E_RESOURCE,
                     "that prefetch=3 starts");
        ck_assert_ptr_null(dataset);
    }
    threads_left = 0;
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", "size=6 prefetch=0"));
    gan_dataset_destroy(dataset);
}
END_TEST

/* The host's signals stay on the host's threads: while those hold them back, nobody takes them. */
static _Atomic int signals_taken;

static void
take_signal(int number)
{
    (void)number;
    signals_taken++;
}

START_TEST(test_signals)
{
    static float samples[4 * BATCH * SAMPLE];
    struct sigaction action = {.sa_handler = take_signal}, before;
    gan_dataset *dataset = NULL;
    sigset_t one, mask, pending;

    ck_assert_int_eq(sigaction(SIGUSR1, &action, &before), 0);
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", "size=6 prefetch=4"));
    (void)sigemptyset(&one);
    (void)sigaddset(&one, SIGUSR1);
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &one, &mask), 0);
    ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
    ck_assert(reads(dataset, 0, 4, samples));
    (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    ck_assert_int_eq(signals_taken, 0);
    ck_assert_int_eq(sigpending(&pending), 0);
    ck_assert_int_eq(sigismember(&pending, SIGUSR1), 1);
    gan_dataset_destroy(dataset);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &mask, NULL), 0);
    ck_assert_int_eq(signals_taken, 1);
    ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);
}
END_TEST

/* What a forked child does with the parent's dataset; its exit status says whether all went well. */
static int
child_main(gan_dataset *dataset, const float *wanted, int allowed)
{
    static float samples[10 * BATCH * SAMPLE];

    threads_left = allowed;
    threads_started = 0;
    if (!reads(dataset, 2, 8, samples) || threads_started != allowed) {
        return 1;
    }
    threads_left = -1; /* what was refused is asked for again */
    if (!reads(dataset, 8, 10, samples) || threads_started != (allowed < 2 ? allowed + 2 : 2)) {
        return 2;
    }
    if (memcmp(samples + 2 * BATCH * SAMPLE, wanted + 2 * BATCH * SAMPLE,
               sizeof samples / 10 * 8) != 0) {
        return 3;
    }
    gan_dataset_destroy(dataset);
    gan_context_destroy(ctx);
    return 0;
}

START_TEST(test_fork)
{
    static float wanted[10 * BATCH * SAMPLE], samples[10 * BATCH * SAMPLE];
    gan_dataset *dataset = NULL;

    if (!FORKS) {
        return;
    }
    ASSERT_OK(ctx, tree_open(ctx, &dataset, "", "size=6 prefetch=0"));
    ck_assert(reads(dataset, 0, 10, wanted));
    gan_dataset_destroy(dataset);
    for (int round = 0; round < 12; round++) {
        /* Some fork while the threads are at work, some when all is in the cache; some children get no threads, or
         * too few. */
        const bool busy = round % 4 != 3;
        ASSERT_OK(ctx, tree_open(ctx, &dataset, "",
                                 busy ? "size=6 prefetch=2 cache=0" : "size=6 prefetch=2"));
        for (int64_t i = 0; i < PICTURES_MADE && !busy; i++) {
            ASSERT_OK(ctx, gan_dataset_read(dataset, samples, NULL, &i, 1));
        }
        ck_assert(reads(dataset, 0, 2, samples));
        if (round % 2 == 0) {
            (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        }
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            (void)signal(SIGALRM, SIG_DFL); /* Check's handler would end the parent, too */
            alarm(60);
            _exit(child_main(dataset, wanted, round % 3));
        }
        int status = -1;
        ck_assert(reads(dataset, 2, 10, samples)); /* the parent goes on beside it */
        ck_assert_mem_eq(samples, wanted, sizeof wanted);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x", status);
        gan_dataset_destroy(dataset);
    }
}
END_TEST

/* A maker that takes its time and keeps count. */
enum { ITEMS = 200 };

struct slow {
    _Atomic int made[ITEMS], ended, begun;
    _Atomic bool shut; /* nobody gets on while it is */
    int64_t nanoseconds;
};

static gan_status
make_slowly(const void *argument, void *state, int64_t item, uint8_t *out, char *sentence)
{
    struct slow *slow = *(struct slow *const *)argument;

    ++*(int64_t *)state;
    slow->begun++;
    do {
        (void)nanosleep(&(struct timespec){.tv_nsec = slow->nanoseconds}, NULL);
    } while (slow->shut);
    slow->made[item]++;
    memset(out, (int)item, 16);
    (void)snprintf(sentence, GAN__AHEAD_SENTENCE, "item %lld", (long long)item);
    return item % 10 == 9 ? GAN_E_FORMAT : GAN_OK;
}

static struct slow slow;
static struct slow *const slow_pointer = &slow;

static void
end_slow(void *state)
{
    (void)state;
    slow.ended++;
}

static struct gan__ahead *
slow_ahead(int32_t threads)
{
    const struct gan__ahead_work work = {.argument = &slow_pointer,
                                         .items = ITEMS,
                                         .bytes = 16,
                                         .state_bytes = sizeof(int64_t),
                                         .make = make_slowly,
                                         .end = end_slow};
    struct gan__ahead *ahead = NULL;

    ASSERT_OK(ctx, gan__ahead_create(ctx, &ahead, &work, threads));
    return ahead;
}

static void
wait_for(const _Atomic int *number)
{
    while (*number == 0) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
}

/* What the caller takes back from the queue is not made, what has been begun is waited for. */
START_TEST(test_taken_back)
{
    const int64_t items[] = {4, 5, 6};
    struct gan__ahead_result result;

    memset(&slow, 0, sizeof slow);
    slow.shut = true;
    struct gan__ahead *ahead = slow_ahead(1);
    gan__ahead_expect(ctx, ahead, items, 3);
    wait_for(&slow.begun);
    ck_assert(!gan__ahead_take(ahead, 5, &result));
    ck_assert(!gan__ahead_take(ahead, 5, &result));
    slow.shut = false;
    wait_for(&slow.made[6]);
    for (int64_t item = 4; item < 7; item += 2) {
        ck_assert(gan__ahead_take(ahead, item, &result));
        ck_assert_int_eq(result.bytes[0], (int)item);
        gan__ahead_give_back(ahead, item);
        ck_assert(!gan__ahead_take(ahead, item, &result));
    }
    gan__ahead_destroy(ctx, ahead);
    ck_assert_int_eq(slow.begun, 2);
}
END_TEST

/* Every item is the right one, whoever makes it; none is made twice when nobody wants it twice. */
START_TEST(test_queue)
{
    struct gan__ahead_result result;
    int64_t items[60];
    int taken = 0;

    for (int32_t threads = 1; threads <= 4; threads++) {
        memset(&slow, 0, sizeof slow);
        slow.nanoseconds = 100000;
        struct gan__ahead *ahead = slow_ahead(threads);
        for (int64_t begin = 0; begin + 60 <= ITEMS; begin += 20) {
            for (int64_t i = 0; i < 60; i++) {
                items[i] = begin + i;
            }
            gan__ahead_expect(ctx, ahead, items, 60);
            wait_for(&slow.made[begin]); /* however busy the machine is */
            for (int64_t item = begin; item < begin + 20; item++) {
                if (gan__ahead_take(ahead, item, &result)) {
                    ck_assert_int_eq(result.bytes[15], (int)item);
                    ck_assert_int_eq(result.status, item % 10 == 9 ? GAN_E_FORMAT : GAN_OK);
                    ck_assert_int_eq(atoi(result.sentence + 5), (int)item);
                    gan__ahead_give_back(ahead, item);
                    ck_assert(!gan__ahead_take(ahead, item, &result));
                    taken++;
                } else {
                    slow.made[item]++; /* the caller's */
                }
            }
        }
        gan__ahead_destroy(ctx, ahead);
        ck_assert_int_eq(slow.ended, threads);
        for (int item = 0; item < 160; item++) {
            ck_assert_int_eq(slow.made[item], 1);
        }
    }
    ck_assert_int_gt(taken, 0);
}
END_TEST

/* Wants that change, repeat, and stop; more than there are threads for; nothing. */
START_TEST(test_changing_wants)
{
    struct gan__ahead_result result;
    int64_t items[ITEMS];
    uint32_t x = 1;

    memset(&slow, 0, sizeof slow);
    slow.nanoseconds = 20000;
    struct gan__ahead *ahead = slow_ahead(3);
    gan__ahead_expect(ctx, ahead, items, 0);
    ck_assert(!gan__ahead_take(ahead, 0, &result));
    for (int round = 0; round < 60; round++) {
        const int64_t count = round % 7 == 6 ? ITEMS : 1 + round % 50;
        for (int64_t i = 0; i < count; i++) {
            x = x * 1664525u + 1013904223u;
            items[i] = x >> 16 & 1 ? (x >> 20) % ITEMS : (int64_t)(x >> 20) % 5;
        }
        gan__ahead_expect(ctx, ahead, items, count);
        for (int64_t i = 0; i < count; i += 1 + round % 3) {
            if (gan__ahead_take(ahead, items[i], &result)) {
                ck_assert_int_eq(result.bytes[0], (int)items[i]);
                gan__ahead_give_back(ahead, items[i]);
            }
        }
    }
    gan__ahead_expect(ctx, ahead, items, ITEMS); /* destroyed with a full queue */
    gan__ahead_destroy(ctx, ahead);
    ck_assert_int_eq(slow.ended, 3);
}
END_TEST

int
main(void)
{
#ifndef GAN_HAVE_JPEG
    (void)printf("not run: this build is without JPEG\n");
    return EXIT_SUCCESS;
#endif
    Suite *suite = suite_create("ahead");
    TCase *tests = tcase_create("ahead");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_destroyed_elsewhere);
    tcase_add_test(tests, test_several);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_signals);
    tcase_add_test(tests, test_fork);
    tcase_add_test(tests, test_taken_back);
    tcase_add_test(tests, test_queue);
    tcase_add_test(tests, test_changing_wants);
    suite_add_tcase(suite, tests);
    return run_suites(&suite, 1);
}
