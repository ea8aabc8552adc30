/* Declares gan__op_<name> for each row of list.h. */
#ifndef GAN__AUTOGRAD_OPS_H
#define GAN__AUTOGRAD_OPS_H

#include "autograd/autograd.h"

#define GAN__ROW(name) extern const struct gan__op gan__op_##name;
#include "autograd/list.h"
#undef GAN__ROW

#endif
