/*
 * Reading safetensors. The file is taken for hostile: nothing is allocated for a number that the
 * file's true size does not bear out, and the data must be covered by the tensors without holes or
 * overlaps.
 */
#include "io/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"
#include "io/half.h"

enum { PREFIX_SIZE = 8 };

/* One tensor as the header describes it; offsets are those of the file's data part. */
struct plan {
    const char *name; /* the JSON object's */
    struct gan__shape shape;
    int64_t begin, end;
    enum gan__dtype type;
};

struct loader {
    gan_context *ctx;
    struct gan__file_reader *reader;
    const char *path;
    char *header; /* closed with a zero */
    size_t header_size;
    int64_t data_size;
    json_t *root;
    struct plan *plans;
    int64_t plan_count;
    bool checked; /* the file has a checksum */
    uint32_t wanted_crc;
    uLong crc;
};

static gan_status
bad_tensor(const struct loader *self, const char *name, const char *what)
{
    return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": tensor \"%.100s\": %s", self->path, name,
                     what);
}

/* Read exactly `size` bytes, and carry the checksum on. */
static gan_status
read_exactly(struct loader *self, void *data, size_t size)
{
    const unsigned long long offset = self->reader->position;
    size_t got = 0;
    const gan_status st = gan__file_reader_read(self->reader, data, size, &got);
    if (st == GAN_OK && got < size) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": cut off at byte %llu; %zu bytes were wanted at byte %llu",
                         self->path, offset + got, size, offset);
    }
    if (st == GAN_OK && size > 0) {
        self->crc = crc32_z(self->crc, data, size);
    }
    return st;
}

static gan_status
read_header(struct loader *self)
{
    const unsigned long long size = self->reader->size;
    uint64_t length = 0;
    unsigned char prefix[PREFIX_SIZE];

    gan_status st = read_exactly(self, prefix, sizeof prefix);
    if (st != GAN_OK) {
        return st;
    }
    memcpy(&length, prefix, sizeof length);
    if (length > size - PREFIX_SIZE) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": not safetensors, or cut off: byte 0 announces a header of %llu "
                         "bytes, the file has %llu",
                         self->path, (unsigned long long)length, size);
    }
    if (length > GAN__SAFETENSORS_HEADER_MAX) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": byte 0 announces a header of %llu bytes, at most %d are read",
                         self->path, (unsigned long long)length, GAN__SAFETENSORS_HEADER_MAX);
    }
    self->header_size = (size_t)length;
    self->data_size = (int64_t)(size - PREFIX_SIZE - length);
    self->header = gan__alloc(self->ctx, self->header_size + 1);
    if (self->header == NULL) {
        return GAN_E_NOMEM;
    }
    self->header[self->header_size] = '\0';
    /* The checksum of the header is taken later, once its own digits are known. */
    const uLong crc = self->crc;
    st = read_exactly(self, self->header, self->header_size);
    self->crc = crc;
    return st;
}

static gan_status
parse_json(struct loader *self)
{
    json_error_t error;

    self->root = json_loadb(self->header, self->header_size, JSON_REJECT_DUPLICATES, &error);
    if (self->root == NULL) {
        if (json_error_code(&error) == json_error_out_of_memory) {
            return gan__fail(self->ctx, GAN_E_NOMEM, "\"%s\": no memory for its header",
                             self->path);
        }
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": the header is not JSON, at byte %d: %s",
                         self->path, PREFIX_SIZE + error.position, error.text);
    }
    if (!json_is_object(self->root)) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": the header is not a JSON object",
                         self->path);
    }
    const size_t count = json_object_size(self->root) +
                         json_object_size(json_object_get(self->root, "__metadata__"));
    if (count > GAN__SAFETENSORS_ENTRIES_MAX) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": %zu tensors and texts, at most %d are read", self->path, count,
                         GAN__SAFETENSORS_ENTRIES_MAX);
    }
    return GAN_OK;
}

