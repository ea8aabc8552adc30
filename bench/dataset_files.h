/* The files that datasets are measured with. */
#ifndef BENCH_DATASET_FILES_H
#define BENCH_DATASET_FILES_H

#include "bench.h"

/* Sides of the folder's pictures after resizing. */
enum { FOLDER_SIZE = 64 };

/* Where they are: --folder, or a temporary one of this run. Made if they are not there. */
const char *dataset_files(const struct job *job);
/* Of the pictures that pillow_loading.py makes; the others are always there. */
bool dataset_files_jpeg(const char *folder);

#endif
