/* gan_checkpoint: networks, optimizers and texts under names. */
#include "io/checkpoint_object.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "io/layer_file.h"

/* ---- texts ---- */

static int64_t
find_text(const struct gan__texts *texts, const char *name)
{
    for (int64_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->list[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

void
gan__texts_free(gan_context *ctx, struct gan__texts *texts)
{
    for (int64_t i = 0; i < texts->count; i++) {
        gan__free(ctx, texts->list[i].name);
        gan__free(ctx, texts->list[i].text);
    }
    gan__free(ctx, texts->list);
    *texts = (struct gan__texts){.list = NULL};
}

gan_status
gan__texts_add(gan_context *ctx, struct gan__texts *texts, const char *name, const char *text)
{
    struct gan__named_text added;
    void *list = texts->list;
    gan_status st = gan__grow(ctx, &list, texts->count, &texts->capacity, sizeof *texts->list);

    texts->list = list;
    if (st != GAN_OK) {
        return st;
    }
    added =
        (struct gan__named_text){.name = gan__strdup(ctx, name), .text = gan__strdup(ctx, text)};
    if (added.name == NULL || added.text == NULL) {
        gan__free(ctx, added.name);
        gan__free(ctx, added.text);
        return GAN_E_NOMEM;
    }
    texts->list[texts->count++] = added;
    return GAN_OK;
}

static gan_status
replace_text(gan_context *ctx, struct gan__named_text *place, const char *text)
{
    char *copy = gan__strdup(ctx, text);

    if (copy == NULL) {
        return GAN_E_NOMEM;
    }
    gan__free(ctx, place->text);
    place->text = copy;
    return GAN_OK;
}

static void
remove_text(gan_context *ctx, struct gan__texts *texts, int64_t index)
{
    gan__free(ctx, texts->list[index].name);
    gan__free(ctx, texts->list[index].text);
    texts->count--;
    memmove(&texts->list[index], &texts->list[index + 1],
            (size_t)(texts->count - index) * sizeof *texts->list);
}

/* ---- making one ---- */

static void
finalize(struct gan__object *object)
{
    gan_checkpoint *checkpoint = (gan_checkpoint *)object;
    gan_context *ctx = object->ctx;

    for (int64_t i = 0; i < checkpoint->part_count; i++) {
        gan__free(ctx, checkpoint->parts[i].name);
        gan__object_release((struct gan__object *)checkpoint->parts[i].layer);
        gan__object_release((struct gan__object *)checkpoint->parts[i].optimizer);
    }
    gan__free(ctx, checkpoint->parts);
    gan__texts_free(ctx, &checkpoint->texts);
}

static const struct gan__class checkpoint_class = {.name = "checkpoint", .finalize = finalize};

gan_status
gan_checkpoint_create(gan_context *ctx, gan_checkpoint **out)
{
    struct gan__call call;
    gan_status st;

    if (out != NULL) {
        *out = NULL;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    if (out == NULL) {
        return gan__leave(&call, gan__null(ctx, "out"));
    }
    *out = gan__object_create(ctx, &checkpoint_class, sizeof **out);
    return gan__leave(&call, *out == NULL ? GAN_E_NOMEM : GAN_OK);
}

void
gan_checkpoint_retain(gan_checkpoint *checkpoint)
{
    gan__object_retain((struct gan__object *)checkpoint);
}

void
gan_checkpoint_destroy(gan_checkpoint *checkpoint)
{
    gan__object_destroy((struct gan__object *)checkpoint);
}

/* ---- parts ---- */

bool
gan__checkpoint_is_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const size_t length = strlen(name);

    return length > 0 && length <= GAN__CHECKPOINT_NAME_MAX && strspn(name, allowed) == length;
}

static const struct gan__part *
find_part(const gan_checkpoint *checkpoint, const char *name)
{
    for (int64_t i = 0; i < checkpoint->part_count; i++) {
        if (strcmp(checkpoint->parts[i].name, name) == 0) {
            return &checkpoint->parts[i];
        }
    }
    return NULL;
}

static gan_status
check_name(const gan_checkpoint *checkpoint, const char *name)
{
    if (name == NULL) {
        return gan__null(gan__checkpoint_context(checkpoint), "name");
    }
    if (!gan__checkpoint_is_name(name)) {
        return gan__fail(gan__checkpoint_context(checkpoint), GAN_E_ARG,
                         "name is \"%.80s\", it must be of letters, digits, _ and -, at most %d",
                         name, GAN__CHECKPOINT_NAME_MAX);
    }
    if (find_part(checkpoint, name) != NULL) {
        return gan__fail(gan__checkpoint_context(checkpoint), GAN_E_ARG,
                         "there is a part \"%s\" already", name);
    }
    return GAN_OK;
}

static gan_status
add_part(gan_checkpoint *checkpoint, const char *name, struct gan__part part)
{
    gan_context *ctx = gan__checkpoint_context(checkpoint);
    void *list = checkpoint->parts;
    gan_status st = GAN_OK;

    GAN__TRY(check_name(checkpoint, name));
    if (strcmp(name, GAN__TEXT) == 0) {
        return gan__fail(ctx, GAN_E_ARG, "name is \"" GAN__TEXT "\", which is kept for texts");
    }
    if (find_text(&checkpoint->texts, name) >= 0) {
        return gan__fail(ctx, GAN_E_ARG, "there is a text \"%s\" already", name);
    }
    st = gan__grow(ctx, &list, checkpoint->part_count, &checkpoint->part_capacity, sizeof part);
    checkpoint->parts = list;
    GAN__TRY(st);
    part.name = gan__strdup(ctx, name);
    if (part.name == NULL) {
        return GAN_E_NOMEM;
    }
    gan__object_hold((struct gan__object *)part.layer);
    gan__object_hold((struct gan__object *)part.optimizer);
    checkpoint->parts[checkpoint->part_count++] = part;

fail:
    return st;
}

static gan_status
add_layer(gan_checkpoint *checkpoint, const char *name, gan_layer *layer)
{
    gan_context *ctx = gan__checkpoint_context(checkpoint);
    gan_status st = GAN_OK;

    if (layer == NULL) {
        return gan__null(ctx, "layer");
    }
    if (((struct gan__object *)layer)->ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the network belongs to another context");
    }
    GAN__TRY(gan__layer_must_be_built(layer));
    GAN__TRY(add_part(checkpoint, name, (struct gan__part){.layer = layer}));

fail:
    return st;
}

gan_status
gan_checkpoint_add_layer(gan_checkpoint *checkpoint, const char *name, gan_layer *layer)
{
    struct gan__call call;
    gan_status st;

    if (checkpoint == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__checkpoint_context(checkpoint), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, add_layer(checkpoint, name, layer));
}

static gan_status
add_optimizer(gan_checkpoint *checkpoint, const char *name, gan_optimizer *optimizer)
{
    gan_context *ctx = gan__checkpoint_context(checkpoint);
    gan_status st = GAN_OK;

    if (optimizer == NULL) {
        return gan__null(ctx, "optimizer");
    }
    if (optimizer->object.ctx != ctx) {
        return gan__fail(ctx, GAN_E_ARG, "the optimizer belongs to another context");
    }
    GAN__TRY(gan__optimizer_attached(optimizer));
    GAN__TRY(add_part(checkpoint, name, (struct gan__part){.optimizer = optimizer}));

fail:
    return st;
}

gan_status
gan_checkpoint_add_optimizer(gan_checkpoint *checkpoint, const char *name, gan_optimizer *optimizer)
{
    struct gan__call call;
    gan_status st;

    if (checkpoint == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__checkpoint_context(checkpoint), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, add_optimizer(checkpoint, name, optimizer));
}

/* ---- texts by calls ---- */

/* JSON holds nothing else. */
static gan_status
check_utf8(gan_context *ctx, const char *name, const char *text)
{
    for (const char *at = text; *at != '\0';) {
        const size_t length = gan__utf8_length(at);
        if (length == 0) {
            return gan__fail(ctx, GAN_E_ARG, "the text \"%s\" is not UTF-8 at byte %lld", name,
                             (long long)(at - text));
        }
        at += length;
    }
    return GAN_OK;
}

static gan_status
set_text(gan_checkpoint *checkpoint, const char *name, const char *text)
{
    gan_context *ctx = gan__checkpoint_context(checkpoint);
    struct gan__texts *texts = &checkpoint->texts;
    int64_t index;
    gan_status st = GAN_OK;

    GAN__TRY(check_name(checkpoint, name));
    index = find_text(texts, name);
    if (text == NULL) {
        if (index >= 0) {
            remove_text(ctx, texts, index);
        }
        return GAN_OK;
    }
    GAN__TRY(check_utf8(ctx, name, text));
    GAN__TRY(index >= 0 ? replace_text(ctx, &texts->list[index], text)
                        : gan__texts_add(ctx, texts, name, text));

fail:
    return st;
}

gan_status
gan_checkpoint_set_text(gan_checkpoint *checkpoint, const char *name, const char *text)
{
    struct gan__call call;
    gan_status st;

    if (checkpoint == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__checkpoint_context(checkpoint), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, set_text(checkpoint, name, text));
}

static gan_status
no_text(const gan_checkpoint *checkpoint, const char *name)
{
    struct gan__text list;
    gan_status st;

    gan__text_init(&list, gan__checkpoint_context(checkpoint));
    for (int64_t i = 0; i < checkpoint->texts.count && list.length < 600; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", checkpoint->texts.list[i].name);
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(gan__checkpoint_context(checkpoint), GAN_E_ARG,
                       "there is no text \"%.80s\": there are %s", name,
                       list.length > 0 ? list.data : "none");
    }
    gan__text_free(&list);
    return st;
}

static gan_status
give_text(gan_checkpoint *checkpoint, char *buffer, size_t size, size_t *needed, const char *name)
{
    gan_context *ctx = gan__checkpoint_context(checkpoint);
    struct gan__text text;
    int64_t index;

    if (name == NULL) {
        return gan__null(ctx, "name");
    }
    index = find_text(&checkpoint->texts, name);
    if (index < 0) {
        return no_text(checkpoint, name);
    }
    gan__text_init(&text, ctx);
    gan__text_add(&text, "%s", checkpoint->texts.list[index].text);
    return gan__text_give(&text, buffer, size, needed);
}

gan_status
gan_checkpoint_text(gan_checkpoint *checkpoint, char *buffer, size_t size, size_t *needed,
                    const char *name)
{
    struct gan__call call;
    gan_status st;

    if (needed != NULL) {
        *needed = 0;
    }
    if (checkpoint == NULL) {
        return GAN_E_ARG;
    }
    st = gan__enter(&call, gan__checkpoint_context(checkpoint), GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    return gan__leave(&call, give_text(checkpoint, buffer, size, needed, name));
}
