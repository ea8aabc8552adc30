/*
 * Judges samples - a generator's, a folder's, a dataset's - by the field's measures, against real ones. `gan_evaluate --help`
 * says how; docs/evaluation.md has what the numbers mean.
 *     cc gan_evaluate.c evaluate.c sources.c common.c $(pkg-config --cflags --libs gan) -o gan_evaluate
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"

enum { VALUES_MAX = 16, LINES = 1, NEIGHBOURS = 32 };

static struct {
    const char *judge, *judge_options, *real, *real_options, *sample_options, *measures;
    const char *format, *save, *neighbours;
    int64_t first, count, real_count, class, seed, threads;
    int shuffle, stacked, rows;
} settings = {
    .judge = EXAMPLE_DATA "/digit_classifier.safetensors",
    .format = "text",
    .count = 10000,
    .class = -1,
};

static const struct option options[] = {
    {"--real", "PATH",
     "what samples are compared with: anything that is told below of SAMPLES; without it only "
     "measures that need none",
     .text = &settings.real},
    {"--judge", "FILE",
     "the network whose features are compared: one of train_classifier's, or Inception "
     "(scripts/fetch-inception.sh)",
     .text = &settings.judge},
    {"--measures", "TEXT",
     "which, with their options: \"fid; kid subsets=10; modes\" (default \"inception_score; fid; "
     "kid; prdc; modes\"; without --real those two that need none, against a file of statistics "
     "fid alone, with fewer than 1,000 samples no kid, without classes neither of the two)",
     .text = &settings.measures},
    {"--count", "N",
     "how many samples are judged of each of SAMPLES: all if a dataset or folder has fewer, all "
     "that a file of features has",
     .number = &settings.count, .minimum = 1, .maximum = 1e9},
    {"--first", "N", "number of the first of them, of a model's samples or a dataset's",
     .number = &settings.first, .maximum = 1e15},
    {"--real-count", "N",
     "the same of --real; 0: all that a dataset or folder has (of a model say how many)",
     .number = &settings.real_count, .maximum = 1e9},
    {"--shuffle", NULL,
     "draw the samples of datasets at random, not the first ones; the real ones on their own",
     .flag = &settings.shuffle},
    {"--class", "K", "of SAMPLES that are a labelled dataset only this class; -1: all",
     .number = &settings.class, .minimum = -1, .maximum = 1e9},
    {"--stacked", NULL,
     "stacked digits: the judge looks at each channel by itself; pictures of one channel are drawn "
     "by threes as the channels of one",
     .flag = &settings.stacked},
    {"--seed", "N", "of all that is drawn", .number = &settings.seed},
    {"--options", "TEXT",
     "of SAMPLES: of gan_layer_generate() for a model (\"labels=3 truncation=1\"), of "
     "gan_dataset_create() for a dataset (\"split=test\", \"size=64\")",
     .text = &settings.sample_options},
    {"--real-options", "TEXT", "the same of --real", .text = &settings.real_options},
    {"--judge-options", "TEXT", "of gan_judge_load(): \"resize=torch\"",
     .text = &settings.judge_options},
    {"--threads", "N", "0 for all CPUs; the result is the same", .number = &settings.threads,
     .maximum = 1024},
    {"", .help = "What comes out:"},
    {"--format", NULL,
     "text; one JSON array of scores, each with its whole protocol; or a table in Markdown with a "
     "row for each of SAMPLES",
     .text = &settings.format, .choices = "text|json|table"},
    {"--save", "FILE.npz",
     "write the real samples' mean and covariance (as pytorch-fid has them): --real FILE.npz then "
     "takes their place",
     .text = &settings.save},
    {"--rows", NULL, "with --save: write each sample's features; all measures can take these",
     .flag = &settings.rows},
    {"--neighbours", "FILE.png",
     "draw the first 32 samples, each beside the real one nearest to it",
     .text = &settings.neighbours},
    {.name = NULL},
};

static const struct program program = {
    .name = "gan_evaluate",
    .usage = "[options] SAMPLES ...",
    .about = "Judges samples by Inception Score, FID, KID, precision and recall, modes, and more.",
    .options = options,
    .notes =
        "Each of SAMPLES is a generator (.safetensors, a checkpoint, a run folder, or the text of "
        "a\n"
        "network, untrained), a dataset (MNIST's folder, IDX files, CIFAR's layout, .npy, .npz), "
        "a\n"
        "folder of PNG and JPEG files, or an .npz with features or statistics. docs/kinds.md has\n"
        "all measures. Numbers of different judges, counts or options can't be compared, and only\n"
        "Inception's Frechet distance is what papers call FID.\n",
    .arguments_maximum = 1000,
};

static struct judging judging;
static gan_metric *measures[MEASURES_MAX];
static int measure_count;

/* All that the real side and the counts serve. */
static void
choose_measures(const struct sample_set *real)
{
    enum { KID_SUBSET = 1000 }; /* kid's default wants as many on both sides */
    static char text[TEXT_SIZE];
    int64_t count = 0, classes = 0;

    if (real->features == NULL) {
        add(text, "%s", settings.stacked ? "modes" : "inception_score; modes");
    } else if (gan_features_read(real->features, NULL, NULL, 0, 0) != GAN_OK) {
        add(text, "fid"); /* statistics */
    } else {
        check(gan_features_size(real->features, &count, NULL, &classes));
        /* What is stacked has classes, no logits. */
        add(text, "%sfid; %sprdc%s", settings.stacked || classes == 0 ? "" : "inception_score; ",
            count < KID_SUBSET || settings.count < KID_SUBSET ? "" : "kid; ",
            !settings.stacked && classes == 0 ? "" : "; modes");
    }
    measure_count = make_measures(measures, text, "--measures");
}

