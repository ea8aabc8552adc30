/* The vector code for any CPU with FMA; CMakeLists.txt gives this file its flags. */
#define GAN__ISA_PORTABLE 1
#define TABLE             gan__kernels_portable
#define TABLE_NAME        "portable"
#include "kernels/vector_code.inc"
