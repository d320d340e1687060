#include "input/source.h"

#include "base/memory.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool open_regular(const char *location, int *descriptor, Error *err)
{
    int opened = open(location, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (opened < 0)
        return error_set(err, "cannot be opened: %s", strerror(errno));
    struct stat status;
    if (fstat(opened, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(opened);
        return error_set(err, "cannot be opened: not a regular file");
    }
    *descriptor = opened;
    return true;
}

static bool open_gzip(Source *source, Error *err)
{
    struct archive_entry *entry;
    source->gzip = archive_read_new();
    if (!source->gzip)
        memory_exhausted();
    archive_read_support_filter_gzip(source->gzip);
    archive_read_support_format_raw(source->gzip);
    if (archive_read_open_fd(source->gzip, source->descriptor, INPUT_WINDOW_BYTES) == ARCHIVE_OK &&
        archive_read_next_header(source->gzip, &entry) == ARCHIVE_OK)
        return true;
    error_set(err, "cannot be unpacked: %s", archive_error_string(source->gzip));
    archive_read_free(source->gzip);
    close(source->descriptor);
    return false;
}

bool source_open(Source *source, const char *location, const Storage *storage,
                 const InputLimits *limits, Error *err)
{
    *source = (Source){.storage = storage, .limits = *limits, .descriptor = storage->spool};
    if (storage->kind != STORED_MEMBER && !open_regular(location, &source->descriptor, err))
        return false;
    if (storage->kind == STORED_GZIP && !open_gzip(source, err))
        return false;
    if (storage->kind == STORED_PLAIN)
        posix_fadvise(source->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    source->digest = digest_new();
    return true;
}

size_t source_stop(Source *source, InputProblemKind reason, const char *message)
{
    source->cut_short = true;
    source->reason = reason;
    error_set(&source->error, "%s", message);
    return 0;
}

static size_t read_plain(Source *source, char *bytes, size_t capacity_bytes)
{
    ssize_t got;
    do
        got = read(source->descriptor, bytes, capacity_bytes);
    while (got < 0 && errno == EINTR);
    return got < 0 ? source_stop(source, PROBLEM_READ, strerror(errno)) : (size_t)got;
}

static size_t read_gzip(Source *source, char *bytes, size_t capacity_bytes)
{
    la_ssize_t got = archive_read_data(source->gzip, bytes, capacity_bytes);
    if (got < 0)
        return source_stop(source, PROBLEM_READ, archive_error_string(source->gzip));
    uint64_t total_bytes = source->read_bytes + (uint64_t)got;
    if (total_bytes > INPUT_WINDOW_BYTES &&
        total_bytes / source->limits.largest_ratio > source->storage->length_bytes)
        return source_stop(source, PROBLEM_LIMIT, "unpacks to suspiciously much: not read further");
    return (size_t)got;
}

static size_t read_member(Source *source, char *bytes, size_t capacity_bytes)
{
    const Storage *storage = source->storage;
    uint64_t left = storage->length_bytes - source->read_bytes;
    if (left == 0)
        return storage->cut_short ? source_stop(source, storage->reason, storage->message) : 0;
    if (capacity_bytes > left)
        capacity_bytes = (size_t)left;
    ssize_t got;
    do
        got = pread(storage->spool, bytes, capacity_bytes,
                    (off_t)(storage->offset_bytes + source->read_bytes));
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return source_stop(source, PROBLEM_READ, "the temporary file was cut");
    return got < 0 ? source_stop(source, PROBLEM_READ, strerror(errno)) : (size_t)got;
}

size_t source_read(Source *source, char *bytes, size_t capacity_bytes)
{
    size_t got = 0;
    if (source->cut_short)
        return 0;
    if (source->storage->kind == STORED_PLAIN)
        got = read_plain(source, bytes, capacity_bytes);
    else if (source->storage->kind == STORED_GZIP)
        got = read_gzip(source, bytes, capacity_bytes);
    else
        got = read_member(source, bytes, capacity_bytes);
    uint64_t room = source->limits.largest_file_bytes - source->read_bytes;
    if (got > room) {
        source_stop(source, PROBLEM_LIMIT, "");
        error_set(&source->error, "larger than the limit of %" PRIu64 " bytes: not read further",
                  source->limits.largest_file_bytes);
        got = (size_t)room;
    }
    digest_add(source->digest, bytes, got);
    source->read_bytes += got;
    return got;
}

void source_close(Source *source, char sha256[DIGEST_TEXT_BYTES])
{
    digest_finish(source->digest, sha256);
    if (source->cut_short)
        sha256[0] = '\0';
    if (source->gzip)
        archive_read_free(source->gzip);
    if (source->storage->kind != STORED_MEMBER)
        close(source->descriptor);
}
