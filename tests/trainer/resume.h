/*
 * What the tests of checkpoints share: kinds made by the user, resuming, and files changed one text
 * or tensor at a time, with a right checksum.
 */
#ifndef TESTS_TRAINER_RESUME_H
#define TESTS_TRAINER_RESUME_H

#include "fixture.h"

/* With a layer that the user has made, and its parameters; with frozen layers. */
extern const char user_generator[], user_critic[], frozen_generator[];

/* The layer "my_scale" and the loss "my_loss". */
void register_kinds(gan_context *ctx);

/* A new context with the kinds and fixture_dataset(), a trainer resumed in it, and its networks;
 * ASSERT_OK inside. */
void resume_fixture(struct fixture *f, const char *context_options, const char *path);

/* Copy a file but for one text or tensor, which gets another value: NULL, it is left out. What does
 * not exist is added. */
void rewrite_text(gan_context *ctx, const char *from, const char *to, const char *name,
                  const char *value);
void rewrite_tensor(gan_context *ctx, const char *from, const char *to, const char *name,
                    gan_tensor *value);

Suite *damage_suite(void);
/* write_to: instead, write what it reads. */
Suite *old_files_suite(const char *write_to);

#endif
