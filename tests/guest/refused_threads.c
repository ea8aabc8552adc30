/*
 * A system that refuses threads: pthread_create is this program's own and fails from the n-th call on. Creating a context is
 * GAN_E_RESOURCE with a sentence and leaves nothing behind; with one thread it works.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <gan/gan.h>

#include "host.h"

static int allowed, calls;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument);

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
               void *argument)
{
    if (calls++ >= allowed) {
        return EAGAIN;
    }
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");
    memcpy(&real, &symbol, sizeof real);
    return real(thread, attributes, start, argument);
}

int
main(void)
{
    for (allowed = 0; allowed < 3; allowed++) {
        gan_context *context = NULL;
        const gan_host host = counting_host();
        gan_host own_pool = host;
        own_pool.parallel_for = NULL;
        calls = 0;
        const gan_status status = gan_context_create(&context, "threads=4", &own_pool);
        const char *sentence = gan_context_error(context);
        printf("%d threads allowed: %s: %s\n", allowed, gan_status_name(status), sentence);
        if (status != GAN_E_RESOURCE || context == NULL || strstr(sentence, "thread") == NULL) {
            return 1;
        }
        gan_context_destroy(context);
        if (!host_is_clean()) {
            return 1;
        }
    }
    gan_context *context = NULL;
    allowed = 0;
    if (gan_context_create(&context, "threads=1", NULL) != GAN_OK) {
        return 1;
    }
    gan_context_destroy(context);
    return 0;
}
