/* Status names and the library's version: constants that need no context. */
#include <gan/status.h>
#include <gan/version.h>

#define STATUS_LIST(X)                                                                             \
    X(GAN_OK)                                                                                      \
    X(GAN_E_ARG)                                                                                   \
    X(GAN_E_NOMEM)                                                                                 \
    X(GAN_E_SHAPE)                                                                                 \
    X(GAN_E_STATE)                                                                                 \
    X(GAN_E_IO)                                                                                    \
    X(GAN_E_FORMAT)                                                                                \
    X(GAN_E_UNSUPPORTED)                                                                           \
    X(GAN_E_RESOURCE)                                                                              \
    X(GAN_E_DIVERGED)                                                                              \
    X(GAN_E_CANCELLED)                                                                             \
    X(GAN_E_INTERNAL)

const char *
gan_status_name(gan_status status)
{
    switch (status) {
#define ROW(name)                                                                                  \
    case name:                                                                                     \
        return #name;
        STATUS_LIST(ROW)
#undef ROW
    default:
        return "GAN_E_UNKNOWN";
    }
}

const char *
gan_version(void)
{
    return GAN_VERSION;
}
