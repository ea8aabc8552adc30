/*
 * Which pictures a folder holds: names below it, classes by sub-folder, in an order that depends on
 * names alone.
 */
#ifndef GAN__DATA_PICTURE_LIST_H
#define GAN__DATA_PICTURE_LIST_H

#include <gan/context.h>

#include <stdbool.h>
#include <stdint.h>

struct gan__picture_name {
    const char *path; /* below the folder */
    int32_t class;    /* -1: not in a sub-folder */
};

struct gan__names_piece;

struct gan__picture_list {
    gan_context *ctx;
    const char *root; /* the caller's, for sentences */
    struct gan__picture_name *names;
    int64_t count, capacity;
    const char **classes; /* names of the sub-folders */
    int32_t class_count, class_capacity;
    struct gan__names_piece *pieces; /* what the names are in */
};

/* How sub-folders are taken; the words of the option `classes` in this order. */
enum gan__classes { GAN__CLASSES_AUTO, GAN__CLASSES_TRUE, GAN__CLASSES_FALSE };

/* List the folder that is open as `descriptor`. class_count is 0 without classes. */
gan_status gan__picture_list_make(struct gan__picture_list *list, gan_context *ctx,
                                  const char *root, int descriptor, enum gan__classes classes);
/* Also after a failed make. */
void gan__picture_list_free(struct gan__picture_list *list);

#endif
