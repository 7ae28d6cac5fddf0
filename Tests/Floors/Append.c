// The floor of durable appends: records encoded in the log's layout into one buffer, one pwrite and
// one fdatasync a group, into files whose space was reserved. Like the log, it never writes a block
// twice: a file that is full is followed by another one, made before the clock starts.

#define _GNU_SOURCE
#include "Crc.h"
#include "Floors.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/// One record as the log lays it out; returns its payload CRC, the next one's chain.
FLOOR_TARGET static uint32_t encode(
    uint8_t *out, const uint8_t *payload, uint32_t length, uint64_t sequence, uint32_t chain) {
    const uint32_t seed = 0x12345678;
    uint32_t type = 1, schema = 1;
    memcpy(out, &length, 4);
    memcpy(out + 8, &sequence, 8);
    memcpy(out + 16, &chain, 4);
    memcpy(out + 20, &type, 4);
    memcpy(out + 24, &sequence, 8);
    memcpy(out + 36, &schema, 4);
    memcpy(out + 40, payload, length);
    uint32_t crc = ~floor_crc(floor_crc(seed, out + 8, 24), out + 40, length);
    memcpy(out + 4, &crc, 4);
    uint32_t header = ~floor_crc(floor_crc(seed, out, 32), out + 36, 4);
    memcpy(out + 32, &header, 4);
    return crc;
}

enum { SPACE = 8 << 20, FILES_MAX = 64 };

/// Files of zeros that own their space; the number made, fewer than asked on an error.
static int make_files(const char *path, int count, int *files) {
    char name[4096];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s.%d", path, i);
        files[i] = open(name, O_CREAT | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
        if (files[i] < 0) return i;
        unlink(name);
        if (posix_fallocate(files[i], 0, SPACE) || fsync(files[i])) return i + 1;
    }
    return count;
}

double floor_append(
    const char *path, int payload_bytes, int group, int groups, double *laps) {
    size_t frame = 40 + (((size_t)payload_bytes + 7) & ~(size_t)7), size = frame * (size_t)group;
    int wanted = (int)(size * (size_t)groups / (SPACE - size) + 1), files[FILES_MAX];
    uint8_t *buffer = calloc(1, size);
    uint8_t *payload = calloc(1, (size_t)payload_bytes);
    int made = buffer && payload && wanted <= FILES_MAX ? make_files(path, wanted, files) : 0;
    double took = -1;
    if (made == wanted) {
        off_t offset = 0;
        uint64_t sequence = 1;
        uint32_t chain = 0;
        int current = 0, done = 0;
        double start = now(), begin = start;
        for (; done < groups; done++) {
            if (offset + (off_t)size > SPACE) {
                offset = 0;
                current++;
            }
            for (int i = 0; i < group; i++, sequence++) {
                memset(payload, (int)sequence, (size_t)payload_bytes);
                chain = encode(
                    buffer + (size_t)i * frame, payload, (uint32_t)payload_bytes, sequence, chain);
            }
            if (pwrite(files[current], buffer, size, offset) != (ssize_t)size
                || fdatasync(files[current]))
                break;
            offset += (off_t)size;
            double end = now();
            laps[done] = end - begin;
            begin = end;
        }
        if (done == groups) took = now() - start;
    }
    for (int i = 0; i < made; i++) close(files[i]);
    free(buffer);
    free(payload);
    return took;
}

double floor_cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}
