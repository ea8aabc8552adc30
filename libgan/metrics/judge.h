/*
 * Judges inside: a network, what a sample goes through before it, and where features are taken.
 */
#ifndef GAN__METRICS_JUDGE_H
#define GAN__METRICS_JUDGE_H

#include <gan/metrics.h>

#include "base/options.h"
#include "base/sha256.h"
#include "layers/layer.h"

enum gan__judge_resize { GAN__RESIZE_NONE, GAN__RESIZE_TF1, GAN__RESIZE_TORCH };

/* Pictures of a stacked judge have so many channels. */
enum { GAN__JUDGE_STACK = 3 };

struct gan__judge_options {
    char *name;     /* never NULL once the judge is made */
    char *features; /* the same */
    double scale;
    int32_t resize;
    bool round, stacked;
};

struct gan_judge {
    struct gan__object object;
    struct gan__judge_options options;
    gan_layer *network;      /* held */
    gan_layer *tap;          /* held: the layer whose output is the features */
    struct gan__shape input; /* of a sample of the network */
    int64_t stack;           /* how many of the network's samples make one: 1, or channels */
    int64_t row;             /* numbers of a sample's features: stack times the tap's */
    int64_t outputs;         /* classes of the network's output; 0: it is no [N, classes] */
    int64_t classes;         /* numbers of a sample's logits */
    int64_t class_count;     /* how many classes there are for a sample to have */
    char hash[GAN__SHA256_TEXT_SIZE];
};

/* The table of gan_judge_create()'s options, of struct gan__judge_options. */
extern const struct gan__option gan__judge_table[];

/* A judge of a network, one handle. The options' texts become its own, also on failure; `name` must
 * be there. */
gan_status gan__judge_make(gan_context *ctx, gan_judge **out, gan_layer *network,
                           struct gan__judge_options *options);
/* Append its options as text, beginning with the name; false: only those that change a feature. */
void gan__judge_add_text(const gan_judge *judge, struct gan__text *out, bool name);

/* GAN_E_SHAPE for samples that the judge does not take. */
gan_status gan__judge_check_shape(const gan_judge *judge, const struct gan__shape *shape);
/* How many samples it sees at a time. */
int64_t gan__judge_batch(const gan_judge *judge);
/* Features [count, row], logits [count, classes] and classes [count] (NULL where there are none) of
 * up to a batch of samples of a shape that was checked. */
gan_status gan__judge_see(gan_judge *judge, float *features, float *logits, int32_t *labels,
                          const float *samples, int64_t count, const struct gan__shape *shape);

/* judge_prepare.c: the network's input [count * stack, input...] of count samples; they are
 * finite. */
gan_status gan__judge_prepare(const gan_judge *judge, float *to, const float *samples,
                              int64_t count, const struct gan__shape *shape);

#endif
