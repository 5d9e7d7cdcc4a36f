# SPDX-License-Identifier: MIT
# dogged_hardening: what makes a memory error of ours, or of a library below us, a clean abort instead of
# somebody else's code running. Every object of ours is compiled so, in every build, so that the tests
# run what ships; tests/hardening reads the flags back from the finished binary.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

add_library(dogged_hardening INTERFACE)
target_compile_options(dogged_hardening INTERFACE -fPIE)
# Bounds and preconditions of the standard library's inline functions: no difference that could be
# measured in an import and export of a million rows.
target_compile_definitions(dogged_hardening INTERFACE _GLIBCXX_ASSERTIONS)

# Each alone, for what the compiler or the processor does not have.
set(hardening_flags -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
  -mbranch-protection=standard)
foreach(flag ${hardening_flags})
  string(MAKE_C_IDENTIFIER "has${flag}" has)
  check_cxx_compiler_flag("${flag} -Werror" ${has})
  if(${has})
    target_compile_options(dogged_hardening INTERFACE ${flag})
  endif()
endforeach()

# Level 3 checks sizes that are known at run time only; it came with glibc 2.34 and __builtin_dynamic_object_size
# of g++ 12 and clang 9. It needs an optimising build, and the sanitizers' own checks see more.
set(CMAKE_REQUIRED_FLAGS -O2)
check_cxx_source_compiles("
  #undef _FORTIFY_SOURCE
  #define _FORTIFY_SOURCE 3
  #include <cstring>
  #if __USE_FORTIFY_LEVEL < 3
  #error level 3 is not here
  #endif
  int main() {}" HAS_FORTIFY_3)
unset(CMAKE_REQUIRED_FLAGS)
if(HAS_FORTIFY_3)
  set(fortify 3)
else()
  set(fortify 2)
endif()
if(NOT DOGGED_SANITIZE)
  target_compile_options(dogged_hardening INTERFACE
    "$<$<NOT:$<CONFIG:Debug>>:SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify}>")
endif()

# The binary's place is random, its relocations are read-only before main, no stack is executable.
check_linker_flag(CXX "-Wl,-z,relro,-z,now,-z,noexecstack" HAS_ELF_HARDENING)
if(HAS_ELF_HARDENING)
  target_link_options(dogged_hardening INTERFACE LINKER:-z,relro,-z,now,-z,noexecstack)
endif()
check_cxx_compiler_flag(-pie HAS_PIE)
if(HAS_PIE)
  target_link_options(dogged_hardening INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()
