#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

/* SHA-256 of bytes that arrive piece by piece (libcrypto inside). */
typedef struct Digest Digest;

enum { DIGEST_TEXT_BYTES = 65 };

Digest *digest_new(void);
void digest_add(Digest *digest, const void *bytes, size_t length_bytes);

/* Writes the digest as 64 lower-case hex digits and frees `digest`. */
void digest_finish(Digest *digest, char text[DIGEST_TEXT_BYTES]);

#endif
