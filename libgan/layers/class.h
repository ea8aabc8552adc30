/*
 * The inside of a layer object, and the class that a kind's file fills: options, build (shape rule
 * and parameters) and run (made of ops). Only this folder includes it; others see layer.h.
 */
#ifndef GAN__LAYERS_CLASS_H
#define GAN__LAYERS_CLASS_H

#include "layers/layer.h"

#include <gan/ops.h>

#include "base/memory.h"
#include "base/registry.h"

enum {
    GAN__LAYER_DEPTH_MAX = 32,    /* blocks within blocks */
    GAN__LAYER_LINES_MAX = 10000, /* of a text */
    GAN__LAYER_TEXT_MAX = 1 << 20,
    GAN__LAYER_NAME_MAX = GAN__WORD_MAX,
    GAN__LAYER_CHILDREN_MAX = 10000
};

#define GAN__SIZE_MAX_OPTION                                                                       \
    1e9 /* filters, units, classes; products are checked where tensors are made */
#define GAN__TAPS_MAX_OPTION 65536

/* What a class is; kinds are told apart by these, never by name. */
enum gan__layer_flag {
    GAN__LAYER_INPUT = 1 << 0,        /* an `input` line */
    GAN__LAYER_HOLDS_LINES = 1 << 1,  /* a network: layers one after the other */
    GAN__LAYER_HOLDS_BLOCKS = 1 << 2, /* its children are networks side by side */
    GAN__LAYER_HAS_PARAMETERS = 1 << 3,
    GAN__LAYER_NORMALISES = 1 << 4,  /* batch_norm: `init=auto` before it is dcgan */
    GAN__LAYER_TRANSPARENT = 1 << 5, /* `init=auto` looks past it */
    GAN__LAYER_MOVES_ONLY = 1 << 6,  /* computes nothing: reshape, flatten */
    GAN__LAYER_MIXES_BATCH = 1 << 7, /* batch_norm: normalises over the batch in training */
    GAN__LAYER_SEES_BATCH = 1 << 8,  /* a sample's output depends on the others, in eval mode too */
    GAN__LAYER_LEAKY = 1 << 9        /* it is leaky_relu with the class's slope */
};

/* The option init= of a layer, and what `auto` became. The first two rules are the same for all
 * kinds that have it. */
enum gan__initial_rule {
    GAN__INITIAL_AUTO,
    GAN__INITIAL_DCGAN,
    GAN__INITIAL_HE,
    GAN__INITIAL_GLOROT,
    GAN__INITIAL_ZEROS,
    GAN__INITIAL_ORTHOGONAL,
    GAN__INITIAL_ONES = GAN__INITIAL_HE /* batch_norm's third choice */
};

struct gan__initial {
    int32_t rule;     /* the option, an enum gan__initial_rule */
    int32_t resolved; /* never auto once gan__layer_resolve() has run */
    double gain;      /* the option */
    double slope;     /* of the activation that follows: 0 relu, 1 none */
};

/* What dense, conv2d and conv_transpose2d have beside their product (weighted.c). */
struct gan__weighted {
    bool bias;
    bool spectral_norm;
    struct gan__initial initial;
    int32_t axis; /* the weight's, of the output channels; set by build */
};

/* Its rows in the table of a kind's struct, whose member is called `weighted`. */
/* clang-format off */
#define GAN__WEIGHTED_OPTIONS(owner)                                                               \
    {.name = "bias", .type = GAN__OPTION_BOOL, .offset = offsetof(owner, weighted.bias),           \
     .fallback = "true", .doc = "add a learned offset to each feature or channel"},                \
    {.name = "init", .type = GAN__OPTION_CHOICE, .offset = offsetof(owner, weighted.initial.rule), \
     .fallback = "auto", .choices = "auto|dcgan|he|glorot|zeros|orthogonal",                       \
     .doc = "initial weights; auto: dcgan before a batch_norm, else he; orthogonal: Saxe et al. "  \
            "2014"},                                                                               \
    {.name = "gain", .type = GAN__OPTION_REAL, .offset = offsetof(owner, weighted.initial.gain),   \
     .minimum = 0, .maximum = 1e6, .fallback = "1", .doc = "factor on the initial weights"},       \
    {.name = "spectral_norm", .type = GAN__OPTION_BOOL,                                            \
     .offset = offsetof(owner, weighted.spectral_norm), .fallback = "false",                       \
     .doc = "divide the weight by its largest singular value; weight_u, weight_v (Miyato et al. "  \
            "2018)"}
