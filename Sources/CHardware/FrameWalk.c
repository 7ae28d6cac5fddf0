// The two loops that the log spends its time in: over records that are right in every respect, and
// around a record that is being written. Whatever is not right is left to Swift, which can afford
// to look closely.
//
// Records are short, so the checksum is one chain of instructions inlined into the loop: the
// processor works on the next record's chain while this one's is still in flight, and a call or a
// fold costs more than it gains. Payloads of a kilobyte and more go to the folded version.

#include "CHardware.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

static inline uint32_t little32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void put32(uint8_t *at, uint32_t value) {
    for (int byte = 0; byte < 4; byte++) at[byte] = (uint8_t)(value >> 8 * byte);
}

static inline void put64(uint8_t *at, uint64_t value) {
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

static inline uint64_t little64(const uint8_t *at) {
    return (uint64_t)little32(at) | (uint64_t)little32(at + 4) << 32;
}

bool aura_all_zero(const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (; length >= 64; at += 64, length -= 64) {
        uint64_t words[8], any = 0;
        memcpy(words, at, 64);
        for (int i = 0; i < 8; i++) any |= words[i];
        if (any) return false;
    }
    while (length--)
        if (*at++) return false;
    return true;
}

// Both loops, once for each way to compute a checksum. `CRC(seed, bytes, length)` continues one.
#define FRAME_LOOPS(ATTRIBUTES, SUFFIX, CRC)                                                       \
    ATTRIBUTES static void walk_##SUFFIX(                                                          \
        const uint8_t *bytes, uint64_t limit, uint32_t salt_crc, struct aura_frame_walk *walk) {   \
        struct aura_frame_walk now = *walk;                                                        \
        while (now.offset <= limit && limit - now.offset >= AURA_FRAME_HEADER_BYTES                \
            && now.sequence < now.sequence_limit) {                                                \
            const uint8_t *frame = bytes + now.offset;                                             \
            uint32_t length = little32(frame + AURA_FRAME_LENGTH);                                 \
            if (length == 0 || length > AURA_FRAME_PAYLOAD_MAX) break;                             \
            if (little64(frame + AURA_FRAME_SEQUENCE) != now.sequence) break;                      \
            if (little32(frame + AURA_FRAME_CHAIN) != now.chain) break;                            \
            uint32_t header = CRC(salt_crc, frame, AURA_FRAME_HEADER_CRC);                         \
            header = CRC(header, frame + AURA_FRAME_SCHEMA, 4);                                    \
            if (header != little32(frame + AURA_FRAME_HEADER_CRC)) break;                          \
            uint32_t kind = little32(frame + AURA_FRAME_TYPE);                                     \
            bool is_known = (kind & 0xFFFF) - 1 < AURA_FRAME_TYPE_MAX;                             \
            if (!is_known && !(kind >> 16 & AURA_FRAME_IGNORABLE)) break;                          \
            uint64_t padded = ((uint64_t)length + 7) & ~7ull;                                      \
            if (padded > limit - now.offset - AURA_FRAME_HEADER_BYTES) break;                      \
            uint32_t crc = CRC(salt_crc, frame + AURA_FRAME_SEQUENCE, 24);                         \
            crc = CRC(crc, frame + AURA_FRAME_HEADER_BYTES, length);                               \
            if (crc != little32(frame + AURA_FRAME_PAYLOAD_CRC)) break;                            \
            uint8_t stray = 0;                                                                     \
            for (uint64_t at = length; at < padded; at++)                                          \
                stray |= frame[AURA_FRAME_HEADER_BYTES + at];                                      \
            if (stray) break;                                                                      \
            uint64_t durable = little64(frame + AURA_FRAME_DURABLE);                               \
            if (durable > now.durable) now.durable = durable;                                      \
            now.chain = crc;                                                                       \
            now.sequence++;                                                                        \
            now.last_offset = now.offset;                                                          \
            now.offset += AURA_FRAME_HEADER_BYTES + padded;                                        \
        }                                                                                          \
        *walk = now;                                                                               \
    }                                                                                              \
    ATTRIBUTES static uint32_t finish_##SUFFIX(uint8_t *frame, uint32_t length, uint32_t salt) {   \
        uint32_t crc = CRC(salt, frame + AURA_FRAME_SEQUENCE, 24);                                 \
        crc = CRC(crc, frame + AURA_FRAME_HEADER_BYTES, length);                                   \
        put32(frame + AURA_FRAME_PAYLOAD_CRC, crc);                                                \
        uint32_t header = CRC(salt, frame, AURA_FRAME_HEADER_CRC);                                 \
        put32(frame + AURA_FRAME_HEADER_CRC, CRC(header, frame + AURA_FRAME_SCHEMA, 4));           \
        return crc;                                                                                \
    }

FRAME_LOOPS(, anywhere, aura_crc32c)

#if defined(__x86_64__)
#define CRC_TARGET __attribute__((target("sse4.2")))

CRC_TARGET static inline uint32_t crc_inline(uint32_t seed, const uint8_t *at, size_t length) {
    if (length >= 1024) return aura_crc32c(seed, at, length);
    uint64_t crc = (uint32_t)~seed;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    uint32_t rest = (uint32_t)crc;
    if (length & 4) {
        rest = _mm_crc32_u32(rest, little32(at));
        at += 4;
    }
    for (length &= 3; length; length--) rest = _mm_crc32_u8(rest, *at++);
    return ~rest;
}

FRAME_LOOPS(CRC_TARGET, x86, crc_inline)

static bool has_instruction(void) { return aura_crc32c_hardware_available(); }
#else
#define walk_x86 walk_anywhere
#define finish_x86 finish_anywhere
static bool has_instruction(void) { return false; }
#endif

void aura_frames_walk(
    const uint8_t *bytes, uint64_t limit, uint32_t salt_crc, struct aura_frame_walk *walk) {
    if (has_instruction()) walk_x86(bytes, limit, salt_crc, walk);
    else walk_anywhere(bytes, limit, salt_crc, walk);
}

uint32_t aura_frame_finish(
    uint8_t *frame, uint32_t salt_crc, const struct aura_frame_fields *fields) {
    uint32_t length = fields->length, padded = (length + 7) & ~7u;
    put32(frame + AURA_FRAME_LENGTH, length);
    put64(frame + AURA_FRAME_SEQUENCE, fields->sequence);
    put32(frame + AURA_FRAME_CHAIN, fields->chain);
    put32(frame + AURA_FRAME_TYPE, (uint32_t)fields->type | (uint32_t)fields->flags << 16);
    put64(frame + AURA_FRAME_DURABLE, fields->durable);
    put32(frame + AURA_FRAME_SCHEMA, fields->schema);
    memset(frame + AURA_FRAME_HEADER_BYTES + length, 0, padded - length);
    return has_instruction() ? finish_x86(frame, length, salt_crc)
                             : finish_anywhere(frame, length, salt_crc);
}
