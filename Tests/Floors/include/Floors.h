// The floors that benchmarks stand on: what plain C does for the same work on the same bytes. They
// do no more than the work itself needs, share no code with what they are compared with, and return
// seconds, or a negative number when the answer was wrong.

#ifndef AURA_FLOORS_H
#define AURA_FLOORS_H

#include <stdint.h>

struct floor_count {
    uint64_t records;
    uint64_t bytes;
};

/// Walks over whole segments of a log, every checksum, position and chain checked.
double floor_verify(const char *const *paths, int count, int threads, struct floor_count *found);

/// Encodes groups of records in the log's layout, one pwrite and one fdatasync a group, into a file
/// that owns its space. `laps` takes the seconds of each group.
double floor_append(
    const char *path, int payload_bytes, int group, int groups, double *laps);

/// Commits rows of `payload_bytes` in transactions of `group` to SQLite in WAL mode, synchronous FULL.
double floor_sqlite(
    const char *path, int payload_bytes, int group, int groups, double *laps);

/// Names and status of everything below a folder: getdents64 and statx on `threads` threads.
double floor_scan(const char *root, int threads, uint64_t *files);

/// Seconds of processor time this process has used.
double floor_cpu_seconds(void);

#endif
