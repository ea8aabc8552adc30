/* The vector code for AVX2 with FMA; CMakeLists.txt gives this file its flags. */
#define GAN__ISA_AVX2 1
#define TABLE         gan__kernels_avx2
#define TABLE_NAME    "avx2"
#include "kernels/vector_code.inc"
