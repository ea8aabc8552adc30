/*
 * bench_libgan: how fast this machine multiplies, and how much of that the convolutions and a DCGAN training step reach.
 * See README.md.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "kernels/kernels.h"

static void
usage(void)
{
    printf("usage: bench_libgan [--threads N] [--isa avx512|avx2|portable] [--repeats N]\n"
           "                    [--only convolutions|step|critic|loading|metrics]\n"
           "                    [--folder FOLDER] [--judge FILE]\n");
}

static void
report(struct bench *bench, const char *only)
{
    char options[96];
    (void)snprintf(options, sizeof(options), "threads=%d isa=%s", bench->threads, bench->isa);
    if (gan_context_create(&bench->ctx, options, NULL) != GAN_OK) {
        (void)fprintf(stderr, "%s\n", gan_context_error(bench->ctx));
        exit(EXIT_FAILURE);
    }
    bench->isa = gan__kernels_name(bench->ctx->kernels);
    bench->threads = gan__pool_slots(bench->ctx);
    bench->peak = measure_peak(bench->isa, bench->threads);
    printf("\n%s, %d threads: FMA peak %.0f GFLOP/s\n", bench->isa, bench->threads,
           bench->peak * 1e-9);
    if (only != NULL && strcmp(only, "metrics") == 0) {
        printf("%-34s %11s  %11s\n", "", "median", "best");
    } else if (only == NULL || strcmp(only, "loading") != 0) {
        printf("%-34s %12s %12s %7s %7s %8s %s\n", "", "median", "best", "median", "best", "",
               "of peak");
    }
    if (only == NULL || strcmp(only, "convolutions") == 0) {
        bench_convolutions(bench);
    }
    if (only == NULL || strcmp(only, "step") == 0) {
        bench_step(bench);
    }
    if (only == NULL || strcmp(only, "critic") == 0) {
        bench_critic(bench);
    }
    if (only != NULL && strcmp(only, "loading") == 0) { /* it writes files: only if asked for */
        bench_loading(bench);
    }
    if (only != NULL && strcmp(only, "metrics") == 0) { /* it takes minutes: only if asked for */
        bench_metrics(bench);
    }
    gan_context_destroy(bench->ctx);
}

int
main(int argc, char **argv)
{
    struct bench bench = {.isa = "auto", .threads = 0, .repeats = 15};
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        if (i + 1 == argc) {
            usage();
            return strcmp(argv[i], "--help") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        }
        if (strcmp(argv[i], "--threads") == 0) {
            bench.threads = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--isa") == 0) {
            bench.isa = argv[++i];
        } else if (strcmp(argv[i], "--repeats") == 0) {
            bench.repeats = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--folder") == 0) {
            bench.folder = argv[++i];
        } else if (strcmp(argv[i], "--judge") == 0) {
            bench.judge = argv[++i];
        } else if (strcmp(argv[i], "--only") == 0) {
            only = argv[++i];
        } else {
            usage();
            return EXIT_FAILURE;
        }
    }
    bench.repeats = bench.repeats < 1 ? 1 : bench.repeats;
    if (bench.threads == 0) {
        /* One thread and all of them. */
        struct bench one = bench;
        one.threads = 1;
        report(&one, only);
    }
    report(&bench, only);
    return EXIT_SUCCESS;
}
