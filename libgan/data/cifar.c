/*
 * CIFAR's files, from a folder, as one file, or out of an archive. In the archive they lie in any
 * order: each has its own place, so that samples are numbered as they are from a folder.
 */
#include "data/cifar.h"

#include <string.h>
#include <sys/stat.h>

#include "base/context.h"
#include "base/memory.h"
#include "data/tar.h"

enum { SIDE = 32, CHANNELS = 3, PLANE = SIDE * SIDE, RECORD_MAX = GAN__CIFAR_PICTURE + 2 };
enum { TRAIN, TEST, ALL };

/* Bytes of one file: a stream's, or those of a file in an archive. */
struct source {
    struct gan__byte_stream *stream;
    struct gan__tar *tar; /* NULL: none */
};

static gan_status
read_source(const struct source *source, void *data, size_t bytes, size_t *got)
{
    return source->tar != NULL ? gan__tar_read(source->tar, data, bytes, got)
                               : gan__byte_stream_read(source->stream, data, bytes, got);
}

/* ", in data_batch_1.bin" for sentences; *name is NULL outside of an archive. */
static const char *
inside(const struct source *source, const char **name)
{
    *name = source->tar == NULL ? "" : source->tar->name;
    return source->tar == NULL ? "" : ", in ";
}

static gan_status
bad_size(const struct gan__cifar *self, const struct source *source, unsigned long long bytes)
{
    const int32_t record = self->format.label_count + GAN__CIFAR_PICTURE;
    const char *name;
    const char *in = inside(source, &name);

    return gan__fail(
        self->base.object.ctx, GAN_E_FORMAT,
        "\"%s\"%s%s: it has %llu bytes%s, wanted 1 or more records of %d (%d of labels "
        "and 3072 of pixels)",
        source->stream->path, in, name, bytes,
        source->stream->gzip && source->tar == NULL ? " (unpacked)" : "", record,
        self->format.label_count);
}

/* One record, checked, to the end of the part. */
static gan_status
keep_record(struct gan__cifar *self, const struct source *source, struct gan__cifar_part *part,
            const uint8_t *record)
{
    const uint8_t label = record[self->format.label_at];
    const uint8_t *planes = record + self->format.label_count;
    uint8_t picture[GAN__CIFAR_PICTURE];
    const char *name;

    if (label >= self->format.classes) {
        const char *in = inside(source, &name);
        return gan__fail(self->base.object.ctx, GAN_E_FORMAT,
                         "\"%s\"%s%s: record %lld has the label %d, there are classes 0 to %d",
                         source->stream->path, in, name, (long long)part->count, label,
                         self->format.classes - 1);
    }
    part->count++;
    if (self->limit > 0 && part->count > self->limit) {
        return GAN_OK;
    }
    for (int32_t i = 0; i < PLANE; i++) {
        for (int32_t c = 0; c < CHANNELS; c++) {
            picture[i * CHANNELS + c] = planes[c * PLANE + i];
        }
    }
    const gan_status st = gan__byte_store_append(&part->pictures, picture, sizeof picture);
    return st == GAN_OK ? gan__byte_store_append(&part->labels, &label, 1) : st;
}

/* A whole file; what the limit leaves out is checked, too. */
static gan_status
load(struct gan__cifar *self, const struct source *source, struct gan__cifar_part *part)
{
    const size_t size = (size_t)self->format.label_count + GAN__CIFAR_PICTURE;
    uint8_t record[RECORD_MAX];
    size_t got = size;

    part->loaded = true;
    part->pictures.ctx = part->labels.ctx = self->base.object.ctx;
    for (;;) {
        gan_status st = read_source(source, record, size, &got);
        if (st == GAN_OK && got == size) {
            st = keep_record(self, source, part, record);
        }
        if (st != GAN_OK) {
            return st;
        }
        if (got < size) {
            break;
        }
    }
    if (got > 0 || part->count == 0) {
        return bad_size(self, source, (unsigned long long)part->count * size + got);
    }
    if (self->limit > 0 && part->count > self->limit) {
        part->count = self->limit;
    }
    return GAN_OK;
}

static gan_status
open_stream(const struct gan__cifar *self, struct gan__byte_stream *stream, const char *path)
{
    const gan_status st = gan__byte_stream_open(stream, self->base.object.ctx, path);
    stream->max_bytes = self->max_bytes;
    return st;
}

static gan_status
load_file(struct gan__cifar *self, const char *path, struct gan__cifar_part *part)
{
    struct gan__byte_stream stream;
    const struct source source = {.stream = &stream};

    gan_status st = open_stream(self, &stream, path);
    if (st == GAN_OK) {
        st = load(self, &source, part);
        gan__byte_stream_close(&stream);
    }
    return st;
}

