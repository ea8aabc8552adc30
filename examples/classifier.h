/* What a classifier is made of, and how it becomes a judge (gan_judge_load). */
#ifndef EXAMPLES_CLASSIFIER_H
#define EXAMPLES_CLASSIFIER_H

#include "common.h"

/* Append the text of a network for pictures of this shape [height, width, channels]. */
void add_classifier(char text[TEXT_SIZE], const int64_t *shape, int32_t classes);

/*
 * Write a network as a judge. Its features are the input of the last dense layer, divided by a
 * number that makes their mean square 1 on the pictures that it learned.
 */
void save_judge(gan_layer *network, const char *path, const char *name, const char *dtype,
                gan_dataset *learned);

#endif
