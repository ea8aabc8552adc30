/* Sets of samples for judging: see evaluate.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"

enum { PIECE = 500, STACKED = 50000 };

void
load_judge(struct judging *judging)
{
    static char text[TEXT_SIZE];
    gan_layer *network;

    if (judging->judge != NULL) {
        return;
    }
    text[0] = '\0';
    add(text, "%s %s", judging->stacked ? "stacked=true" : "",
        judging->options != NULL ? judging->options : "");
    judging->judge = open_judge(judging->path, text);
    check(gan_judge_text(judging->judge, text, sizeof text, NULL));
    judging->resizes = strstr(text, "resize=t") != NULL;
    /* The file is a network, too. */
    check(gan_layer_load(context, &network, judging->path, NULL));
    check(gan_layer_input_shape(network, judging->shape, GAN_RANK_MAX, &judging->rank));
    gan_layer_destroy(network);
}

static void
begin_set(struct sample_set *set, struct judging *judging)
{
    load_judge(judging);
    check(gan_features_create(judging->judge, &set->features, set->path));
}

/* A line of progress over samples. */
static void
begin_progress(struct progress *progress, const struct judging *judging, int64_t count)
{
    progress_begin(progress, 0, count, judging->lines > 0 ? count : 0);
    progress->what = "samples";
}

/* How many at a time: fewer lines where they stay. */
static int64_t
piece_of(const struct progress *progress, int64_t count)
{
    return progress->terminal || count < 8 * PIECE ? PIECE : (count + 7) / 8;
}

static void
see_generated(struct sample_set *set, struct judging *judging)
{
    static char text[TEXT_SIZE];
    struct progress progress;

    set->generator = load_generator(set->path, NULL);
    begin_set(set, judging);
    if (set->count == 0) {
        die(set->path, "how many samples of a generator? --count or --real-count says it");
    }
    begin_progress(&progress, judging, set->count);
    const int64_t most = piece_of(&progress, set->count);
    for (int64_t first = 0, piece; first < set->count; first += piece) {
        piece = set->count - first < most ? set->count - first : most;
        text[0] = '\0';
        add(text, "first=%" PRId64 " seed=%" PRId64 " %s", set->first + first, set->seed,
            set->options != NULL ? set->options : "");
        check(gan_features_add_generated(set->features, set->generator, piece, text));
        progress_show(&progress, first + piece, "%s", set->path);
    }
    progress_clear();
}

/* In order, or drawn: those are all drawn at once. */
static void
see_in_order(struct sample_set *set, struct judging *judging, int64_t count)
{
    struct progress progress;
    char text[128];

    begin_progress(&progress, judging, count);
    const int64_t most = set->shuffle ? count : piece_of(&progress, count);
    for (int64_t first = 0, piece; first < count; first += piece) {
        piece = count - first < most ? count - first : most;
        snprintf(text, sizeof text, "first=%" PRId64 " count=%" PRId64, set->first + first, piece);
        if (set->shuffle) {
            snprintf(text, sizeof text, "count=%" PRId64 " shuffle=true seed=%" PRId64, count,
                     set->seed);
        }
        check(gan_features_add_dataset(set->features, set->dataset, text));
        progress_show(&progress, first + piece, "%s", set->path);
    }
    progress_clear();
}

/* Those of one class, up to count. */
static void
see_class(struct sample_set *set, int64_t all, int64_t count)
{
    int64_t shape[GAN_RANK_MAX], indices[PIECE], taken = 0, size = 1;
    const int32_t rank = sample_shape(set, shape);
    int32_t labels[PIECE], classes;

    check(gan_dataset_classes(set->dataset, &classes));
    if (set->class >= classes) {
        die("--class", "the samples have no such class");
    }
    for (int32_t i = 0; i < rank; i++) {
        size *= shape[i];
    }
    float *samples = room(PIECE * size, sizeof *samples);
    for (int64_t first = set->first; first < all && taken < count; first += PIECE) {
        const int64_t piece = all - first < PIECE ? all - first : PIECE;
        int64_t kept = 0;
        for (int64_t i = 0; i < piece; i++) {
            indices[i] = first + i;
        }
        check(gan_dataset_read(set->dataset, samples, labels, indices, piece));
        for (int64_t i = 0; i < piece && taken + kept < count; i++) {
            if (labels[i] == set->class) {
                memmove(samples + kept * size, samples + i * size, (size_t)size * sizeof *samples);
                kept++;
            }
        }
        check(gan_features_add_samples(set->features, samples, kept, shape, rank));
        taken += kept;
    }
    free(samples);
}

