/*
 * Garbage collectors run finalizers on other threads, in any order, at any time: handles of every type are destroyed by
 * threads of their own while the owner's thread trains, and the context's last handle is given up by one of them.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gan/gan.h>

#include "host.h"

enum { ROUNDS = 20, HANDLES = 8 };

struct handle {
    void (*destroy)(void *);
    void *object;
};

#define DESTROYER(type)                                                                            \
    static void destroy_##type(void *object)                                                       \
    {                                                                                              \
        gan_##type##_destroy(object);                                                              \
    }
DESTROYER(context)
DESTROYER(tensor)
DESTROYER(layer)
DESTROYER(loss)
DESTROYER(optimizer)
DESTROYER(dataset)
DESTROYER(trainer)

static void *
destroy_one(void *argument)
{
    const struct handle *handle = argument;
    handle->destroy(handle->object);
    return NULL;
}

static void
check(gan_context *context, gan_status status)
{
    if (status != GAN_OK) {
        fprintf(stderr, "%s: %s\n", gan_status_name(status), gan_context_error(context));
        exit(1);
    }
}

static void
make_handles(gan_context *context, struct handle *handles, gan_trainer **trainer)
{
    static const float samples[4][16];
    const int64_t shape[] = {4, 4, 1};
    gan_tensor *tensor = NULL;
    gan_layer *networks[2] = {NULL, NULL};
    gan_loss *loss = NULL;
    gan_optimizer *optimizer = NULL;
    gan_dataset *dataset = NULL;

    check(context, gan_layer_parse(context, &networks[0],
                                   "gan-network 1\ninput shape=4 noise=normal\ndense "
                                   "units=16\nreshape shape=4x4x1\ntanh\n"));
    check(context, gan_layer_parse(context, &networks[1],
                                   "gan-network 1\ninput shape=4x4x1\nflatten\ndense units=1\n"));
    check(context, gan_dataset_create_memory(context, &dataset, &samples[0][0], 4, shape, 3, NULL));
    check(context,
          gan_trainer_create(context, trainer, networks[0], networks[1], dataset, "batch=2"));
    check(context, gan_loss_create(context, &loss, "standard", NULL));
    check(context, gan_trainer_set_loss(*trainer, loss));
    check(context, gan_optimizer_create(context, &optimizer, "sgd", "lr=0.01"));
    check(context, gan_trainer_set_optimizers(*trainer, optimizer, NULL));
    check(context, gan_layer_find_parameter(networks[0], &tensor, "1.weight"));
    gan_trainer_retain(*trainer);
    const struct handle made[HANDLES] = {
        {destroy_context, context},   {destroy_tensor, tensor},   {destroy_layer, networks[0]},
        {destroy_layer, networks[1]}, {destroy_loss, loss},       {destroy_optimizer, optimizer},
        {destroy_dataset, dataset},   {destroy_trainer, *trainer}};
    memcpy(handles, made, sizeof made);
}

static int
go_round(int round)
{
    struct handle handles[HANDLES];
    pthread_t threads[HANDLES];
    gan_context *context = NULL;
    gan_trainer *trainer = NULL;
    gan_host host = counting_host();
    host.parallel_for = NULL;

    check(context, gan_context_create(&context, "threads=2", &host));
    make_handles(context, handles, &trainer);
    for (int i = 0; i < HANDLES; i++) {
        const int pick =
            (i * 3 + round) %
            HANDLES; /* 3 and 8 have no common divisor: each once, another order a round */
        if (pthread_create(&threads[i], NULL, destroy_one, &handles[pick]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < 5; i++) {
        const gan_status status = gan_trainer_step(trainer, NULL);
        if (status != GAN_OK) {
            fprintf(stderr, "%s\n", gan_status_name(status));
            return 1;
        }
    }
    /* The last handle may be this one, or one of theirs. */
    gan_trainer_destroy(trainer);
    for (int i = 0; i < HANDLES; i++) {
        pthread_join(threads[i], NULL);
    }
    return host_is_clean() ? 0 : 1;
}

int
main(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        if (go_round(round) != 0) {
            return 1;
        }
    }
    return 0;
}