/* clang-format on */

/* What a parameter's values are drawn from. */
enum gan__distribution { GAN__CONSTANT, GAN__NORMAL, GAN__UNIFORM, GAN__ORTHOGONAL };
struct gan__values {
    enum gan__distribution distribution;
    /* spread: the deviation of a normal, half the width of a uniform distribution, the gain of an
     * orthogonal matrix */
    double center, spread;
    int32_t axis; /* orthogonal: that of the output channels */
};

struct gan__parameter {
    char *path;  /* from the root: "5.0.0.weight" */
    size_t name; /* where the name begins in it */
    struct gan__shape shape;
    struct gan__values values;
    gan_tensor *tensor; /* held; NULL until all shapes are found right */
    bool buffer;
};

/* A build in progress. */
struct gan__building {
    gan_context *ctx;
    uint64_t seed, number;
    bool draw;    /* false: values will be copied in */
    bool limited; /* to parameters of `room` numbers */
    int64_t room;
    bool named; /* the sentence has its "line 3 (conv2d)" */
};

/* What a batch_norm saw in a forward; given to its running values when the forward has
 * succeeded. */
struct gan__statistic {
    gan_layer *layer;
    gan_tensor *mean, *variance; /* handles; variance is biased */
    int64_t rows;
};

/* A forward in progress. */
struct gan__run {
    gan_context *ctx;
    const struct gan__pass *pass;
    const struct gan__feed *feeds;
    int32_t feed_count;
    bool collect; /* statistics are wanted */
    bool named;   /* the sentence has its "layer 3 (conv2d)" */
    struct gan__statistic *statistics;
    int64_t statistic_count, statistic_capacity;
    gan_tensor *captured; /* a handle: the output of pass->capture */
};

struct gan__layer_class {
    const char *kind;
    const char *doc;                   /* one line */
    const struct gan__option *options; /* on the struct of `size` bytes; never NULL */
    size_t size;                       /* its first member is struct gan_layer */
    uint32_t flags;
    int32_t blocks_minimum, blocks_maximum; /* GAN__LAYER_HOLDS_BLOCKS */
    size_t initial;                         /* offset of a struct gan__initial; 0: none */
    size_t weighted;                        /* offset of a struct gan__weighted; 0: none */
    /* After the options were parsed: what the table cannot say. May be NULL. */
    gan_status (*check)(gan_layer *layer);
    /* The shape rule, without N, and the parameters (or children), which have no tensors yet. in is
     * NULL where nothing comes in. */
    gan_status (*build)(gan_layer *layer, const struct gan__shape *in, struct gan__shape *out,
                        struct gan__building *building);
    /* x is NULL where nothing comes in; *out is a handle for the caller. */
    gan_status (*run)(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run);
    /* run() and then leaky_relu in one, to the same bits. Only where nothing is recorded. NULL: there
     * is no such way. */
    gan_status (*run_leaky)(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run,
                            double slope);
    /* Refuse to be trained on batches of so many samples (GAN_E_SHAPE); NULL: any will do. */
    gan_status (*check_batch)(gan_layer *layer, int64_t samples);
    /* An activation's slope for negative values, for initial values. NULL: none. */
    double (*slope)(const gan_layer *layer);
    /* Instead of gan__options_print() of `options`. May be NULL. */
    void (*print)(gan_layer *layer, struct gan__text *out);
};

struct gan_layer {
    struct gan__object object;
    const struct gan__layer_class *class;
    char *name;     /* option; NULL without */
    bool trainable; /* option */
    bool built;
    bool frozen;       /* built: it or a layer around it has trainable=false */
    int32_t line;      /* in the text it came from; 0 without */
    uint64_t number;   /* of creation, for initial values */
    gan_layer *parent; /* not held: the parent holds its children */
    gan_layer **children;
    int32_t child_count, child_capacity;