/* A judge of single channels sees three drawn pictures as one. */
static void
stack(struct sample_set *set)
{
    int64_t shape[GAN_RANK_MAX];
    gan_dataset *stacked;
    char text[128];

    if (sample_shape(set, shape) != 3 || shape[2] != 1) {
        return;
    }
    snprintf(text, sizeof text, "count=%" PRId64 " seed=%" PRId64,
             set->count > 0 ? set->first + set->count : STACKED, set->seed);
    check(gan_dataset_create_stacked(set->dataset, &stacked, text));
    gan_dataset_destroy(set->dataset); /* the stacked one holds it */
    set->dataset = stacked;
}

static void
see_dataset(struct sample_set *set, struct judging *judging)
{
    char pictures[128] = "";
    int64_t all;

    load_judge(judging);
    if (!judging->resizes) {
        snprintf(pictures, sizeof pictures, "size=%" PRId64 "x%" PRId64 " channels=%d",
                 judging->shape[0], judging->shape[1], judging->shape[2] == 1 ? 1 : 3);
    } else if (kind_of_path(set->path) == PATH_PICTURES &&
               (set->options == NULL || strstr(set->options, "size=") == NULL)) {
        die(set->path, "the judge takes pictures of any size: say theirs, --options size=32 or "
                       "--real-options size=32");
    }
    set->dataset = open_dataset(set->path, NULL, set->options, pictures);
    if (judging->stacked) {
        stack(set);
    }
    check(gan_dataset_count(set->dataset, &all));
    if (set->first >= all) {
        die("--first", "the dataset has no more samples than that");
    }
    const int64_t rest = all - set->first;
    const int64_t count = set->count == 0 || set->count > rest ? rest : set->count;
    check(gan_features_create(judging->judge, &set->features, set->path));
    if (set->class >= 0) {
        see_class(set, all, count);
    } else {
        see_in_order(set, judging, count);
    }
}

/* An .npz has features or statistics, or it is a dataset. */
int
load_features(struct sample_set *set)
{
    static char text[TEXT_SIZE];

    if (!ends_with(set->path, ".npz")) {
        return 0;
    }
    text[0] = '\0';
    add_option(text, "name", set->path);
    const gan_status status = gan_features_load(context, &set->features, set->path, text);
    if (status == GAN_E_FORMAT &&
        strstr(gan_context_error(context), "neither features nor statistics") != NULL) {
        return 0;
    }
    check(status); /* features that are not finite, say, are no samples either */
    return 1;
}

void
check_features(const struct sample_set *file, const char *seen, struct judging *judging)
{
    int64_t shape[GAN_RANK_MAX], size = 1;
    gan_features *one;
    gan_metric *metric;
    gan_score *score;

    load_judge(judging);
    for (int32_t i = 0; i < judging->rank; i++) {
        shape[i] = judging->stacked && i == 2 ? 3 : judging->shape[i];
        size *= shape[i];
    }
    float *blank = room(size, sizeof *blank);
    check(gan_features_create(judging->judge, &one, seen));
    check(gan_features_add_samples(one, blank, 1, shape, judging->rank));
    check(gan_metric_create(context, &metric, "fid", NULL));
    /* Of one sample there is no distance; before libgan says so it looks whether the two fit. */
    const gan_status status = gan_metric_compute(metric, &score, one, file->features);
    if (status != GAN_OK && strstr(gan_context_error(context), "can't be compared") != NULL) {
        check(status);
    }
    gan_score_destroy(score);
    gan_metric_destroy(metric);
    gan_features_destroy(one);
    free(blank);
}

void
see_samples(struct sample_set *set, struct judging *judging)
{
    const enum path_kind kind = kind_of_path(set->path);

    if (kind == PATH_MODEL || kind == PATH_NETWORK || kind == PATH_RUN) {
        see_generated(set, judging);
    } else if (!load_features(set)) {
        see_dataset(set, judging);
    }
}

void
forget_samples(struct sample_set *set)
{
    gan_features_destroy(set->features);
    gan_layer_destroy(set->generator);
    gan_dataset_destroy(set->dataset);
    set->features = NULL;
    set->generator = NULL;
    set->dataset = NULL;
}

int32_t
sample_shape(const struct sample_set *set, int64_t shape[GAN_RANK_MAX])
{
    int32_t rank = 0;

    if (set->dataset != NULL) {
        check(gan_dataset_shape(set->dataset, shape, GAN_RANK_MAX, &rank));
    } else if (set->generator != NULL) {
        check(gan_layer_output_shape(set->generator, shape, GAN_RANK_MAX, &rank));
    } else {
        die(set->path, "the file has features; no samples can be drawn of it");
    }
    return rank;
}

void
read_samples(struct sample_set *set, float *pixels, const int64_t *indices, int64_t count)
{
    static char text[TEXT_SIZE];

    if (set->dataset != NULL) {
        check(gan_dataset_read(set->dataset, pixels, NULL, indices, count));
        return;
    }
    text[0] = '\0';
    add(text, "first=%" PRId64 " seed=%" PRId64 " %s", indices[0], set->seed,
        set->options != NULL ? set->options : "");
    check(gan_layer_generate(set->generator, pixels, count, text));
}
