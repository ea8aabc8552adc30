/*
 * gan_checkpoint inside: checkpoint_object.c fills one, checkpoint_file.c writes and reads it.
 */
#ifndef GAN__IO_CHECKPOINT_OBJECT_H
#define GAN__IO_CHECKPOINT_OBJECT_H

#include "io/checkpoint.h"

/* In the file a part is "<name>.", and a text "text.<name>", so that no part has the name "text". */
#define GAN__TEXT        "text"
#define GAN__TEXT_PREFIX GAN__TEXT "."

/* A network or an optimizer; the other one is NULL. */
struct gan__part {
    char *name;
    gan_layer *layer;         /* held */
    gan_optimizer *optimizer; /* held */
};

struct gan__named_text {
    char *name, *text;
};

struct gan__texts {
    struct gan__named_text *list;
    int64_t count, capacity;
};

struct gan_checkpoint {
    struct gan__object object;
    struct gan__part *parts;
    int64_t part_count, part_capacity;
    struct gan__texts texts;
};

static inline gan_context *
gan__checkpoint_context(const gan_checkpoint *checkpoint)
{
    return checkpoint->object.ctx;
}

/* Letters, digits, _ and -. */
bool gan__checkpoint_is_name(const char *name);
gan_status gan__texts_add(gan_context *ctx, struct gan__texts *texts, const char *name,
                          const char *text);
/* Give up all; the struct is empty again. */
void gan__texts_free(gan_context *ctx, struct gan__texts *texts);

#endif
