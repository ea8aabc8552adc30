/* Each file call of a run fails in turn, for once or for good; memory that is refused; limits. */
#include "base/memory.h"
#include "run_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 5 };

/* ---- each call ---- */

/* The newest checkpoint that is whole, of the folder as it lies there. */
static int64_t
newest_whole(void)
{
    struct training t;
    gan_run *run = NULL;
    int64_t step = -1;
    training_context(&t, "threads=1", NULL);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &run, run_place, NULL));
    ASSERT_OK(t.f.ctx, gan_run_steps(run, &step));
    ck_assert_str_eq(t.warnings, ""); /* none is torn */
    gan_run_destroy(run);
    training_close(&t);
    return step;
}

/* A begun training whose n-th file call fails, and `many` after it; then it goes on, or is resumed.
 * Returns whether a call has failed. */
static int
run_with_fault(int64_t n, int64_t many, int error, int go_on)
{
    struct training t;
    int64_t whole;
    run_place_begin();
    training_open(&t, "checkpoint_every=2 samples=4");
    ASSERT_OK(t.f.ctx, training_until(&t, 1));
    whole = t.f.trainer->run->saved_step;
    calls_clear();
    calls.fail_at = n;
    calls.fail_many = many;
    calls.error = error;
    const gan_status st = training_until(&t, STEPS);
    const int failed = calls.count >= n;
    calls_clear();
    ck_assert_msg(st == GAN_OK || (st == GAN_E_IO && failed), "call %d: %s", (int)n,
                  gan_context_error(t.f.ctx));
    if (st == GAN_E_IO) {
        ck_assert_msg(strchr(gan_context_error(t.f.ctx), '"') != NULL &&
                          strstr(gan_context_error(t.f.ctx), strerror(error)) != NULL,
                      "call %d: %s", (int)n, gan_context_error(t.f.ctx));
        ck_assert_int_ge(t.f.trainer->run->saved_step, whole);
    }
    if (!go_on) {
        training_close(&t);
        ck_assert_int_ge(newest_whole(), whole);
        training_open(&t, NULL);
    }
    ASSERT_OK(t.f.ctx, training_until(&t, STEPS));
    ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(STEPS));
    training_close(&t);
    ck_assert_int_eq(run_lines("log.jsonl"), STEPS);
    ck_assert_int_eq(newest_whole(), STEPS);
    ck_assert_int_eq(run_count("checkpoints", ".gan-"), 0);
    run_place_end();
    return failed;
}

START_TEST(test_each_call_fails)
{
    static const int errors[] = {ENOSPC, EIO};
    for (int variant = 0; variant < 4; variant++) {
        int64_t n = 1;
        while (run_with_fault(n, variant % 2 == 0 ? 0 : 1000, errors[variant / 2], variant % 2)) {
            n++;
        }
        ck_assert_int_gt(n, 20);
    }
}
END_TEST

static int
begin_with_fault(int64_t n, const char *options)
{
    struct training t;
    int failed;
    run_place_begin();
    if (options != NULL) {
        training_open(&t, NULL);
        ASSERT_OK(t.f.ctx, training_until(&t, 2));
        training_close(&t);
    }
    training_context(&t, "threads=1", NULL);
    training_make(&t, TRAINER_OPTIONS);
    ASSERT_OK(t.f.ctx, gan_run_open(t.f.ctx, &t.run, run_place, NULL));
    calls_clear();
    calls.fail_at = n;
    calls.error = ENOSPC;
    const gan_status st = gan_run_begin(t.run, t.f.trainer, options);
    failed = calls.count >= n;
    calls_clear();
    ck_assert_msg(st == GAN_OK || (st == GAN_E_IO && failed), "call %d: %s", (int)n,
                  gan_context_error(t.f.ctx));
    ck_assert((st == GAN_OK) == (t.f.trainer->run != NULL));
    ck_assert((st == GAN_OK) == (t.run->trainer != NULL));
    if (st != GAN_OK) {
        ASSERT_OK(t.f.ctx, gan_run_begin(t.run, t.f.trainer, options));
    }
    ASSERT_OK(t.f.ctx, training_until(&t, 1));
    training_close(&t);
    ck_assert_int_eq(newest_whole(), 1);
    ck_assert_int_eq(run_lines("log.jsonl"), 1);
    run_place_end();
    return failed;
}

START_TEST(test_each_call_of_begin_fails)
{
    for (int replace = 0; replace < 2; replace++) {
        int64_t n = 1;
        while (begin_with_fault(n, replace ? "replace=true" : NULL)) {
            n++;
        }
        ck_assert_int_gt(n, 8);
    }
}
END_TEST

