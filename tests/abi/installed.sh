#!/usr/bin/env bash
# The installed copy, as users get it: installs into a prefix of its own, builds the examples with pkg-config, a C++ program
# with find_package, a static one, and runs them from there.
#   installed.sh SOURCE BUILD
set -eu
source=$1 build=$2
prefix=$build/installed work=$build/installed-work
rm -rf "$prefix" "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$prefix" >"$work/install.log"
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name gan.pc)")
libdir=$(pkg-config --variable=libdir gan)

flags=()
eval "flags=($(pkg-config --cflags --libs gan))" # it escapes spaces

echo "examples, with pkg-config: as the head of each says, with warnings as errors"
for name in $(sed -n 's/^gan_example(\([a-z0-9_]*\).*/\1/p' "$source/examples/CMakeLists.txt"); do
  files=$(sed -n "s/^ \* *cc \($name\.c .*\) \$(pkg-config.*/\1/p" "$source/examples/$name.c")
  (cd "$source/examples" && cc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror ${files:-$name.c} -o "$work/$name" \
    "${flags[@]}" -lm -Wl,-rpath,"$libdir")
done
"$work/dcgan_mnist" --help >"$work/help.txt"
grep -q -- --steps "$work/help.txt"
"$work/dcgan_mnist" --data "$source/examples/data" --steps 3 --batch 8 --out "$work/out" >"$work/train.txt"
for file in samples.png generator.safetensors; do
  [ -s "$work/out/$file" ] || { echo "dcgan_mnist left no $file"; exit 1; }
done
"$work/dcgan_mnist" --sample "$work/out/generator.safetensors" --out "$work/again" >"$work/sample.txt"
[ -s "$work/again/samples.png" ] || { echo "dcgan_mnist --sample left no samples.png"; exit 1; }
cmp "$work/out/samples.png" "$work/again/samples.png" || { echo "the saved model draws other samples"; exit 1; }

echo "C++ with find_package"
cat >"$work/main.cpp" <<'CPP'
#include <cstdio>
#include <gan/gan.h>
int main()
{
    gan_context *context = nullptr;
    gan_tensor *tensor = nullptr;
    const int64_t shape[] = {2, 3};
    if (gan_context_create(&context, "threads=1", nullptr) != GAN_OK ||
        gan_tensor_create(context, &tensor, shape, 2, nullptr) != GAN_OK) {
        std::puts(gan_context_error(context));
        return 1;
    }
    gan_tensor_destroy(tensor);
    gan_context_destroy(context);
    std::puts(gan_version());
    return std::char_traits<char>::compare(gan_version(), GAN_VERSION, sizeof GAN_VERSION);
}
CPP
sed -i '1i #include <string>' "$work/main.cpp"
cat >"$work/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C CXX)
find_package(gan REQUIRED)
add_executable(user main.cpp)
target_compile_features(user PRIVATE cxx_std_17)
target_link_libraries(user PRIVATE gan::gan)
if(TARGET gan::gan_static)
  add_executable(user_static main.cpp)
  target_compile_features(user_static PRIVATE cxx_std_17)
  target_link_libraries(user_static PRIVATE gan::gan_static)
endif()
CMAKE
cmake -S "$work" -B "$work/user" -DCMAKE_PREFIX_PATH="$prefix" >"$work/cmake.log"
cmake --build "$work/user" >"$work/build.log"
"$work/user/user"
if [ -x "$work/user/user_static" ]; then
  echo "C++, static"
  "$work/user/user_static"
  ! readelf -d "$work/user/user_static" | grep -q 'libgan' || { echo "the static program needs libgan.so"; exit 1; }
fi
readelf -d "$libdir/libgan.so" | grep -q 'SONAME.*libgan\.so\.1\]' || { echo "SONAME is not libgan.so.1"; exit 1; }
