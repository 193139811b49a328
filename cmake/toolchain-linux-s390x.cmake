# Linux on s390x: 64-bit, big-endian.
#
#   apt-get install gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user-static
set(tirtc_processor s390x)
set(tirtc_triplet s390x-linux-gnu)
set(tirtc_emulator qemu-s390x-static)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-linux.cmake)
