/*
 * libgan: generative adversarial networks behind a stable C ABI. This header includes all others.
 *
 * Rules that hold everywhere:
 * - A call returns a gan_status. What it makes or reads comes through an out parameter right after
 *   the object it comes from; out parameters are set to NULL (or 0) first and filled last. A failed
 *   call changes nothing.
 * - gan_context_error(context) has the sentence that explains the last failure in that context.
 * - Handles are counted references. Each out parameter that returns a handle gives the caller one
 *   reference, to be given up with the type's destroy; destroy(NULL) is allowed. Objects keep what
 *   they need, so no order of destruction matters.
 * - retain and destroy may be called from any thread at any time, also from callbacks that must not
 *   call libgan otherwise. Everything else is one thread at a time in a context; contexts are
 *   independent of each other. A second thread inside a context is answered GAN_E_STATE.
 * - What the last reference kept is freed, and a callback's `user` released, in the context's next
 *   call at the latest, or with the context. What `user` points to must hold no handle of the same
 *   context: each would keep the other.
 * - Options are text, "key=value key=value"; values may be quoted "..." with \" and \\. NULL stands
 *   for all defaults.
 * - Text for the caller is written to (buffer, size): at most size bytes with the closing zero, cut
 *   at a character's border, which is no failure; *needed is the number of bytes for all of it,
 *   closing zero included. buffer may be NULL where size is 0, needed may be NULL.
 * - An array of values may be NULL where its count is 0.
 * - Tensors are dense float32 in row-major order; pictures are [N, height, width, channels] in [-1,
 *   1], dense data is [N, features].
 */
#ifndef GAN_GAN_H
#define GAN_GAN_H

#include <gan/checkpoint.h>
#include <gan/context.h>
#include <gan/dataset.h>
#include <gan/io.h>
#include <gan/layer.h>
#include <gan/loss.h>
#include <gan/metrics.h>
#include <gan/monitor.h>
#include <gan/ops.h>
#include <gan/optimizer.h>
#include <gan/profile.h>
#include <gan/run.h>
#include <gan/status.h>
#include <gan/tensor.h>
#include <gan/trainer.h>
#include <gan/version.h>

#endif
