// The floor of verification: segments mapped, one pass, the fewest instructions that check what the
// log's layout lets one check.

#define _GNU_SOURCE
#include "Crc.h"
#include "Floors.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, HEADER = 40 };

struct job {
    const char *const *paths;
    int count;
    atomic_int next;
    atomic_int wrong;
    atomic_ullong records, bytes;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static inline uint32_t word32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static inline uint64_t word64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

FLOOR_TARGET static void walk(const uint8_t *bytes, size_t size, struct job *job) {
    uint32_t seed = floor_crc(~0u, bytes + 56, 8), chain = word32(bytes + 156);
    uint64_t sequence = word64(bytes + 40), records = 0;
    size_t at = BLOCK;
    while (at + HEADER <= size) {
        const uint8_t *frame = bytes + at;
        uint32_t length = word32(frame);
        if (!length) break;
        uint32_t header = floor_crc(floor_crc(seed, frame, 32), frame + 36, 4);
        size_t padded = ((size_t)length + 7) & ~(size_t)7;
        if (~header != word32(frame + 32) || word64(frame + 8) != sequence
            || word32(frame + 16) != chain || padded > size - at - HEADER) {
            atomic_store(&job->wrong, 1);
            break;
        }
        uint32_t crc = floor_crc(seed, frame + 8, 24);
        crc = ~floor_crc(crc, frame + HEADER, length);
        if (crc != word32(frame + 4)) {
            atomic_store(&job->wrong, 1);
            break;
        }
        chain = crc;
        sequence++;
        records++;
        at += HEADER + padded;
    }
    atomic_fetch_add(&job->records, records);
    atomic_fetch_add(&job->bytes, at);
}

static void *work(void *argument) {
    struct job *job = argument;
    for (;;) {
        int index = atomic_fetch_add(&job->next, 1);
        if (index >= job->count) return 0;
        int file = open(job->paths[index], O_RDONLY | O_CLOEXEC);
        struct stat status;
        if (file < 0 || fstat(file, &status) || status.st_size < BLOCK) {
            atomic_store(&job->wrong, 1);
            continue;
        }
        size_t size = (size_t)status.st_size;
        uint8_t *bytes = mmap(0, size, PROT_READ, MAP_SHARED, file, 0);
        if (bytes != MAP_FAILED) {
            madvise(bytes, size, MADV_SEQUENTIAL);
            walk(bytes, size, job);
            munmap(bytes, size);
        } else {
            atomic_store(&job->wrong, 1);
        }
        close(file);
    }
}

double floor_verify(const char *const *paths, int count, int threads, struct floor_count *found) {
    struct job job = {.paths = paths, .count = count};
    pthread_t others[16];
    int more = threads > 16 ? 15 : threads - 1;
    double start = now();
    for (int i = 0; i < more; i++)
        if (pthread_create(others + i, 0, work, &job)) more = i;
    work(&job);
    for (int i = 0; i < more; i++) pthread_join(others[i], 0);
    double took = now() - start;
    found->records = job.records;
    found->bytes = job.bytes;
    return job.wrong ? -1 : took;
}
