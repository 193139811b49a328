# Linux on 32-bit MIPS, little-endian.
#
#   apt-get install gcc-mipsel-linux-gnu libc6-dev-mipsel-cross qemu-user-static
set(tirtc_processor mipsel)
set(tirtc_triplet mipsel-linux-gnu)
set(tirtc_emulator qemu-mipsel-static)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-linux.cmake)
