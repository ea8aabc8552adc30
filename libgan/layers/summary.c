/*
 * A table for people: each layer with its output's shape and number of parameters, and the sums.
 */
#include "layers/class.h"

#include <stdio.h>
#include <string.h>

#include "base/context.h"

enum { COLUMNS = 4, NUMBER_SIZE = 32 };

struct table {
    struct gan__text *out; /* NULL: only widths are measured */
    size_t width[COLUMNS];
};

/* 3572993 as "3,572,993". */
static const char *
group_digits(char buffer[NUMBER_SIZE], int64_t value)
{
    char digits[NUMBER_SIZE];
    const int length = snprintf(digits, sizeof digits, "%lld", (long long)value);
    size_t at = 0;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            buffer[at++] = ',';
        }
        buffer[at++] = digits[i];
    }
    buffer[at] = '\0';
    return buffer;
}

static void
add_row(struct table *table, const char *const cells[COLUMNS])
{
    if (table->out != NULL) {
        gan__text_add(table->out, "%-*s  %-*s  ", (int)table->width[0], cells[0],
                      (int)table->width[1], cells[1]);
        if (cells[3][0] == '\0') {
            gan__text_add(table->out, "%s\n", cells[2]);
        } else {
            gan__text_add(table->out, "%-*s  %*s\n", (int)table->width[2], cells[2],
                          (int)table->width[3], cells[3]);
        }
        return;
    }
    for (int32_t i = 0; i < COLUMNS; i++) {
        const size_t length = strlen(cells[i]);
        table->width[i] = length > table->width[i] ? length : table->width[i];
    }
}

static int64_t
own_values(const gan_layer *layer)
{
    int64_t count = 0;

    for (int32_t i = 0; i < layer->parameter_count; i++) {
        count += layer->parameters[i].buffer ? 0 : layer->parameters[i].tensor->count;
    }
    return count;
}

/* path has room for any path; length is that of the parent's in it. */
static void
add_rows(struct table *table, gan_layer *layer, struct gan__text *path)
{
    char shape[GAN__SHAPE_TEXT_SIZE], number[NUMBER_SIZE], segment[GAN__LAYER_SEGMENT_SIZE];
    const uint32_t holds = GAN__LAYER_HOLDS_LINES | GAN__LAYER_HOLDS_BLOCKS;
    const size_t length = path->length;

    if (length > 0 || (layer->class->flags & GAN__LAYER_HOLDS_LINES) == 0) {
        const char *const cells[COLUMNS] = {
            length > 0 ? path->data : "-", gan__layer_kind(layer),
            layer->built ? gan__shape_text(shape, &layer->output) : "?",
            (layer->class->flags & holds) != 0
                ? ""
                : (layer->built ? group_digits(number, own_values(layer)) : "?")};
        add_row(table, cells);
    }
    for (int32_t i = 0; i < layer->child_count; i++) {
        gan__text_add(path, "%s%s", length > 0 ? "." : "", gan__layer_segment(segment, layer, i));
        if (path->status != GAN_OK) {
            return;
        }
        add_rows(table, layer->children[i], path);
        path->length = length;
        path->data[length] = '\0';
    }
}

static void
add_sums(struct gan__text *out, const gan_layer *layer)
{
    char all[NUMBER_SIZE], moving[NUMBER_SIZE], fixed[NUMBER_SIZE], kept[NUMBER_SIZE];
    int64_t trainable = 0, frozen = 0, buffers = 0;

    if (!layer->built) {
        gan__text_add(out, "not built\n");
        return;
    }
    for (int64_t i = 0; i < layer->tensor_count; i++) {
        const struct gan__layer_tensor *tensor = &layer->tensors[i];
        if (tensor->buffer) {
            buffers += tensor->tensor->count;
        } else if (tensor->trainable) {
            trainable += tensor->tensor->count;
        } else {
            frozen += tensor->tensor->count;
        }
    }
    gan__text_add(out, "%s parameters, %s trainable, %s frozen; %s values in buffers\n",
                  group_digits(all, trainable + frozen), group_digits(moving, trainable),
                  group_digits(fixed, frozen), group_digits(kept, buffers));
}

static void
summarize(gan_layer *layer, struct gan__text *out)
{
    static const char *const titles[COLUMNS] = {"layer", "kind", "output", "parameters"};
    struct table table = {NULL, {0}};
    struct gan__text path;
    size_t width = 3 * 2;

    gan__text_init(&path, out->ctx);
    add_row(&table, titles);
    add_rows(&table, layer, &path);
    for (int32_t i = 0; i < COLUMNS; i++) {
        width += table.width[i];
    }
    table.out = out;
    add_row(&table, titles);
    for (size_t i = 0; i < width; i++) {
        gan__text_add(out, "-");
    }
    gan__text_add(out, "\n");
    add_rows(&table, layer, &path);
    for (size_t i = 0; i < width; i++) {
        gan__text_add(out, "-");
    }
    gan__text_add(out, "\n");
    add_sums(out, layer);
    if (path.status != GAN_OK) {
        out->status = path.status;
    }
    gan__text_free(&path);
}

gan_status
gan_layer_summary(gan_layer *layer, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    struct gan__text text;
    gan_status st;

    if (layer == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, layer->object.ctx, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&text, call.ctx);
    summarize(layer, &text);
    return gan__leave(&call, gan__text_give(&text, buffer, size, needed));
}
