/* Handles, holds, and the teardown: any order, any thread. */
#include "suites.h"

#include <pthread.h>

#include "allocator.h"
#include "base/memory.h"
#include "base/pool.h"

/* A node of a graph: holds up to two others. */
struct node {
    struct gan__object object;
    struct gan__object *held[2];
    _Atomic int64_t *alive;
    bool finalized;
};

static void
node_finalize(struct gan__object *object)
{
    struct node *node = (struct node *)object;
    if (node->finalized) {
        ck_abort_msg("finalized twice");
    }
    node->finalized = true;
    gan__object_release(node->held[0]);
    gan__object_release(node->held[1]);
    if (node->alive != NULL) {
        atomic_fetch_sub(node->alive, 1);
    }
}

static const struct gan__class node_class = {.name = "node", .finalize = node_finalize};

/* As a public create does. */
static struct node *
node_create(gan_context *ctx, _Atomic int64_t *alive)
{
    struct gan__call call;
    if (gan__enter(&call, ctx, GAN__GROUP_TENSOR) != GAN_OK) {
        ck_abort_msg("refused to enter");
    }
    struct node *node = gan__object_create(ctx, &node_class, sizeof *node);
    if (node != NULL) {
        node->alive = alive;
        atomic_fetch_add(alive, 1);
    }
    (void)gan__leave(&call, node == NULL ? GAN_E_NOMEM : GAN_OK);
    return node;
}

static void
node_hold(struct node *holder, struct node *held)
{
    struct gan__call call;
    ck_assert_int_eq(gan__enter(&call, holder->object.ctx, GAN__GROUP_TENSOR), GAN_OK);
    gan__object_hold(&held->object);
    holder->held[holder->held[0] != NULL] = &held->object;
    (void)gan__leave(&call, GAN_OK);
}

START_TEST(test_reference_counts)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    _Atomic int64_t alive = 0;
    struct node *a = node_create(ctx, &alive), *b = node_create(ctx, &alive);
    node_hold(a, b);
    gan__object_destroy(&b->object); /* a still holds it */
    struct gan__call call;
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_TENSOR), GAN_OK);
    (void)gan__leave(&call, GAN_OK);
    ck_assert_int_eq(alive, 2);
    gan__object_retain(&a->object);
    gan__object_destroy(&a->object);
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_TENSOR), GAN_OK);
    ck_assert_int_eq(alive, 2);
    gan__object_destroy(&a->object); /* inside a call: gone at once, with what it holds */
    ck_assert_int_eq(alive, 0);
    (void)gan__leave(&call, GAN_OK);
    gan__object_retain(NULL);
    gan__object_destroy(NULL);
    gan__object_hold(NULL);
    gan__object_release(NULL);
    gan__object_adopt(NULL);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

START_TEST(test_queued_until_next_call)
{
    gan_context *ctx = bare_context(NULL);
    _Atomic int64_t alive = 0;
    struct node *a = node_create(ctx, &alive);
    gan__object_destroy(&a->object);
    ck_assert_int_eq(alive, 1); /* outside a call: queued */
    struct gan__call call;
    ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_TENSOR), GAN_OK);
    ck_assert_int_eq(alive, 0);
    (void)gan__leave(&call, GAN_OK);
    gan__context_unref(ctx);
}
END_TEST

START_TEST(test_adopt)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    _Atomic int64_t alive = 0;
    struct node *a = node_create(ctx, &alive), *b = node_create(ctx, &alive);
    a->held[0] = &b->object;
    gan__object_adopt(&b->object);
    ck_assert_int_eq(ctx->handles, 2); /* the context's own and a */
    gan__object_destroy(&a->object);
    gan__context_unref(ctx); /* nothing keeps the context: the adopted one goes with it */
    ck_assert_int_eq(alive, 0);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

/* All 24 orders of giving up a context and three objects that hold each other. */
START_TEST(test_any_order)
{
    for (int order = 0; order < 24; order++) {
        struct test_allocator allocator = {0};
        const gan_host host = test_allocator_host(&allocator);
        gan_context *ctx = bare_context(&host);
        ASSERT_OK(ctx, gan__pool_create(ctx, 2));
        _Atomic int64_t alive = 0;
        struct node *nodes[3];
        for (int i = 0; i < 3; i++) {
            nodes[i] = node_create(ctx, &alive);
        }
        node_hold(nodes[0], nodes[1]);
        node_hold(nodes[1], nodes[2]);
        node_hold(nodes[0], nodes[2]);
        int left[4] = {0, 1, 2, 3}, code = order;
        for (int count = 4; count > 0; count--) {
            const int pick = code % count;
            code /= count;
            if (left[pick] == 3) {
                gan__context_unref(ctx);
            } else {
                gan__object_destroy(&nodes[left[pick]]->object);
            }
            memmove(left + pick, left + pick + 1, (size_t)(count - pick - 1) * sizeof left[0]);
            ck_assert_int_eq(allocator.blocks == 0, count == 1);
        }
        ck_assert_int_eq(alive, 0);
    }
}
END_TEST