/* Scores. */

struct value {
    char name[64];
    double number;
};

static int
list_values(gan_metric *metric, gan_score *score, struct value values[VALUES_MAX])
{
    int32_t count = 1;

    for (int32_t i = 0; i < count && i < VALUES_MAX; i++) {
        check(
            gan_metric_value(metric, i, &count, NULL, values[i].name, sizeof values[i].name, NULL));
        check(gan_score_get(score, &values[i].number, values[i].name));
    }
    return count < VALUES_MAX ? count : VALUES_MAX;
}

/* A libgan text of any length; the caller frees it. */
static char *
whole_text(gan_status (*read)(void *object, char *buffer, size_t size, size_t *needed),
           void *object)
{
    size_t needed;

    check(read(object, NULL, 0, &needed));
    char *text = room((int64_t)needed, 1);
    check(read(object, text, needed, NULL));
    return text;
}

static gan_status
score_text(void *object, char *buffer, size_t size, size_t *needed)
{
    return gan_score_text(object, buffer, size, needed);
}

static gan_status
metric_text(void *object, char *buffer, size_t size, size_t *needed)
{
    return gan_metric_text(object, buffer, size, needed);
}

/* What a set is called and how many samples it has. */
static void
describe_set(const struct sample_set *set)
{
    int64_t count;

    check(gan_features_size(set->features, &count, NULL, NULL));
    if (count > 0) {
        printf("%s (%" PRId64 ")", set->path, count);
    } else {
        printf("%s (a file that does not say of how many)", set->path);
    }
}

/* The judge's name, and the beginning of its hash. */
static void
describe_judge(void)
{
    static char text[TEXT_SIZE];
    char hash[128] = "";

    if (judging.judge == NULL) {
        printf("features of files");
        return;
    }
    check(gan_judge_text(judging.judge, text, sizeof text, NULL));
    check(gan_judge_hash(judging.judge, hash, sizeof hash, NULL));
    printf("%s (%.12s)", text, hash);
}

