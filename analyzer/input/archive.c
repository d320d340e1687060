#define _GNU_SOURCE /* memfd_create, mkostemp */
#include "base/text.h"
#include "input/list.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The members of an archive are unpacked once, one behind the other, into a temporary file that
 * has no name.  A compressed tar can only be read from its start, so opening it anew for each
 * member, in the order of the paths, would take quadratic time.
 */
typedef struct Unpacking {
    InputList *list;
    const FoundFile *found;
    ArchiveKind kind;
    struct archive *archive;
    int spool;              /* -1 until something is worth unpacking */
    uint64_t spooled_bytes; /* into this file */
    uint64_t unpacked_bytes;
} Unpacking;

static const char nested_archive[] = "an archive inside an archive is not read";

static const char unpacks_to_much[] = "the archive unpacks to suspiciously much: not read further";

static bool has_archive_name(const char *path)
{
    static const char *const endings[] = {".zip", ".tar", ".gz", ".tgz"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (text_ends_with_any_case(path, endings[i]))
            return true;
    return false;
}

/* A file that vanishes with the program: beside other temporary files, else in memory. */
static int open_spool(void)
{
    const char *directory = getenv("TMPDIR");
    TextBuffer name = {0};
    text_append_format(&name, "%s/amlblast-XXXXXX", text_is_empty(directory) ? "/tmp" : directory);
    int spool = mkostemp(name.text, O_CLOEXEC);
    if (spool >= 0)
        unlink(name.text);
    else
        spool = memfd_create("amlblast", MFD_CLOEXEC);
    text_buffer_free(&name);
    return spool;
}

static bool write_all(int descriptor, const char *bytes, size_t length_bytes)
{
    while (length_bytes) {
        ssize_t written = write(descriptor, bytes, length_bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length_bytes -= (size_t)written;
    }
    return true;
}

static bool cut_short(Unpacking *unpacking, Storage *storage, InputProblemKind reason,
                      const char *message)
{
    storage->cut_short = true;
    storage->reason = reason;
    storage->message = arena_copy_text(&unpacking->list->arena, message ? message : "damaged");
    return false;
}

static bool is_bomb(const Unpacking *unpacking)
{
    return unpacking->unpacked_bytes > INPUT_WINDOW_BYTES &&
           unpacking->unpacked_bytes / unpacking->list->limits.largest_ratio >
               unpacking->found->length_bytes;
}

/* Whether so many bytes more may be unpacked. */
static bool within_limits(Unpacking *unpacking, Storage *storage, size_t more_bytes)
{
    const InputLimits *limits = &unpacking->list->limits;
    if (storage->length_bytes + more_bytes > limits->largest_file_bytes)
        return cut_short(unpacking, storage, PROBLEM_LIMIT,
                         "larger than the limit for one file: not read further");
    if (unpacking->list->spooled_bytes + more_bytes > limits->largest_unpacked_bytes)
        return cut_short(unpacking, storage, PROBLEM_LIMIT,
                         "the archives unpack to more than the limit: not read further");
    return true;
}

/* Appends to the spool, unless that shows that the rest of the member is not wanted. */
static void keep_bytes(Unpacking *unpacking, InputEntry *entry, const char *bytes,
                       size_t length_bytes)
{
    Storage *storage = &entry->storage;
    if (storage->length_bytes == 0 && archive_kind(bytes, length_bytes) != ARCHIVE_NONE) {
        entry->file.relevant = false;
        entry->file.why_not = nested_archive;
        return;
    }
    if (!within_limits(unpacking, storage, length_bytes))
        return;
    if (!write_all(unpacking->spool, bytes, length_bytes)) {
        cut_short(unpacking, storage, PROBLEM_READ, strerror(errno));
        return;
    }
    storage->length_bytes += length_bytes;
    unpacking->spooled_bytes += length_bytes;
    unpacking->list->spooled_bytes += length_bytes;
}

/*
 * Unpacks the current member into the spool.  The rest of a member that is not wanted can be
 * skipped for free in a zip file; in a compressed tar it is read past, to notice a bomb in it.
 */
static void unpack_member(Unpacking *unpacking, InputEntry *entry)
{
    char bytes[16 * 1024];
    Storage *storage = &entry->storage;
    storage->kind = STORED_MEMBER;
    storage->spool = unpacking->spool;
    storage->offset_bytes = unpacking->spooled_bytes;
    storage->length_bytes = 0;
    for (;;) {
        bool wanted = entry->file.relevant && !storage->cut_short;
        if (wanted && is_bomb(unpacking))
            wanted = cut_short(unpacking, storage, PROBLEM_LIMIT, unpacks_to_much);
        if (!wanted && (is_bomb(unpacking) || unpacking->kind != ARCHIVE_GZIP))
            return;
        la_ssize_t got = archive_read_data(unpacking->archive, bytes, sizeof bytes);
        if (got == 0)
            return;
        if (got < 0) {
            if (wanted)
                cut_short(unpacking, storage, PROBLEM_READ,
                          archive_error_string(unpacking->archive));
            return;
        }
        unpacking->unpacked_bytes += (uint64_t)got;
        if (wanted)
            keep_bytes(unpacking, entry, bytes, (size_t)got);
    }
}

/* Whether a member's name could lead out of a directory.  Nothing is unpacked under its name; but
 * an archive that tries it is not to be trusted. */
static bool is_refused_name(const char *name)
{
    if (*name == '/' || (name[1] == ':' && name[0] != '.'))
        return true;
    for (const char *segment = name; segment; segment = strchr(segment, '/')) {
        segment += *segment == '/';
        if (strncmp(segment, "..", 2) == 0 && (segment[2] == '/' || !segment[2]))
            return true;
    }
    return false;
}

static const char *why_member_refused(struct archive_entry *entry, const char *name)
{
    if (!*name)
        return "a member without a name";
    if (is_refused_name(name))
        return "a path that leads out of the archive";
    if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK)
        return "a link inside an archive";
    if (archive_entry_filetype(entry) != AE_IFREG)
        return "neither a file nor a directory";
    if (archive_entry_is_encrypted(entry))
        return "encrypted";
    return NULL;
}

/* Names made on Windows may have backslashes; tar writes "./" in front. */
static char *member_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    if (!name)
        name = archive_entry_pathname(entry);
    if (!name)
        name = "";
    while (name[0] == '.' && name[1] == '/')
        name += 2;
    char *copy = memory_copy_text(name);
    for (char *c = copy; *c; c++)
        if (*c == '\\')
            *c = '/';
    return copy;
}

