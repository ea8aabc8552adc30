/*
 * Writing safetensors: 8 bytes of header length, a JSON header padded with spaces to a multiple of
 * 8, the data.
 *
 * The checksum is zlib's CRC-32 of the whole file with the checksum's own digits as "00000000".
 */
#include "io/safetensors.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/number.h"
#include "io/half.h"

enum { DATA_ALIGNMENT = 8, HALVES = 4096 /* converted at a time */ };

static gan_status
no_memory(gan_context *ctx)
{
    return gan__fail(ctx, GAN_E_NOMEM, "no memory for a safetensors header");
}

static int
by_name(const void *a, const void *b)
{
    const struct gan__state_entry *const *left = a;
    const struct gan__state_entry *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* The state's entries in the file's order, allocated. */
static gan_status
sort_entries(const struct gan__state *state, const struct gan__state_entry ***out)
{
    const struct gan__state_entry **sorted =
        gan__alloc_array(state->ctx, state->count, sizeof(const struct gan__state_entry *));
    if (sorted == NULL) {
        return GAN_E_NOMEM;
    }
    for (int64_t i = 0; i < state->count; i++) {
        sorted[i] = &state->entries[i];
    }
    if (state->count > 1) {
        qsort(sorted, (size_t)state->count, sizeof sorted[0], by_name);
    }
    *out = sorted;
    return GAN_OK;
}

/* Add to a JSON object; jansson takes over `value` also when it fails. */
static gan_status
add(gan_context *ctx, json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? GAN_OK : no_memory(ctx);
}

static gan_status
add_text(gan_context *ctx, json_t *metadata, const struct gan__state_entry *entry)
{
    json_t *value = json_string(entry->text);
    if (value == NULL) {
        /* jansson does not tell one from the other. */
        return gan__fail(ctx, GAN_E_NOMEM, "no memory for the text \"%s\", or it is not UTF-8",
                         entry->name);
    }
    return add(ctx, metadata, entry->name, value);
}

/* {"dtype":"F32","shape":[...],"data_offsets":[begin,end]} */
static gan_status
add_tensor(gan_context *ctx, json_t *root, const struct gan__state_entry *entry,
           enum gan__dtype type, int64_t begin)
{
    const gan_tensor *tensor = entry->tensor;
    const int64_t end = begin + tensor->count * gan__dtype_size(type);
    const char *name = type == GAN__FLOAT16 ? "F16" : "F32";
    json_t *shape = json_array();
    json_t *offsets = json_pack("[I,I]", (json_int_t)begin, (json_int_t)end);
    json_t *description = json_object();
    gan_status st = GAN_OK;

    for (int32_t i = 0; i < tensor->shape.rank; i++) {
        if (json_array_append_new(shape, json_integer(tensor->shape.size[i])) != 0) {
            st = no_memory(ctx);
        }
    }
    if (st != GAN_OK || json_object_set_new(description, "dtype", json_string(name)) != 0) {
        GAN__TRY(no_memory(ctx));
    }
    if (json_object_set(description, "shape", shape) != 0 ||
        json_object_set(description, "data_offsets", offsets) != 0) {
        GAN__TRY(no_memory(ctx));
    }
    st = add(ctx, root, entry->name, json_incref(description));

fail:
    json_decref(shape);
    json_decref(offsets);
    json_decref(description);
    return st;
}

/* The header as JSON text from malloc, its checksum still zeros. */
static gan_status
make_json(const struct gan__state *state, const struct gan__state_entry *const *sorted,
          enum gan__dtype type, char **out)
{
    gan_context *ctx = state->ctx;
    json_t *root = json_object();
    json_t *metadata = json_object();
    gan_status st = GAN_OK;
    int64_t offset = 0;
    char number[16];

    (void)snprintf(number, sizeof number, "%d", GAN__SAFETENSORS_FORMAT);
    /* First, so that no text before it can look like it. */
    GAN__TRY(add(ctx, metadata, GAN__SAFETENSORS_CHECKSUM_KEY, json_string("00000000")));
    GAN__TRY(add(ctx, metadata, GAN__SAFETENSORS_FORMAT_KEY, json_string(number)));
    GAN__TRY(add(ctx, root, "__metadata__", json_incref(metadata)));
    for (int64_t i = 0; i < state->count; i++) {
        if (sorted[i]->tensor == NULL) {
            GAN__TRY(add_text(ctx, metadata, sorted[i]));
            continue;
        }
        GAN__TRY(add_tensor(ctx, root, sorted[i], type, offset));
        offset += sorted[i]->tensor->count * gan__dtype_size(type);
    }
    *out = json_dumps(root, JSON_COMPACT);
    st = *out == NULL ? no_memory(ctx) : GAN_OK;

fail:
    json_decref(metadata);
    json_decref(root);
    return st;
}

/* The 8 bytes of length and the padded header, allocated; *size bytes in all. */
static gan_status
make_header(const struct gan__state *state, const struct gan__state_entry *const *sorted,
            enum gan__dtype type, char **out, size_t *size)
{
    char *json = NULL;
    gan_status st = make_json(state, sorted, type, &json);
    if (st != GAN_OK) {
        return st;
    }
    const size_t length = strlen(json);
    const size_t padded = (length + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
    const uint64_t prefix = padded;
    char *header = NULL;
    if (padded > GAN__SAFETENSORS_HEADER_MAX) {
        st = gan__fail(state->ctx, GAN_E_UNSUPPORTED,
                       "names and texts need a header of %zu bytes, at most %d can be read again",
                       padded, GAN__SAFETENSORS_HEADER_MAX);
    } else if ((header = gan__alloc(state->ctx, sizeof prefix + padded)) == NULL) {
        st = GAN_E_NOMEM;
    } else {
        memcpy(header, &prefix, sizeof prefix);
        memcpy(header + sizeof prefix, json, length);
        memset(header + sizeof prefix + length, ' ', padded - length);
        *out = header;
        *size = sizeof prefix + padded;
    }
    free(json);
    return st;
}

/* Hand a tensor's numbers on as the file has them, in pieces. */
static gan_status
each_piece(const gan_tensor *tensor, enum gan__dtype type, void *argument,
           gan_status (*take)(void *argument, const void *data, size_t size))
{
    const float *data = gan__data(tensor);
    uint16_t halves[HALVES];
    gan_status st = GAN_OK;

    if (type == GAN__FLOAT32) {
        return tensor->count == 0 ? GAN_OK
                                  : take(argument, data, (size_t)tensor->count * sizeof(float));
    }
    for (int64_t i = 0; st == GAN_OK && i < tensor->count; i += HALVES) {
        const int64_t count = tensor->count - i < HALVES ? tensor->count - i : HALVES;
        for (int64_t k = 0; k < count; k++) {
            halves[k] = gan__half_from_float(data[i + k]);
        }
        st = take(argument, halves, (size_t)count * sizeof halves[0]);
    }
    return st;
}

static gan_status
take_checksum(void *crc, const void *data, size_t size)
{
    *(uLong *)crc = crc32_z(*(uLong *)crc, data, size);
    return GAN_OK;
}

static gan_status
take_bytes(void *writer, const void *data, size_t size)
{
    return gan__file_writer_write(writer, data, size);
}

/* Put the checksum of header and data in the place of its zeros. */
static gan_status
seal(const struct gan__state *state, const struct gan__state_entry *const *sorted,
     enum gan__dtype type, char *header, size_t size)
{
    const char *digits = gan__safetensors_find_checksum(header + 8, size - 8);
    char text[GAN__CHECKSUM_DIGITS + 1];
    uLong crc = crc32_z(crc32_z(0, NULL, 0), (const Bytef *)header, size);

    if (digits == NULL) {
        return gan__fail(state->ctx, GAN_E_INTERNAL, "the header that was made has no checksum");
    }
    for (int64_t i = 0; i < state->count; i++) {
        if (sorted[i]->tensor != NULL) {
            (void)each_piece(sorted[i]->tensor, type, &crc, take_checksum);
        }
    }
    (void)snprintf(text, sizeof text, "%08lx", crc & 0xffffffffUL);
    memcpy(header + (digits - header), text, GAN__CHECKSUM_DIGITS);
    return GAN_OK;
}

static gan_status
check_names(const struct gan__state *state)
{
    if (state->count > GAN__SAFETENSORS_ENTRIES_MAX) {
        return gan__fail(state->ctx, GAN_E_UNSUPPORTED,
                         "%lld tensors and texts, at most %d can be read again",
                         (long long)state->count, GAN__SAFETENSORS_ENTRIES_MAX);
    }
    for (int64_t i = 0; i < state->count; i++) {
        const char *name = state->entries[i].name;
        if (gan__safetensors_keeps(name)) {
            return gan__fail(state->ctx, GAN_E_ARG, "\"%s\" is a name that the format keeps", name);
        }
        if (gan__state_is_unread(&state->entries[i])) {
            return gan__fail(state->ctx, GAN_E_ARG,
                             "tensor \"%s\": its numbers, of type \"%s\", were not read", name,
                             state->entries[i].type);
        }
    }
    return GAN_OK;
}

static gan_status
check_range(const struct gan__state *state)
{
    char number[GAN__NUMBER_SIZE];

    for (int64_t i = 0; i < state->count; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        for (int64_t k = 0; entry->tensor != NULL && k < entry->tensor->count; k++) {
            const float value = gan__data(entry->tensor)[k];
            if (!gan__half_fits(value)) {
                return gan__fail(state->ctx, GAN_E_ARG,
                                 "tensor \"%s\" holds %s at element %lld; float16's largest "
                                 "number is 65504, so save it as float32",
                                 entry->name, gan__number_format(number, (double)value),
                                 (long long)k);
            }
        }
    }
    return GAN_OK;
}

gan_status
gan__safetensors_save(const struct gan__state *state, enum gan__dtype type, const char *path)
{
    gan_context *ctx = state->ctx;
    const struct gan__state_entry **sorted = NULL;
    char *header = NULL;
    size_t size = 0;
    struct gan__file_writer writer = {.ctx = ctx, .descriptor = -1};
    gan_status st = GAN_OK;

    GAN__TRY(check_names(state));
    GAN__TRY(sort_entries(state, &sorted));
    if (type == GAN__FLOAT16) {
        GAN__TRY(check_range(state));
    }
    GAN__TRY(make_header(state, sorted, type, &header, &size));
    GAN__TRY(seal(state, sorted, type, header, size));

    GAN__TRY(gan__file_writer_open(&writer, ctx, path));
    GAN__TRY(gan__file_writer_write(&writer, header, size));
    for (int64_t i = 0; i < state->count; i++) {
        if (sorted[i]->tensor != NULL) {
            GAN__TRY(each_piece(sorted[i]->tensor, type, &writer, take_bytes));
        }
    }
    st = gan__file_writer_commit(&writer);

fail:
    gan__file_writer_abandon(&writer);
    gan__free(ctx, header);
    gan__free(ctx, sorted);
    return st;
}
