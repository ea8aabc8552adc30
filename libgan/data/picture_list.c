/*
 * Walking a folder of pictures. Links are followed, but not into a folder that the walk is inside
 * of; names that begin with a dot are passed over, as is everything but folders and regular files.
 */
#include "data/picture_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/memory.h"
#include "base/text.h"

/* Few links are enough for more paths than anybody can walk. */
enum { PIECE_SIZE = 1 << 16, DEPTH_MAX = 32, PATH_SIZE = 4096, LINKED_MAX = 1 << 16 };

struct gan__names_piece {
    struct gan__names_piece *next;
    size_t used;
    char data[PIECE_SIZE];
};

/* A folder that the walk is in, and those that it is in. */
struct level {
    const struct level *above;
    dev_t device;
    ino_t inode;
    int32_t depth;
    bool linked; /* reached by a link to it or to one above */
};

struct walk {
    struct gan__picture_list *list;
    int root;
    int32_t class, linked; /* linked: folders that were reached by links */
    char path[PATH_SIZE];  /* below the root, of what is looked at */
    size_t length;
};

static gan_status
fail_system(const struct walk *walk, int error)
{
    char words[GAN__ERROR_TEXT_SIZE];
    const struct gan__picture_list *list = walk->list;

    return gan__fail(list->ctx, GAN_E_IO, "cannot read the folder \"%s%s%s\": %s", list->root,
                     walk->length == 0 ? "" : "/", walk->path, gan__error_text(words, error));
}

/* A copy that lives as long as the list. */
static const char *
keep(struct gan__picture_list *list, const char *name, size_t length)
{
    struct gan__names_piece *piece = list->pieces;

    if (piece == NULL || sizeof piece->data - piece->used < length + 1) {
        piece = gan__alloc(list->ctx, sizeof *piece);
        if (piece == NULL) {
            return NULL;
        }
        piece->next = list->pieces;
        piece->used = 0;
        list->pieces = piece;
    }
    char *copy = piece->data + piece->used;
    memcpy(copy, name, length);
    copy[length] = '\0';
    piece->used += length + 1;
    return copy;
}

static gan_status
add_picture(const struct walk *walk)
{
    struct gan__picture_list *list = walk->list;
    void *array = list->names;

    if (list->count == INT32_MAX) {
        return gan__fail(list->ctx, GAN_E_FORMAT, "\"%s\": more than %d pictures", list->root,
                         INT32_MAX);
    }
    const gan_status st =
        gan__grow(list->ctx, &array, list->count, &list->capacity, sizeof *list->names);
    list->names = array;
    if (st != GAN_OK) {
        return st;
    }
    const char *path = keep(list, walk->path, walk->length);
    if (path == NULL) {
        return GAN_E_NOMEM;
    }
    list->names[list->count++] = (struct gan__picture_name){.path = path, .class = walk->class};
    return GAN_OK;
}

static gan_status
add_class(const struct walk *walk)
{
    struct gan__picture_list *list = walk->list;
    void *array = list->classes;
    int64_t capacity = list->class_capacity;

    if (list->class_count == INT32_MAX / 4) {
        return gan__fail(list->ctx, GAN_E_FORMAT, "\"%s\": more than %d sub-folders", list->root,
                         INT32_MAX / 4);
    }
    const gan_status st =
        gan__grow(list->ctx, &array, list->class_count, &capacity, sizeof *list->classes);
    list->classes = array;
    list->class_capacity = (int32_t)capacity;
    if (st != GAN_OK) {
        return st;
    }
    const char *name = keep(list, walk->path, walk->length);
    if (name == NULL) {
        return GAN_E_NOMEM;
    }
    list->classes[list->class_count++] = name;
    return GAN_OK;
}

