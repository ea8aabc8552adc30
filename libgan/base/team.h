/* A pool's threads: they sleep until a region opens, join it, and run its work with a slot of their
 * own. */
#ifndef GAN__BASE_TEAM_H
#define GAN__BASE_TEAM_H

#include <gan/context.h>

#include <stdint.h>

struct gan__team;

/* What each member runs; it returns when there is nothing left to do. */
typedef void (*gan__team_work)(void *argument, int32_t slot);

/* Start `threads` threads, slots 1 to threads. GAN_E_RESOURCE if one is refused (those started have
 * ended), GAN_E_NOMEM. */
gan_status gan__team_create(gan_context *ctx, struct gan__team **out, int32_t threads,
                            gan__team_work work, void *argument);
/* End the threads and free the team. */
void gan__team_destroy(gan_context *ctx, struct gan__team *team);

/* Run the work on the caller (slot 0) and on up to `helpers` threads; returns when all that joined
 * are done. */
void gan__team_run(struct gan__team *team, int64_t helpers);

#endif
