/*
 * What the benchmark's parts share. A work is a row in its part's list; opening it makes a job,
 * which is run and timed by the same rules whatever it does.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gan/gan.h>

struct bench {
    const char *isa;
    int threads;
    int repeats;        /* at least so many repetitions */
    double min_time;    /* seconds of repetitions at least */
    int batch;          /* pictures of a convolution's product */
    bool memory;        /* measure peak memory, too, in a process of its own */
    const char *folder; /* of the datasets' files; NULL: a temporary one */
    const char *judge;  /* a file that `measure-judge` measures; NULL: none */
};

struct work;

/* A work that is ready to run, in a context of its own. open() fills in what applies. */
struct job {
    const struct bench *bench;
    const struct work *work;
    gan_context *ctx;
    void *state; /* open()'s, which close() frees */
    void (*run)(struct job *job);
    void (*prepare)(struct job *job); /* before each run, and not timed; may be NULL */
    void (*close)(struct job *job);
    double operations; /* of one run's products, computed directly; a multiply-add is two */
    double bytes;      /* of the arrays that one run reads and of those that it writes */
    double images;     /* of one run */
    bool training;     /* allocations after the second step are counted */
    bool outside;      /* its run is a process: nothing here has its peak memory */
};

struct work {
    const char *name;
    const char *what;
    void (*open)(struct job *job);
    const void *details; /* for open(): which of the part's works it is */
    bool asked;          /* runs only when it is asked for: it takes minutes, or writes files */
};

/* Each part's works; the last one has no name. */
extern const struct work training_works[], critic_works[], sampling_works[], start_works[];
extern const struct work convolution_works[], array_works[];
extern const struct work measure_works[], dataset_works[];

/* A distribution's middle, its quarters and its best end. */
struct spread {
    double median, best, low, high;
};

struct measurement {
    struct spread seconds, cpu; /* of a run; cpu: all threads' together */
    int repetitions;
    double peak, best_peak; /* FMA operations a second, meanwhile: median and best; or 0 */
    double bandwidth, best_bandwidth;  /* bytes a second: the same */
    double allocations;                /* system allocations a run */
    double process_peak, context_peak; /* bytes; 0: not measured */
};

/* timing.c */
struct measurement measure(struct job *job);
double seconds_now(void);
/* Seconds that `threads` threads need for run(argument, thread) at once: the best of `tries`. */
double time_together(int threads, int tries, void (*run)(void *argument, int thread),
                     void *argument);

/* peak.c: FLOP/s of independent FMAs in registers, on `threads` threads at once, in about 1 ms. */
double measure_peak(const char *isa, int threads);
/* bandwidth.c: bytes a second that `threads` threads at once read and write, in about 30 ms. */
double measure_bandwidth(int threads);

/* job.c: a work's context, what it made, and both given up. The program ends if it cannot. */
void job_open(struct job *job, const struct bench *bench, const struct work *work);
void job_close(struct job *job);
uint64_t job_number(const struct job *job, const char *name); /* of gan_context_get() */

/* child.c: this program as a fresh process that runs one work, and what it says. */
void child_memory(const struct bench *bench, const struct work *work, struct measurement *m);
void child_first_step(const struct bench *bench, const char *work);
/* What such a process does. */
int child_main(const struct bench *bench, const struct work *work, bool first_step_only);

/* report.c */
struct report;
struct report *report_open(const char *json_path);
void report_head(struct report *report, const char *isa, int threads);
void report_add(struct report *report, const struct job *job, const struct measurement *m);
int report_close(struct report *report); /* the program's status */

/* End the program with libgan's sentence if a call failed. */
void check(const struct job *job, gan_status status);
/* malloc, or the program's end. */
void *take(size_t bytes);
/* `count` numbers in [-1, 1] that look random; to be freed. Aligned as vectors want it, and with
 * readable bytes after the end, as the context's own memory has. */
float *make_samples(int64_t count);

#endif
