# The targets tirtc_static and tirtc_shared, made of the same objects.

set(modules_none base wire crypto core)
set(modules_posix ${modules_none} facade facade/hosted port/posix)
set(modules_polled ${modules_none} facade facade/bare port/polled)
set(modules_lwip ${modules_polled} port/lwip)
set(modules ${modules_${TIRTC_PORT}})
if(TIRTC_TLS STREQUAL "mbedtls")
    list(APPEND modules port/tls)
endif()
tirtc_sources(library_sources ${modules})
if(TIRTC_PORT STREQUAL "posix")
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED)
endif()

# What users of the library compile with, too.
add_library(tirtc_interface INTERFACE)
target_include_directories(tirtc_interface INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
if(TIRTC_SMALL_MEMORY)
    target_compile_definitions(tirtc_interface INTERFACE CONFIG_SMALL_MEMORY)
endif()

add_library(tirtc_objects OBJECT ${library_sources})
tirtc_defaults(tirtc_objects)
target_link_libraries(tirtc_objects PRIVATE tirtc_interface)
target_include_directories(tirtc_objects SYSTEM PRIVATE ${TIRTC_LWIP_INCLUDE_DIRS})
target_compile_definitions(tirtc_objects PRIVATE TIRTC_PORT_NAME="${TIRTC_PORT}")
if(TIRTC_PORT MATCHES "^(polled|lwip)$")
    target_compile_definitions(tirtc_objects PRIVATE TIRTC_THREADS=0)
endif()
if(TIRTC_PORT STREQUAL "posix" AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    # For dates after 2038 in the log, and logs above 2 GB; needs glibc 2.34 or newer. Structs of mbedTLS contain the
    # time_t that mbedTLS was built with.
    set(sources_with_dates ${library_sources})
    list(FILTER sources_with_dates EXCLUDE REGEX "/native/port/tls/")
    set_source_files_properties(${sources_with_dates} PROPERTIES
        COMPILE_DEFINITIONS "_FILE_OFFSET_BITS=64;_TIME_BITS=64")
endif()
if(TIRTC_TLS STREQUAL "mbedtls")
    target_compile_definitions(tirtc_objects PRIVATE TIRTC_HAS_TLS)
    target_link_libraries(tirtc_objects PRIVATE TiRTC::mbedtls)
endif()

set(libraries tirtc_static)
add_library(tirtc_static STATIC $<TARGET_OBJECTS:tirtc_objects>)
if(TIRTC_PORT STREQUAL "posix")
    set_target_properties(tirtc_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
    list(APPEND libraries tirtc_shared)
    add_library(tirtc_shared SHARED $<TARGET_OBJECTS:tirtc_objects>)
    set_target_properties(tirtc_shared PROPERTIES LINKER_LANGUAGE C)

    # The SONAME is libTiRTC.so, without a version, because existing programs are linked with that name. Only public
    # symbols are exported.
    if(UNIX AND NOT APPLE)
        set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
        target_link_options(tirtc_shared PRIVATE LINKER:--version-script=${exports} LINKER:-Bsymbolic-functions)
        set_target_properties(tirtc_shared PROPERTIES LINK_DEPENDS ${exports})
        if(NOT TIRTC_SANITIZE)
            target_link_options(tirtc_shared PRIVATE LINKER:--no-undefined)
        endif()
    endif()
endif()

foreach(library IN LISTS libraries)
    string(REPLACE "tirtc_" "" export_name ${library})
    set_target_properties(${library} PROPERTIES
        OUTPUT_NAME TiRTC
        EXPORT_NAME ${export_name}
        ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
        LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    target_link_libraries(${library} PUBLIC tirtc_interface)
    if(TIRTC_PORT STREQUAL "posix")
        target_link_libraries(${library} PRIVATE Threads::Threads)
    endif()
    if(TIRTC_TLS STREQUAL "mbedtls")
        target_link_libraries(${library} PRIVATE TiRTC::mbedtls)
    endif()
    add_library(TiRTC::${export_name} ALIAS ${library})
endforeach()

# The same choice as for users of the installed package (TiRTCConfig.cmake.in).
if(TARGET tirtc_shared AND NOT TiRTC_USE_STATIC_LIBS)
    add_library(TiRTC::TiRTC ALIAS tirtc_shared)
else()
    add_library(TiRTC::TiRTC ALIAS tirtc_static)
endif()

# Existing Makefiles also use libtirtc.a. On file systems that ignore case, that is the same file.
if(UNIX AND NOT APPLE)
    add_custom_command(TARGET tirtc_static POST_BUILD WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
        COMMAND ${CMAKE_COMMAND} -E create_symlink libTiRTC.a libtirtc.a)
endif()
