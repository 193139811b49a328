# Linux on 32-bit Arm (armv7 with a floating-point unit).
#
#   apt-get install gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user-static
set(tirtc_processor arm)
set(tirtc_triplet arm-linux-gnueabihf)
set(tirtc_emulator qemu-arm-static)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-linux.cmake)