static void add_member(Unpacking *unpacking, struct archive_entry *entry, const char *name)
{
    InputList *list = unpacking->list;
    TextBuffer path = {0};
    text_append_format(&path, "%s/%s", unpacking->found->path, name);
    FoundFile found = {.path = path.text, .location = unpacking->found->location};
    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0)
        found.length_bytes = (uint64_t)archive_entry_size(entry);
    const char *why_not = why_member_refused(entry, name);
    if (why_not) {
        list_add_unreadable(list, &found, why_not);
        text_buffer_free(&path);
        return;
    }
    if (unpacking->spool < 0) {
        unpacking->spool = open_spool();
        ARRAY_PUSH(&list->spools, unpacking->spool);
    }
    InputEntry *added = list_add(list, &found);
    if (!added->file.relevant && has_archive_name(name))
        added->file.why_not = nested_archive;
    unpack_member(unpacking, added);
    text_buffer_free(&path);
}

/* A single compressed file keeps its name and is unpacked when it is read. */
static void add_compressed(Unpacking *unpacking)
{
    FoundFile found = *unpacking->found;
    TextBuffer name = {0};
    text_append(&name, found.path);
    if (text_ends_with_any_case(name.text, ".gz"))
        name.text[name.length_bytes - 3] = '\0';
    found.named |= name_is_relevant(name.text);
    InputEntry *added = list_add(unpacking->list, &found);
    added->storage.kind = STORED_GZIP;
    text_buffer_free(&name);
}

