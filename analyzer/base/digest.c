#include "base/digest.h"

#include "base/memory.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct Digest {
    EVP_MD_CTX *context;
};

Digest *digest_new(void)
{
    Digest *digest = memory_allocate(1, sizeof *digest);
    digest->context = EVP_MD_CTX_new();
    if (!digest->context || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
        memory_exhausted();
    return digest;
}

void digest_add(Digest *digest, const void *bytes, size_t length_bytes)
{
    if (EVP_DigestUpdate(digest->context, bytes, length_bytes) != 1)
        memory_exhausted();
}

void digest_finish(Digest *digest, char text[DIGEST_TEXT_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int raw_bytes = 0;
    if (EVP_DigestFinal_ex(digest->context, raw, &raw_bytes) != 1)
        memory_exhausted();
    for (unsigned int i = 0; i < raw_bytes; i++) {
        text[2 * i] = hex[raw[i] >> 4];
        text[2 * i + 1] = hex[raw[i] & 15];
    }
    text[2 * raw_bytes] = '\0';
    EVP_MD_CTX_free(digest->context);
    free(digest);
}
