/*
 * The rows of list.h as a table.
 */
#include "autograd/autograd.h"
#include "autograd/ops.h"

const struct gan__op *const gan__ops[] = {
#define GAN__ROW(name) &gan__op_##name,
#include "autograd/list.h"
#undef GAN__ROW
};

const int32_t gan__op_count = (int32_t)(sizeof(gan__ops) / sizeof(gan__ops[0]));