static gan_status
plan_shape(const struct loader *self, struct plan *plan, const json_t *shape, int64_t *bytes)
{
    if (!json_is_array(shape)) {
        return bad_tensor(self, plan->name, "no array \"shape\"");
    }
    if (json_array_size(shape) > GAN_RANK_MAX) {
        return bad_tensor(self, plan->name, "a shape of more than 8 sizes");
    }
    plan->shape = (struct gan__shape){.rank = (int32_t)json_array_size(shape)};
    for (int32_t i = 0; i < plan->shape.rank; i++) {
        const json_t *size = json_array_get(shape, (size_t)i);
        if (!json_is_integer(size) || json_integer_value(size) < 0 ||
            json_integer_value(size) > GAN__COUNT_MAX) {
            return bad_tensor(self, plan->name, "a size that is no whole number from 0 to 2^40");
        }
        plan->shape.size[i] = json_integer_value(size);
    }
    const int64_t count = gan__shape_count(&plan->shape);
    if (count < 0) {
        return bad_tensor(self, plan->name, "a shape too large to address");
    }
    *bytes = count * gan__dtype_size(plan->type);
    return GAN_OK;
}

static gan_status
plan_offsets(const struct loader *self, struct plan *plan, const json_t *offsets, int64_t bytes)
{
    const json_t *begin = json_array_get(offsets, 0);
    const json_t *end = json_array_get(offsets, 1);

    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end)) {
        return bad_tensor(self, plan->name, "\"data_offsets\" are not two whole numbers");
    }
    plan->begin = json_integer_value(begin);
    plan->end = json_integer_value(end);
    if (plan->begin < 0 || plan->end < plan->begin || plan->end > self->data_size) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": tensor \"%.100s\": offsets %lld to %lld are not within the %lld "
                         "bytes of data (cut off?)",
                         self->path, plan->name, (long long)plan->begin, (long long)plan->end,
                         (long long)self->data_size);
    }
    if (plan->end - plan->begin != bytes) {
        char shape[GAN__SHAPE_TEXT_SIZE];
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": tensor \"%.100s\": %lld bytes of data, its shape %s needs %lld",
                         self->path, plan->name, (long long)(plan->end - plan->begin),
                         gan__shape_text(shape, &plan->shape), (long long)bytes);
    }
    return GAN_OK;
}

static gan_status
plan_tensor(const struct loader *self, struct plan *plan, const char *name, const json_t *value)
{
    const char *type = json_string_value(json_object_get(value, "dtype"));
    int64_t bytes = 0;

    plan->name = name;
    if (gan__safetensors_keeps(name)) {
        return bad_tensor(self, name, "a name that the format keeps");
    }
    if (!json_is_object(value) || type == NULL) {
        return bad_tensor(self, name, "no \"dtype\"");
    }
    if (strcmp(type, "F32") != 0 && strcmp(type, "F16") != 0) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": tensor \"%.100s\": numbers of type \"%.20s\"; only F32 (float32) "
                         "and F16 (float16) are read, so convert it first",
                         self->path, name, type);
    }
    plan->type = strcmp(type, "F16") == 0 ? GAN__FLOAT16 : GAN__FLOAT32;
    const gan_status st = plan_shape(self, plan, json_object_get(value, "shape"), &bytes);
    return st != GAN_OK ? st
                        : plan_offsets(self, plan, json_object_get(value, "data_offsets"), bytes);
}

static int
by_offset(const void *a, const void *b)
{
    const struct plan *left = a;
    const struct plan *right = b;
    if (left->begin != right->begin) {
        return left->begin < right->begin ? -1 : 1;
    }
    if (left->end != right->end) {
        return left->end < right->end ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

/* Each byte of the data must belong to one tensor. */
static gan_status
check_cover(const struct loader *self)
{
    int64_t at = 0;

    for (int64_t i = 0; i < self->plan_count; i++) {
        const struct plan *plan = &self->plans[i];
        if (plan->begin != at) {
            return gan__fail(self->ctx, GAN_E_FORMAT,
                             "\"%s\": tensor \"%.100s\": begins at byte %lld of the data, which "
                             "%s byte %lld",
                             self->path, plan->name, (long long)plan->begin,
                             plan->begin < at ? "overlaps the one that ends at"
                                              : "leaves a hole from",
                             (long long)at);
        }
        at = plan->end;
    }
    if (at != self->data_size) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": the tensors end at byte %lld of the data, the file has %lld more",
                         self->path, (long long)at, (long long)(self->data_size - at));
    }
    return GAN_OK;
}

