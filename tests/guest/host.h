/*
 * A host's own callbacks for the guest tests: an allocator that counts, guards each block, fills it with NaN and can refuse the
 * n-th request, and a parallel-for on threads of its own.
 */
#ifndef TESTS_GUEST_HOST_H
#define TESTS_GUEST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <gan/context.h>

gan_host counting_host(void);
/* Refuse request number n from now on (0 = the next) and every later one while `all`; -1: none. */
void host_refuse(int64_t n, bool all);
/* Requests since the last host_refuse. */
int64_t host_requests(void);
int64_t host_live_blocks(void);
/* No block is live and no guard was overwritten; says on stderr what is wrong. */
bool host_is_clean(void);

#endif