/* Whether file i is of the split. */
static bool
wanted(const struct gan__cifar *self, int32_t i)
{
    const bool test = self->format.files[i + 1] == NULL;
    return self->split == ALL || test == (self->split == TEST);
}

static gan_status
load_folder(struct gan__cifar *self)
{
    gan_context *ctx = self->base.object.ctx;
    gan_status st = GAN_OK;

    for (int32_t i = 0; st == GAN_OK && self->format.files[i] != NULL; i++) {
        if (wanted(self, i)) {
            struct gan__text path;
            gan__text_init(&path, ctx);
            gan__text_add(&path, "%s/%s", self->path, self->format.files[i]);
            st = path.status == GAN_OK ? load_file(self, path.data, &self->parts[i]) : path.status;
            gan__text_free(&path);
        }
    }
    return st;
}

/* The file of the archive, if it is one that is wanted. */
static gan_status
load_member(struct gan__cifar *self, const struct source *source)
{
    const char *const *files = self->format.files;

    for (int32_t i = 0; files[i] != NULL; i++) {
        if (wanted(self, i) && strcmp(files[i], source->tar->name) == 0) {
            if (self->parts[i].loaded) {
                return gan__fail(self->base.object.ctx, GAN_E_FORMAT,
                                 "\"%s\": %s is there twice, before byte %llu", self->path,
                                 files[i], (unsigned long long)source->stream->position);
            }
            return load(self, source, &self->parts[i]);
        }
    }
    return GAN_OK;
}

static gan_status
load_archive(struct gan__cifar *self)
{
    struct gan__byte_stream stream;
    struct gan__tar tar = {.stream = &stream};
    const struct source source = {.stream = &stream, .tar = &tar};
    bool found = true;

    gan_status st = open_stream(self, &stream, self->path);
    if (st != GAN_OK) {
        return st;
    }
    while (found) {
        GAN__TRY(gan__tar_next(&tar, &found));
        if (found) {
            GAN__TRY(load_member(self, &source));
        }
    }
    for (int32_t i = 0; self->format.files[i] != NULL; i++) {
        if (wanted(self, i) && !self->parts[i].loaded) {
            GAN__TRY(gan__fail(self->base.object.ctx, GAN_E_FORMAT,
                               "\"%s\": there is no %s in the archive", self->path,
                               self->format.files[i]));
        }
    }

fail:
    gan__byte_stream_close(&stream);
    return st;
}

/* Whether a file is an archive. */
static gan_status
look(const struct gan__cifar *self, bool *archive)
{
    struct gan__byte_stream stream;
    unsigned char block[GAN__TAR_BLOCK];
    size_t got = 0;

    gan_status st = gan__byte_stream_open(&stream, self->base.object.ctx, self->path);
    if (st == GAN_OK) {
        st = gan__byte_stream_read(&stream, block, sizeof block, &got);
        gan__byte_stream_close(&stream);
        *archive = gan__tar_begins(block, got);
    }
    return st;
}

static gan_status
load_path(struct gan__cifar *self)
{
    struct stat info;
    bool archive = false;

    if (stat(self->path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return load_folder(self);
    }
    const gan_status st = look(self, &archive);
    if (st != GAN_OK) {
        return st;
    }
    return archive ? load_archive(self) : load_file(self, self->path, &self->parts[0]);
}

gan_status
gan__cifar_open(struct gan__cifar *self)
{
    static const int64_t shape[] = {SIDE, SIDE, CHANNELS};
    int64_t count = 0;

    const gan_status st = load_path(self);
    if (st != GAN_OK) {
        return st;
    }
    for (int32_t i = 0; i < GAN__CIFAR_PARTS; i++) {
        count += self->parts[i].count;
    }
    self->base.classes = self->format.classes;
    return gan__dataset_set_shape(
        &self->base, self->limit > 0 && count > self->limit ? self->limit : count, shape, 3);
}

gan_status
gan__cifar_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    const struct gan__cifar_part *part = ((const struct gan__cifar *)dataset)->parts;

    (void)epoch;
    while (index >= part->count) {
        index -= part->count;
        part++;
    }
    gan__byte_store_values(&part->pictures, index * GAN__CIFAR_PICTURE, GAN__CIFAR_PICTURE, sample);
    if (label != NULL) {
        *label = gan__byte_store_get(&part->labels, index);
    }
    return GAN_OK;
}

void
gan__cifar_close(gan_dataset *dataset)
{
    struct gan__cifar *self = (struct gan__cifar *)dataset;

    for (int32_t i = 0; i < GAN__CIFAR_PARTS; i++) {
        gan__byte_store_free(&self->parts[i].pictures);
        gan__byte_store_free(&self->parts[i].labels);
    }
}

void
gan__cifar_class_name(gan_dataset *dataset, int32_t index, struct gan__text *out)
{
    gan__text_add(out, "%s", ((const struct gan__cifar *)dataset)->format.names[index]);
}
