# Linux on 64-bit Arm.
#
#   apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
set(tirtc_processor aarch64)
set(tirtc_triplet aarch64-linux-gnu)
set(tirtc_emulator qemu-aarch64-static)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-linux.cmake)
