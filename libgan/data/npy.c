/*
 * npy: arrays of NumPy's. Bytes stay bytes in memory, floats of any size become float32; whole
 * numbers are for labels only.
 */
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "data/array_file.h"
#include "data/byte_store.h"
#include "data/dataset.h"
#include "io/half.h"

enum { CHUNK = 8192, ITEM_MAX = 8 }; /* elements that are converted at once */
enum { NHWC, NCHW };

struct npy {
    gan_dataset base;
    char *samples, *array, *labels, *labels_array;
    int32_t layout;
    int64_t limit;
    uint64_t max_bytes;
    bool bytes;                             /* values are bytes; otherwise float32 */
    bool permuted;                          /* values are [channels, height, width] */
    struct gan__byte_store values, classes; /* classes: int32_t */
};

static const struct gan__option npy_options[] = {
    {.name = "samples",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct npy, samples),
     .required = true,
     .doc = "path of the .npy (plain or gzip) or .npz: uint8 or floats, [count, features], [count, "
            "height, width] or pictures with channels"},
    {.name = "array",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct npy, array),
     .doc = "which array of an .npz; without it the first"},
    {.name = "labels",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct npy, labels),
     .doc = "path of the labels, integers of any size; may be the same .npz"},
    {.name = "labels_array",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct npy, labels_array),
     .doc = "which array of the labels' .npz; without it the first, if it is another file"},
    {.name = "layout",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct npy, layout),
     .choices = "nhwc|nchw",
     .fallback = "nhwc",
     .doc = "where pictures have their channels: last, or (as PyTorch) first"},
    {.name = "limit",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct npy, limit),
     .minimum = 0,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "0",
     .doc = "use the first so many samples, 0: all"},
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct npy, max_bytes),
     .minimum = 1,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "4GiB",
     .doc = "refuse arrays that are, or unpack to, more"},
    GAN__OPTION_END};

/* The bits of an element, least significant byte first whatever the file has. */
static uint64_t
element(const uint8_t *raw, const struct gan__npy_header *header)
{
    uint64_t bits = 0;

    for (int32_t i = 0; i < header->item; i++) {
        const int32_t at = header->big_endian ? header->item - 1 - i : i;
        bits |= (uint64_t)raw[at] << (8 * i);
    }
    return bits;
}

static float
float_of(uint64_t bits, enum gan__npy_type type)
{
    const uint32_t low = (uint32_t)bits;
    float value;

    if (type == GAN__NPY_FLOAT16) {
        return gan__half_to_float((uint16_t)bits);
    }
    if (type == GAN__NPY_FLOAT64) {
        return gan__float_from_double(bits);
    }
    memcpy(&value, &low, sizeof value);
    return value;
}

static gan_status
label_of(const struct gan__array_file *file, uint64_t bits, int64_t index, int32_t *label)
{
    const int32_t unused = 64 - 8 * file->header.item;
    const bool negative = file->header.is_signed && (bits << unused) >> 63 != 0;

    /* The number of classes must fit, too. */
    if (negative || bits >= INT32_MAX) {
        /* A negative number's upper bits: an arithmetic shift by hand. */
        const uint64_t high = negative && unused > 0 ? ~(uint64_t)0 << (64 - unused) : 0;
        return gan__fail(file->ctx, GAN_E_FORMAT,
                         "\"%s\": label %lld is %s%llu, labels go from 0 to %d", file->path,
                         (long long)index, negative ? "-" : "",
                         (unsigned long long)(negative ? ~(bits | high) + 1 : bits), INT32_MAX - 1);
    }
    *label = (int32_t)bits;
    return GAN_OK;
}

/* Room for a chunk as it is in the file, and converted. */
struct buffers {
    uint8_t raw[CHUNK * ITEM_MAX];
    union {
        float floats[CHUNK];
        int32_t labels[CHUNK];
    } as;
};