static gan_status
make_plans(struct loader *self)
{
    const char *name;
    json_t *value;

    self->plans =
        gan__alloc_array(self->ctx, (int64_t)json_object_size(self->root) + 1, sizeof(struct plan));
    if (self->plans == NULL) {
        return GAN_E_NOMEM;
    }
    json_object_foreach(self->root, name, value)
    {
        if (strcmp(name, "__metadata__") == 0) {
            continue;
        }
        const gan_status st = plan_tensor(self, &self->plans[self->plan_count], name, value);
        if (st != GAN_OK) {
            return st;
        }
        self->plan_count++;
    }
    if (self->plan_count > 1) {
        qsort(self->plans, (size_t)self->plan_count, sizeof self->plans[0], by_offset);
    }
    return check_cover(self);
}

/* Eight lower-case hexadecimal digits. */
static bool
parse_checksum(const char *text, uint32_t *value)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t sum = 0;

    if (strlen(text) != GAN__CHECKSUM_DIGITS) {
        return false;
    }
    for (int i = 0; i < GAN__CHECKSUM_DIGITS; i++) {
        const char *digit = strchr(digits, text[i]);
        if (digit == NULL) {
            return false;
        }
        sum = sum << 4 | (uint32_t)(digit - digits);
    }
    *value = sum;
    return true;
}

/* For those who change a file of libgan's with another program, and keep its metadata. */
#define CHANGED                                                                                    \
    "; a file changed on purpose has no " GAN__SAFETENSORS_FORMAT_KEY                              \
    " and no " GAN__SAFETENSORS_CHECKSUM_KEY

/*
 * A file of libgan's has both a format number and a checksum. One that another program has written
 * may have neither; it is taken as it is. One of the two alone is damage.
 */
static gan_status
check_metadata(struct loader *self, const json_t *metadata)
{
    const char *format = json_string_value(json_object_get(metadata, GAN__SAFETENSORS_FORMAT_KEY));
    const char *sum = json_string_value(json_object_get(metadata, GAN__SAFETENSORS_CHECKSUM_KEY));

    if (format == NULL && sum == NULL) {
        return GAN_OK;
    }
    if (format != NULL && strcmp(format, "1") != 0) {
        return gan__fail(self->ctx, GAN_E_UNSUPPORTED,
                         "\"%s\": format %.20s; this version reads format %d", self->path, format,
                         GAN__SAFETENSORS_FORMAT);
    }
    if (format == NULL || sum == NULL || !parse_checksum(sum, &self->wanted_crc)) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": damaged: no %s in its metadata" CHANGED,
                         self->path,
                         format == NULL ? GAN__SAFETENSORS_FORMAT_KEY
                                        : GAN__SAFETENSORS_CHECKSUM_KEY " of 8 hexadecimal digits");
    }
    const char *place = gan__safetensors_find_checksum(self->header, self->header_size);
    if (place == NULL || memcmp(place, sum, GAN__CHECKSUM_DIGITS) != 0) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": damaged: its checksum is written oddly",
                         self->path);
    }
    memset(self->header + (place - self->header), '0', GAN__CHECKSUM_DIGITS);
    self->crc = crc32_z(self->crc, (const Bytef *)self->header, self->header_size);
    self->checked = true;
    return GAN_OK;
}

static gan_status
read_metadata(struct loader *self, struct gan__state *state)
{
    json_t *metadata = json_object_get(self->root, "__metadata__");
    const char *name;
    json_t *value;

    if (metadata == NULL) {
        return GAN_OK;
    }
    if (!json_is_object(metadata)) {
        return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": __metadata__ is not a JSON object",
                         self->path);
    }
    json_object_foreach(metadata, name, value)
    {
        if (!json_is_string(value)) {
            return gan__fail(self->ctx, GAN_E_FORMAT,
                             "\"%s\": \"%.100s\" in __metadata__ is not a text", self->path, name);
        }
    }
    gan_status st = check_metadata(self, metadata);
    json_object_foreach(metadata, name, value)
    {
        if (st == GAN_OK && strcmp(name, GAN__SAFETENSORS_FORMAT_KEY) != 0 &&
            strcmp(name, GAN__SAFETENSORS_CHECKSUM_KEY) != 0) {
            st = gan__state_add_text(state, "", name, json_string_value(value));
        }
    }
    return st;
}

