#ifndef INPUT_SOURCE_H
#define INPUT_SOURCE_H

#include "base/digest.h"
#include "input/input.h"

#include <stddef.h>

/*
 * Inside input/ only: the raw bytes of one file, of a .gz file, or of a member that the list
 * unpacked from an archive.
 */
typedef enum StorageKind {
    STORED_PLAIN, /* as it is on disk */
    STORED_GZIP,  /* a single compressed file: unpacked while it is read */
    STORED_MEMBER /* unpacked into the list's temporary file */
} StorageKind;

typedef struct Storage {
    StorageKind kind;
    int spool;               /* STORED_MEMBER: the temporary file's descriptor, and the part */
    uint64_t offset_bytes;   /* of it */
    uint64_t length_bytes;   /* of the member as unpacked, or of the file on disk */
    bool cut_short;          /* STORED_MEMBER: the rest could not or must not be unpacked */
    InputProblemKind reason; /* PROBLEM_LIMIT or PROBLEM_READ, and in words */
    const char *message;
} Storage;

typedef struct Source {
    const Storage *storage;
    InputLimits limits;
    int descriptor;
    struct archive *gzip;
    Digest *digest;
    uint64_t read_bytes;
    bool cut_short; /* the bytes ended before their end: */
    InputProblemKind reason;
    Error error; /* what to say about it */
} Source;

/* False: it cannot be opened; nothing is left to close. */
bool source_open(Source *source, const char *location, const Storage *storage,
                 const InputLimits *limits, Error *err);

/* Reads up to `capacity_bytes`; 0 means the end, or that cut_short was set. */
size_t source_read(Source *source, char *bytes, size_t capacity_bytes);

/* Ends the reading early, with the reason; returns 0 for source_read to return. */
size_t source_stop(Source *source, InputProblemKind reason, const char *message);

/* Closes and writes the digest of all bytes, or "" when not all of them were read. */
void source_close(Source *source, char sha256[DIGEST_TEXT_BYTES]);

/* Opens a regular file for reading without ever waiting for it (a FIFO would make open wait). */
bool open_regular(const char *location, int *descriptor, Error *err);

#endif
