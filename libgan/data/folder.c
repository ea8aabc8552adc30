/*
 * folder: PNG and JPEG pictures of any size, in sub-folders that may be classes.
 *
 * A sample's bytes come from the cache, from what was decoded ahead, or are decoded when they are
 * asked for: they are the same bytes. All but the decoding is on the caller's thread. A picture
 * that cannot be read is remembered as broken, so that the one behind it stands in for it from
 * then on.
 */
#include <fcntl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/ahead.h"
#include "data/dataset.h"
#include "data/picture_file.h"
#include "data/picture_list.h"
#include "data/sample_cache.h"

enum { SIDE_MAX = 16384, PIXELS_MAX = 1 << 30, BROKEN_FAIL = 0 };
_Static_assert((int)GAN__AHEAD_SENTENCE == (int)GAN__PICTURE_SENTENCE, "sentences are handed on");

struct folder {
    gan_dataset base;
    char *path, *background;
    int64_t size[2], crop[2], limit, prefetch, max_pixels;
    uint64_t cache_bytes, max_bytes;
    int32_t fit, filter, channels, classes, on_broken;

    bool is_open; /* root */
    int root;     /* the folder's descriptor: its files are found whatever the working folder is */
    struct gan__picture_settings settings;
    struct gan__picture_list list;
    struct gan__sample_cache cache;
    struct gan__ahead *ahead;            /* NULL without prefetch, or refused in a forked child */
    struct gan__picture_scratch scratch; /* of the caller's thread */
    uint8_t *bytes;                      /* one sample, decoded by the caller's thread */
    bool *broken;                        /* of each picture: known to be */
    uint64_t broken_count;
    char sentence[GAN__PICTURE_SENTENCE]; /* of the last picture that failed */
    uint64_t batches, waits;
    bool waited; /* in the batch that is being read */
};

static const struct gan__option folder_options[] = {
    {.name = "path",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct folder, path),
     .required = true,
     .doc = "the folder, with .png, .jpg and .jpeg files in it and in its sub-folders"},
    {.name = "size",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct folder, size),
     .minimum = 1,
     .maximum = SIDE_MAX,
     .required = true,
     .doc = "height x width of a sample, one number for both"},
    {.name = "crop",
     .type = GAN__OPTION_PAIR,
     .offset = offsetof(struct folder, crop),
     .minimum = 0,
     .maximum = 1e9,
     .fallback = "0",
     .doc = "height x width of the middle that is taken before all else, 0: all (108 for the faces "
            "of CelebA in DCGAN's paper)"},
    {.name = "fit",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct folder, fit),
     .choices = "crop_resize|resize_crop|stretch",
     .fallback = "crop_resize",
     .doc = "the middle of the picture cropped, then resized (StyleGAN); the shorter side resized, "
            "then the middle cropped (torchvision); or all of it"},
    {.name = "filter",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct folder, filter),
     .choices = "box|bilinear|bicubic|lanczos",
     .fallback = "lanczos",
     .doc = "of the resizing, antialiased: the same bytes as Pillow's, before its version 13"},
    {.name = "channels",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct folder, channels),
     .choices = "1|3",
     .fallback = "3",
     .doc = "grey or RGB, whatever the files have"},
    {.name = "background",
     .type = GAN__OPTION_TEXT,
     .offset = offsetof(struct folder, background),
     .fallback = "ffffff",
     .doc = "colour behind transparent pixels, rrggbb"},
    {.name = "classes",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct folder, classes),
     .choices = "auto|true|false",
     .fallback = "auto",
     .doc = "whether sub-folders are classes (torchvision's ImageFolder); auto: if no picture lies "
            "outside of them"},
    {.name = "limit",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct folder, limit),
     .minimum = 0,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "0",
     .doc = "use the first so many samples, 0: all"},
    {.name = "broken",
     .type = GAN__OPTION_CHOICE,
     .offset = offsetof(struct folder, on_broken),
     .choices = "fail|skip",
     .fallback = "fail",
     .doc = "what a picture that can't be read does: reading it fails; or it is logged, counted, "
            "and the next whole one stands in for it"},
    {.name = "cache",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct folder, cache_bytes),
     .minimum = 0,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "1GiB",
     .doc = "keep so many bytes of samples in memory (at most half of what memory_limit leaves); "
            "the others are decoded each time"},
    {.name = "prefetch",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct folder, prefetch),
     .minimum = 0,
     .maximum = GAN__AHEAD_THREADS_MAX,
     .fallback = "2",
     .doc = "threads that decode what the next batches need, 0: none"},
    {.name = "max_bytes",
     .type = GAN__OPTION_BYTES,
     .offset = offsetof(struct folder, max_bytes),
     .minimum = 1,
     .maximum = (double)GAN__COUNT_MAX,
     .fallback = "256MiB",
     .doc = "refuse larger files"},
    {.name = "max_pixels",
     .type = GAN__OPTION_INT,
     .offset = offsetof(struct folder, max_pixels),
     .minimum = 1,
     .maximum = PIXELS_MAX,
     .fallback = "100000000",
     .doc = "refuse larger pictures"},
    GAN__OPTION_END};

