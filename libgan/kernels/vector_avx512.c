/* The vector code for AVX-512; CMakeLists.txt gives this file its flags. */
#define GAN__ISA_AVX512 1
#define TABLE           gan__kernels_avx512
#define TABLE_NAME      "avx512"
#include "kernels/vector_code.inc"