/* again: the call that failed is made once more; otherwise the run ends as if it never was. */
static int
score_with_fault(int64_t n, bool again)
{
    struct training t;
    double score = 0;
    int32_t best = 0;
    int failed;
    char *before, *after;
    run_place_begin();
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, training_until(&t, 1));
    ASSERT_OK(t.f.ctx, gan_run_score(t.run, 9.0, NULL));
    ASSERT_OK(t.f.ctx, training_until(&t, 2));
    before = run_text("log.jsonl");
    calls_clear();
    calls.fail_at = n;
    calls.error = ENOSPC;
    const gan_status st = gan_run_score(t.run, 4.0, &best);
    failed = calls.count >= n;
    calls_clear();
    ASSERT_OK(t.f.ctx, gan_run_best(t.run, &score, NULL));
    if (st == GAN_E_IO) {
        ck_assert(score == 9.0 && best == 0);
        after = run_text("log.jsonl");
        ck_assert_str_eq(before, after);
        free(after);
        if (!again) {
            ASSERT_OK(t.f.ctx, training_until(&t, 2));
        } else {
            ASSERT_OK(t.f.ctx, gan_run_score(t.run, 4.0, &best));
        }
    } else {
        ck_assert_msg(st == GAN_OK, "call %d: %d", (int)n, (int)st);
    }
    const bool taken = st == GAN_OK || again;
    ck_assert_int_eq(best, taken);
    ck_assert_int_eq(run_lines("log.jsonl"), taken ? 4 : 3);
    training_close(&t);
    training_open(&t, NULL);
    ASSERT_OK(t.f.ctx, gan_run_best(t.run, &score, NULL));
    ck_assert(score == (taken ? 4.0 : 9.0));
    training_close(&t);
    free(before);
    run_place_end();
    return failed;
}

/* A child is killed in the n-th call of telling the first score. Returns whether it was. */
static int
score_with_kill(int64_t n)
{
    struct training t;
    int status = 0;
    char *log;
    run_place_begin();
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        training_open(&t, NULL);
        ASSERT_OK(t.f.ctx, training_until(&t, 2));
        calls_clear();
        calls.kill_at = n;
        ASSERT_OK(t.f.ctx, gan_run_score(t.run, 1.0, NULL));
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    training_open(&t, NULL);
    ck_assert_int_eq(t.resumed, 2);
    log = run_text("log.jsonl");
    const int told = gan_run_best(t.run, NULL, NULL) == GAN_OK;
    ck_assert_msg(told || strstr(log, "score") == NULL, "call %d: %s", (int)n, log);
    ck_assert_msg(!told || run_exists("checkpoints/best.safetensors"), "call %d", (int)n);
    free(log);
    training_close(&t);
    run_place_end();
    return !WIFEXITED(status);
}

/* What the log calls the best is so for the resumed run, too. */
START_TEST(test_killed_in_each_call_of_score)
{
    int64_t n = 1;
    while (score_with_kill(n)) {
        n++;
    }
    ck_assert_int_gt(n, 8);
}
END_TEST

START_TEST(test_each_call_of_score_fails)
{
    for (int again = 0; again < 2; again++) {
        int64_t n = 1;
        while (score_with_fault(n, again != 0)) {
            n++;
        }
        ck_assert_int_gt(n, 8);
    }
}
END_TEST

START_TEST(test_interrupted_and_short_writes)
{
    struct training t;
    run_place_begin();
    training_open(&t, "checkpoint_every=1");
    calls.interrupted = 1000;
    calls.piece = 100;
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    calls_clear();
    ck_assert_int_eq(run_lines("log.jsonl"), 3);
    training_close(&t);
    ck_assert_int_eq(newest_whole(), 3);
    run_place_end();
}
END_TEST

/* ---- a full disk, by a limit on files' sizes ---- */

/* The sentence of a run while no file may be longer; nothing is asserted meanwhile, because Check
 * writes files, too. */
static gan_status
run_limited(struct training *t, int64_t step, rlim_t bytes, char sentence[GAN__ERROR_SIZE])
{
    struct rlimit before, limit;
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);

    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = bytes;
    const int set = setrlimit(RLIMIT_FSIZE, &limit);
    const gan_status st = training_until(t, step);
    const int set_back = setrlimit(RLIMIT_FSIZE, &before);
    (void)strcpy(sentence, gan_context_error(t->f.ctx));
    (void)signal(SIGXFSZ, handler);
    ck_assert(set == 0 && set_back == 0);
    return st;
}

