/* What comes out: lines of text as they are measured, and one JSON file of all at the end. */
#include "bench.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
    const char *json_path; /* NULL: none; "-": the standard output */
    FILE *text;
    json_t *results;
};

/* The CPU's name, as /proc/cpuinfo has it, or "". */
static void
find_cpu(char *name, size_t size)
{
    char line[256];
    FILE *const file = fopen("/proc/cpuinfo", "r");
    name[0] = '\0';
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *const value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) == 0 && value != NULL) {
            (void)snprintf(name, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

struct report *
report_open(const char *json_path)
{
    struct report *const report = take(sizeof(*report));
    const bool to_standard = json_path != NULL && strcmp(json_path, "-") == 0;
    *report = (struct report){
        .json_path = json_path, .text = to_standard ? stderr : stdout, .results = json_array()};
    return report;
}

void
report_head(struct report *report, const char *isa, int threads)
{
    (void)fprintf(report->text, "\n%s, %d thread%s\n", isa, threads, threads == 1 ? "" : "s");
    (void)fprintf(report->text, "%-30s %10s %10s %21s %8s %11s %13s %11s %9s %6s\n", "", "median",
                  "best", "quartiles", "times", "images/s", "GFLOP/s, peak", "GB/s, limit", "MiB",
                  "allocs");
}

/* "1.234 ms": three digits and a unit. */
static const char *
time_text(char text[16], double seconds)
{
    static const char *const units[] = {"s", "ms", "us", "ns"};
    int unit = 0;
    while (unit < 3 && seconds < 1.0) {
        seconds *= 1e3;
        unit++;
    }
    (void)snprintf(text, 16, "%.*f %s",
                   seconds < 10    ? 3
                   : seconds < 100 ? 2
                                   : 1,
                   seconds, units[unit]);
    return text;
}

/* "412 84 %", or blanks. */
static void
print_rate(FILE *text, int width, double rate, double limit)
{
    char number[48] = "";
    if (rate > 0) {
        (void)snprintf(number, sizeof(number), "%.*f %4.1f %%", rate < 100e9 ? 1 : 0, rate * 1e-9,
                       limit > 0 ? 100.0 * rate / limit : 0.0);
    }
    (void)fprintf(text, " %*s", width, number);
}

static void
print_line(FILE *text, const struct job *job, const struct measurement *m)
{
    char median[16], best[16], low[16], high[16], between[40], images[24] = "", memory[24] = "";
    const double seconds = m->seconds.median;
    (void)snprintf(between, sizeof(between), "%s-%s", time_text(low, m->seconds.low),
                   time_text(high, m->seconds.high));
    if (job->images > 0) {
        (void)snprintf(images, sizeof(images), "%.0f", job->images / seconds);
    }
    if (m->process_peak > 0) {
        (void)snprintf(memory, sizeof(memory), "%.1f", m->process_peak / 1048576.0);
    }
    (void)fprintf(text, "%-30s %10s %10s %21s %8d %11s", job->work->name,
                  time_text(median, seconds), time_text(best, m->seconds.best), between,
                  m->repetitions, images);
    print_rate(text, 13, job->operations / seconds, m->peak);
    print_rate(text, 11, job->bytes / seconds, m->bandwidth);
    (void)fprintf(text, " %9s", memory);
    if (job->training) {
        (void)fprintf(text, " %6.3g", m->allocations);
    }
    (void)fputc('\n', text);
    (void)fflush(text);
}

/* null for what was not measured, or does not apply. */
static json_t *
number(bool there, double value)
{
    if (!there || !isfinite(value)) {
        return json_null();
    }
    return value == floor(value) && value < 0x1p53 ? json_integer((json_int_t)value)
                                                   : json_real(value);
}

static json_t *
spread_json(const struct spread *spread)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "median", spread->median, "best", spread->best,
                     "lower_quartile", spread->low, "upper_quartile", spread->high);
}

static void
add_json(json_t *results, const struct job *job, const struct measurement *m)
{
    const struct bench *const bench = job->bench;
    const double seconds = m->seconds.median, best = m->seconds.best;
    const bool products = job->operations > 0, arrays = job->bytes > 0;
    json_t *const result = json_pack(
        "{s:s, s:s, s:i, s:i, s:o, s:o}", "name", job->work->name, "isa", bench->isa, "threads",
        bench->threads, "repetitions", m->repetitions, "seconds", spread_json(&m->seconds),
        "cpu_seconds", job->outside ? json_null() : spread_json(&m->cpu));
    const struct {
        const char *name;
        bool there;
        double value;
    } numbers[] = {
        {"images_per_second", job->images > 0, job->images / seconds},
        {"operations", products, job->operations},
        {"gflops", products, job->operations / seconds * 1e-9},
        {"best_gflops", products, job->operations / best * 1e-9},
        {"peak_gflops", products, m->peak * 1e-9},
        {"best_peak_gflops", products, m->best_peak * 1e-9},
        {"share_of_peak", products, job->operations / seconds / m->peak},
        {"best_share_of_peak", products, job->operations / best / m->best_peak},
        {"bytes", arrays, job->bytes},
        {"gbytes_per_second", arrays, job->bytes / seconds * 1e-9},
        {"bandwidth_gbytes_per_second", arrays, m->bandwidth * 1e-9},
        {"share_of_bandwidth", arrays, job->bytes / seconds / m->bandwidth},
        {"process_peak_bytes", m->process_peak > 0, m->process_peak},
        {"context_peak_bytes", m->context_peak > 0, m->context_peak},
        {"allocations_per_step", job->training, m->allocations},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        (void)json_object_set_new(result, numbers[i].name,
                                  number(numbers[i].there, numbers[i].value));
    }
    (void)json_array_append_new(results, result);
}

void
report_add(struct report *report, const struct job *job, const struct measurement *m)
{
    print_line(report->text, job, m);
    add_json(report->results, job, m);
}

int
report_close(struct report *report)
{
    char cpu[256];
    int failed = 0;
    find_cpu(cpu, sizeof(cpu));
    json_t *const all = json_pack("{s:s, s:s, s:s, s:o}", "program", "gan_bench", "libgan",
                                  gan_version(), "cpu", cpu, "results", report->results);
    const size_t flags = JSON_INDENT(1) | JSON_REAL_PRECISION(9);
    if (report->json_path != NULL && report->text == stderr) {
        failed = json_dumpf(all, stdout, flags) != 0 || fputc('\n', stdout) == EOF ||
                 fflush(stdout) != 0;
    } else if (report->json_path != NULL) {
        failed = json_dump_file(all, report->json_path, flags) != 0;
    }
    if (failed) {
        (void)fprintf(stderr, "%s: can't be written\n", report->json_path);
    }
    json_decref(all);
    free(report);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
