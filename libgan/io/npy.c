/*
 * NumPy's .npy header: magic, version, a length, and a Python dictionary as text, of which only what
 * NumPy itself writes is read.
 */
#include "io/npy.h"

#include <string.h>

#include "base/checked.h"

enum { START = 8, SHOWN = 60 }; /* magic and version; characters of the header in sentences */

static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* The dictionary's text, and the place in it. */
struct reader {
    gan_context *ctx;
    const char *name;
    const uint8_t *bytes; /* from the file's first on */
    size_t at, end;
};

static gan_status
bad(const struct reader *reader, const char *wanted)
{
    char shown[SHOWN + 1];
    size_t length = 0;

    for (size_t i = reader->at; i < reader->end && length < SHOWN; i++) {
        const uint8_t byte = reader->bytes[i];
        shown[length++] = (char)(byte >= 0x20 && byte < 0x7f ? byte : '?');
    }
    shown[length] = '\0';
    return gan__fail(reader->ctx, GAN_E_FORMAT,
                     "\"%s\": the .npy header has \"%s\" at byte %zu, wanted %s", reader->name,
                     shown, reader->at, wanted);
}

static void
skip_spaces(struct reader *reader)
{
    while (reader->at < reader->end &&
           (reader->bytes[reader->at] == ' ' || reader->bytes[reader->at] == '\n')) {
        reader->at++;
    }
}

/* Whether the next character is this one; then it is passed. */
static bool
take(struct reader *reader, char wanted)
{
    skip_spaces(reader);
    if (reader->at >= reader->end || reader->bytes[reader->at] != (uint8_t)wanted) {
        return false;
    }
    reader->at++;
    return true;
}

/* A string in single or double quotes, without escapes; at most `room` - 1 bytes. */
static bool
take_string(struct reader *reader, char *text, size_t room)
{
    size_t length = 0;

    skip_spaces(reader);
    size_t at = reader->at;
    if (at >= reader->end || (reader->bytes[at] != '\'' && reader->bytes[at] != '"')) {
        return false;
    }
    const uint8_t quote = reader->bytes[at++];
    while (at < reader->end && reader->bytes[at] != quote) {
        if (reader->bytes[at] == '\\' || reader->bytes[at] == '\0' || length + 1 >= room) {
            return false;
        }
        text[length++] = (char)reader->bytes[at++];
    }
    if (at >= reader->end) {
        return false;
    }
    text[length] = '\0';
    reader->at = at + 1;
    return true;
}

static bool
take_word(struct reader *reader, const char *word)
{
    const size_t length = strlen(word);

    skip_spaces(reader);
    if (reader->end - reader->at < length ||
        memcmp(reader->bytes + reader->at, word, length) != 0) {
        return false;
    }
    reader->at += length;
    return true;
}

static bool
take_size(struct reader *reader, int64_t *size)
{
    skip_spaces(reader);
    size_t at = reader->at;
    int64_t value = 0;

    while (at < reader->end && reader->bytes[at] >= '0' && reader->bytes[at] <= '9') {
        const int64_t digit = reader->bytes[at] - '0';
        if (!gan__checked_mul(value, 10, &value) || !gan__checked_add(value, digit, &value)) {
            return false;
        }
        at++;
    }
    if (at == reader->at) {
        return false;
    }
    *size = value;
    reader->at = at;
    return true;
}

/* '<f4' and the like. */
static gan_status
parse_type(struct reader *reader, struct gan__npy_header *header)
{
    static const char types[] =
        "a type of u1, i1, u2, i2, u4, i4, u8, i8, f2, f4 or f8 with its order of bytes, as '<f4'";
    static const struct {
        char letter;
        int32_t item;
        enum gan__npy_type type;
    } table[] = {{'u', 1, GAN__NPY_UINT8},   {'i', 1, GAN__NPY_INTEGER}, {'u', 2, GAN__NPY_INTEGER},
                 {'i', 2, GAN__NPY_INTEGER}, {'u', 4, GAN__NPY_INTEGER}, {'i', 4, GAN__NPY_INTEGER},
                 {'u', 8, GAN__NPY_INTEGER}, {'i', 8, GAN__NPY_INTEGER}, {'f', 2, GAN__NPY_FLOAT16},
                 {'f', 4, GAN__NPY_FLOAT32}, {'f', 8, GAN__NPY_FLOAT64}};
    const size_t start = reader->at;
    char descr[4];

    if (take_string(reader, descr, sizeof descr) && strlen(descr) == 3 &&
        strchr("<>|=", descr[0]) != NULL) {
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            if (descr[1] == table[i].letter && descr[2] == '0' + table[i].item &&
                (descr[0] != '|' || table[i].item == 1)) {
                header->type = table[i].type;
                header->item = table[i].item;
                header->is_signed = descr[1] != 'u';
                header->big_endian = descr[0] == '>' && table[i].item > 1;
                return GAN_OK;
            }
        }
    }
    reader->at = start;
    return bad(reader, types);
}

