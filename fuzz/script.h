/* An input as a script: each operation takes a few bytes. What is missing at the end reads as zero. */
#ifndef FUZZ_SCRIPT_H
#define FUZZ_SCRIPT_H

#include "fuzz.h"

typedef struct script {
    const uint8_t *data;
    size_t size;
} script_t;

static inline bool script_more(const script_t *script)
{
    return script->size > 0;
}

static inline uint8_t script_u8(script_t *script)
{
    if (script->size == 0) {
        return 0;
    }
    script->size--;
    return *script->data++;
}

static inline uint16_t script_u16(script_t *script)
{
    uint8_t high = script_u8(script);
    return (uint16_t)(high << 8 | script_u8(script));
}

static inline uint32_t script_u32(script_t *script)
{
    uint32_t high = script_u16(script);
    return high << 16 | script_u16(script);
}

/** Returns the next `size` bytes, or those that remain. */
static inline ti_span_t script_bytes(script_t *script, size_t size)
{
    size_t taken = size < script->size ? size : script->size;
    ti_span_t bytes = ti_span(script->data, taken);
    script->data += taken;
    script->size -= taken;
    return bytes;
}

/** Returns bytes whose number is in front of them. */
static inline ti_span_t script_text(script_t *script)
{
    size_t size = script_u8(script);
    return script_bytes(script, size);
}

#define SCRIPT_PICK(script, values) ((values)[script_u8(script) % (sizeof(values) / sizeof(values)[0])])

#endif
