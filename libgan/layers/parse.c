/*
 * Reading a network's text: lines and braces here, options in base/options.c, everything about the
 * tree in create.c and structure.c. Any bytes may come; nesting and sizes are bounded.
 */
#include "layers/class.h"

#include <string.h>

#include "base/context.h"
#include "base/number.h"

enum { VERSION = 1 };

struct parser {
    gan_context *ctx;
    const char *at, *end;
    const char *line_start;
    int32_t line;
};

/* A place in the text. */
struct place {
    int32_t line, column;
};

static struct place
here(const struct parser *p)
{
    const struct place place = {p->line, (int32_t)(p->at - p->line_start) + 1};

    return place;
}

static gan_status
name_place(const struct parser *p, struct place place, gan_status st)
{
    gan__fail_prefix(p->ctx, "line %d, column %d", (int)place.line, (int)place.column);
    return st;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Spaces and a comment, up to the line's end. */
static void
skip_blanks(struct parser *p)
{
    while (p->at < p->end && is_blank(*p->at)) {
        p->at++;
    }
    if (p->at < p->end && *p->at == '#') {
        while (p->at < p->end && *p->at != '\n') {
            p->at++;
        }
    }
}

static void
skip_lines(struct parser *p)
{
    for (skip_blanks(p); p->at < p->end && *p->at == '\n'; skip_blanks(p)) {
        p->at++;
        p->line++;
        p->line_start = p->at;
    }
}

static bool
next_is(const struct parser *p, char c)
{
    return p->at < p->end && *p->at == c;
}

static bool
ends_word(char c)
{
    return is_blank(c) || c == '\n' || c == '{' || c == '}' || c == '#';
}

static size_t
word_length(const struct parser *p)
{
    const char *c = p->at;

    while (c < p->end && !ends_word(*c)) {
        c++;
    }
    return (size_t)(c - p->at);
}

/* What stands next, for sentences. */
enum { FOUND_SIZE = 48 };
static const char *
found(const struct parser *p, char buffer[FOUND_SIZE])
{
    const size_t length = word_length(p);
    size_t n = 0;

    if (p->at == p->end) {
        return "the end of the text";
    }
    if (*p->at == '\n') {
        return "the end of the line";
    }
    buffer[n++] = '"';
    for (size_t i = 0; i < (length > 0 ? length : 1) && n < FOUND_SIZE - 2; i++) {
        buffer[n++] = (char)(p->at[i] > 0x20 && p->at[i] < 0x7f ? p->at[i] : '?');
    }
    buffer[n++] = '"';
    buffer[n] = '\0';
    return buffer;
}

/* The options of a line: up to its end, a brace or a comment, none of them in quotes. */
static size_t
options_length(const struct parser *p)
{
    const char *c = p->at;
    bool quoted = false;

    for (; c < p->end && *c != '\n'; c++) {
        if (quoted && *c == '\\' && c + 1 < p->end && c[1] != '\n') {
            c++;
        } else if (*c == '"') {
            quoted = !quoted;
        } else if (!quoted && (*c == '{' || *c == '}' || *c == '#')) {
            break;
        }
    }
    return (size_t)(c - p->at);
}

/* At an opening brace. */
static gan_status
check_depth(const struct parser *p, int32_t depth)
{
    if (depth < GAN__LAYER_DEPTH_MAX) {
        return GAN_OK;
    }
    return name_place(p, here(p),
                      gan__fail(p->ctx, GAN_E_FORMAT, "blocks are nested more than %d deep",
                                GAN__LAYER_DEPTH_MAX));
}

static gan_status parse_lines(struct parser *p, gan_layer *network, int32_t depth);

/* "{ ... }" into a network, at its opening brace. */
static gan_status
parse_block(struct parser *p, gan_layer *network, int32_t depth)
{
    const struct place open = here(p);
    gan_status st;

    GAN__TRY(check_depth(p, depth));
    p->at++;
    GAN__TRY(parse_lines(p, network, depth + 1));
    if (!next_is(p, '}')) {
        return name_place(p, here(p),
                          gan__fail(p->ctx, GAN_E_FORMAT,
                                    "found the end of the text, wanted } for the { of line %d, "
                                    "column %d",
                                    (int)open.line, (int)open.column));
    }
    p->at++;

fail:
    return st;
}

/* "{ ... } { ... }" into networks of their own. */
static gan_status
parse_blocks(struct parser *p, gan_layer *layer, int32_t depth)
{
    gan_status st = GAN_OK;

    for (;;) {
        const struct parser before = *p;
        gan_layer *block = NULL;
        skip_lines(p);
        if (!next_is(p, '{')) {
            *p = before;
            return GAN_OK;
        }
        const struct place place = here(p);
        GAN__TRY(check_depth(p, depth));
        GAN__TRY(gan__layer_make(p->ctx, &block, &gan__layer_class_network, NULL, NULL, 0, 0, 0));
        block->line = place.line;
        st = gan__layer_attach(layer, block);
        gan_layer_destroy(block);
        if (st != GAN_OK) {
            return name_place(p, place, st);
        }
        GAN__TRY(parse_block(p, block, depth));
    }

fail:
    return st;
}

static gan_status
parse_braces(struct parser *p, gan_layer *layer, int32_t depth)
{
    const uint32_t flags = layer->class->flags;
    char buffer[FOUND_SIZE];
    gan_status st;

    if ((flags & (GAN__LAYER_HOLDS_LINES | GAN__LAYER_HOLDS_BLOCKS)) == 0) {
        if (next_is(p, '{')) {
            return name_place(
                p, here(p),
                gan__fail(p->ctx, GAN_E_FORMAT, "%s takes no block", gan__layer_kind(layer)));
        }
        return GAN_OK;
    }
    if ((flags & GAN__LAYER_HOLDS_LINES) != 0) {
        skip_lines(p);
        if (!next_is(p, '{')) {
            return name_place(p, here(p),
                              gan__fail(p->ctx, GAN_E_FORMAT, "found %s, wanted { after network",
                                        found(p, buffer)));
        }
        GAN__TRY(parse_block(p, layer, depth));
    } else {
        GAN__TRY(parse_blocks(p, layer, depth));
    }
    skip_blanks(p);
    if (p->at < p->end && *p->at != '\n' && *p->at != '}') {
        return name_place(p, here(p),
                          gan__fail(p->ctx, GAN_E_FORMAT,
                                    "found %s, wanted the end of the line; one layer a line",
                                    found(p, buffer)));
    }
    return GAN_OK;

fail:
    return st;
}

/* Fewer blocks than the kind takes, seen where they should be. */
static gan_status
check_blocks(struct parser *p, const gan_layer *layer)
{
    const struct gan__layer_class *class = layer->class;

    if ((class->flags & GAN__LAYER_HOLDS_BLOCKS) == 0 ||
        layer->child_count >= class->blocks_minimum) {
        return GAN_OK;
    }
    return name_place(p, here(p),
                      gan__fail(p->ctx, GAN_E_FORMAT,
                                "%s has %d blocks { ... }, it takes %s%d; { } is the identity",
                                class->kind, (int)layer->child_count,
                                class->blocks_maximum > class->blocks_minimum ? "at least " : "",
                                (int)class->blocks_minimum));
}

static gan_status
parse_layer(struct parser *p, gan_layer *network, int32_t depth)
{
    const struct gan__layer_class *class = NULL;
    const struct gan__kind *user = NULL;
    const struct place place = here(p);
    const size_t length = word_length(p);
    gan_layer *layer = NULL;
    gan_status st;

    st = gan__layer_find_kind(p->ctx, p->at, length, &class, &user);
    if (st != GAN_OK) {
        return name_place(p, place, st);
    }
    p->at += length;
    while (p->at < p->end && is_blank(*p->at)) {
        p->at++;
    }
    const struct place options = here(p);
    const size_t options_size = options_length(p);
    GAN__TRY(gan__layer_make(p->ctx, &layer, class, user, p->at, options_size, options.line,
                             options.column));
    p->at += options_size;
    st = gan__layer_attach(network, layer);
    gan_layer_destroy(layer);
    if (st != GAN_OK) {
        gan__fail_prefix(p->ctx, "%s", user != NULL ? user->node.name : class->kind);
        return name_place(p, place, st);
    }
    skip_blanks(p);
    GAN__TRY(parse_braces(p, layer, depth));
    st = check_blocks(p, layer);

fail:
    return st;
}

/* Layers up to the end of the text, or the brace that closes the block. */
static gan_status
parse_lines(struct parser *p, gan_layer *network, int32_t depth)
{
    char buffer[FOUND_SIZE];
    gan_status st = GAN_OK;

    for (skip_lines(p); p->at < p->end; skip_lines(p)) {
        if (*p->at == '}' && depth > 0) {
            return GAN_OK;
        }
        if (*p->at == '{' || *p->at == '}') {
            return name_place(p, here(p),
                              gan__fail(p->ctx, GAN_E_FORMAT, "found %s, wanted a layer%s",
                                        found(p, buffer),
                                        *p->at == '}' ? "; no block is open" : ""));
        }
        GAN__TRY(parse_layer(p, network, depth));
    }

fail:
    return st;
}

/* What may follow on the first line. */
struct header {
    struct gan__option_shape shape;
};

static const struct gan__option header_options[] = {
    {.name = "shape",
     .type = GAN__OPTION_SHAPE,
     .offset = offsetof(struct header, shape),
     .minimum = 1,
     .maximum = GAN__SIZE_MAX_OPTION,
     .doc = "what a network without an input line is built for"},
    GAN__OPTION_END,
};

static gan_status
parse_version(struct parser *p)
{
    static const char magic[] = "gan-network";
    char buffer[FOUND_SIZE];
    int64_t version = 0;
    size_t length = word_length(p);

    if (length != sizeof magic - 1 || memcmp(p->at, magic, length) != 0) {
        return name_place(p, here(p),
                          gan__fail(p->ctx, GAN_E_FORMAT,
                                    "found %s, a network's text begins with the line "
                                    "`gan-network %d`",
                                    found(p, buffer), VERSION));
    }
    p->at += length;
    while (p->at < p->end && is_blank(*p->at)) {
        p->at++;
    }
    length = word_length(p);
    if (!gan__integer_parse(p->at, length, &version) || version < 1) {
        return name_place(p, here(p),
                          gan__fail(p->ctx, GAN_E_FORMAT,
                                    "found %s, wanted the grammar's version, %d", found(p, buffer),
                                    VERSION));
    }
    if (version > VERSION) {
        return name_place(p, here(p),
                          gan__fail(p->ctx, GAN_E_FORMAT,
                                    "version %lld is later than %d, the latest that this libgan "
                                    "reads",
                                    (long long)version, VERSION));
    }
    p->at += length;
    return GAN_OK;
}

static gan_status
parse_header(struct parser *p, struct header *header)
{
    char buffer[FOUND_SIZE];
    gan_status st;

    GAN__TRY(parse_version(p));
    while (p->at < p->end && is_blank(*p->at)) {
        p->at++;
    }
    const struct place place = here(p);
    const struct gan__option_origin origin = {"gan-network", place.line, place.column};
    const size_t length = options_length(p);
    GAN__TRY(
        gan__options_parse(p->ctx, header_options, header, NULL, NULL, p->at, length, &origin));
    p->at += length;
    skip_blanks(p);
    if (p->at < p->end && *p->at != '\n') {
        return name_place(p, here(p),
                          gan__fail(p->ctx, GAN_E_FORMAT, "found %s, wanted the end of the line",
                                    found(p, buffer)));
    }

fail:
    return st;
}

/* Build at once what knows its shape. */
static gan_status
build_parsed(gan_layer *network, const struct header *header, const struct gan__building *how)
{
    gan_context *ctx = network->object.ctx;
    struct gan__building building = *how;
    struct gan__shape shape = gan__shape_of(header->shape.rank, 0, 0, 0, 0);

    if (shape.rank >= GAN_RANK_MAX) {
        return gan__fail(ctx, GAN_E_ARG,
                         "line 1: shape has %d sizes, at most %d are possible beside N",
                         (int)shape.rank, GAN_RANK_MAX - 1);
    }
    for (int32_t i = 0; i < shape.rank; i++) {
        shape.size[i] = header->shape.size[i];
    }
    if (shape.rank > 0) {
        return gan__layer_build_root(network, &shape, &building);
    }
    if (!gan__layer_takes_incoming(network) && gan__layer_knows_shape(network)) {
        return gan__layer_build_root(network, NULL, &building);
    }
    return gan__layer_check_structure(network);
}

static gan_status
check_limits(gan_context *ctx, const char *text, size_t length)
{
    int32_t lines = 1;

    if (length > GAN__LAYER_TEXT_MAX) {
        return gan__fail(ctx, GAN_E_FORMAT, "the text has more than %d bytes", GAN__LAYER_TEXT_MAX);
    }
    for (size_t i = 0; i + 1 < length; i++) {
        lines += text[i] == '\n';
    }
    if (lines > GAN__LAYER_LINES_MAX) {
        return gan__fail(ctx, GAN_E_FORMAT, "the text has %d lines, more than %d", (int)lines,
                         GAN__LAYER_LINES_MAX);
    }
    return GAN_OK;
}

static gan_status
layer_parse(gan_context *ctx, gan_layer **out, const char *text, struct gan__building *how)
{
    const size_t length = strnlen(text, GAN__LAYER_TEXT_MAX + 1);
    struct parser p = {ctx, text, text + length, text, 1};
    struct header header;
    gan_layer *network = NULL;
    gan_status st;

    GAN__TRY(check_limits(ctx, text, length));
    GAN__TRY(parse_header(&p, &header));
    GAN__TRY(gan__layer_make(ctx, &network, &gan__layer_class_network, NULL, NULL, 0, 0, 0));
    network->number = how->number;
    GAN__TRY(parse_lines(&p, network, 0));
    GAN__TRY(build_parsed(network, &header, how));
    *out = network;
    return GAN_OK;

fail:
    gan_layer_destroy(network);
    return st;
}

gan_status
gan_layer_parse(gan_context *ctx, gan_layer **out, const char *text)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        st = gan__null(ctx, "out");
    } else if (text == NULL) {
        st = gan__null(ctx, "text");
    } else {
        struct gan__building how = {
            .ctx = ctx, .seed = ctx->seed, .number = ctx->network_count, .draw = true};
        st = layer_parse(ctx, out, text, &how);
        ctx->network_count += st == GAN_OK;
    }
    return gan__leave(&call, st);
}

gan_status
gan__layer_restore(gan_context *ctx, gan_layer **out, const char *text, int64_t elements)
{
    struct gan__building how = {.ctx = ctx, .limited = true, .room = elements};
    gan_layer *network = NULL;
    gan_status st = layer_parse(ctx, &network, text, &how);

    if (st == GAN_OK && !network->built) {
        gan_layer_destroy(network);
        return gan__fail(ctx, GAN_E_FORMAT,
                         "the network's text does not say what shape its input has");
    }
    *out = network;
    return st;
}