    /* What a build makes; see gan__layer_unbuild(). */
    char *path;                      /* "" for the layer that was built */
    char *location;                  /* "5.0.0 (conv2d)", for sentences */
    struct gan__shape input, output; /* of a sample; input has rank 0 where nothing comes in */
    struct gan__parameter *parameters;
    int32_t parameter_count, parameter_capacity;
    struct gan__layer_tensor *tensors; /* its own and its children's, in the text's order */
    int64_t tensor_count;
    struct gan__input *inputs;
    int32_t input_count;
};

/* The options that every layer has, on struct gan_layer. */
extern const struct gan__option gan__layer_common[];

#define GAN__ROW(kind) extern const struct gan__layer_class gan__layer_class_##kind;
#include "layers/list.h"
#undef GAN__ROW
extern const struct gan__layer_class gan__layer_class_user;

/* kinds.c. A kind by name: a row of the list, or one registered in ctx (then *user is set). NULL
 * class: GAN_E_ARG with the nearest right word. */
struct gan__kind {
    struct gan__registered node;
    gan_layer_callbacks callbacks;
};
gan_status gan__layer_find_kind(gan_context *ctx, const char *word, size_t length,
                                const struct gan__layer_class **class,
                                const struct gan__kind **user);
const char *gan__layer_kind(const gan_layer *layer);
void gan__user_layer_set(gan_layer *layer, const struct gan__kind *kind);
const struct gan__kind *gan__user_layer_get(const gan_layer *layer);

/* create.c */
/* One handle; line and column are those of the options' start, 0 without a text. Does not number
 * the layer. */
gan_status gan__layer_make(gan_context *ctx, gan_layer **out, const struct gan__layer_class *class,
                           const struct gan__kind *user, const char *options, size_t length,
                           int32_t line, int32_t column);
/* All of gan_layer_add()'s checks but the context's; the parent gets a hold of its own. */
gan_status gan__layer_attach(gan_layer *parent, gan_layer *child);

/* structure.c */
/* Whether what comes in is used, or replaced by `input` lines. */
bool gan__layer_takes_incoming(const gan_layer *layer);
/* Inputs only where a network or a block begins, the right number of blocks, input names once. */
gan_status gan__layer_check_structure(gan_layer *layer);
/* The first line is an input whose shape is known. */
bool gan__layer_knows_shape(const gan_layer *layer);
/* The name of a layer in its parent, as in paths. */
enum { GAN__LAYER_SEGMENT_SIZE = GAN__LAYER_NAME_MAX + 1 };
const char *gan__layer_segment(char buffer[GAN__LAYER_SEGMENT_SIZE], const gan_layer *parent,
                               int32_t index);

/* initial.c */
/* Settle init=auto in the whole tree below a root. */
void gan__layer_resolve(gan_layer *root);
struct gan__initial *gan__layer_initial(gan_layer *layer);
struct gan__values gan__initial_values(const struct gan__initial *initial, double fan_in,
                                       double fan_out);
gan_status gan__initial_draw(const struct gan__building *building, gan_tensor *tensor,
                             const struct gan__values *values, const char *path);

/* orthogonal.c: normal numbers become gain times orthonormal rows or columns. */
gan_status gan__orthogonal(gan_tensor *weight, int32_t axis, double gain);

/* build.c */
/* Forget what a build made; also in the layers inside if `deep`. */
void gan__layer_unbuild(gan_layer *layer, bool deep);
gan_status gan__layer_build_root(gan_layer *layer, const struct gan__shape *shape,
                                 struct gan__building *building);
/* For containers: child `index` of layer. */
gan_status gan__layer_build_child(gan_layer *layer, int32_t index, const struct gan__shape *in,
                                  struct gan__shape *out, struct gan__building *building);
gan_status gan__layer_add_parameter(gan_layer *layer, struct gan__building *building,
                                    const char *name, const struct gan__shape *shape,
                                    const struct gan__values *values, bool buffer);
/* GAN_E_SHAPE "input is [100] but conv2d takes [height, width, channels]; <advice>". */
gan_status gan__layer_fail_shape(gan_layer *layer, const struct gan__shape *in, const char *takes,
                                 const char *advice);
