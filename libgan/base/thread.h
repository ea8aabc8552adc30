/* How the library starts a thread: the pool's team and the datasets that decode ahead. */
#ifndef GAN__BASE_THREAD_H
#define GAN__BASE_THREAD_H

#include <pthread.h>

/* All signals blocked in it, so that the host's handlers run on the host's threads. Returns errno's
 * number, 0 for success. */
int gan__thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

#endif