static gan_status
parse_shape(struct reader *reader, struct gan__npy_header *header)
{
    bool closed = false, comma = true;

    if (!take(reader, '(')) {
        return bad(reader, "a shape as (60000, 28, 28)");
    }
    while (!(closed = take(reader, ')'))) {
        if (!comma || header->shape.rank == GAN_RANK_MAX) {
            return bad(reader, comma ? "at most 8 sizes" : ", or )");
        }
        if (!take_size(reader, &header->shape.size[header->shape.rank])) {
            return bad(reader, "a size below 2^63");
        }
        header->shape.rank++;
        comma = take(reader, ',');
    }
    return GAN_OK;
}

enum { DESCR = 1, ORDER = 2, SHAPE = 4, ALL = 7 };

/* One "'key': value"; its bit is set in *found. */
static gan_status
parse_entry(struct reader *reader, struct gan__npy_header *header, int32_t *found, bool *fortran)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    const size_t start = reader->at;
    int32_t which = 0;
    char key[16];

    if (take_string(reader, key, sizeof key)) {
        while (which < 3 && strcmp(key, keys[which]) != 0) {
            which++;
        }
    } else {
        which = 3;
    }
    if (which == 3 || (*found & 1 << which) != 0) {
        reader->at = start;
        return bad(reader, "'descr', 'fortran_order' and 'shape', each once");
    }
    *found |= 1 << which;
    if (!take(reader, ':')) {
        return bad(reader, ":");
    }
    skip_spaces(reader);
    if (1 << which == DESCR) {
        return parse_type(reader, header);
    }
    if (1 << which == SHAPE) {
        return parse_shape(reader, header);
    }
    *fortran = take_word(reader, "True");
    return *fortran || take_word(reader, "False") ? GAN_OK : bad(reader, "True or False");
}

static gan_status
parse_dictionary(struct reader *reader, struct gan__npy_header *header)
{
    char text[GAN__SHAPE_TEXT_SIZE];
    bool fortran = false, comma = true;
    int32_t found = 0;

    if (!take(reader, '{')) {
        return bad(reader, "{");
    }
    while (!take(reader, '}')) {
        const gan_status st =
            comma ? parse_entry(reader, header, &found, &fortran) : bad(reader, ", or }");
        if (st != GAN_OK) {
            return st;
        }
        comma = take(reader, ',');
    }
    skip_spaces(reader);
    if (reader->at < reader->end) {
        return bad(reader, "only spaces after the }");
    }
    if (found != ALL) {
        return bad(reader, "'descr', 'fortran_order' and 'shape' before");
    }
    if (fortran && header->shape.rank > 1) {
        return gan__fail(reader->ctx, GAN_E_FORMAT,
                         "\"%s\": the array is in Fortran order, only C order is read: save "
                         "numpy.ascontiguousarray() of it",
                         reader->name);
    }
    if (gan__shape_count(&header->shape) < 0) {
        return gan__fail(reader->ctx, GAN_E_FORMAT,
                         "\"%s\": its shape is %s, more than can be addressed", reader->name,
                         gan__shape_text(text, &header->shape));
    }
    return GAN_OK;
}

gan_status
gan__npy_parse(gan_context *ctx, struct gan__npy_header *header, const uint8_t *bytes, size_t size,
               size_t *needed, const char *name)
{
    *header = (struct gan__npy_header){.size = 0};
    *needed = 0;
    if (memcmp(bytes, magic, size < sizeof magic ? size : sizeof magic) != 0) {
        return gan__fail(ctx, GAN_E_FORMAT,
                         "\"%s\": not .npy: it must begin with the bytes 93 4e 55 4d 50 59", name);
    }
    if (size < START + 4) {
        *needed = START + 4;
        return GAN_OK;
    }
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0) {
        return gan__fail(ctx, GAN_E_FORMAT,
                         "\"%s\": .npy of version %d.%d at byte 6, only 1.0, 2.0 and 3.0 are read",
                         name, bytes[6], bytes[7]);
    }
    const size_t start = bytes[6] == 1 ? START + 2 : START + 4;
    uint32_t length = (uint32_t)bytes[8] | (uint32_t)bytes[9] << 8;
    if (bytes[6] > 1) {
        length |= (uint32_t)bytes[10] << 16 | (uint32_t)bytes[11] << 24;
    }
    if (length > GAN__NPY_HEADER_MAX - start) {
        return gan__fail(ctx, GAN_E_FORMAT,
                         "\"%s\": the .npy header has %u bytes (byte 8), at most %zu are read",
                         name, (unsigned)length, GAN__NPY_HEADER_MAX - start);
    }
    if (size < start + length) {
        *needed = start + length;
        return GAN_OK;
    }
    struct reader reader = {
        .ctx = ctx, .name = name, .bytes = bytes, .at = start, .end = start + length};
    const gan_status st = parse_dictionary(&reader, header);
    if (st == GAN_OK) {
        header->size = start + length;
    }
    return st;
}
