# Finds mbedTLS 2.28 or 3, and defines TiRTC::mbedtls. The packages of distributions for mbedTLS 2.28 have neither a
# CMake package nor pkg-config files, so this module searches for the files.
#
#   TiRTCMbedTLS_INCLUDE_DIR   the folder with mbedtls/ssl.h
#   TiRTCMbedTLS_{TLS,X509,CRYPTO}_LIBRARY   its three libraries; not needed for firmware, which links them itself
find_path(TiRTCMbedTLS_INCLUDE_DIR mbedtls/ssl.h)
find_library(TiRTCMbedTLS_TLS_LIBRARY mbedtls)
find_library(TiRTCMbedTLS_X509_LIBRARY mbedx509)
find_library(TiRTCMbedTLS_CRYPTO_LIBRARY mbedcrypto)
mark_as_advanced(TiRTCMbedTLS_INCLUDE_DIR TiRTCMbedTLS_TLS_LIBRARY TiRTCMbedTLS_X509_LIBRARY TiRTCMbedTLS_CRYPTO_LIBRARY)

# 3.x has the version in another header.
set(TiRTCMbedTLS_VERSION)
foreach(header IN ITEMS build_info.h version.h)
    if(NOT TiRTCMbedTLS_VERSION AND EXISTS "${TiRTCMbedTLS_INCLUDE_DIR}/mbedtls/${header}")
        file(STRINGS "${TiRTCMbedTLS_INCLUDE_DIR}/mbedtls/${header}" line
            REGEX "^#define MBEDTLS_VERSION_STRING +\"[0-9.]+\"")
        string(REGEX MATCH "[0-9.]+[0-9]" TiRTCMbedTLS_VERSION "${line}")
    endif()
endforeach()

# Without an operating system nothing is linked here.
set(needed TiRTCMbedTLS_INCLUDE_DIR)
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Generic")
    list(APPEND needed TiRTCMbedTLS_TLS_LIBRARY TiRTCMbedTLS_X509_LIBRARY TiRTCMbedTLS_CRYPTO_LIBRARY)
endif()
# Version 4 has only PSA, with other functions.
set(unsuitable)
if(TiRTCMbedTLS_VERSION AND (TiRTCMbedTLS_VERSION VERSION_LESS 2.28 OR TiRTCMbedTLS_VERSION VERSION_GREATER_EQUAL 4))
    set(unsuitable "${TiRTCMbedTLS_INCLUDE_DIR} has version ${TiRTCMbedTLS_VERSION}: use 2.28 or 3")
    set(TiRTCMbedTLS_INCLUDE_DIR TiRTCMbedTLS_INCLUDE_DIR-NOTFOUND)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TiRTCMbedTLS REQUIRED_VARS ${needed} VERSION_VAR TiRTCMbedTLS_VERSION
    REASON_FAILURE_MESSAGE "${unsuitable}")

if(TiRTCMbedTLS_FOUND AND NOT TARGET TiRTC::mbedtls)
    add_library(TiRTC::mbedtls INTERFACE IMPORTED)
    target_include_directories(TiRTC::mbedtls SYSTEM INTERFACE ${TiRTCMbedTLS_INCLUDE_DIR})
    if(TiRTCMbedTLS_TLS_LIBRARY AND TiRTCMbedTLS_X509_LIBRARY AND TiRTCMbedTLS_CRYPTO_LIBRARY)
        target_link_libraries(TiRTC::mbedtls INTERFACE
            ${TiRTCMbedTLS_TLS_LIBRARY} ${TiRTCMbedTLS_X509_LIBRARY} ${TiRTCMbedTLS_CRYPTO_LIBRARY})
    endif()
endif()
