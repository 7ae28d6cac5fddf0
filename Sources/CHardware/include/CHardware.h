// What Swift cannot say: CRC instructions, the hot loop over log records, and the Linux calls and
// flags that the C library hides from importers that do not define _GNU_SOURCE.

#ifndef AURA_CHARDWARE_H
#define AURA_CHARDWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: CRC32C (Castagnoli, RFC 3720 appendix B.4)

/// CRC32C of `length` bytes, continued from `seed` (0 to begin), by the fastest way this CPU has.
/// `aura_crc32c(aura_crc32c(0, a), b)` equals the value over a followed by b.
uint32_t aura_crc32c(uint32_t seed, const void *bytes, size_t length);

/// The same by eight lookup tables; runs everywhere.
uint32_t aura_crc32c_table(uint32_t seed, const void *bytes, size_t length);

/// The same by one chain of CRC instructions. Only where `aura_crc32c_hardware_available()`.
uint32_t aura_crc32c_hardware(uint32_t seed, const void *bytes, size_t length);

/// The same by three interleaved chains folded by carry-less multiplication. Only where
/// `aura_crc32c_folding_available()`.
uint32_t aura_crc32c_folding(uint32_t seed, const void *bytes, size_t length);

bool aura_crc32c_hardware_available(void);
bool aura_crc32c_folding_available(void);

// MARK: Walking framed records

/// Offsets inside a record header; the layout is described in the WriteAheadLog module.
enum {
    AURA_FRAME_LENGTH = 0,
    AURA_FRAME_PAYLOAD_CRC = 4,
    AURA_FRAME_SEQUENCE = 8,
    AURA_FRAME_CHAIN = 16,
    AURA_FRAME_TYPE = 20,
    AURA_FRAME_FLAGS = 22,
    AURA_FRAME_DURABLE = 24,
    AURA_FRAME_HEADER_CRC = 32,
    AURA_FRAME_SCHEMA = 36,
    AURA_FRAME_HEADER_BYTES = 40,
    AURA_FRAME_PAYLOAD_MAX = 16 << 20,
    // Types are numbered from 1; of the others only those so marked may be passed over.
    AURA_FRAME_TYPE_MAX = 21,
    AURA_FRAME_IGNORABLE = 1 << 4,
};

/// Where a walk stands. All fields but the limit are advanced by `aura_frames_walk`.
struct aura_frame_walk {
    uint64_t offset;         // of the next record
    uint64_t sequence;       // expected there
    uint64_t sequence_limit; // the walk stops before this one
    uint64_t durable;        // highest durable sequence number any record named so far
    uint64_t last_offset;    // of the last good record, unchanged when there was none
    uint32_t chain;          // payload CRC of the record before
};

/// Steps over records that are right in every respect: both CRCs, sequence, chain, zero padding, and
/// a type that is known or may be passed over.
/// Stops at the first position that is not, never reads at or beyond `limit`, allocates nothing.
/// `salt_crc` is the CRC32C of the segment's salt.
void aura_frames_walk(
    const uint8_t *bytes, uint64_t limit, uint32_t salt_crc, struct aura_frame_walk *walk);

/// What a record's header says besides its checksums.
struct aura_frame_fields {
    uint32_t length;
    uint32_t chain;
    uint64_t sequence;
    uint64_t durable;
    uint16_t type;
    uint16_t flags;
    uint32_t schema;
};

/// Writes header, padding and both checksums around a payload that already lies in its place behind
/// the header. Returns the payload's checksum, which the next record names.
uint32_t aura_frame_finish(
    uint8_t *frame, uint32_t salt_crc, const struct aura_frame_fields *fields);

/// True when all bytes are zero.
bool aura_all_zero(const void *bytes, size_t length);

// MARK: Linux

int aura_flag_direct(void);   // O_DIRECT
int aura_flag_no_atime(void); // O_NOATIME

/// Takes the write lock of an open file description without waiting; -1 and errno when held.
int aura_lock_exclusive(int descriptor);

/// Gives the lock back, also for copies of the descriptor that a child is about to close.
int aura_unlock(int descriptor);

/// 1 when another description holds a lock on the file, 0 when none does, -1 on error.
int aura_lock_is_held(int descriptor);

/// Reserves space behind the end of a file without changing its size; -1 and errno on error.
int aura_reserve(int descriptor, int64_t offset, int64_t length);

/// The type number of the file system a path is on, 0 when it cannot be told.
uint32_t aura_file_system_type(const char *path);

/// Swaps two names of one file system in one step.
int aura_exchange(const char *first, const char *second);

/// Renames and fails with EEXIST when the target exists.
int aura_rename_new(int folder, const char *source, int target_folder, const char *target);

#endif
