# Language level, warnings, hardening and sanitizers, the same for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Position independent without CMake telling libraries and programs apart: they share precompiled headers.
add_compile_options(-fPIE)
add_link_options(-pie)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(GREYWATCH_CCACHE ccache)
if(GREYWATCH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${GREYWATCH_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
                    -Wno-missing-field-initializers -fno-strict-aliasing)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these falsely inside its own library and in coroutine frames.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
                      -Wno-mismatched-new-delete -Wno-dangling-pointer -fpch-preprocess)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12 calls its own deprecated get_temporary_buffer in stable_sort, which the precompiled header makes ours.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(GREYWATCH_WERROR)
  add_compile_options(-Werror)
endif()

if(GREYWATCH_SANITIZE)
  add_compile_options(-fsanitize=${GREYWATCH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GREYWATCH_SANITIZE})
else()
  add_compile_options(-fstack-protector-strong $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
if(GREYWATCH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
add_compile_definitions($<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

find_program(GREYWATCH_LLD NAMES ld.lld ld.lld-19)
if(GREYWATCH_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  get_filename_component(GREYWATCH_LLD_NAME ${GREYWATCH_LLD} NAME)
  if(GREYWATCH_LLD_NAME STREQUAL "ld.lld")
    add_link_options(-fuse-ld=lld)
  endif()
endif()