static void add_damaged(Unpacking *unpacking, const char *why)
{
    TextBuffer message = {0};
    text_append_format(&message, "damaged archive: %s", why ? why : "unknown error");
    list_add_unreadable(unpacking->list, unpacking->found, message.text);
    text_buffer_free(&message);
}

/* A tar file ends with blocks of zeros; the library is content without them. */
static bool tar_is_cut(int descriptor, uint64_t length_bytes)
{
    char last[512];
    static const char zeros[sizeof last];
    return length_bytes % sizeof last != 0 ||
           pread(descriptor, last, sizeof last, (off_t)(length_bytes - sizeof last)) !=
               (ssize_t)sizeof last ||
           memcmp(last, zeros, sizeof last) != 0;
}

static void add_members(Unpacking *unpacking)
{
    InputList *list = unpacking->list;
    struct archive_entry *entry;
    for (;;) {
        int status = archive_read_next_header(unpacking->archive, &entry);
        if (status == ARCHIVE_EOF)
            return;
        if (status < ARCHIVE_WARN) {
            add_damaged(unpacking, archive_error_string(unpacking->archive));
            return;
        }
        if (unpacking->kind == ARCHIVE_GZIP &&
            archive_filter_code(unpacking->archive, 0) != ARCHIVE_FILTER_GZIP) {
            add_damaged(unpacking, "the compression's header is wrong");
            return;
        }
        if (archive_format(unpacking->archive) == ARCHIVE_FORMAT_RAW) {
            add_compressed(unpacking);
            return;
        }
        if (archive_entry_filetype(entry) == AE_IFDIR)
            continue;
        if (list->entries.count >= list->limits.most_files) {
            list_add_unreadable(list, unpacking->found, "too many files: not all were listed");
            return;
        }
        char *name = member_name(entry);
        add_member(unpacking, entry, name);
        free(name);
        if (unpacking->kind == ARCHIVE_GZIP && is_bomb(unpacking)) {
            list_add_unreadable(list, unpacking->found, unpacks_to_much);
            return;
        }
    }
}

/*
 * The library converts names to the thread's character set first and has none when that fails, so
 * the thread gets UTF-8 while it reads.  False: this system has no such locale.
 */
static bool use_utf8(locale_t *utf8, locale_t *before)
{
    *utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (*utf8)
        *before = uselocale(*utf8);
    return *utf8;
}

void list_add_archive(InputList *list, const FoundFile *found, ArchiveKind kind)
{
    int descriptor = -1;
    Error err;
    if (!open_regular(found->location, &descriptor, &err)) {
        list_add_unreadable(list, found, err.message);
        return;
    }
    Unpacking unpacking = {
        .list = list, .found = found, .kind = kind, .archive = archive_read_new(), .spool = -1};
    if (!unpacking.archive)
        memory_exhausted();
    if (kind == ARCHIVE_ZIP) /* by its directory at the end: a cut file is not taken for whole */
        archive_read_support_format_zip_seekable(unpacking.archive);
    else
        archive_read_support_format_tar(unpacking.archive);
    if (kind == ARCHIVE_GZIP) {
        archive_read_support_filter_gzip(unpacking.archive);
        archive_read_support_format_raw(unpacking.archive);
    }
    locale_t utf8;
    locale_t before;
    bool is_utf8 = use_utf8(&utf8, &before);
    if (archive_read_open_fd(unpacking.archive, descriptor, INPUT_WINDOW_BYTES) == ARCHIVE_OK)
        add_members(&unpacking);
    else
        add_damaged(&unpacking, archive_error_string(unpacking.archive));
    if (kind == ARCHIVE_TAR && tar_is_cut(descriptor, found->length_bytes))
        add_damaged(&unpacking, "it has no end, so members may be missing");
    archive_read_free(unpacking.archive);
    if (is_utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    close(descriptor);
}