static gan_status
load_chunk(struct npy *self, struct gan__array_file *file, struct buffers *buffers, int64_t count)
{
    const struct gan__npy_header *header = &file->header;

    const gan_status st = gan__array_file_read(file, buffers->raw, count);
    if (st != GAN_OK) {
        return st;
    }
    if (self->bytes) {
        return gan__byte_store_append(&self->values, buffers->raw, (size_t)count);
    }
    for (int64_t i = 0; i < count; i++) {
        buffers->as.floats[i] =
            float_of(element(buffers->raw + i * header->item, header), header->type);
    }
    return gan__byte_store_append(&self->values, buffers->as.floats, (size_t)count * sizeof(float));
}

static gan_status
load_label_chunk(struct npy *self, struct gan__array_file *file, struct buffers *buffers,
                 int64_t first, int64_t count)
{
    gan_status st = gan__array_file_read(file, buffers->raw, count);
    int32_t *labels = buffers->as.labels;

    for (int64_t i = 0; st == GAN_OK && i < count; i++) {
        const uint64_t bits = element(buffers->raw + i * file->header.item, &file->header);
        st = label_of(file, bits, first + i, &labels[i]);
        if (st == GAN_OK && labels[i] >= self->base.classes) {
            self->base.classes = labels[i] + 1;
        }
    }
    if (st != GAN_OK) {
        return st;
    }
    return gan__byte_store_append(&self->classes, labels, (size_t)count * sizeof(int32_t));
}

/* The first `count` elements, and a look at the rest. */
static gan_status
load(struct npy *self, struct gan__array_file *file, int64_t count, bool labels)
{
    gan_context *ctx = self->base.object.ctx;
    struct buffers *buffers = gan__alloc(ctx, sizeof *buffers);
    gan_status st = buffers == NULL ? GAN_E_NOMEM : GAN_OK;

    for (int64_t done = 0; st == GAN_OK && done < count;) {
        const int64_t step = count - done < CHUNK ? count - done : CHUNK;
        st = labels ? load_label_chunk(self, file, buffers, done, step)
                    : load_chunk(self, file, buffers, step);
        done += step;
    }
    gan__free(ctx, buffers);
    return st == GAN_OK ? gan__array_file_finish(file) : st;
}

/* A sample's shape out of the array's. */
static gan_status
set_shape(struct npy *self, const struct gan__array_file *file)
{
    const struct gan__shape *shape = &file->header.shape;
    char text[GAN__SHAPE_TEXT_SIZE];
    int64_t sample[3] = {0, 0, 1};

    if (shape->rank < 2 || shape->rank > 4 || gan__shape_count(shape) < 1) {
        return gan__fail(
            file->ctx, GAN_E_FORMAT,
            "\"%s\": its shape is %s, wanted [count, features], [count, height, width] "
            "or [count, height, width, channels] (layout=nchw: [count, channels, "
            "height, width]), each at least 1",
            file->path, gan__shape_text(text, shape));
    }
    self->permuted = self->layout == NCHW && shape->rank == 4;
    for (int32_t i = 1; i < shape->rank; i++) {
        sample[i - 1] = shape->size[i];
    }
    if (self->permuted) {
        sample[0] = shape->size[2];
        sample[1] = shape->size[3];
        sample[2] = shape->size[1];
    }
    const int64_t count = shape->size[0];
    return gan__dataset_set_shape(&self->base,
                                  self->limit == 0 || self->limit > count ? count : self->limit,
                                  sample, shape->rank == 2 ? 1 : 3);
}

static gan_status
open_samples(struct npy *self, int64_t *count)
{
    gan_context *ctx = self->base.object.ctx;
    struct gan__array_file file;

    gan_status st = gan__array_file_open(&file, ctx, self->samples, self->array, self->max_bytes);
    if (st != GAN_OK) {
        return st;
    }
    if (file.header.type == GAN__NPY_INTEGER) {
        GAN__TRY(gan__fail(ctx, GAN_E_FORMAT,
                           "\"%s\": samples of %s integers of %d bits: only uint8 and floats are "
                           "read as samples",
                           file.path, file.header.is_signed ? "signed" : "unsigned",
                           file.header.item * 8));
    }
    GAN__TRY(set_shape(self, &file));
    self->bytes = file.header.type == GAN__NPY_UINT8;
    *count = file.header.shape.size[0];
    st = load(self, &file, self->base.count * self->base.sample_count, false);

fail:
    gan__array_file_close(&file);
    return st;
}

