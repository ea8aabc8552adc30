/*
 * What a safetensors header says of its tensors, checked: the data must be covered by them without
 * holes or overlaps.
 */
#include "io/safetensors_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/context.h"
#include "base/memory.h"

struct planner {
    gan_context *ctx;
    const char *path;
    int64_t data_size;
    struct gan__safetensors_plan *plans;
    int64_t plan_count;
};

struct type {
    const char *name;
    int64_t size;
    bool read;
    enum gan__dtype dtype;
};

/* The format may get others: of these nobody knows the size. */
static const struct type types[] = {
    {"F32", 4, true, GAN__FLOAT32},   {"F16", 2, true, GAN__FLOAT16},
    {"BF16", 2, true, GAN__BFLOAT16}, {"F64", 8, true, GAN__FLOAT64},
    {.name = "BOOL", .size = 1},      {.name = "U8", .size = 1},
    {.name = "I8", .size = 1},        {.name = "F8_E4M3", .size = 1},
    {.name = "F8_E5M2", .size = 1},   {.name = "U16", .size = 2},
    {.name = "I16", .size = 2},       {.name = "U32", .size = 4},
    {.name = "I32", .size = 4},       {.name = "U64", .size = 8},
    {.name = "I64", .size = 8},
};

static const struct type *
find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
    }
    return NULL;
}

static gan_status
bad_tensor(const struct planner *self, const char *name, const char *what)
{
    return gan__fail(self->ctx, GAN_E_FORMAT, "\"%s\": tensor \"%.100s\": %s", self->path, name,
                     what);
}

static gan_status
plan_shape(const struct planner *self, struct gan__safetensors_plan *plan, const json_t *shape,
           int64_t *count)
{
    if (!json_is_array(shape)) {
        return bad_tensor(self, plan->name, "no array \"shape\"");
    }
    if (json_array_size(shape) > GAN_RANK_MAX) {
        return bad_tensor(self, plan->name, "a shape of more than 8 sizes");
    }
    plan->shape = (struct gan__shape){.rank = (int32_t)json_array_size(shape)};
    for (int32_t i = 0; i < plan->shape.rank; i++) {
        const json_t *size = json_array_get(shape, (size_t)i);
        if (!json_is_integer(size) || json_integer_value(size) < 0 ||
            json_integer_value(size) > GAN__COUNT_MAX) {
            return bad_tensor(self, plan->name, "a size that is no whole number from 0 to 2^40");
        }
        plan->shape.size[i] = json_integer_value(size);
    }
    *count = gan__shape_count(&plan->shape);
    if (*count < 0) {
        return bad_tensor(self, plan->name, "a shape too large to address");
    }
    return GAN_OK;
}

/* bytes: what the shape needs, below 0 if nobody knows. */
static gan_status
plan_offsets(const struct planner *self, struct gan__safetensors_plan *plan, const json_t *offsets,
             int64_t bytes)
{
    const json_t *begin = json_array_get(offsets, 0);
    const json_t *end = json_array_get(offsets, 1);

    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end)) {
        return bad_tensor(self, plan->name, "\"data_offsets\" are not two whole numbers");
    }
    plan->begin = json_integer_value(begin);
    plan->end = json_integer_value(end);
    if (plan->begin < 0 || plan->end < plan->begin || plan->end > self->data_size) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": tensor \"%.100s\": offsets %lld to %lld are not within the %lld "
                         "bytes of data (cut off?)",
                         self->path, plan->name, (long long)plan->begin, (long long)plan->end,
                         (long long)self->data_size);
    }
    if (bytes >= 0 && plan->end - plan->begin != bytes) {
        char shape[GAN__SHAPE_TEXT_SIZE];
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": tensor \"%.100s\": %lld bytes of data, its shape %s needs %lld",
                         self->path, plan->name, (long long)(plan->end - plan->begin),
                         gan__shape_text(shape, &plan->shape), (long long)bytes);
    }
    return GAN_OK;
}

static gan_status
plan_tensor(const struct planner *self, struct gan__safetensors_plan *plan, const char *name,
            const json_t *value)
{
    const struct type *type;
    int64_t count = 0;

    plan->name = name;
    plan->type = json_string_value(json_object_get(value, "dtype"));
    if (gan__safetensors_keeps(name)) {
        return bad_tensor(self, name, "a name that the format keeps");
    }
    if (!json_is_object(value) || plan->type == NULL) {
        return bad_tensor(self, name, "no \"dtype\"");
    }
    const gan_status st = plan_shape(self, plan, json_object_get(value, "shape"), &count);
    if (st != GAN_OK) {
        return st;
    }
    type = find_type(plan->type);
    plan->read = type != NULL && type->read;
    plan->dtype = plan->read ? type->dtype : GAN__FLOAT32;
    return plan_offsets(self, plan, json_object_get(value, "data_offsets"),
                        type == NULL ? -1 : count * type->size);
}

static int
by_offset(const void *a, const void *b)
{
    const struct gan__safetensors_plan *left = a;
    const struct gan__safetensors_plan *right = b;
    if (left->begin != right->begin) {
        return left->begin < right->begin ? -1 : 1;
    }
    if (left->end != right->end) {
        return left->end < right->end ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

/* Each byte of the data must belong to one tensor. */
static gan_status
check_cover(const struct planner *self)
{
    int64_t at = 0;

    for (int64_t i = 0; i < self->plan_count; i++) {
        const struct gan__safetensors_plan *plan = &self->plans[i];
        if (plan->begin != at) {
            return gan__fail(self->ctx, GAN_E_FORMAT,
                             "\"%s\": tensor \"%.100s\": begins at byte %lld of the data, which "
                             "%s byte %lld",
                             self->path, plan->name, (long long)plan->begin,
                             plan->begin < at ? "overlaps the one that ends at"
                                              : "leaves a hole from",
                             (long long)at);
        }
        at = plan->end;
    }
    if (at != self->data_size) {
        return gan__fail(self->ctx, GAN_E_FORMAT,
                         "\"%s\": the tensors end at byte %lld of the data, the file has %lld more",
                         self->path, (long long)at, (long long)(self->data_size - at));
    }
    return GAN_OK;
}

gan_status
gan__safetensors_plan(gan_context *ctx, const char *path, json_t *root, int64_t data_size,
                      struct gan__safetensors_plan **plans, int64_t *count)
{
    struct planner self = {.ctx = ctx, .path = path, .data_size = data_size};
    gan_status st = GAN_OK;
    const char *name;
    json_t *value;

    *count = 0;
    self.plans = gan__alloc_array(ctx, (int64_t)json_object_size(root) + 1, sizeof *self.plans);
    *plans = self.plans;
    if (self.plans == NULL) {
        return GAN_E_NOMEM;
    }
    json_object_foreach(root, name, value)
    {
        if (strcmp(name, "__metadata__") == 0) {
            continue;
        }
        GAN__TRY(plan_tensor(&self, &self.plans[self.plan_count], name, value));
        self.plan_count++;
    }
    if (self.plan_count > 1) {
        qsort(self.plans, (size_t)self.plan_count, sizeof self.plans[0], by_offset);
    }
    GAN__TRY(check_cover(&self));
    *count = self.plan_count;

fail:
    return st;
}
