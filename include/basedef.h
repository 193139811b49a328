/* basedef.h - the integer types and packing macros that programs for tiRTC.h expect.
 *
 * A packed structure is written as
 *
 *     __BEGIN_PACKED__
 *     typedef struct example { uint8_t kind; uint32_t size; } __PACKED__ example_t;
 *     __END_PACKED__
 *
 * __PACKED__ alone or the BEGIN/END pair alone is enough. The double underscores are part of the interface.
 */
#ifndef TIRTC_BASEDEF_H
#define TIRTC_BASEDEF_H

#include <stddef.h>
#include <stdint.h>

#if !defined(__PACKED__)
#if defined(__GNUC__)
#define __PACKED__ __attribute__((packed))
#else
#define __PACKED__
#endif
#endif

#if !defined(__BEGIN_PACKED__)
#if defined(_MSC_VER)
#define __BEGIN_PACKED__ __pragma(pack(push, 1))
#define __END_PACKED__ __pragma(pack(pop))
#else
#define __BEGIN_PACKED__ _Pragma("pack(push, 1)")
#define __END_PACKED__ _Pragma("pack(pop)")
#endif
#endif

#endif
