/*
 * Scratch memory that grows and is used again, from the system: for code that may run on any
 * thread.
 */
#ifndef GAN__DATA_ROOM_H
#define GAN__DATA_ROOM_H

#include <stdbool.h>

#include "base/memory.h"

struct gan__room {
    void *data; /* NULL while empty */
    size_t bytes;
};

static inline void
gan__room_free(const gan_host *host, struct gan__room *room)
{
    if (room->data != NULL) {
        gan__system_release(host, room->data, room->bytes);
    }
    *room = (struct gan__room){0};
}

/* At least so many bytes; what was in it is lost. */
static inline bool
gan__room_fit(const gan_host *host, struct gan__room *room, size_t bytes)
{
    if (room->data != NULL && room->bytes >= bytes) {
        return true;
    }
    gan__room_free(host, room);
    room->data = gan__system_allocate(host, bytes);
    room->bytes = room->data == NULL ? 0 : bytes;
    return room->data != NULL;
}

#endif