static gan_status
read_numbers(struct loader *self, gan_tensor *tensor, enum gan__dtype type)
{
    float *data = gan__data(tensor);
    uint16_t halves[GAN__HALVES];
    gan_status st = GAN_OK;

    if (type == GAN__FLOAT32) {
        return read_exactly(self, data, (size_t)tensor->count * sizeof *data);
    }
    for (int64_t i = 0; st == GAN_OK && i < tensor->count; i += GAN__HALVES) {
        const int64_t count = tensor->count - i < GAN__HALVES ? tensor->count - i : GAN__HALVES;
        st = read_exactly(self, halves, (size_t)count * sizeof halves[0]);
        for (int64_t k = 0; st == GAN_OK && k < count; k++) {
            data[i + k] = gan__half_to_float(halves[k]);
        }
    }
    return st;
}

static gan_status
read_tensor(struct loader *self, struct gan__state *state, const struct plan *plan)
{
    gan_tensor *tensor = NULL;
    gan_status st = gan__tensor_create(self->ctx, &tensor, &plan->shape);
    if (st == GAN_OK) {
        st = read_numbers(self, tensor, plan->type);
    }
    if (st == GAN_OK) {
        st = gan__state_add_tensor(state, "", plan->name, tensor);
    }
    gan_tensor_destroy(tensor);
    return st;
}

static gan_status
load(struct gan__state *state, struct gan__file_reader *reader)
{
    struct loader self = {.ctx = state->ctx, .reader = reader, .path = reader->path};
    gan_status st = GAN_OK;

    self.crc = crc32_z(0, NULL, 0);
    GAN__TRY(read_header(&self));
    GAN__TRY(parse_json(&self));
    GAN__TRY(read_metadata(&self, state));
    GAN__TRY(make_plans(&self));
    for (int64_t i = 0; i < self.plan_count; i++) {
        GAN__TRY(read_tensor(&self, state, &self.plans[i]));
    }
    if (self.checked && (uint32_t)self.crc != self.wanted_crc) {
        st =
            gan__fail(self.ctx, GAN_E_FORMAT,
                      "\"%s\": damaged: checksum %08lx, its metadata says %08lx" CHANGED, self.path,
                      (unsigned long)(uint32_t)self.crc, (unsigned long)self.wanted_crc);
    }

fail:
    if (st != GAN_OK) {
        gan__state_free(state);
        gan__state_init(state, self.ctx);
    }
    json_decref(self.root);
    gan__free(self.ctx, self.plans);
    gan__free(self.ctx, self.header);
    return st;
}

gan_status
gan__safetensors_load(struct gan__state *state, const char *path, uint64_t max_bytes)
{
    struct gan__file_reader reader;

    gan_status st = gan__file_reader_open(&reader, state->ctx, path);
    if (st != GAN_OK) {
        return st;
    }
    if (reader.size > max_bytes) {
        st = gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": %llu bytes, but max_bytes=%llu", path,
                       (unsigned long long)reader.size, (unsigned long long)max_bytes);
    } else {
        st = load(state, &reader);
    }
    gan__file_reader_close(&reader);
    return st;
}

gan_status
gan__safetensors_parse(struct gan__state *state, const char *name, const void *data, size_t size)
{
    struct gan__file_reader reader;
    gan__file_reader_open_memory(&reader, state->ctx, name, data, size);
    return load(state, &reader);
}

bool
gan__safetensors_keeps(const char *name)
{
    return strcmp(name, "__metadata__") == 0 || strcmp(name, GAN__SAFETENSORS_FORMAT_KEY) == 0 ||
           strcmp(name, GAN__SAFETENSORS_CHECKSUM_KEY) == 0;
}

/* JSON's white space. */
static const char *
skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    return at;
}

/*
 * The key with its quotes, a colon, a text: within a JSON text every quote is escaped, so that
 * nothing else can look like this but a tensor of that name, whose value is no text.
 */
const char *
gan__safetensors_find_checksum(const char *header, size_t length)
{
    static const char key[] = "\"" GAN__SAFETENSORS_CHECKSUM_KEY "\"";
    const char *end = header + length;
    const size_t key_length = sizeof key - 1;

    for (const char *at = header; (size_t)(end - at) >= key_length; at++) {
        if (memcmp(at, key, key_length) != 0) {
            continue;
        }
        const char *value = skip_space(at + key_length, end);
        if (value == end || *value != ':') {
            continue;
        }
        value = skip_space(value + 1, end);
        if (end - value > GAN__CHECKSUM_DIGITS && *value == '"') {
            return value + 1;
        }
    }
    return NULL;
}