START_TEST(test_file_size_limit)
{
    struct training t;
    char *text, *after, sentence[GAN__ERROR_SIZE];
    run_place_begin();
    training_open(&t, "checkpoint_every=2");
    ASSERT_OK(t.f.ctx, training_until(&t, 3));
    text = run_text("log.jsonl");
    /* A part of the next line. */
    ck_assert_int_eq(run_limited(&t, 9, strlen(text) + 100, sentence), GAN_E_IO);
    ck_assert_msg(strstr(sentence, "log.jsonl\": File too large") != NULL, "%s", sentence);
    after = run_text("log.jsonl");
    ck_assert_str_eq(text, after); /* what did fit was cut off again */
    /* Less than a checkpoint. */
    ck_assert_int_eq(run_limited(&t, 9, 5000, sentence), GAN_E_IO);
    ck_assert_msg(strstr(sentence, "File too large") != NULL, "%s", sentence);
    ck_assert_msg(strstr(sentence, ".safetensors") != NULL, "%s", sentence);
    ASSERT_OK(t.f.ctx, training_until(&t, 9));
    ck_assert_uint_eq(fixture_hash(&t.f), undisturbed_hash(9));
    training_close(&t);
    ck_assert_int_eq(run_lines("log.jsonl"), 9);
    ck_assert_int_eq(run_count("checkpoints", ".gan-"), 0);
    free(text);
    free(after);
    run_place_end();
}
END_TEST

/* ---- memory ---- */

struct scene {
    struct training t;
    struct refusing memory;
    gan_host host;
};

static void
scene_open(struct scene *s)
{
    s->host = refusing_host(&s->memory);
    training_context(&s->t, "threads=1", &s->host);
    training_make(&s->t, "batch=8 sample_every=1");
}

typedef gan_status (*action)(struct scene *s);

static gan_status
do_open(struct scene *s)
{
    const gan_status st =
        gan_run_open(s->t.f.ctx, &s->t.run, run_place, "checkpoint_every=1 samples=4");
    ck_assert((st == GAN_OK) == (s->t.run != NULL));
    return st;
}

static gan_status
do_begin(struct scene *s)
{
    return gan_run_begin(s->t.run, s->t.f.trainer, "replace=true");
}

static gan_status
do_run(struct scene *s)
{
    return training_until(&s->t, 1);
}

static gan_status
do_score(struct scene *s)
{
    return gan_run_score(s->t.run, 1.0, NULL);
}

static gan_status
do_step(struct scene *s)
{
    int64_t step = -1;
    const gan_status st = gan_run_steps(s->t.run, &step);
    ck_assert_int_eq(step, st == GAN_OK ? 1 : -1);
    return st;
}

static gan_status
do_resume(struct scene *s)
{
    gan_status st;
    /* The trainer there is has the run. */
    gan_trainer_destroy(s->t.f.trainer);
    s->t.f.trainer = NULL;
    st = gan_run_resume(s->t.run, &s->t.f.trainer, s->t.f.dataset);
    ck_assert((st == GAN_OK) == (s->t.f.trainer != NULL));
    return st;
}

/* One after the other; each fails at every request of memory until it succeeds. */
START_TEST(test_refused_memory)
{
    static const action actions[] = {do_open, do_begin, do_run, do_score, do_step, do_resume};
    struct scene s;
    run_place_begin();
    scene_open(&s);
    for (size_t a = 0; a < sizeof actions / sizeof actions[0]; a++) {
        int64_t n = 0;
        for (;; n++) {
            gan__memory_trim(s.t.f.ctx);
            s.memory.requests = 0;
            s.memory.refuse = n;
            const gan_status st = actions[a](&s);
            s.memory.refuse = -1;
            ck_assert_msg(st == GAN_OK || st == GAN_E_NOMEM, "action %d, request %d: %s", (int)a,
                          (int)n, gan_context_error(s.t.f.ctx));
            if (st == GAN_OK) {
                break;
            }
        }
        ck_assert_int_gt(n, 0);
    }
    ck_assert_int_eq(s.t.f.trainer->counters.steps, 1);
    ck_assert(s.t.f.trainer->best.told);
    training_close(&s.t);
    ck_assert_int_eq(s.memory.live, 0);
    run_place_end();
}
END_TEST

Suite *
run_faults_suite(void)
{
    Suite *suite = suite_create("run faults");
    TCase *tcase = tcase_create("run faults");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, test_each_call_fails);
    tcase_add_test(tcase, test_each_call_of_begin_fails);
    tcase_add_test(tcase, test_each_call_of_score_fails);
    tcase_add_test(tcase, test_killed_in_each_call_of_score);
    tcase_add_test(tcase, test_interrupted_and_short_writes);
    tcase_add_test(tcase, test_file_size_limit);
    tcase_add_test(tcase, test_refused_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
