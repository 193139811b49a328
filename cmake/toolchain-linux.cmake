# Shared by the Linux toolchain files: Debian's cross compilers, and qemu to run the tests. The file that includes this
# one sets tirtc_processor, tirtc_triplet and tirtc_emulator, and lists the packages to install.
#
#   cmake -B build/s390x --toolchain cmake/toolchain-linux-s390x.cmake -DCMAKE_BUILD_TYPE=MinSizeRel -DTIRTC_BUILD_TESTS=ON
#   cmake --build build/s390x && ctest --test-dir build/s390x
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${tirtc_processor})
set(CMAKE_C_COMPILER ${tirtc_triplet}-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR ${tirtc_emulator} -L /usr/${tirtc_triplet})

set(CMAKE_FIND_ROOT_PATH /usr/${tirtc_triplet})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
