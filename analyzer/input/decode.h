#ifndef INPUT_DECODE_H
#define INPUT_DECODE_H

#include "input/source.h"

/*
 * Inside input/ only: the bytes of a file as well-formed UTF-8 without a byte order mark.
 * Windows PowerShell writes UTF-16 with a mark, cmd writes the console's code page: what is not
 * UTF-8 there becomes U+FFFD and is counted.
 */
typedef struct Decoder {
    Source *source;
    bool begun;
    bool raw_at_end;
    bool transcoding;          /* iconv is in use */
    bool replacing;            /* invalid UTF-8 was met: bytes go through `raw` from then on */
    void *iconv;               /* an iconv_t */
    char *raw;                 /* bytes not decoded yet: the part from raw_begin to raw_end */
    size_t raw_begin, raw_end; /* of its INPUT_WINDOW_BYTES */
    uint64_t decoded_bytes;
    uint32_t replaced;    /* U+FFFD written, and where the first one stands */
    uint64_t replaced_at; /* in the decoded bytes */
    bool cut_inside;      /* the file ends inside a character */
} Decoder;

enum { DECODE_LEAST_BYTES = 64 };

void decoder_start(Decoder *decoder, Source *source);

/* Decodes up to `capacity_bytes`, at least DECODE_LEAST_BYTES; 0 means the end. */
size_t decoder_read(Decoder *decoder, char *text, size_t capacity_bytes);

/* Reads the rest of the file for its digest only. */
void decoder_drain(Decoder *decoder);

void decoder_free(Decoder *decoder);

#endif
