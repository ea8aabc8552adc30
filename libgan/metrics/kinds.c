/* Measures by name: the rows of list.h. */
#include "base/context.h"
#include "metrics/metric.h"

static const struct gan__kind_head *const heads[] = {
#define GAN__ROW(name) &gan__metric_##name.head,
#include "metrics/list.h"
#undef GAN__ROW
};

enum { METRIC_COUNT = sizeof heads / sizeof heads[0] };

gan_status
gan__metric_find(gan_context *ctx, const char *word, size_t length,
                 const struct gan__metric_class **class)
{
    const struct gan__kind_head *found = NULL;
    const gan_status st = gan__kind_find(ctx, "measure", heads, METRIC_COUNT, word, length, &found);

    if (st == GAN_OK) {
        *class = (const struct gan__metric_class *)found; /* the head is its first member */
    }
    return st;
}

void
gan__metrics_document(struct gan__text *out)
{
    gan__kinds_document(out, heads, METRIC_COUNT);
}