static bool
is_picture(const char *name)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg"};
    const size_t length = strlen(name);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const size_t end = strlen(ends[i]);
        if (length > end && strcasecmp(name + length - end, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Put "/name" behind the path; false if it gets too long. */
static bool
descend(struct walk *walk, const char *name)
{
    const size_t length = strlen(name), slash = walk->length == 0 ? 0 : 1;

    if (walk->length + slash + length >= sizeof walk->path) {
        return false;
    }
    if (slash == 1) {
        walk->path[walk->length++] = '/';
    }
    memcpy(walk->path + walk->length, name, length + 1);
    walk->length += length;
    return true;
}

static void
ascend(struct walk *walk, size_t length)
{
    walk->length = length;
    walk->path[length] = '\0';
}

static gan_status walk_folder(struct walk *walk, const struct level *above);

/* What is at walk->path. Folders of the root itself are classes, to be walked later. */
static gan_status
look(struct walk *walk, const char *name, const struct level *level)
{
    struct stat info;

    if (fstatat(walk->root, walk->path, &info, 0) != 0) {
        /* a link to nowhere or to itself, or gone in the meantime */
        return errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? GAN_OK
                                                                     : fail_system(walk, errno);
    }
    if (S_ISDIR(info.st_mode)) {
        return level->above == NULL ? add_class(walk) : walk_folder(walk, level);
    }
    return S_ISREG(info.st_mode) && is_picture(name) ? add_picture(walk) : GAN_OK;
}

static gan_status
walk_entries(struct walk *walk, DIR *folder, const struct level *level)
{
    const size_t length = walk->length;

    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            return errno == 0 ? GAN_OK : fail_system(walk, errno);
        }
        if (entry->d_name[0] == '.') {
            continue;
        }
        if (!descend(walk, entry->d_name)) {
            return fail_system(walk, ENAMETOOLONG);
        }
        const gan_status st = look(walk, entry->d_name, level);
        ascend(walk, length);
        if (st != GAN_OK) {
            return st;
        }
    }
}

/* Whether the walk is inside this folder already. */
static bool
is_inside(const struct level *level, const struct stat *info)
{
    while (level != NULL && (level->device != info->st_dev || level->inode != info->st_ino)) {
        level = level->above;
    }
    return level != NULL;
}

static bool
is_link(const struct walk *walk)
{
    struct stat info;
    return fstatat(walk->root, walk->path, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(info.st_mode);
}

static gan_status
walk_folder(struct walk *walk, const struct level *above)
{
    const bool linked = above != NULL && (above->linked || is_link(walk));
    struct stat info;

    if (linked && ++walk->linked > LINKED_MAX) {
        return gan__fail(walk->list->ctx, GAN_E_FORMAT,
                         "\"%s/%s\": links lead to more than %d folders", walk->list->root,
                         walk->path, LINKED_MAX);
    }
    if (above != NULL && above->depth == DEPTH_MAX) {
        return gan__fail(walk->list->ctx, GAN_E_FORMAT,
                         "\"%s/%s\": folders within folders, more than %d deep", walk->list->root,
                         walk->path, DEPTH_MAX);
    }
    const int descriptor = openat(walk->root, walk->length == 0 ? "." : walk->path,
                                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return fail_system(walk, errno);
    }
    DIR *folder = fdopendir(descriptor);
    if (folder == NULL || fstat(descriptor, &info) != 0) {
        const int error = errno;
        (void)(folder == NULL ? close(descriptor) : closedir(folder));
        return fail_system(walk, error);
    }
    const struct level level = {.above = above,
                                .device = info.st_dev,
                                .inode = info.st_ino,
                                .depth = above == NULL ? 0 : above->depth + 1,
                                .linked = linked};
    const gan_status st = is_inside(above, &info) ? GAN_OK : walk_entries(walk, folder, &level);
    (void)closedir(folder);
    return st;
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b); /* by unsigned bytes */
}

static int
compare_paths(const void *a, const void *b)
{
    const struct gan__picture_name *left = a, *right = b;
    return strcmp(left->path, right->path);
}

static int
compare_names(const void *a, const void *b)
{
    const struct gan__picture_name *left = a, *right = b;

    if (left->class != right->class) {
        return left->class < right->class ? -1 : 1;
    }
    return strcmp(left->path, right->path);
}

