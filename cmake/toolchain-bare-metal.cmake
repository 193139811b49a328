# Shared by the toolchain files of microcontrollers. The file that includes this one sets tirtc_cpu_flags, and for a
# processor other than Arm also tirtc_target and tirtc_processor.
#
#   apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi
#   cmake -B build/m4 --toolchain cmake/toolchain-cortex-m4f.cmake -DCMAKE_BUILD_TYPE=MinSizeRel -DTIRTC_PORT=none
#
# TIRTC_LIBC is newlib-nano, or picolibc (apt-get install picolibc-arm-none-eabi).
if(NOT tirtc_target)
    set(tirtc_target arm-none-eabi)
    set(tirtc_processor arm)
endif()
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR ${tirtc_processor})
set(CMAKE_C_COMPILER ${tirtc_target}-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # a program would need a linker script
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TIRTC_LIBC)

set(TIRTC_LIBC newlib-nano CACHE STRING "C library of the firmware: newlib-nano or picolibc")
if(TIRTC_LIBC STREQUAL "newlib-nano")
    set(tirtc_specs nano.specs)
elseif(TIRTC_LIBC STREQUAL "picolibc")
    set(tirtc_specs picolibc.specs)
else()
    message(FATAL_ERROR "TIRTC_LIBC '${TIRTC_LIBC}' is unknown: use newlib-nano or picolibc.")
endif()

set(tirtc_flags "${tirtc_cpu_flags} --specs=${tirtc_specs} -ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_INIT "${tirtc_flags}")
set(CMAKE_ASM_FLAGS_INIT "${tirtc_cpu_flags}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--gc-sections")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