static gan_status
open_labels(struct npy *self, int64_t samples)
{
    gan_context *ctx = self->base.object.ctx;
    struct gan__array_file file;
    char text[GAN__SHAPE_TEXT_SIZE];

    if (self->labels_array == NULL && strcmp(self->labels, self->samples) == 0) {
        return gan__fail(ctx, GAN_E_ARG,
                         "labels are in the same file as samples: labels_array must say which "
                         "array they are");
    }
    gan_status st =
        gan__array_file_open(&file, ctx, self->labels, self->labels_array, self->max_bytes);
    if (st != GAN_OK) {
        return st;
    }
    const struct gan__shape *shape = &file.header.shape;
    if (file.header.type != GAN__NPY_INTEGER && file.header.type != GAN__NPY_UINT8) {
        GAN__TRY(gan__fail(ctx, GAN_E_FORMAT,
                           "\"%s\": labels of floats of %d bits: they must be integers", file.path,
                           file.header.item * 8));
    }
    if (shape->rank != 1 && (shape->rank != 2 || shape->size[1] != 1)) {
        GAN__TRY(gan__fail(ctx, GAN_E_FORMAT,
                           "\"%s\": the labels' shape is %s, wanted [count] or [count, 1]",
                           file.path, gan__shape_text(text, shape)));
    }
    if (shape->size[0] != samples) {
        GAN__TRY(gan__fail(ctx, GAN_E_FORMAT, "\"%s\" has %lld samples, \"%s\" has %lld labels",
                           self->samples, (long long)samples, self->labels,
                           (long long)shape->size[0]));
    }
    st = load(self, &file, self->base.count, true);

fail:
    gan__array_file_close(&file);
    return st;
}

static gan_status
npy_open(gan_dataset *dataset)
{
    struct npy *self = (struct npy *)dataset;
    int64_t count = 0;

    self->values.ctx = self->classes.ctx = dataset->object.ctx;
    const gan_status st = open_samples(self, &count);
    return st != GAN_OK || self->labels == NULL ? st : open_labels(self, count);
}

static float
value_at(const struct npy *self, int64_t index)
{
    float value;

    if (self->bytes) {
        return gan__byte_value(gan__byte_store_get(&self->values, index));
    }
    gan__byte_store_copy(&self->values, index * (int64_t)sizeof value, sizeof value, &value);
    return value;
}

static gan_status
npy_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    const struct npy *self = (const struct npy *)dataset;
    const int64_t count = dataset->sample_count;
    const int64_t first = index * count;

    (void)epoch;
    if (self->permuted) {
        const int64_t channels = dataset->shape.size[2];
        const int64_t plane = count / channels;
        for (int64_t c = 0; c < channels; c++) {
            for (int64_t i = 0; i < plane; i++) {
                sample[i * channels + c] = value_at(self, first + c * plane + i);
            }
        }
    } else if (self->bytes) {
        gan__byte_store_values(&self->values, first, count, sample);
    } else {
        gan__byte_store_copy(&self->values, first * (int64_t)sizeof(float),
                             count * (int64_t)sizeof(float), sample);
    }
    if (label != NULL) {
        gan__byte_store_copy(&self->classes, index * (int64_t)sizeof *label, sizeof *label, label);
    }
    return GAN_OK;
}

static void
npy_close(gan_dataset *dataset)
{
    struct npy *self = (struct npy *)dataset;

    gan__byte_store_free(&self->values);
    gan__byte_store_free(&self->classes);
}

const struct gan__dataset_class gan__dataset_npy = {.kind = "npy",
                                                    .doc = "arrays of NumPy's, .npy or .npz",
                                                    .options = npy_options,
                                                    .size = sizeof(struct npy),
                                                    .open = npy_open,
                                                    .read = npy_read,
                                                    .close = npy_close};
