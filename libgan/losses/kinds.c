/* Losses by name: the rows of list.h, and those that the user registered in a context. */
#include "losses/loss.h"

#include <string.h>

#include "base/context.h"
#include "base/memory.h"

static const struct gan__loss_class *const losses[] = {
#define GAN__ROW(name) &gan__loss_##name,
#include "losses/list.h"
#undef GAN__ROW
};

enum { LOSS_COUNT = sizeof losses / sizeof losses[0] };

static const struct gan__loss_class *
class_of(const struct gan__registered *node)
{
    return &((const struct gan__user_loss *)node)->class;
}

gan_status
gan__loss_find(gan_context *ctx, const char *word, const struct gan__loss_class **class)
{
    const int32_t count = LOSS_COUNT + gan__registry_count(ctx->loss_kinds);
    const struct gan__kind_head **heads = gan__alloc_array(ctx, count, sizeof *heads);
    const struct gan__kind_head *found = NULL;
    int32_t at = 0;
    gan_status st;

    if (heads == NULL) {
        return GAN_E_NOMEM;
    }
    for (; at < LOSS_COUNT; at++) {
        heads[at] = &losses[at]->head;
    }
    for (const struct gan__registered *node = gan__registry_first(ctx->loss_kinds); node != NULL;
         node = node->next) {
        heads[at++] = &class_of(node)->head;
    }
    st = gan__kind_find(ctx, "loss", heads, count, word, strlen(word), &found);
    if (st == GAN_OK) {
        *class = (const struct gan__loss_class *)found; /* the head is its first member */
    }
    gan__free(ctx, heads);
    return st;
}

bool
gan__loss_exists(gan_context *ctx, const char *word)
{
    for (int32_t i = 0; i < LOSS_COUNT; i++) {
        if (strcmp(losses[i]->head.kind, word) == 0) {
            return true;
        }
    }
    return gan__registry_find(ctx->loss_kinds, word, strlen(word)) != NULL;
}

void
gan__losses_document(struct gan__text *out)
{
    for (int32_t i = 0; i < LOSS_COUNT; i++) {
        const struct gan__kind_head *head = &losses[i]->head;
        gan__kinds_document(out, &head, 1);
    }
    for (const struct gan__registered *node = gan__registry_first(out->ctx->loss_kinds);
         node != NULL; node = node->next) {
        const struct gan__kind_head *head = &class_of(node)->head;
        gan__kinds_document(out, &head, 1);
    }
}
