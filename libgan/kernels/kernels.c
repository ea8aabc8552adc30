/* Which instruction sets this CPU has, and their tables. */
#include "kernels/kernels.h"

#include <string.h>

#include "kernels/table.h"

static bool
cpu_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("fma");
}

static bool
cpu_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool
cpu_has_fma(void)
{
    return __builtin_cpu_supports("fma");
}

static const struct {
    const struct gan__kernel_table *table;
    bool (*supported)(void);
} tables[] = {
    {&gan__kernels_avx512, cpu_has_avx512},
    {&gan__kernels_avx2, cpu_has_avx2},
    {&gan__kernels_portable, cpu_has_fma},
};

const struct gan__kernel_table *
gan__kernels_find(const char *isa)
{
    const bool any = strcmp(isa, "auto") == 0;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if ((any || strcmp(isa, tables[i].table->name) == 0) && tables[i].supported()) {
            return tables[i].table;
        }
    }
    return NULL;
}

const char *
gan__kernels_name(const struct gan__kernel_table *table)
{
    return table->name;
}