/* The root first, for its sub-folders must be in order before they have numbers. */
static gan_status
walk_all(struct walk *walk)
{
    struct gan__picture_list *list = walk->list;
    struct stat info;

    walk->class = -1;
    gan_status st = walk_folder(walk, NULL);
    if (st != GAN_OK) {
        return st;
    }
    if (list->class_count > 0) {
        qsort(list->classes, (size_t)list->class_count, sizeof *list->classes, compare_texts);
    }
    if (fstat(walk->root, &info) != 0) {
        return fail_system(walk, errno);
    }
    const struct level level = {.device = info.st_dev, .inode = info.st_ino};
    for (walk->class = 0; st == GAN_OK && walk->class < list->class_count; walk->class ++) {
        if (!descend(walk, list->classes[walk->class])) {
            return fail_system(walk, ENAMETOOLONG);
        }
        st = walk_folder(walk, &level);
        ascend(walk, 0);
    }
    return st;
}

static int64_t
count_outside(const struct gan__picture_list *list)
{
    int64_t outside = 0;

    for (int64_t i = 0; i < list->count; i++) {
        outside += list->names[i].class < 0;
    }
    return outside;
}

/* As torchvision: each sub-folder is a class and has pictures; others are passed over. */
static gan_status
keep_classes(struct gan__picture_list *list, int64_t outside)
{
    if (outside > 0) {
        gan__log(list->ctx, GAN_LOG_WARNING,
                 "\"%s\": %lld pictures that are in no sub-folder are passed over", list->root,
                 (long long)outside);
    }
    list->count -= outside; /* they were sorted to the beginning */
    if (list->count > 0) {
        memmove(list->names, list->names + outside, (size_t)list->count * sizeof *list->names);
    }
    int32_t next = 0;
    for (int64_t i = 0; i < list->count && list->names[i].class <= next; i++) {
        next += list->names[i].class == next;
    }
    if (next < list->class_count) {
        return gan__fail(list->ctx, GAN_E_FORMAT,
                         "\"%s\": sub-folders are classes, but \"%s\" has no pictures "
                         "(classes=false takes all pictures without labels)",
                         list->root, list->classes[next]);
    }
    return GAN_OK;
}

static gan_status
arrange(struct gan__picture_list *list, enum gan__classes classes)
{
    const int64_t outside = count_outside(list);
    const bool some = list->count > outside;

    if (list->count == 0 || (classes == GAN__CLASSES_TRUE && !some)) {
        return gan__fail(list->ctx, GAN_E_FORMAT, "\"%s\": no file %sends in .png, .jpg or .jpeg",
                         list->root, list->count == 0 ? "" : "of a sub-folder ");
    }
    const bool labelled =
        classes == GAN__CLASSES_TRUE || (classes == GAN__CLASSES_AUTO && outside == 0);
    qsort(list->names, (size_t)list->count, sizeof *list->names,
          labelled ? compare_names : compare_paths);
    if (labelled) {
        return keep_classes(list, outside);
    }
    list->class_count = 0;
    return GAN_OK;
}

gan_status
gan__picture_list_make(struct gan__picture_list *list, gan_context *ctx, const char *root,
                       int descriptor, enum gan__classes classes)
{
    gan_status st = GAN_OK;

    *list = (struct gan__picture_list){.ctx = ctx, .root = root};
    struct walk *walk = gan__alloc_zero(ctx, sizeof *walk);
    if (walk == NULL) {
        return GAN_E_NOMEM;
    }
    walk->list = list;
    walk->root = descriptor;
    GAN__TRY(walk_all(walk));
    st = arrange(list, classes);

fail:
    gan__free(ctx, walk);
    return st;
}

void
gan__picture_list_free(struct gan__picture_list *list)
{
    while (list->pieces != NULL) {
        struct gan__names_piece *piece = list->pieces;
        list->pieces = piece->next;
        gan__free(list->ctx, piece);
    }
    if (list->ctx != NULL) {
        gan__free(list->ctx, list->names);
        gan__free(list->ctx, list->classes);
    }
    *list = (struct gan__picture_list){0};
}