static void
print_text(struct sample_set *set, const struct sample_set *real, gan_score **scores)
{
    describe_set(set);
    if (real->features != NULL) {
        printf(", against ");
        describe_set(real);
    }
    printf("\njudge ");
    describe_judge();
    printf("\n");
    for (int i = 0; i < measure_count; i++) {
        char *protocol = whole_text(metric_text, measures[i]);
        struct value values[VALUES_MAX];
        const int count = list_values(measures[i], scores[i], values);
        printf("%s\n", protocol);
        for (int k = 0; k < count; k++) {
            printf("  %-26s %.6g\n", values[k].name, values[k].number);
        }
        free(protocol);
    }
}

static void
print_json(gan_score **scores)
{
    static int begun;

    for (int i = 0; i < measure_count; i++) {
        char *text = whole_text(score_text, scores[i]);
        printf("%s%s", begun ? ",\n " : "[", text);
        begun = 1;
        free(text);
    }
}

/* The head comes with the first row: what is refused before it has none. */
static void
print_row(const struct sample_set *set, gan_score **scores)
{
    static char head[TEXT_SIZE], line[TEXT_SIZE], row[TEXT_SIZE];
    static int headed;
    int64_t samples;

    row[0] = '\0';
    check(gan_features_size(set->features, &samples, NULL, NULL));
    if (!headed) {
        add(head, "| samples | count |");
        add(line, "|---|---|");
    }
    for (int i = 0; i < measure_count; i++) {
        struct value values[VALUES_MAX];
        const int count = list_values(measures[i], scores[i], values);
        for (int k = 0; k < count; k++) {
            add(row, " %.6g |", values[k].number);
            if (!headed) {
                add(head, " %s |", values[k].name);
                add(line, "---|");
            }
        }
    }
    if (!headed) {
        printf("%s\n%s\n", head, line);
        headed = 1;
    }
    printf("| %s | %" PRId64 " |%s\n", set->path, samples, row);
}

/* The program. */

/* Samples and their nearest real ones in pairs, four pairs a row. */
static void
draw_neighbours(struct sample_set *set, struct sample_set *real)
{
    int64_t shape[GAN_RANK_MAX], other[GAN_RANK_MAX], nearest[NEIGHBOURS], all, first[NEIGHBOURS];
    gan_features *some;

    if (sample_shape(set, shape) != 3 || sample_shape(real, other) != 3 ||
        memcmp(shape, other, 3 * sizeof *shape) != 0) {
        die("--neighbours", "wanted pictures of one size, generated and real");
    }
    check(gan_features_size(set->features, &all, NULL, NULL));
    const int64_t count = all < NEIGHBOURS ? all : NEIGHBOURS,
                  size = shape[0] * shape[1] * shape[2];
    float *drawn = room(count * size, sizeof *drawn);
    float *pairs = room(2 * count * size, sizeof *pairs);
    for (int64_t i = 0; i < count; i++) {
        first[i] = set->first + i;
    }
    read_samples(set, drawn, first, count);
    check(gan_features_create(judging.judge, &some, set->path));
    check(gan_features_add_samples(some, drawn, count, shape, 3));
    check(gan_features_nearest(some, nearest, NULL, real->features));
    gan_features_destroy(some);
    for (int64_t i = 0; i < count; i++) {
        memcpy(pairs + 2 * i * size, drawn + i * size, (size_t)size * sizeof *pairs);
        read_samples(real, pairs + (2 * i + 1) * size, &nearest[i], 1);
    }
    check(gan_image_save(context, settings.neighbours, pairs, 2 * count, shape[0], shape[1],
                         shape[2], "columns=8"));
    free(drawn);
    free(pairs);
}

/* With a line of progress for each. */
static void
compute_scores(gan_score **scores, const struct sample_set *set, const struct sample_set *real)
{
    struct progress progress;

    /* From the last on: how long one takes says nothing of the next. */
    progress_begin(&progress, measure_count, measure_count, judging.lines > 0 ? measure_count : 0);
    progress.what = "measure";
    for (int i = 0; i < measure_count; i++) {
        char *text = whole_text(metric_text, measures[i]);
        progress_show(&progress, i + 1, "%.*s", (int)strcspn(text, " "), text);
        free(text);
        check(gan_metric_compute(measures[i], &scores[i], set->features, real->features));
    }
    progress_clear();
}

