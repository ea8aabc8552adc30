# What the folders' CMakeLists.txt files share: compiler options, dependencies, object libraries, tests.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_FLAGS_RELEASE "-O2")
set(CMAKE_C_FLAGS_DEBUG "-O0")

find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_path(GAN_BLIS_INCLUDE blis.h PATH_SUFFIXES blis-serial blis REQUIRED)
find_library(GAN_BLIS_LIBRARY blis PATH_SUFFIXES blis-serial REQUIRED)
find_path(GAN_SLEEF_INCLUDE sleef.h REQUIRED)
find_library(GAN_SLEEF_LIBRARY sleef REQUIRED)
find_path(GAN_JANSSON_INCLUDE jansson.h REQUIRED)
find_library(GAN_JANSSON_LIBRARY jansson REQUIRED)
# Optional: without them JPEG pictures, or .npz files, are answered GAN_E_UNSUPPORTED.
find_package(JPEG)
find_path(GAN_MINIZIP_INCLUDE unzip.h PATH_SUFFIXES minizip)
find_library(GAN_MINIZIP_LIBRARY minizip)

# -ffp-contract=off: sums must not depend on the compiler; -g always: ABI tools read types from DWARF.
add_library(gan_options INTERFACE)
target_compile_options(gan_options INTERFACE
  -g -ffp-contract=off -fno-math-errno -fno-semantic-interposition
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wcast-qual
  $<$<BOOL:${GAN_WERROR}>:-Werror>)
target_compile_definitions(gan_options INTERFACE _POSIX_C_SOURCE=200809L)
if(GAN_SANITIZE)
  target_compile_options(gan_options INTERFACE -fsanitize=${GAN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gan_options INTERFACE -fsanitize=${GAN_SANITIZE})
endif()
target_include_directories(gan_options INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include ${PROJECT_SOURCE_DIR}/libgan)

add_library(gan_dependencies INTERFACE)
target_link_libraries(gan_dependencies INTERFACE
  ${GAN_BLIS_LIBRARY} ${GAN_SLEEF_LIBRARY} ${GAN_JANSSON_LIBRARY} PNG::PNG ZLIB::ZLIB m Threads::Threads)
target_include_directories(gan_dependencies SYSTEM INTERFACE
  ${GAN_BLIS_INCLUDE} ${GAN_SLEEF_INCLUDE} ${GAN_JANSSON_INCLUDE})

if(JPEG_FOUND)
  target_link_libraries(gan_dependencies INTERFACE JPEG::JPEG)
  target_compile_definitions(gan_dependencies INTERFACE GAN_HAVE_JPEG)
endif()
if(GAN_MINIZIP_INCLUDE AND GAN_MINIZIP_LIBRARY)
  set(GAN_HAVE_MINIZIP ON)
  target_link_libraries(gan_dependencies INTERFACE ${GAN_MINIZIP_LIBRARY})
  target_include_directories(gan_dependencies SYSTEM INTERFACE ${GAN_MINIZIP_INCLUDE})
  target_compile_definitions(gan_dependencies INTERFACE GAN_HAVE_MINIZIP)
endif()

# The folders, lowest first: each may include itself and those before it (tests/structure proves it).
set(GAN_FOLDERS base kernels context tensor autograd layers losses optimizers io data metrics trainer)

# gan_folder(base a.c b.c ...): the object library gan_base.
function(gan_folder folder)
  add_library(gan_${folder} OBJECT ${ARGN})
  target_link_libraries(gan_${folder} PRIVATE gan_options gan_dependencies)
  target_compile_definitions(gan_${folder} PRIVATE GAN_BUILDING)
endfunction()

# gan_listed_sources(out list.h): name.c for each row GAN__ROW(name) of a folder's list, so that a kind is one file and one row.
function(gan_listed_sources out list)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${list})
  file(STRINGS ${list} rows REGEX "^GAN__ROW\\([a-z0-9_]+\\)")
  set(sources)
  foreach(row IN LISTS rows)
    string(REGEX REPLACE "^GAN__ROW\\(([a-z0-9_]+)\\).*" "\\1.c" source "${row}")
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      message(FATAL_ERROR "${list} has ${row}, but there is no ${source}")
    endif()
    list(APPEND sources ${source})
  endforeach()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# gan_test(name FOLDER top a.c ...): a Check program over the objects of all folders up to `top`, run by ctest.
function(gan_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOLDER" "")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  foreach(folder IN LISTS GAN_FOLDERS)
    target_link_libraries(${name} PRIVATE gan_${folder})
    if(folder STREQUAL arg_FOLDER)
      break()
    endif()
  endforeach()
  target_link_libraries(${name} PRIVATE gan_options gan_dependencies gan_check)
  add_test(NAME ${name} COMMAND ${name})
  # Check's 4 seconds a test are too few for a machine that others use too.
  set_tests_properties(${name} PROPERTIES ENVIRONMENT CK_DEFAULT_TIMEOUT=60)
endfunction()
