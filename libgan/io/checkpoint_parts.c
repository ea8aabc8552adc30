/*
 * The parts of a checkpoint: networks and optimizers, put into a state under their names, checked
 * against those there are, and taken out of it.
 */
#include "io/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "io/layer_file.h"

#define NETWORK     "network"
#define OPTIMIZER   "optimizer"
#define STEPS       "steps"
#define NO_GRADIENT "no_gradient"

/* "<name>." */
struct prefix {
    char text[GAN__CHECKPOINT_NAME_MAX + 2];
};

static struct prefix
prefix_of(const char *name)
{
    struct prefix prefix;

    (void)snprintf(prefix.text, sizeof prefix.text, "%.*s.", (int)GAN__CHECKPOINT_NAME_MAX, name);
    return prefix;
}

/* ---- networks ---- */

/* A parameter that the user has cut off: the network's text does not say so. */
static bool
is_cut_off(const struct gan__layer_tensor *tensor)
{
    return gan__optimizer_moves(tensor) && !tensor->tensor->requires_grad;
}

/* Their names, with a space after each. */
static gan_status
put_cut_off(struct gan__state *state, const char *prefix, gan_layer *layer)
{
    const struct gan__layer_tensor *tensors = gan__layer_tensors(layer);
    const int64_t count = gan__layer_tensor_count(layer);
    struct gan__text names;
    gan_status st;

    gan__text_init(&names, state->ctx);
    for (int64_t i = 0; i < count; i++) {
        if (is_cut_off(&tensors[i])) {
            gan__text_add(&names, "%s ", tensors[i].name);
        }
    }
    st = names.status;
    if (st == GAN_OK && names.length > 0) {
        st = gan__state_add_text(state, prefix, NO_GRADIENT, names.data);
    }
    gan__text_free(&names);
    return st;
}

gan_status
gan__checkpoint_put_layer(struct gan__state *state, const char *name, gan_layer *layer)
{
    const struct prefix prefix = prefix_of(name);
    const struct gan__layer_tensor *tensors = gan__layer_tensors(layer);
    const int64_t count = gan__layer_tensor_count(layer);
    char *text = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__layer_text_copy(layer, &text));
    GAN__TRY(gan__state_add_text(state, prefix.text, NETWORK, text));
    GAN__TRY(put_cut_off(state, prefix.text, layer));
    for (int64_t i = 0; i < count; i++) {
        GAN__TRY(gan__state_add_tensor(state, prefix.text, tensors[i].name, tensors[i].tensor));
    }

fail:
    gan__free(state->ctx, text);
    return st;
}

/* A line of a text: up to its end, or to where a sentence would grow too long. */
static int
line_length(const char *line)
{
    const size_t length = strcspn(line, "\n");

    return (int)gan__utf8_cut(line, length < 120 ? length : 120);
}

static gan_status
other_network(gan_context *ctx, const char *name, const char *found, const char *wanted,
              const char *path)
{
    int32_t number = 1;

    for (;;) {
        const size_t length = strcspn(found, "\n");
        if (length != strcspn(wanted, "\n") || memcmp(found, wanted, length) != 0) {
            break;
        }
        if (found[length] == '\0' || wanted[length] == '\0') {
            break;
        }
        found += length + 1;
        wanted += length + 1;
        number++;
    }
    return gan__fail(ctx, GAN_E_FORMAT,
                     "\"%s\": %s is another network: its line %d is \"%.*s\", here it is \"%.*s\"",
                     path, name, (int)number, line_length(found), found, line_length(wanted),
                     wanted);
}

/* The network that the part's text makes. */
gan_status
gan__checkpoint_restore_layer(const struct gan__state *state, const char *name, gan_layer **layer,
                              const char *path)
{
    const struct prefix prefix = prefix_of(name);
    const char *text = NULL;
    gan_status st = GAN_OK;

    *layer = NULL;
    GAN__TRY(gan__checkpoint_take_text(state, prefix.text, NETWORK, &text, path));
    st = gan__layer_of_file(state, layer, text);
    if (st != GAN_OK) {
        gan__fail_prefix(state->ctx, "\"%s\": %s", path, name);
    }

fail:
    return st;
}

/* Texts that differ may still mean one network: a later version has options that an earlier one did
 * not write. So the file's is made, and says itself anew. */
