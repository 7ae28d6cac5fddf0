// CRC32C for the floors: the processor's instruction, inlined; a table elsewhere.

#ifndef AURA_FLOORS_CRC_H
#define AURA_FLOORS_CRC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define FLOOR_TARGET __attribute__((target("sse4.2")))
#define FLOOR_STEP8(crc, word) _mm_crc32_u64(crc, word)
#define FLOOR_STEP1(crc, byte) _mm_crc32_u8(crc, byte)
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define FLOOR_TARGET
#define FLOOR_STEP8(crc, word) __crc32cd(crc, word)
#define FLOOR_STEP1(crc, byte) __crc32cb(crc, byte)
#else
#define FLOOR_TARGET
static inline uint32_t floor_byte(uint32_t crc, uint8_t byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
    return crc;
}
static inline uint32_t floor_word(uint32_t crc, uint64_t word) {
    for (int byte = 0; byte < 8; byte++) crc = floor_byte(crc, (uint8_t)(word >> 8 * byte));
    return crc;
}
#define FLOOR_STEP8(crc, word) floor_word(crc, word)
#define FLOOR_STEP1(crc, byte) floor_byte(crc, byte)
#endif

/// Continues the raw register; begin with ~0 and invert at the end.
FLOOR_TARGET static inline uint32_t floor_crc(uint32_t state, const uint8_t *at, size_t length) {
    uint64_t crc = state;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        crc = FLOOR_STEP8(crc, word);
    }
    uint32_t rest = (uint32_t)crc;
    while (length--) rest = FLOOR_STEP1(rest, *at++);
    return rest;
}

#endif