static gan_status
parse_background(struct folder *self)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *text = self->background;
    const size_t length = strlen(text);
    uint32_t value = 0;

    for (size_t i = 0; i < length && length == 6; i++) {
        const char *digit = strchr(digits, text[i]);
        if (digit == NULL) {
            break;
        }
        value = value << 4 | ((uint32_t)(digit - digits) & 15);
        if (i == 5) {
            for (int c = 0; c < 3; c++) {
                self->settings.decoding.background[c] = (uint8_t)(value >> (16 - 8 * c));
            }
            return GAN_OK;
        }
    }
    return gan__fail(self->base.object.ctx, GAN_E_ARG,
                     "background is \"%.64s\", wanted are six hexadecimal digits, rrggbb", text);
}

static gan_status
open_root(struct folder *self)
{
    char words[GAN__ERROR_TEXT_SIZE];

    do {
        self->root = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (self->root < 0 && errno == EINTR);
    if (self->root < 0) {
        return gan__fail(self->base.object.ctx, GAN_E_IO, "cannot read the folder \"%s\": %s",
                         self->path, gan__error_text(words, errno));
    }
    self->is_open = true;
    return GAN_OK;
}

/* gan__ahead_work's make, on any thread: reads of the dataset only what never changes. */
static gan_status
make_sample(const void *argument, void *state, int64_t item, uint8_t *out, char *sentence)
{
    const struct folder *self = argument;
    struct gan__picture_scratch *scratch = state;
    const gan_host *host = &self->base.object.ctx->host;

    scratch->host = host;
    return gan__picture_file_read(scratch, &self->settings, self->root, self->list.names[item].path,
                                  out, sentence);
}

static void
end_making(void *state)
{
    gan__picture_scratch_free(state);
}

static gan_status
start_ahead(struct folder *self)
{
    const struct gan__ahead_work work = {.argument = self,
                                         .items = self->base.count,
                                         .bytes = (size_t)self->base.sample_count,
                                         .state_bytes = sizeof(struct gan__picture_scratch),
                                         .make = make_sample,
                                         .end = end_making};

    return gan__ahead_create(self->base.object.ctx, &self->ahead, &work, (int32_t)self->prefetch);
}

static gan_status
open_list(struct folder *self)
{
    const struct gan__picture_list *list = &self->list;
    const int64_t shape[3] = {self->size[0], self->size[1], self->settings.decoding.channels};

    const gan_status st = gan__picture_list_make(&self->list, self->base.object.ctx, self->path,
                                                 self->root, (enum gan__classes)self->classes);
    if (st != GAN_OK) {
        return st;
    }
    self->base.classes = list->class_count;
    return gan__dataset_set_shape(
        &self->base, self->limit == 0 || self->limit > list->count ? list->count : self->limit,
        shape, 3);
}

static gan_status
folder_open(gan_dataset *dataset)
{
    struct folder *self = (struct folder *)dataset;
    gan_context *ctx = dataset->object.ctx;
    gan_status st = GAN_OK;

    self->settings = (struct gan__picture_settings){
        .decoding = {.channels = self->channels == 0 ? 1 : 3, .max_pixels = self->max_pixels},
        .fit = (enum gan__fit)self->fit,
        .filter = (enum gan__filter)self->filter,
        .crop_height = self->crop[0],
        .crop_width = self->crop[1],
        .height = self->size[0],
        .width = self->size[1],
        .max_bytes = self->max_bytes};
    GAN__TRY(parse_background(self));
    GAN__TRY(open_root(self));
    GAN__TRY(open_list(self));
    self->bytes = gan__alloc(ctx, (size_t)dataset->sample_count);
    self->broken = gan__alloc_zero(ctx, (size_t)dataset->count * sizeof(bool));
    if (self->bytes == NULL || self->broken == NULL) {
        return GAN_E_NOMEM;
    }
    GAN__TRY(gan__sample_cache_make(&self->cache, ctx, dataset->count,
                                    (size_t)dataset->sample_count, self->cache_bytes));
    if (self->prefetch > 0) {
        GAN__TRY(start_ahead(self));
    }

fail:
    return st;
}

static void
folder_close(gan_dataset *dataset)
{
    struct folder *self = (struct folder *)dataset;
    gan_context *ctx = dataset->object.ctx;

    gan__ahead_destroy(ctx, self->ahead);
    gan__picture_scratch_free(&self->scratch);
    gan__sample_cache_free(&self->cache);
    gan__picture_list_free(&self->list);
    gan__free(ctx, self->bytes);
    gan__free(ctx, self->broken);
    if (self->is_open) {
        (void)close(self->root);
    }
}

/* After a fork the parent's threads are not here: make some, or go on without and ask again. */
static void
adopt_process(struct folder *self)
{
    gan_context *ctx = self->base.object.ctx;
    const gan_status before = ctx->error_status;

    if (self->prefetch == 0 || (self->ahead != NULL && gan__ahead_is_own(self->ahead))) {
        return;
    }
    gan__ahead_destroy(ctx, self->ahead);
    if (start_ahead(self) != GAN_OK && before == GAN_OK) {
        gan__recover(ctx);
    }
}

/* A failure that another attempt may not have: it says nothing of the picture. */
static bool
is_passing(gan_status st)
{
    return st == GAN_E_NOMEM || st == GAN_E_RESOURCE;
}

/* What a thread has made of a picture; false if it is still to be decoded. */
static bool
take_ahead(struct folder *self, int64_t picture, gan_status *st)
{
    struct gan__ahead_result result;

    if (self->ahead == NULL || !gan__ahead_is_own(self->ahead) ||
        !gan__ahead_take(self->ahead, picture, &result)) {
        return false;
    }
    self->waited = self->waited || result.waited;
    *st = result.status;
    if (*st == GAN_OK) {
        memcpy(self->bytes, result.bytes, (size_t)self->base.sample_count);
    } else {
        memcpy(self->sentence, result.sentence, sizeof self->sentence);
    }
    gan__ahead_give_back(self->ahead, picture);
    return !is_passing(*st);
}

/* The bytes of one picture. On failure self->sentence says why. */
static gan_status
fetch(struct folder *self, int64_t picture, bool training, const uint8_t **bytes)
{
    gan_status st = GAN_OK;

    *bytes = gan__sample_cache_find(&self->cache, picture);
    if (*bytes != NULL) {
        return GAN_OK;
    }
    if (!training || !take_ahead(self, picture, &st)) {
        self->waited = self->waited || training;
        st = make_sample(self, &self->scratch, picture, self->bytes, self->sentence);
    }
    if (st == GAN_OK) {
        gan__sample_cache_add(&self->cache, picture, self->bytes);
        *bytes = self->bytes;
    }
    return st;
}

static gan_status
report(const struct folder *self, gan_status st, int64_t picture)
{
    const char *help = st == GAN_E_FORMAT ? "; broken=skip passes such pictures over" : "";
    return gan__fail(self->base.object.ctx, st, "\"%s/%s\": %s%s", self->path,
                     self->list.names[picture].path, self->sentence, help);
}

static void
note_broken(struct folder *self, int64_t picture)
{
    self->broken[picture] = true;
    self->broken_count++;
    gan__log(self->base.object.ctx, GAN_LOG_WARNING, "\"%s/%s\" is passed over: %s", self->path,
             self->list.names[picture].path, self->sentence);
}

/* The picture itself, or the next one that is not known to be broken; -1 if all are. */
static int64_t
stand_in(const struct folder *self, int64_t picture)
{
    for (int64_t i = 0; i < self->base.count; i++) {
        if (!self->broken[picture]) {
            return picture;
        }
        picture = picture + 1 < self->base.count ? picture + 1 : 0;
    }
    return -1;
}

static gan_status
folder_read(gan_dataset *dataset, int64_t index, int64_t epoch, float *sample, int32_t *label)
{
    struct folder *self = (struct folder *)dataset;
    const uint8_t *bytes = NULL;
    int64_t picture = index;

    while (bytes == NULL) {
        picture = stand_in(self, picture);
        if (picture < 0) {
            return gan__fail(dataset->object.ctx, GAN_E_FORMAT,
                             "\"%s\": none of its %lld pictures can be read", self->path,
                             (long long)dataset->count);
        }
        const gan_status st = fetch(self, picture, epoch >= 0, &bytes);
        if (st == GAN_OK) {
            break;
        }
        if (self->on_broken == BROKEN_FAIL || (st != GAN_E_FORMAT && st != GAN_E_IO)) {
            return report(self, st, picture);
        }
        note_broken(self, picture);
    }
    for (int64_t i = 0; i < dataset->sample_count; i++) {
        sample[i] = gan__byte_value(bytes[i]);
    }
    if (label != NULL) {
        *label = self->list.names[picture].class;
    }
    return GAN_OK;
}

static void
folder_expect(gan_dataset *dataset, const int64_t *indices, int64_t count)
{
    struct folder *self = (struct folder *)dataset;
    gan_context *ctx = dataset->object.ctx;

    self->waits += self->waited && self->batches > 0;
    self->waited = false;
    self->batches++;
    adopt_process(self);
    if (self->ahead == NULL) {
        return;
    }
    const gan_status before = ctx->error_status;
    int64_t *items = gan__alloc_array(ctx, count, sizeof(int64_t));
    int64_t item_count = 0;
    if (items == NULL) {
        if (before == GAN_OK) {
            gan__recover(ctx);
        }
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        const int64_t picture = stand_in(self, indices[i]);
        if (picture >= 0 && gan__sample_cache_find(&self->cache, picture) == NULL) {
            items[item_count++] = picture;
        }
    }
    gan__ahead_expect(ctx, self->ahead, items, item_count);
    gan__free(ctx, items);
}

static void
folder_class_name(gan_dataset *dataset, int32_t index, struct gan__text *out)
{
    const struct folder *self = (const struct folder *)dataset;
    const size_t length = out->length;

    gan__text_add(out, "%s", self->list.classes[index]);
    if (out->status == GAN_OK) {
        gan__utf8_mend(out->data + length);
    }
}

static void
folder_numbers(gan_dataset *dataset, struct gan__dataset_numbers *numbers)
{
    const struct folder *self = (const struct folder *)dataset;

    numbers->broken = self->broken_count;
    numbers->waits = self->prefetch > 0 ? self->waits : 0;
}

const struct gan__dataset_class gan__dataset_folder = {.kind = "folder",
                                                       .doc = "PNG and JPEG pictures",
                                                       .options = folder_options,
                                                       .size = sizeof(struct folder),
                                                       .open = folder_open,
                                                       .read = folder_read,
                                                       .close = folder_close,
                                                       .expect = folder_expect,
                                                       .class_name = folder_class_name,
                                                       .numbers = folder_numbers};
