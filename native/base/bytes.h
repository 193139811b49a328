/* Big- and little-endian integers at any address. */
#ifndef TI_BASE_BYTES_H
#define TI_BASE_BYTES_H

#include <stdint.h>

static inline void ti_put_u16_be(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void ti_put_u32_be(uint8_t *at, uint32_t value)
{
    ti_put_u16_be(at, (uint16_t)(value >> 16));
    ti_put_u16_be(at + 2, (uint16_t)value);
}

static inline void ti_put_u64_be(uint8_t *at, uint64_t value)
{
    ti_put_u32_be(at, (uint32_t)(value >> 32));
    ti_put_u32_be(at + 4, (uint32_t)value);
}

static inline void ti_put_u32_le(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

static inline uint16_t ti_get_u16_be(const uint8_t *at)
{
    return (uint16_t)((uint16_t)at[0] << 8 | at[1]);
}

static inline uint32_t ti_get_u32_be(const uint8_t *at)
{
    return (uint32_t)ti_get_u16_be(at) << 16 | ti_get_u16_be(at + 2);
}

static inline uint64_t ti_get_u64_be(const uint8_t *at)
{
    return (uint64_t)ti_get_u32_be(at) << 32 | ti_get_u32_be(at + 4);
}

static inline uint32_t ti_get_u32_le(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

#endif
