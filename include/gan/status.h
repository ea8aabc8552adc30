/*
 * Status codes and the export macros: the bottom of libgan's public headers.
 *
 * Every call that can fail returns a gan_status; the sentence that explains a failure is read with
 * gan_context_error().
 */
#ifndef GAN_STATUS_H
#define GAN_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(GAN_STATIC)
#define GAN_API
#elif defined(__GNUC__)
#define GAN_API __attribute__((visibility("default")))
#else
#define GAN_API
#endif

#if defined(__GNUC__)
#define GAN_NODISCARD __attribute__((warn_unused_result))
#else
#define GAN_NODISCARD
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * 0 for success, negative for failure. Values are never renumbered; new ones are added at the end.
 */
typedef int32_t gan_status;

enum {
    GAN_OK = 0, /**< Success. */
    /** A NULL pointer, an unknown word, a value out of bounds: the caller's to mend. */
    GAN_E_ARG = -1,
    GAN_E_NOMEM = -2, /**< No memory from the allocator, or `memory_limit` would be passed. */
    GAN_E_SHAPE = -3, /**< Shapes that don't fit; the sentence names both. */
    /** The call is not allowed now (a layer not built, a call from a callback, two threads). */
    GAN_E_STATE = -4,
    GAN_E_IO = -5, /**< The system refused to read or write; the sentence has its words. */
    /** A file or a text that is not what it should be; the sentence has the place. */
    GAN_E_FORMAT = -6,
    /** Not in this build, not on this CPU, or a value without meaning for this loss. */
    GAN_E_UNSUPPORTED = -7,
    /** The system refused a thread or another resource that is not memory. */
    GAN_E_RESOURCE = -8,
    /** A value became infinite or not a number; the sentence names the op and the layer. */
    GAN_E_DIVERGED = -9,
    GAN_E_CANCELLED = -10, /**< A callback asked to stop. */
    GAN_E_INTERNAL = -11   /**< A bug in libgan; please report it. */
};

/**
 * The name of a status, e.g. "GAN_E_SHAPE", or "GAN_E_UNKNOWN" for a number that is none.
 *
 * Never fails; the text is constant and lives as long as the library.
 * @par Threads  Any thread, at any time.
 */
GAN_API const char *gan_status_name(gan_status status);

#ifdef __cplusplus
}
#endif

#endif