/* Long chains must not overflow the stack, whoever ends them. */
START_TEST(test_long_chain)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    for (int way = 0; way < 2; way++) {
        gan_context *ctx = bare_context(&host);
        _Atomic int64_t alive = 0;
        struct node *last = node_create(ctx, &alive);
        for (int i = 0; i < 100000; i++) {
            struct node *next = node_create(ctx, &alive);
            next->held[0] = &last->object;
            gan__object_adopt(&last->object);
            last = next;
        }
        ck_assert_int_eq(ctx->handles, 2);
        struct gan__call call;
        if (way == 0) {
            ck_assert_int_eq(gan__enter(&call, ctx, GAN__GROUP_TENSOR), GAN_OK);
        }
        gan__object_destroy(&last->object);
        if (way == 0) {
            ck_assert_int_eq(alive, 0);
            (void)gan__leave(&call, GAN_OK);
        }
        gan__context_unref(ctx);
        ck_assert_int_eq(alive, 0);
        ck_assert_int_eq(allocator.blocks, 0);
    }
}
END_TEST

/* Objects go through a ring to threads that destroy them in another order, while the owner works. */
enum { RING = 64, DESTROYERS = 3, MADE = 3000 };

struct ring {
    _Atomic(struct node *) places[RING];
    _Atomic bool finished;
};

static void *
destroyer(void *argument)
{
    struct ring *ring = argument;
    for (bool last = false; !last;) {
        last = atomic_load(&ring->finished);
        for (int i = 0; i < RING; i++) {
            struct node *node = atomic_exchange(&ring->places[(i * 29) % RING], NULL);
            if (node != NULL) {
                gan__object_retain(&node->object);
                gan__object_destroy(&node->object);
                gan__object_destroy(&node->object);
            }
        }
    }
    return NULL;
}

START_TEST(test_destroyed_elsewhere)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    ASSERT_OK(ctx, gan__pool_create(ctx, 2));
    _Atomic int64_t alive = 0;
    static struct ring ring;
    pthread_t threads[DESTROYERS];
    for (int i = 0; i < DESTROYERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, destroyer, &ring), 0);
    }
    struct node *before = NULL;
    for (int i = 0; i < MADE; i++) {
        struct node *node = node_create(ctx, &alive);
        if (before != NULL) {
            node_hold(node, before);
            struct node *old = atomic_exchange(&ring.places[i % RING], before);
            if (old != NULL) {
                gan__object_destroy(&old->object);
            }
        }
        before = i % 10 == 9 ? NULL : node;
        if (before == NULL) {
            gan__object_destroy(&node->object);
        }
    }
    gan__object_destroy(before == NULL ? NULL : &before->object);
    gan__context_unref(ctx); /* the threads may still hold handles: one of them ends the context */
    atomic_store(&ring.finished, true);
    for (int i = 0; i < DESTROYERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_int_eq(alive, 0);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

/* The last handle of one context is given up inside a call of another. */
START_TEST(test_teardown_in_other_call)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *one = bare_context(&host), *two = bare_context(NULL);
    _Atomic int64_t alive = 0;
    struct node *node = node_create(one, &alive);
    gan__context_unref(one);
    struct gan__call call;
    ck_assert_int_eq(gan__enter(&call, two, GAN__GROUP_TENSOR), GAN_OK);
    gan__object_destroy(&node->object);
    ck_assert_int_eq(alive, 0);
    ck_assert_int_eq(allocator.blocks, 0);
    (void)gan__leave(&call, GAN_OK);
    gan__context_unref(two);
}
END_TEST

START_TEST(test_create_refused)
{
    struct test_allocator allocator = {0};
    const gan_host host = test_allocator_host(&allocator);
    gan_context *ctx = bare_context(&host);
    _Atomic int64_t alive = 0;
    atomic_store(&allocator.refuse_from, 1);
    ck_assert_ptr_null(node_create(ctx, &alive));
    ck_assert_ptr_nonnull(strstr(ctx->error, "no memory for"));
    ck_assert_int_eq(ctx->handles, 1);
    gan__context_unref(ctx);
    ck_assert_int_eq(allocator.blocks, 0);
}
END_TEST

Suite *
objects_suite(void)
{
    Suite *suite = suite_create("base/objects");
    TCase *tcase = tcase_create("objects");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_reference_counts);
    tcase_add_test(tcase, test_queued_until_next_call);
    tcase_add_test(tcase, test_adopt);
    tcase_add_test(tcase, test_any_order);
    tcase_add_test(tcase, test_long_chain);
    tcase_add_test(tcase, test_destroyed_elsewhere);
    tcase_add_test(tcase, test_teardown_in_other_call);
    tcase_add_test(tcase, test_create_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
