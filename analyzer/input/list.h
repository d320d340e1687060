#ifndef INPUT_LIST_H
#define INPUT_LIST_H

#include "base/arena.h"
#include "base/array.h"
#include "base/intern.h"
#include "input/source.h"

#include <pthread.h>

/* Inside input/ only: what an InputList consists of. */
typedef struct InputEntry {
    InputFile file;
    Storage storage;
    uint32_t order; /* of listing: decides between equal paths */
} InputEntry;

/* The containers of the records' places: one copy each, made by any of the reading threads. */
typedef struct Containers {
    pthread_mutex_t mutex;
    Interner texts;
} Containers;

struct InputList {
    InputLimits limits;
    Arena arena;
    ARRAY(InputEntry) entries;
    ARRAY(int) spools; /* temporary files, one per archive; closed with the list */
    uint64_t spooled_bytes;
    Containers *containers;
};

const char *list_container(const InputList *list, const char *container);

/* What adding a file needs to know about it. */
typedef struct FoundFile {
    const char *path;     /* to be printed */
    const char *location; /* to be opened */
    uint64_t length_bytes;
    bool named; /* on the command line: read whatever it is called */
} FoundFile;

/* Adds an entry; the strings are copied, what is not UTF-8 in the path becomes U+FFFD. */
InputEntry *list_add(InputList *list, const FoundFile *found);
void list_add_unreadable(InputList *list, const FoundFile *found, const char *why_not);

/* Whether a file of this name may be an export. */
bool name_is_relevant(const char *path);

/* Whether these first bytes of a file are those of an archive; ARCHIVE_PROBE_BYTES are enough. */
enum { ARCHIVE_PROBE_BYTES = 263 };
typedef enum ArchiveKind { ARCHIVE_NONE, ARCHIVE_ZIP, ARCHIVE_TAR, ARCHIVE_GZIP } ArchiveKind;
ArchiveKind archive_kind(const char *bytes, size_t length_bytes);

/* Adds the members of an archive, or one entry when it is a single compressed file. */
void list_add_archive(InputList *list, const FoundFile *found, ArchiveKind kind);

#endif
