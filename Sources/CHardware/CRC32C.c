// CRC32C in three speeds: tables, one chain of CPU instructions, three chains folded together.
// Long inputs are cut in three parts whose CRCs run in parallel, because the instruction has a
// latency of three cycles; a part is moved over the bytes behind it by one carry-less product.

#include "CHardware.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif
#endif

static uint32_t table[8][256];
static bool hardware, folding;

static void make_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0x82F63B78u : value >> 1;
        table[0][byte] = value;
    }
    for (int row = 1; row < 8; row++)
        for (int byte = 0; byte < 256; byte++)
            table[row][byte] = table[row - 1][byte] >> 8 ^ table[0][table[row - 1][byte] & 255];
}

uint32_t aura_crc32c_table(uint32_t seed, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    uint32_t crc = ~seed;
    for (; length >= 8; at += 8, length -= 8) {
        uint32_t low = crc ^ ((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16
            | (uint32_t)at[3] << 24);
        crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255]
            ^ table[4][low >> 24] ^ table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]]
            ^ table[0][at[7]];
    }
    while (length--) crc = crc >> 8 ^ table[0][(crc ^ *at++) & 255];
    return ~crc;
}

#if defined(__x86_64__)

#define CRC_TARGET __attribute__((target("sse4.2")))
#define FOLD_TARGET __attribute__((target("sse4.2,pclmul")))

static inline uint64_t load64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

CRC_TARGET static inline uint32_t chain_x86(uint32_t state, const uint8_t *at, size_t length) {
    uint64_t crc = state;
    for (; length >= 8; at += 8, length -= 8) crc = _mm_crc32_u64(crc, load64(at));
    uint32_t rest = (uint32_t)crc;
    while (length--) rest = _mm_crc32_u8(rest, *at++);
    return rest;
}

CRC_TARGET uint32_t aura_crc32c_hardware(uint32_t seed, const void *bytes, size_t length) {
    return ~chain_x86(~seed, bytes, length);
}

// Multipliers that move a CRC over one and over two parts, per part size.
static const size_t part_sizes[3] = {2048, 512, 64};
static uint32_t over_one[3], over_two[3];

// The state after `length` zero bytes, begun from the polynomial 1 with room for the reduction.
CRC_TARGET static uint32_t multiplier(size_t length) {
    uint32_t state = 0x80000000u;
    for (size_t left = length - 4; left; left--) state = _mm_crc32_u8(state, 0);
    return state;
}

FOLD_TARGET static inline uint32_t moved(uint32_t state, uint32_t by) {
    __m128i product = _mm_clmulepi64_si128(
        _mm_cvtsi32_si128((int)state), _mm_cvtsi32_si128((int)by), 0);
    return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product) << 1);
}

FOLD_TARGET uint32_t aura_crc32c_folding(uint32_t seed, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    uint32_t state = ~seed;
    for (int size = 0; size < 3; size++) {
        size_t part = part_sizes[size];
        while (length >= 3 * part) {
            uint64_t first = state, second = 0, third = 0;
            for (size_t i = 0; i < part; i += 8) {
                first = _mm_crc32_u64(first, load64(at + i));
                second = _mm_crc32_u64(second, load64(at + part + i));
                third = _mm_crc32_u64(third, load64(at + 2 * part + i));
            }
            state = moved((uint32_t)first, over_two[size]) ^ moved((uint32_t)second, over_one[size])
                ^ (uint32_t)third;
            at += 3 * part;
            length -= 3 * part;
        }
    }
    return ~chain_x86(state, at, length);
}

static void look_at_processor(void) {
    hardware = __builtin_cpu_supports("sse4.2");
    folding = hardware && __builtin_cpu_supports("pclmul");
    if (!hardware) return;
    for (int size = 0; size < 3; size++) {
        over_one[size] = multiplier(part_sizes[size]);
        over_two[size] = multiplier(2 * part_sizes[size]);
    }
}

#elif defined(__aarch64__)

__attribute__((target("+crc")))
uint32_t aura_crc32c_hardware(uint32_t seed, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    uint32_t crc = ~seed;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t value;
        memcpy(&value, at, 8);
        crc = __crc32cd(crc, value);
    }
    while (length--) crc = __crc32cb(crc, *at++);
    return ~crc;
}

uint32_t aura_crc32c_folding(uint32_t seed, const void *bytes, size_t length) {
    return aura_crc32c_table(seed, bytes, length);
}

static void look_at_processor(void) { hardware = (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

#else

uint32_t aura_crc32c_hardware(uint32_t seed, const void *bytes, size_t length) {
    return aura_crc32c_table(seed, bytes, length);
}

uint32_t aura_crc32c_folding(uint32_t seed, const void *bytes, size_t length) {
    return aura_crc32c_table(seed, bytes, length);
}

static void look_at_processor(void) {}

#endif

// Runs before main, so no call ever sees a half-made table and no call pays for a check.
__attribute__((constructor)) static void choose(void) {
    make_tables();
    look_at_processor();
}

bool aura_crc32c_hardware_available(void) { return hardware; }
bool aura_crc32c_folding_available(void) { return folding; }

uint32_t aura_crc32c(uint32_t seed, const void *bytes, size_t length) {
    if (folding && length >= 192) return aura_crc32c_folding(seed, bytes, length);
    if (hardware) return aura_crc32c_hardware(seed, bytes, length);
    return aura_crc32c_table(seed, bytes, length);
}
