# RISC-V, 32 bits with multiplication, atomics and compressed instructions, with picolibc.
#
#   apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf
set(tirtc_target riscv64-unknown-elf)
set(tirtc_processor riscv)
set(tirtc_cpu_flags "-march=rv32imac -mabi=ilp32")
set(TIRTC_LIBC picolibc CACHE STRING "C library of the firmware")
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-bare-metal.cmake)
