/*
 * Reading safetensors. The file is taken for hostile: nothing is allocated for a number that the
 * file's true size does not bear out.
 */
#include "io/safetensors.h"

#include <string.h>
#include <zlib.h>

#include "base/context.h"
#include "base/memory.h"
#include "io/half.h"
#include "io/safetensors_plan.h"

enum { PREFIX_SIZE = 8, PIECE = 1 << 14 /* bytes that are converted at a time */ };

struct loader {
    gan_context *ctx;
    struct gan__file_reader *reader;
    const char *path;
    char *header; /* closed with a zero */
    size_t header_size;
    int64_t data_size;
    json_t *root;
    struct gan__safetensors_plan *plans;
    int64_t plan_count;
    bool checked; /* the file has a checksum */
    uint32_t wanted_crc;
    uLong crc;
    bool shapes_only;
};

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

/* `count` numbers as the file has them. */
static void
convert(float *to, const unsigned char *from, enum gan__dtype type, int64_t count)
{
    uint16_t half;
    uint64_t bits;

    for (int64_t i = 0; i < count; i++) {
        if (type == GAN__FLOAT64) {
            memcpy(&bits, from + i * 8, sizeof bits);
            to[i] = gan__float_from_double(bits);
        } else {
            memcpy(&half, from + i * 2, sizeof half);
            to[i] = type == GAN__FLOAT16 ? gan__half_to_float(half) : gan__bfloat_to_float(half);
        }
    }
}

static gan_status
read_numbers(struct loader *self, gan_tensor *tensor, enum gan__dtype type)
{
    float *data = gan__data(tensor);
    const int64_t size = gan__dtype_size(type), most = PIECE / size;
    unsigned char piece[PIECE];
    gan_status st = GAN_OK;

    if (type == GAN__FLOAT32) {
        return read_exactly(self, data, (size_t)tensor->count * sizeof *data);
    }
    for (int64_t i = 0; st == GAN_OK && i < tensor->count; i += most) {
        const int64_t count = tensor->count - i < most ? tensor->count - i : most;
        st = read_exactly(self, piece, (size_t)(count * size));
        if (st == GAN_OK) {
            convert(data + i, piece, type, count);
        }
    }
    return st;
}

/* Only the checksum needs the bytes. */
static gan_status
pass_over(struct loader *self, int64_t bytes)
{
    unsigned char piece[PIECE];
    gan_status st = GAN_OK;

    while (st == GAN_OK && bytes > 0) {
        const int64_t count = bytes < PIECE ? bytes : PIECE;
        st = read_exactly(self, piece, (size_t)count);
        bytes -= count;
    }
    return st;
}

static gan_status
read_tensor(struct loader *self, struct gan__state *state, const struct gan__safetensors_plan *plan)
{
    gan_tensor *tensor = NULL;
    gan_status st;

    if (!plan->read || self->shapes_only) {
        st = pass_over(self, plan->end - plan->begin);
        return st != GAN_OK
                   ? st
                   : gan__state_add_unread(state, "", plan->name, plan->type, &plan->shape);
    }
    GAN__TRY(gan__tensor_create(self->ctx, &tensor, &plan->shape));
    GAN__TRY(read_numbers(self, tensor, plan->dtype));
    GAN__TRY(gan__state_add_tensor(state, "", plan->name, tensor));
    gan__state_set_type(state, plan->type);

fail:
    gan_tensor_destroy(tensor);
    return st;
}

static gan_status
load(struct gan__state *state, struct gan__file_reader *reader, bool shapes_only)
{
    struct loader self = {
        .ctx = state->ctx, .reader = reader, .path = reader->path, .shapes_only = shapes_only};
    gan_status st = GAN_OK;

    self.crc = crc32_z(0, NULL, 0);
    GAN__TRY(read_header(&self));
    GAN__TRY(parse_json(&self));
    GAN__TRY(read_metadata(&self, state));
    GAN__TRY(gan__safetensors_plan(self.ctx, self.path, self.root, self.data_size, &self.plans,
                                   &self.plan_count));
    for (int64_t i = 0; i < self.plan_count; i++) {
        GAN__TRY(read_tensor(&self, state, &self.plans[i]));
    }
    if (self.checked && (uint32_t)self.crc != self.wanted_crc) {
        st =
            gan__fail(self.ctx, GAN_E_FORMAT,
                      "\"%s\": damaged: checksum %08lx, its metadata says %08lx" CHANGED, self.path,
                      (unsigned long)(uint32_t)self.crc, (unsigned long)self.wanted_crc);
    }
    state->sealed = self.checked;

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

static gan_status
load_file(struct gan__state *state, const char *path, uint64_t max_bytes, bool shapes_only)
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
        st = load(state, &reader, shapes_only);
    }
    gan__file_reader_close(&reader);
    return st;
}

gan_status
gan__safetensors_load(struct gan__state *state, const char *path, uint64_t max_bytes)
{
    return load_file(state, path, max_bytes, false);
}

gan_status
gan__safetensors_scan(struct gan__state *state, const char *path, uint64_t max_bytes)
{
    return load_file(state, path, max_bytes, true);
}

gan_status
gan__safetensors_parse(struct gan__state *state, const char *name, const void *data, size_t size)
{
    struct gan__file_reader reader;
    gan__file_reader_open_memory(&reader, state->ctx, name, data, size);
    return load(state, &reader, false);
}

gan_status
gan__safetensors_fail_unread(gan_context *ctx, const char *path,
                             const struct gan__state_entry *entry)
{
    return gan__fail(ctx, GAN_E_FORMAT,
                     "\"%s\": tensor \"%.100s\": numbers of type \"%s\"; only F32, F16, BF16 and "
                     "F64 are read, so convert it first",
                     path, entry->name, entry->type);
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
