// The loop that verification spends its time in: over records that are right in every respect.
// Whatever is not right is left to Swift, which can afford to look closely.

#include "CHardware.h"

#include <string.h>

static inline uint32_t little32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
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

void aura_frames_walk(
    const uint8_t *bytes, uint64_t limit, uint32_t salt_crc, struct aura_frame_walk *walk) {
    struct aura_frame_walk now = *walk;
    while (now.offset <= limit && limit - now.offset >= AURA_FRAME_HEADER_BYTES
        && now.sequence < now.sequence_limit) {
        const uint8_t *frame = bytes + now.offset;
        uint32_t length = little32(frame + AURA_FRAME_LENGTH);
        if (length == 0 || length > AURA_FRAME_PAYLOAD_MAX) break;
        if (little64(frame + AURA_FRAME_SEQUENCE) != now.sequence) break;
        if (little32(frame + AURA_FRAME_CHAIN) != now.chain) break;
        uint32_t header = aura_crc32c(salt_crc, frame, AURA_FRAME_HEADER_CRC);
        header = aura_crc32c(header, frame + AURA_FRAME_SCHEMA, 4);
        if (header != little32(frame + AURA_FRAME_HEADER_CRC)) break;
        uint64_t padded = ((uint64_t)length + 7) & ~7ull;
        if (padded > limit - now.offset - AURA_FRAME_HEADER_BYTES) break;
        uint32_t crc = aura_crc32c(salt_crc, frame + AURA_FRAME_SEQUENCE, 24);
        crc = aura_crc32c(crc, frame + AURA_FRAME_HEADER_BYTES, length);
        if (crc != little32(frame + AURA_FRAME_PAYLOAD_CRC)) break;
        if (!aura_all_zero(frame + AURA_FRAME_HEADER_BYTES + length, padded - length)) break;
        uint64_t durable = little64(frame + AURA_FRAME_DURABLE);
        if (durable > now.durable) now.durable = durable;
        now.chain = crc;
        now.sequence++;
        now.last_offset = now.offset;
        now.offset += AURA_FRAME_HEADER_BYTES + padded;
    }
    *walk = now;
}