static gan_status
check_text(const struct gan__state *state, const char *name, gan_layer *layer, const char *path)
{
    const struct prefix prefix = prefix_of(name);
    gan_context *ctx = state->ctx;
    gan_layer *restored = NULL;
    const char *found = NULL;
    char *here = NULL, *anew = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_text(state, prefix.text, NETWORK, &found, path));
    GAN__TRY(gan__layer_text_copy(layer, &here));
    if (strcmp(found, here) != 0) {
        GAN__TRY(gan__checkpoint_restore_layer(state, name, &restored, path));
        GAN__TRY(gan__layer_text_copy(restored, &anew));
        if (strcmp(anew, here) != 0) {
            GAN__TRY(other_network(ctx, name, anew, here, path));
        }
    }

fail:
    gan_layer_destroy(restored);
    gan__free(ctx, here);
    gan__free(ctx, anew);
    return st;
}

/* The tensor "<prefix><name>" or, with a suffix, "<prefix><name>.<suffix>"; NULL if there is none. */
static gan_tensor *
find_tensor(const struct gan__state *state, const char *prefix, const char *name,
            const char *suffix)
{
    const struct gan__state_entry *entry = suffix == NULL
                                               ? gan__state_find(state, prefix, name)
                                               : gan__state_find_below(state, prefix, name, suffix);

    return entry == NULL ? NULL : entry->tensor;
}

/* A tensor of the part, of this shape. */
static gan_status
check_tensor(const struct gan__state *state, const char *prefix, const char *name,
             const char *suffix, const gan_tensor *wanted, const char *path)
{
    const gan_tensor *found = find_tensor(state, prefix, name, suffix);
    const char *dot = suffix == NULL ? "" : ".", *last = suffix == NULL ? "" : suffix;
    char text[2][GAN__SHAPE_TEXT_SIZE];

    if (found == NULL) {
        return gan__fail(state->ctx, GAN_E_FORMAT, "\"%s\": tensor \"%s%s%s%s\" is missing", path,
                         prefix, name, dot, last);
    }
    if (!gan__shape_equal(&found->shape, &wanted->shape)) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": tensor \"%s%s%s%s\" has shape %s, wanted %s", path, prefix, name,
                         dot, last, gan__shape_text(text[0], &found->shape),
                         gan__shape_text(text[1], &wanted->shape));
    }
    return GAN_OK;
}

/* All tensors that were wanted are there: then the part has as many, or some too many. */
static gan_status
check_count(const struct gan__state *state, const char *prefix, int64_t wanted, const char *path)
{
    int64_t found = 0;

    for (int64_t i = 0; i < state->count; i++) {
        const struct gan__state_entry *entry = &state->entries[i];
        found += entry->text == NULL && strncmp(entry->name, prefix, strlen(prefix)) == 0;
    }
    if (found != wanted) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": %lld tensors have names that begin with \"%s\", wanted %lld",
                         path, (long long)found, prefix, (long long)wanted);
    }
    return GAN_OK;
}

/* Whether a name is in the list that put_cut_off() writes. */
static bool
is_listed(const char *list, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = list; at != NULL && *at != '\0'; at += strcspn(at, " "), at++) {
        if (strncmp(at, name, length) == 0 && at[length] == ' ') {
            return true;
        }
        if (at[strcspn(at, " ")] == '\0') {
            break;
        }
    }
    return false;
}

gan_status
gan__checkpoint_check_layer(const struct gan__state *state, const char *name, gan_layer *layer,
                            const char *path)
{
    const struct prefix prefix = prefix_of(name);
    const struct gan__layer_tensor *tensors = gan__layer_tensors(layer);
    const int64_t count = gan__layer_tensor_count(layer);
    gan_status st = GAN_OK;

    GAN__TRY(check_text(state, name, layer, path));
    for (int64_t i = 0; i < count; i++) {
        GAN__TRY(check_tensor(state, prefix.text, tensors[i].name, NULL, tensors[i].tensor, path));
    }
    GAN__TRY(check_count(state, prefix.text, count, path));

fail:
    return st;
}

static void
take_values(gan_tensor *to, const gan_tensor *from)
{
    if (from->count > 0) {
        memcpy(gan__data(to), gan__data(from), (size_t)from->count * sizeof(float));
    }
    gan__tensor_touch(to);
}

void
gan__checkpoint_take_layer(const struct gan__state *state, const char *name, gan_layer *layer)
{
    const struct prefix prefix = prefix_of(name);
    const struct gan__layer_tensor *tensors = gan__layer_tensors(layer);
    const int64_t count = gan__layer_tensor_count(layer);
    const struct gan__state_entry *cut_off = gan__state_find(state, prefix.text, NO_GRADIENT);

    for (int64_t i = 0; i < count; i++) {
        take_values(tensors[i].tensor, find_tensor(state, prefix.text, tensors[i].name, NULL));
        if (gan__optimizer_moves(&tensors[i])) {
            tensors[i].tensor->requires_grad =
                cut_off == NULL || !is_listed(cut_off->text, tensors[i].name);
        }
    }
}

