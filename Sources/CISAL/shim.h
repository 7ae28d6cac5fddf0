// ISA-L's deflate as Swift calls it: one gzip member, whole, in one call. The library's stream is a
// hundred kilobytes of tables that Swift does not import, so it stays on this side.
#pragma once

#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>

/// Not all of the text was taken; the library's own codes are -9 to 0.
#define AURA_GZIP_UNFINISHED (-100)
#define AURA_GZIP_NO_MEMORY (-101)

/// Packs a text as one gzip member without a name and without a time.
///
/// Level 2 of 3: hardly slower than 1, and the third is three times as slow for one per cent.
///
/// - Returns: COMP_OK, the library's code (STATELESS_OVERFLOW when there is not enough room), or
///   one of the above. Only with COMP_OK is `used` set.
static inline int aura_gzip_member(
    const uint8_t *text, uint32_t count, uint8_t *packed, uint32_t capacity, uint32_t *used)
{
    struct workspace {
        struct isal_zstream stream;
        uint8_t tables[ISAL_DEF_LVL2_DEFAULT];
    };
    // Zeros, so that nothing that lay in memory before can show in what comes out.
    struct workspace *work = calloc(1, sizeof *work);
    if (!work) return AURA_GZIP_NO_MEMORY;
    struct isal_zstream *stream = &work->stream;
    isal_deflate_stateless_init(stream);
    stream->level = 2;
    stream->level_buf = work->tables;
    stream->level_buf_size = sizeof work->tables;
    stream->gzip_flag = IGZIP_GZIP;
    stream->end_of_stream = 1;
    stream->flush = NO_FLUSH;
    stream->next_in = (uint8_t *)text;
    stream->avail_in = count;
    stream->next_out = packed;
    stream->avail_out = capacity;
    int code = isal_deflate_stateless(stream);
    if (code == COMP_OK) {
        if (stream->avail_in != 0 || stream->total_in != count) code = AURA_GZIP_UNFINISHED;
        else *used = stream->total_out;
    }
    free(work);
    return code;
}
