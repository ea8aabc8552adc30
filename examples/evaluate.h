/*
 * Sets of samples for judging: whatever stands at a path - a generator, a dataset, a folder of
 * pictures, features or statistics of a file - becomes features.
 */
#ifndef EXAMPLES_EVALUATE_H
#define EXAMPLES_EVALUATE_H

#include "sources.h"

/* The judge of a file, loaded when the first set needs it: features of files need none. */
struct judging {
    const char *path, *options;
    int stacked; /* it looks at each channel by itself */
    int lines;   /* of progress where there is no terminal */
    gan_judge *judge;
    int64_t shape[GAN_RANK_MAX]; /* what its network takes */
    int32_t rank;
    int resizes; /* pictures of any size */
};

struct sample_set {
    const char *path, *options;
    int64_t first, count, seed; /* count 0: all of a dataset from the first on */
    int64_t class;              /* of a dataset only this one; -1: all */
    int shuffle;
    gan_features *features;
    gan_layer *generator; /* one of these two, but for features of a file */
    gan_dataset *dataset;
};

void load_judge(struct judging *judging);

/* If the path is a file of features or statistics, load it; returns 1 then. */
int load_features(struct sample_set *set);
/* Die if such a file is of another judge or size than what the judge makes of the samples `seen`. */
void check_features(const struct sample_set *file, const char *seen, struct judging *judging);
/* Fill set->features; dies with a sentence. */
void see_samples(struct sample_set *set, struct judging *judging);
void forget_samples(struct sample_set *set);

/* Pixels of count samples, which begin as the set does, to room of the caller's; for pictures only. */
void read_samples(struct sample_set *set, float *pixels, const int64_t *indices, int64_t count);
/* The shape of a sample; dies if the set is of features. */
int32_t sample_shape(const struct sample_set *set, int64_t shape[GAN_RANK_MAX]);

#endif