/* ---- optimizers ---- */

/* "adam lr=0.0002 ...", for gan__free(). */
static gan_status
optimizer_text(gan_optimizer *optimizer, char **text)
{
    size_t needed = 0;
    gan_status st = gan_optimizer_text(optimizer, NULL, 0, &needed);

    *text = NULL;
    if (st == GAN_OK) {
        *text = gan__alloc(optimizer->object.ctx, needed);
        st = *text == NULL ? GAN_E_NOMEM : gan_optimizer_text(optimizer, *text, needed, NULL);
    }
    return st;
}

/* A state of the optimizer's: the parameter's name and its own. */
struct slot {
    const char *parameter, *state;
};

static struct slot
slot_of(const gan_optimizer *optimizer, int64_t index)
{
    const int32_t names = gan__optimizer_state_names(optimizer);

    return (struct slot){
        .parameter = gan__layer_tensors(optimizer->network)[index / names].name,
        .state = optimizer->class->states[index % names],
    };
}

gan_status
gan__checkpoint_put_optimizer(struct gan__state *state, const char *name, gan_optimizer *optimizer)
{
    const struct prefix prefix = prefix_of(name);
    char *text = NULL;
    gan_status st = GAN_OK;

    GAN__TRY(optimizer_text(optimizer, &text));
    GAN__TRY(gan__state_add_text(state, prefix.text, OPTIMIZER, text));
    GAN__TRY(gan__checkpoint_put_integer(state, prefix.text, STEPS, optimizer->steps));
    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        const struct slot slot = slot_of(optimizer, i);
        struct gan__text path;
        if (optimizer->states[i] == NULL) {
            continue;
        }
        gan__text_init(&path, state->ctx);
        gan__text_add(&path, "%s.%s", slot.parameter, slot.state);
        st = path.status;
        if (st == GAN_OK) {
            st = gan__state_add_tensor(state, prefix.text, path.data, optimizer->states[i]);
        }
        gan__text_free(&path);
        GAN__TRY(st);
    }

fail:
    gan__free(state->ctx, text);
    return st;
}

static gan_status
check_kind(const struct gan__state *state, const char *name, gan_optimizer *optimizer,
           const char *path)
{
    const struct prefix prefix = prefix_of(name);
    const char *kind = optimizer->class->head.kind;
    const char *text = NULL;
    size_t length = 0;
    gan_status st = GAN_OK;

    GAN__TRY(gan__checkpoint_take_text(state, prefix.text, OPTIMIZER, &text, path));
    length = strcspn(text, " ");
    if (length != strlen(kind) || memcmp(text, kind, length) != 0) {
        return gan__fail(state->ctx, GAN_E_FORMAT,
                         "\"%s\": %s is another optimizer: in the file it is %.*s, here %s", path,
                         name, (int)(length < 40 ? length : 40), text, kind);
    }

fail:
    return st;
}

gan_status
gan__checkpoint_check_optimizer(const struct gan__state *state, const char *name,
                                gan_optimizer *optimizer, const char *path)
{
    const struct prefix prefix = prefix_of(name);
    int64_t count = 0, steps;
    gan_status st = GAN_OK;

    GAN__TRY(check_kind(state, name, optimizer, path));
    GAN__TRY(gan__checkpoint_take_integer(state, prefix.text, STEPS, 0, &steps, path));
    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        const struct slot slot = slot_of(optimizer, i);
        if (optimizer->states[i] != NULL) {
            GAN__TRY(check_tensor(state, prefix.text, slot.parameter, slot.state,
                                  optimizer->states[i], path));
            count++;
        }
    }
    GAN__TRY(check_count(state, prefix.text, count, path));

fail:
    return st;
}

void
gan__checkpoint_take_optimizer(const struct gan__state *state, const char *name,
                               gan_optimizer *optimizer)
{
    const struct prefix prefix = prefix_of(name);
    const struct gan__state_entry *steps = gan__state_find(state, prefix.text, STEPS);

    (void)gan__integer_parse(steps->text, strlen(steps->text), &optimizer->steps);
    for (int64_t i = 0; i < optimizer->state_slots; i++) {
        const struct slot slot = slot_of(optimizer, i);
        if (optimizer->states[i] != NULL) {
            take_values(optimizer->states[i],
                        find_tensor(state, prefix.text, slot.parameter, slot.state));
        }
    }
}
