/* gan_kinds: what each folder says of the kinds that it makes by name. */
#include <gan/context.h>

#include <string.h>

#include "context/document.h"
#include "data/augment.h"
#include "data/augmented.h"
#include "data/stacked.h"
#include "metrics/metric.h"
#include "trainer/run_folder.h"
#include "trainer/trainer.h"

struct category {
    const char *name;
    void (*document)(struct gan__text *out);
};

static const struct category categories[] = {
    {"layer", gan__layers_document},
    {"preset", gan__presets_document},
    {"loss", gan__losses_document},
    {"penalty", gan__penalties_document},
    {"optimizer", gan__optimizers_document},
    {"dataset", gan__datasets_document},
    {"context", gan__context_document},
    {"trainer", gan__trainer_document},
    {"recipe", gan__recipes_document},
    {"augment", gan__augmentation_document},
    {"augmented", gan__augmented_document},
    {"stacked", gan__stacked_document},
    {"run", gan__run_document},
    {"judge", gan__judge_document},
    {"metric", gan__metrics_document},
    {"evaluation", gan__evaluation_document},
    {"alarms", gan__alarms_document},
    {"profile", gan__profile_document},
};
enum { CATEGORY_COUNT = sizeof categories / sizeof categories[0] };

static gan_status
unknown_category(gan_context *ctx, const char *category)
{
    struct gan__text list;
    gan_status st;

    gan__text_init(&list, ctx);
    for (int i = 0; i < CATEGORY_COUNT; i++) {
        gan__text_add(&list, "%s%s", i == 0 ? "" : ", ", categories[i].name);
    }
    st = list.status;
    if (st == GAN_OK) {
        st = gan__fail(ctx, GAN_E_ARG, "unknown category \"%.64s\": there are %s", category,
                       list.data);
    }
    gan__text_free(&list);
    return st;
}

static gan_status
list_kinds(gan_context *ctx, const char *category, char *buffer, size_t size, size_t *needed)
{
    for (int i = 0; i < CATEGORY_COUNT; i++) {
        if (strcmp(category, categories[i].name) == 0) {
            struct gan__text text;
            gan__text_init(&text, ctx);
            categories[i].document(&text);
            return gan__text_give(&text, buffer, size, needed);
        }
    }
    return unknown_category(ctx, category);
}

gan_status
gan_kinds(gan_context *ctx, const char *category, char *buffer, size_t size, size_t *needed)
{
    struct gan__call call;
    gan_status st;

    if (needed != NULL) {
        *needed = 0;
    }
    st = gan__enter(&call, ctx, GAN__GROUP_OTHER);
    if (st != GAN_OK) {
        return st;
    }
    st = category == NULL ? gan__null(ctx, "category")
                          : list_kinds(ctx, category, buffer, size, needed);
    return gan__leave(&call, st);
}
