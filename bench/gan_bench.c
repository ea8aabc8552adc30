/*
 * gan_bench: how fast libgan trains, samples and computes on the machine at hand, beside that
 * machine's own limits. See README.md.
 */
#include "bench.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "kernels/kernels.h"

static const struct work *const parts[] = {
    training_works,    critic_works, sampling_works, start_works,
    convolution_works, array_works,  measure_works,  dataset_works,
};

enum { PART_COUNT = sizeof(parts) / sizeof(parts[0]) };

static void
usage(FILE *out)
{
    (void)fprintf(
        out,
        "usage: gan_bench [OPTION]...\n"
        "  --list               the works' names, and what they are\n"
        "  --only NAME,...      these: a work's name, its first words, or a pattern with * and ?\n"
        "  --threads N          default: one, and then as many as the process may use\n"
        "  --isa NAME           avx512, avx2 or portable; default: the best there is\n"
        "  --repeats N          repetitions at least, 10\n"
        "  --min-time SECONDS   of repetitions at least, 1; 0 if --repeats is given\n"
        "  --batch N            pictures of a convolution's products, 128\n"
        "  --memory             also each work's peak memory, in a process of its own\n"
        "  --json FILE          all numbers in this file, too; -: alone on the standard output\n"
        "  --folder FOLDER      of the datasets' files; default: a temporary one\n"
        "  --judge FILE         for measure-judge\n");
}

/* `name` is the work's, the first of its words (between hyphens), or a pattern that fits it. */
static bool
is_named(const struct work *work, const char *name)
{
    const size_t length = strlen(name);
    const bool begins = length > 0 && strncmp(work->name, name, length) == 0;
    return (begins && (work->name[length] == '\0' || work->name[length] == '-')) ||
           fnmatch(name, work->name, 0) == 0;
}

/* One of the names, separated by commas, fits; without any, what nobody need ask for. */
static bool
is_chosen(const struct work *work, const char *only)
{
    char name[128];
    if (only == NULL) {
        return !work->asked;
    }
    for (; *only != '\0'; only += *only == ',') {
        const size_t length = strcspn(only, ",");
        (void)snprintf(name, sizeof(name), "%.*s", (int)length, only);
        only += length;
        if (is_named(work, name)) {
            return true;
        }
    }
    return false;
}

static void
list_works(const char *only)
{
    for (int i = 0; i < PART_COUNT; i++) {
        for (const struct work *work = parts[i]; work->name != NULL; work++) {
            if (only == NULL || is_chosen(work, only)) {
                printf("%-34s %s%s\n", work->name, work->what,
                       work->asked ? " (when asked for)" : "");
            }
        }
    }
}

static const struct work *
find_work(const char *name)
{
    for (int i = 0; i < PART_COUNT; i++) {
        for (const struct work *work = parts[i]; work->name != NULL; work++) {
            if (strcmp(work->name, name) == 0) {
                return work;
            }
        }
    }
    return NULL;
}

/* What `auto` and 0 threads come to here. */
static void
settle(struct bench *bench)
{
    gan_context *ctx;
    char options[96];
    (void)snprintf(options, sizeof(options), "threads=%d isa=%s", bench->threads, bench->isa);
    if (gan_context_create(&ctx, options, NULL) != GAN_OK) {
        (void)fprintf(stderr, "%s\n", gan_context_error(ctx));
        exit(EXIT_FAILURE);
    }
    bench->isa = gan__kernels_name(ctx->kernels);
    bench->threads = gan__pool_slots(ctx);
    gan_context_destroy(ctx);
}

static void
run_work(const struct bench *bench, const struct work *work, struct report *report)
{
    struct job job;
    job_open(&job, bench, work);
    if (job.run != NULL) {
        struct measurement m = measure(&job);
        if (bench->memory && !job.outside) {
            child_memory(bench, work, &m);
        }
        report_add(report, &job, &m);
    }
    job_close(&job);
}

static int
run_chosen(const struct bench *bench, const char *only, struct report *report)
{
    int count = 0;
    report_head(report, bench->isa, bench->threads);
    for (int i = 0; i < PART_COUNT; i++) {
        for (const struct work *work = parts[i]; work->name != NULL; work++) {
            if (is_chosen(work, only)) {
                run_work(bench, work, report);
                count++;
            }
        }
    }
    return count;
}

struct options {
    struct bench bench;
    const char *only, *json, *child; /* child: the work that this process is for */
    bool list, first_step;
};

/* Takes the option that is there, with its value if it has one: how many words, or 0. */
static int
take_option(struct options *o, const char *word, const char *value)
{
    if (strcmp(word, "--list") == 0) {
        o->list = true;
        return 1;
    }
    if (strcmp(word, "--memory") == 0) {
        o->bench.memory = true;
        return 1;
    }
    if (value == NULL) {
        return 0;
    }
    if (strcmp(word, "--only") == 0) {
        o->only = value;
    } else if (strcmp(word, "--threads") == 0) {
        o->bench.threads = atoi(value);
    } else if (strcmp(word, "--isa") == 0) {
        o->bench.isa = value;
    } else if (strcmp(word, "--repeats") == 0) {
        o->bench.repeats = atoi(value) < 1 ? 1 : atoi(value);
        o->bench.min_time = o->bench.min_time < 0 ? 0 : o->bench.min_time;
    } else if (strcmp(word, "--min-time") == 0) {
        o->bench.min_time = atof(value) < 0 ? 0 : atof(value);
    } else if (strcmp(word, "--json") == 0) {
        o->json = value;
    } else if (strcmp(word, "--batch") == 0) {
        o->bench.batch = atoi(value) < 1 ? 1 : atoi(value);
    } else if (strcmp(word, "--folder") == 0) {
        o->bench.folder = value;
    } else if (strcmp(word, "--judge") == 0) {
        o->bench.judge = value;
    } else if (strcmp(word, "--child-memory") == 0 || strcmp(word, "--child-first-step") == 0) {
        o->child = value;
        o->first_step = strcmp(word, "--child-first-step") == 0;
    } else {
        return 0;
    }
    return 2;
}

static int
run_all(const struct options *o)
{
    struct bench bench = o->bench;
    struct report *const report = report_open(o->json);
    int count = 0;
    settle(&bench);
    if (o->bench.threads == 0 && bench.threads > 1) {
        struct bench one = bench;
        one.threads = 1;
        count += run_chosen(&one, o->only, report);
    }
    count += run_chosen(&bench, o->only, report);
    const int status = report_close(report);
    if (count == 0) {
        (void)fprintf(stderr, "no such work: %s (see --list)\n", o->only);
        return EXIT_FAILURE;
    }
    return status;
}

int
main(int argc, char **argv)
{
    struct options o = {.bench = {.isa = "auto", .repeats = 10, .batch = 128, .min_time = -1}};
    for (int i = 1; i < argc;) {
        const int words = take_option(&o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (words == 0) {
            const bool help = strcmp(argv[i], "--help") == 0;
            usage(help ? stdout : stderr);
            return help ? EXIT_SUCCESS : EXIT_FAILURE;
        }
        i += words;
    }
    o.bench.min_time = o.bench.min_time < 0 ? 1.0 : o.bench.min_time;
    if (o.list) {
        list_works(o.only);
        return EXIT_SUCCESS;
    }
    if (o.child != NULL) {
        const struct work *const work = find_work(o.child);
        return work == NULL ? EXIT_FAILURE : child_main(&o.bench, work, o.first_step);
    }
    return run_all(&o);
}
