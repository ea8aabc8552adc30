/* The files that loading is measured with. */
#ifndef BENCH_LOADING_H
#define BENCH_LOADING_H

#include "bench.h"

#include <stdbool.h>

/* Sides of the folder's pictures after resizing. */
enum { LOADING_SIZE = 64 };

/* mkdtemp, or the program's end. */
const char *loading_make_folder(char *pattern);
/* Those that are not there. The folder jpeg is pillow_loading.py's to make. */
void loading_make_files(const struct bench *bench, const char *folder);
bool loading_has_jpeg(const char *folder);
/* All of them, and the folder. */
void loading_remove_files(const char *folder);

#endif
