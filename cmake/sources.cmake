# native/sources.txt is the only list of sources, one path per line, for this build and for the addon. The folder
# decides who uses a file:
#
#   native/{base,wire,crypto,core}  the library and the addon
#   native/port/posix               both; the library if TIRTC_PORT selects it
#   native/port/{polled,lwip}       the library, if TIRTC_PORT selects it
#   native/port/tls                 the library, if TIRTC_TLS selects it
#   native/port/sim                 the addon and the tests
#   native/facade                   the library, with facade/hosted, or without threads facade/bare
#   native/node                     the addon
#
# tirtc_sources(result module...) returns the files of these modules.

set(sources_list ${CMAKE_CURRENT_LIST_DIR}/../native/sources.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources_list})
file(STRINGS ${sources_list} tirtc_all_sources)

function(tirtc_sources result)
    set(found)
    foreach(module IN LISTS ARGN)
        set(files ${tirtc_all_sources})
        list(FILTER files INCLUDE REGEX "^native/${module}/[^/]+$")
        list(APPEND found ${files})
    endforeach()
    list(TRANSFORM found PREPEND ${PROJECT_SOURCE_DIR}/)
    set(${result} ${found} PARENT_SCOPE)
endfunction()
