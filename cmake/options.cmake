# Checks the options, and defines tirtc_defaults(target), which sets language and warnings of everything built here.

if(NOT TIRTC_PORT MATCHES "^(posix|lwip|polled|none)$")
    message(FATAL_ERROR "TIRTC_PORT '${TIRTC_PORT}' is unknown: use posix, lwip, polled or none.")
elseif(TIRTC_PORT STREQUAL "lwip" AND NOT TIRTC_LWIP_INCLUDE_DIRS)
    message(FATAL_ERROR "TIRTC_PORT=lwip: TIRTC_LWIP_INCLUDE_DIRS is empty: set it to the folders of lwIP's headers, "
                        "of lwipopts.h and of arch/cc.h. scripts/fetch-lwip.sh fetches lwIP.")
endif()

if(TIRTC_TLS STREQUAL "mbedtls" AND TIRTC_INSTALL_COMPAT_ARCHIVES)
    message(FATAL_ERROR "TIRTC_INSTALL_COMPAT_ARCHIVES=ON: an empty libmbedtls.a would hide the mbedTLS that "
        "TIRTC_TLS=mbedtls needs. Set one of them to off.")
endif()

if(TIRTC_TLS STREQUAL "mbedtls")
    list(APPEND CMAKE_MODULE_PATH ${PROJECT_SOURCE_DIR}/cmake)
    find_package(TiRTCMbedTLS)
    if(NOT TiRTCMbedTLS_FOUND)
        set(other)
        if(TiRTCMbedTLS_VERSION AND NOT TiRTCMbedTLS_INCLUDE_DIR)
            set(other ", but ${TiRTCMbedTLS_VERSION}")
        endif()
        message(FATAL_ERROR "TIRTC_TLS=mbedtls: mbedTLS 2.28 or 3 was not found${other}. On Debian: apt-get install "
                            "libmbedtls-dev. Elsewhere set its folder with -DCMAKE_PREFIX_PATH=, or its headers with "
                            "-DTiRTCMbedTLS_INCLUDE_DIR=.")
    endif()
elseif(NOT TIRTC_TLS STREQUAL "off" AND NOT TIRTC_TLS STREQUAL "OFF")
    message(FATAL_ERROR "TIRTC_TLS '${TIRTC_TLS}' is unknown: use mbedtls or off.")
endif()

foreach(option IN ITEMS TIRTC_BUILD_TESTS TIRTC_BUILD_EXAMPLES)
    if(${option} AND NOT TIRTC_PORT STREQUAL "posix")
        message(FATAL_ERROR "${option} does not work with TIRTC_PORT '${TIRTC_PORT}': use posix.")
    endif()
endforeach()

get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT multi_config AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug, RelWithDebInfo or MinSizeRel" FORCE)
endif()

if(TIRTC_SANITIZE)
    add_compile_options(-fsanitize=${TIRTC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${TIRTC_SANITIZE})
endif()

function(tirtc_defaults target)
    set_target_properties(${target} PROPERTIES
        C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
        CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
        COMPILE_WARNING_AS_ERROR ${TIRTC_WARNINGS_AS_ERRORS})
    if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
        target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
            $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>)
        if(TIRTC_WARNINGS_AS_ERRORS)
            target_compile_options(${target} PRIVATE -Werror)
        endif()
    endif()
endfunction()