static void
evaluate(const char *path, struct sample_set *real)
{
    struct sample_set set = {.path = path,
                             .options = settings.sample_options,
                             .first = settings.first,
                             .count = settings.count,
                             .seed = settings.seed,
                             .class = settings.class,
                             .shuffle = settings.shuffle};
    gan_score *scores[MEASURES_MAX];

    see_samples(&set, &judging);
    compute_scores(scores, &set, real);
    if (is(settings.format, "json")) {
        print_json(scores);
    } else if (is(settings.format, "table")) {
        print_row(&set, scores);
    } else {
        print_text(&set, real, scores);
    }
    fflush(stdout);
    if (settings.neighbours != NULL) {
        draw_neighbours(&set, real);
    }
    for (int i = 0; i < measure_count; i++) {
        gan_score_destroy(scores[i]);
    }
    forget_samples(&set);
}

static void
open_real(struct sample_set *real)
{
    if (real->path == NULL) {
        if (settings.save != NULL || settings.neighbours != NULL) {
            die("--real", "needed; try --help");
        }
        return;
    }
    if (real->features == NULL) {
        see_samples(real, &judging);
    }
    if (settings.save != NULL) {
        check(gan_features_save(real->features, settings.save, settings.rows ? "what=rows" : NULL));
    }
}

/* Files of features tell at once whether they fit the judge; to judge all samples takes a while. */
static void
check_files(char **paths, int count, struct sample_set *real)
{
    const char *seen = NULL; /* what the judge is to see */

    if (real->path != NULL && !load_features(real)) {
        seen = real->path;
    }
    for (int i = 0; i < count; i++) {
        seen = seen == NULL && !ends_with(paths[i], ".npz") ? paths[i] : seen;
    }
    if (seen == NULL) {
        return;
    }
    if (real->features != NULL) {
        check_features(real, seen, &judging);
    }
    for (int i = 0; i < count; i++) {
        struct sample_set set = {.path = paths[i]};
        if (load_features(&set)) {
            check_features(&set, seen, &judging);
        }
        forget_samples(&set);
    }
}

int
main(int argc, char **argv)
{
    const int sets = read_options(argc, argv, &program);
    struct sample_set real = {.path = settings.real,
                              .options = settings.real_options,
                              .count = settings.real_count,
                              .seed = settings.seed ^ 1, /* drawn of one dataset: others */
                              .class = -1,
                              .shuffle = settings.shuffle};

    if (sets == 0 && settings.save == NULL) {
        die("SAMPLES", "none are named; try --help");
    }
    if (settings.neighbours != NULL && (sets != 1 || settings.shuffle || settings.class >= 0)) {
        die("--neighbours", "wanted one of SAMPLES, without --shuffle and --class");
    }
    if (settings.shuffle && settings.first > 0) {
        die("--first", "not together with --shuffle");
    }
    open_context(settings.threads, settings.seed);
    if (settings.measures != NULL) {
        measure_count = make_measures(measures, settings.measures, "--measures");
    }
    judging = (struct judging){.path = settings.judge,
                               .options = settings.judge_options,
                               .stacked = settings.stacked,
                               .lines = is(settings.format, "text") ? LINES : 0};
    check_files(argv + 1, sets, &real);
    open_real(&real);
    if (measure_count == 0) {
        choose_measures(&real);
    }
    for (int i = 1; i <= sets; i++) {
        evaluate(argv[i], &real);
    }
    if (is(settings.format, "json") && sets > 0) {
        printf("]\n");
    }
    for (int i = 0; i < measure_count; i++) {
        gan_metric_destroy(measures[i]);
    }
    forget_samples(&real);
    gan_judge_destroy(judging.judge);
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