static inline struct gan__shape
gan__shape_of(int32_t rank, int64_t a, int64_t b, int64_t c, int64_t d)
{
    const struct gan__shape shape = {rank, {a, b, c, d}};
    return shape;
}

/* run.c */
gan_status gan__layer_call(gan_layer *layer, gan_tensor **out, gan_tensor *x, struct gan__run *run);
/* The same for two layers, if nobody can tell: *done says whether it was. */
gan_status gan__layer_call_both(gan_layer *layer, gan_layer *next, gan_tensor **out, gan_tensor *x,
                                struct gan__run *run, bool *done);
/* Run with run->feeds checked; what run holds afterwards is the caller's to give up with
 * gan__run_free(). */
gan_status gan__run_root(gan_layer *layer, gan_tensor **out, struct gan__run *run);
gan_status gan__run_add_statistic(struct gan__run *run, gan_layer *layer, gan_tensor *mean,
                                  gan_tensor *variance, int64_t rows);
void gan__run_free(struct gan__run *run);
/* x itself, as a handle of its own. */
gan_tensor *gan__same(gan_tensor *x);

/* generate_noise.c */
/* What gan_layer_generate() makes of noise. */
struct gan__latent {
    double truncation; /* no normal number is beyond it; 0: none */
    int64_t steps;     /* samples from one point to the next; 0: each sample is a point */
    bool linear;       /* the way between two points: straight, or on their sphere */
};
/* As gan__layer_noise(), whose samples are the points. */
gan_status gan__layer_generate_noise(gan_context *ctx, gan_tensor **out,
                                     const struct gan__input *input, int64_t batch, uint64_t first,
                                     struct gan__random random, const struct gan__latent *latent);

/* input.c */
void gan__input_describe(const gan_layer *layer, struct gan__input *input);

/* batch_norm.c: give what was seen to the running values. */
void gan__batch_norm_move(const struct gan__statistic *statistic);
/* Write running values. */
void gan__batch_norm_set(gan_layer *layer, const double *mean, const double *variance);

/* text.c: name=, trainable= (false if frozen) and the kind's options, each after a space. */
void gan__layer_print_options(gan_layer *layer, struct gan__text *out, bool frozen);
/* Put "line 3 (conv2d)" or "layer 5.0 (conv2d)" before the sentence. */
void gan__layer_fail_prefix(const gan_layer *layer);

/* weighted.c. Parameters "weight" of that shape, with bias "bias" of zeros, and with spectral_norm
 * its vectors; axis is that of the output channels. */
gan_status gan__weighted_build(gan_layer *layer, struct gan__weighted *weighted,
                               struct gan__building *building, const struct gan__shape *weight,
                               int32_t axis, double fan_in, double fan_out);
/* The weight as the product sees it, a handle. */
gan_status gan__weighted_weight(gan_layer *layer, const struct gan__weighted *weighted,
                                gan_tensor **weight);
/* The bias of a layer that has one, borrowed. */
gan_tensor *gan__weighted_bias(const gan_layer *layer);
/* *out = product, plus the bias if there is one; takes the product over. */
gan_status gan__weighted_finish(gan_layer *layer, const struct gan__weighted *weighted,
                                struct gan__run *run, gan_tensor *product, gan_tensor **out);
/* After its first values were drawn, or its weight has changed; does nothing for other kinds. */
void gan__weighted_drawn(gan_layer *layer);
void gan__weighted_moved(gan_layer *layer);

/* spectral_norm.c. A weight with its vectors; none is held. */
struct gan__spectral {
    gan_tensor *weight, *u, *v;
    int32_t axis; /* the weight's, of the output channels; v has the others, in their order */
};
enum { GAN__SPECTRAL_FIRST = 15 };
/* So many first iterations, from any v. */
void gan__spectral_begin(const struct gan__spectral *spectral);
/* One iteration. */
void gan__spectral_move(const struct gan__spectral *spectral);
/* The weight divided by sigma, a handle. */
gan_status gan__spectral_weight(const struct gan__spectral *spectral, gan_tensor **out);

#endif
