#define _GNU_SOURCE /* realpath is in POSIX only with XSI */
#include "input/list.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_NESTED_DIRECTORIES = 64 };

static const char no_export[] = "not an export by its name";
static const char too_many[] = "too many files: what comes behind it here was not listed";

/* One path of the command line while what is below it is listed. */
typedef struct Walk {
    InputList *list;
    const char *real_root; /* absolute, without links */
    struct {
        dev_t device;
        ino_t number;
    } open[MOST_NESTED_DIRECTORIES]; /* the directories around the current entry */
    uint32_t depth;
    uint32_t visited; /* entries of directories, however they were reached */
    bool full;
} Walk;

const char *list_container(const InputList *list, const char *container)
{
    Containers *containers = list->containers;
    pthread_mutex_lock(&containers->mutex);
    const char *kept = interned_text(&containers->texts, intern(&containers->texts, container));
    pthread_mutex_unlock(&containers->mutex);
    return kept;
}

bool name_is_relevant(const char *path)
{
    static const char *const endings[] = {".json",     ".jsonl",     ".ndjson",
                                          ".json.txt", ".jsonl.txt", ".ndjson.txt"};
    const char *slash = strrchr(path, '/');
    if (strncmp(slash ? slash + 1 : path, "._", 2) == 0)
        return false; /* what macOS knows about the file of the same name */
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (text_ends_with_any_case(path, endings[i]))
            return true;
    return false;
}

ArchiveKind archive_kind(const char *bytes, size_t length_bytes)
{
    enum { TAR_MAGIC_AT = 257 };
    if (length_bytes >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0))
        return ARCHIVE_ZIP;
    if (length_bytes >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0)
        return ARCHIVE_GZIP;
    if (length_bytes >= TAR_MAGIC_AT + 5 && memcmp(bytes + TAR_MAGIC_AT, "ustar", 5) == 0)
        return ARCHIVE_TAR;
    return ARCHIVE_NONE;
}

static const char *printable_path(InputList *list, const char *path)
{
    TextBuffer clean = {0};
    size_t left = strlen(path);
    while (left) {
        size_t sequence_bytes = text_utf8_sequence(path, left);
        if (sequence_bytes)
            text_append_bytes(&clean, path, sequence_bytes);
        else
            text_append(&clean, "\xef\xbf\xbd");
        path += sequence_bytes + !sequence_bytes;
        left -= sequence_bytes + !sequence_bytes;
    }
    const char *kept =
        arena_copy_bytes(&list->arena, clean.text ? clean.text : "", clean.length_bytes);
    text_buffer_free(&clean);
    return kept;
}

InputEntry *list_add(InputList *list, const FoundFile *found)
{
    bool relevant = found->named || name_is_relevant(found->path);
    InputEntry entry = {
        .file = {.path = printable_path(list, found->path),
                 .location = arena_copy_text(&list->arena, found->location),
                 .length_bytes = found->length_bytes,
                 .relevant = relevant,
                 .readable = true,
                 .why_not = relevant ? NULL : no_export},
        .storage = {.spool = -1, .length_bytes = found->length_bytes},
        .order = list->entries.count,
    };
    ARRAY_PUSH(&list->entries, entry);
    return &list->entries.items[list->entries.count - 1];
}

void list_add_unreadable(InputList *list, const FoundFile *found, const char *why_not)
{
    InputEntry *entry = list_add(list, found);
    entry->file.readable = false;
    entry->file.relevant = true;
    entry->file.why_not = arena_copy_text(&list->arena, why_not);
}

/* A file that cannot be opened is listed with the reason. */
static void add_file(InputList *list, const FoundFile *found)
{
    char probe[ARCHIVE_PROBE_BYTES];
    int descriptor = -1;
    Error err;
    if (!open_regular(found->location, &descriptor, &err)) {
        list_add_unreadable(list, found, err.message);
        return;
    }
    ssize_t got = pread(descriptor, probe, sizeof probe, 0);
    close(descriptor);
    ArchiveKind kind = archive_kind(probe, got < 0 ? 0 : (size_t)got);
    if (kind == ARCHIVE_NONE)
        list_add(list, found);
    else
        list_add_archive(list, found, kind);
}

/* Whether `inner` is `outer` or below it; both absolute and without links. */
static bool path_contains(const char *outer, const char *inner)
{
    size_t outer_bytes = strlen(outer);
    if (outer_bytes == 1)
        return true; /* the root of the file system */
    return strncmp(outer, inner, outer_bytes) == 0 &&
           (inner[outer_bytes] == '/' || !inner[outer_bytes]);
}

static bool leads_out(const Walk *walk, const char *location)
{
    char *target = realpath(location, NULL);
    bool out = target && !path_contains(walk->real_root, target);
    free(target);
    return out;
}

/* What an entry is, links followed.  NULL, or why it cannot be read. */
static const char *look_at(const Walk *walk, const char *location, struct stat *status)
{
    if (lstat(location, status) != 0)
        return strerror(errno);
    if (S_ISLNK(status->st_mode) && stat(location, status) != 0)
        return errno == ELOOP    ? "a link that leads to itself"
               : errno == ENOENT ? "a link that leads nowhere"
                                 : strerror(errno);
    if (leads_out(walk, location))
        return "a link that leads out of the snapshot";
    if (S_ISREG(status->st_mode))
        return NULL;
    if (!S_ISDIR(status->st_mode))
        return "neither a file nor a directory";
    for (uint32_t i = 0; i < walk->depth; i++)
        if (walk->open[i].device == status->st_dev && walk->open[i].number == status->st_ino)
            return "a link to a directory that contains it";
    return walk->depth == MOST_NESTED_DIRECTORIES ? "directories nested too deep" : NULL;
}

static void walk_directory(Walk *walk, const char *directory, const char *printed,
                           const struct stat *status);

static void walk_entry(Walk *walk, const char *location, const char *printed)
{
    FoundFile found = {.path = printed, .location = location};
    struct stat status;
    walk->full = ++walk->visited > walk->list->limits.most_files;
    const char *why_not = walk->full ? too_many : look_at(walk, location, &status);
    if (why_not) {
        list_add_unreadable(walk->list, &found, why_not);
    } else if (S_ISDIR(status.st_mode)) {
        walk_directory(walk, location, printed, &status);
    } else {
        found.length_bytes = (uint64_t)status.st_size;
        add_file(walk->list, &found);
    }
}

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* `printed` is the directory's printed path, "" for a single root. */
static void walk_directory(Walk *walk, const char *directory, const char *printed,
                           const struct stat *status)
{
    struct dirent **names = NULL;
    int count = scandir(directory, &names, is_entry, by_bytes);
    if (count < 0) {
        FoundFile found = {.path = *printed ? printed : ".", .location = directory};
        list_add_unreadable(walk->list, &found, strerror(errno));
        return;
    }
    walk->open[walk->depth].device = status->st_dev;
    walk->open[walk->depth++].number = status->st_ino;
    for (int i = 0; i < count; i++) {
        if (!walk->full) {
            TextBuffer location = {0};
            TextBuffer path = {0};
            text_append_format(&location, "%s/%s", directory, names[i]->d_name);
            text_append_format(&path, "%s%s%s", printed, *printed ? "/" : "", names[i]->d_name);
            walk_entry(walk, location.text, path.text);
            text_buffer_free(&location);
            text_buffer_free(&path);
        }
        free(names[i]);
    }
    walk->depth--;
    free(names);
}

/* The last name of a path as given: "x" for "a/x" and "a/x/"; of ".", "/" and "..", what they are.
 */
static char *last_name(const char *path, const char *real_path)
{
    size_t end = strlen(path);
    while (end && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin && path[begin - 1] != '/')
        begin--;
    bool is_dots = (end - begin == 1 && path[begin] == '.') ||
                   (end - begin == 2 && path[begin] == '.' && path[begin + 1] == '.');
    if (end == begin || is_dots) {
        const char *slash = strrchr(real_path, '/');
        return memory_copy_text(slash && slash[1] ? slash + 1 : "root");
    }
    char *name = memory_allocate(end - begin + 1, 1);
    memcpy(name, path + begin, end - begin);
    return name;
}

/* The name, with "-2", "-3", ... when a path before had it; kept in `used`. */
static const char *unique_name(Interner *used, const char *name)
{
    if (interner_find(used, name) == NONE)
        return interned_text(used, intern(used, name));
    for (uint32_t number = 2;; number++) {
        char *tried = arena_format(&used->arena, "%s-%u", name, number);
        if (interner_find(used, tried) == NONE)
            return interned_text(used, intern(used, tried));
    }
}

static bool list_path(InputList *list, const char *path, bool alone, Interner *used, Error *err)
{
    struct stat status;
    char *real_path = realpath(path, NULL);
    if (!real_path || stat(path, &status) != 0) {
        free(real_path);
        return error_set(err, "%s: cannot be opened: %s", path, strerror(errno));
    }
    bool is_directory = S_ISDIR(status.st_mode);
    bool opened = is_directory ? access(path, R_OK | X_OK) == 0 : S_ISREG(status.st_mode);
    if (!opened) {
        free(real_path);
        return error_set(err, "%s: %s", path,
                         is_directory ? strerror(errno) : "neither a file nor a directory");
    }
    int descriptor = -1;
    if (!is_directory && !open_regular(path, &descriptor, err)) {
        free(real_path);
        return error_prefix(err, path);
    }
    char *name = last_name(path, real_path);
    const char *printed = unique_name(used, name);
    if (is_directory) {
        Walk walk = {.list = list, .real_root = real_path};
        walk_directory(&walk, path, alone ? "" : printed, &status);
    } else {
        close(descriptor);
        FoundFile found = {printed, path, (uint64_t)status.st_size, true};
        add_file(list, &found);
    }
    free(name);
    free(real_path);
    return true;
}

static int by_path(const void *a, const void *b)
{
    const InputEntry *left = a;
    const InputEntry *right = b;
    int order = strcmp(left->file.path, right->file.path);
    if (order)
        return order;
    return left->order < right->order ? -1 : left->order > right->order;
}

static InputLimits with_defaults(const InputLimits *limits)
{
    InputLimits filled = limits ? *limits : (InputLimits){0};
    if (!filled.largest_file_bytes)
        filled.largest_file_bytes = INPUT_LARGEST_FILE_BYTES;
    if (!filled.largest_element_bytes)
        filled.largest_element_bytes = INPUT_LARGEST_ELEMENT_BYTES;
    if (!filled.most_files)
        filled.most_files = INPUT_MOST_FILES;
    if (!filled.largest_unpacked_bytes)
        filled.largest_unpacked_bytes = INPUT_LARGEST_UNPACKED_BYTES;
    if (!filled.largest_ratio)
        filled.largest_ratio = INPUT_LARGEST_RATIO;
    return filled;
}

bool input_list(const char *const *paths, uint32_t path_count, const InputLimits *limits,
                InputList **list, Error *err)
{
    InputList *made = memory_allocate(1, sizeof *made);
    made->limits = with_defaults(limits);
    made->containers = memory_allocate(1, sizeof *made->containers);
    made->containers->texts = interner_new(CASE_MATTERS);
    pthread_mutex_init(&made->containers->mutex, NULL);
    Interner used = interner_new(CASE_MATTERS);
    bool listed = true;
    for (uint32_t i = 0; i < path_count && listed; i++)
        listed = list_path(made, paths[i], path_count == 1, &used, err);
    interner_free(&used);
    if (!listed) {
        input_list_free(made);
        return false;
    }
    if (made->entries.count)
        qsort(made->entries.items, made->entries.count, sizeof *made->entries.items, by_path);
    *list = made;
    return true;
}

uint32_t input_file_count(const InputList *list)
{
    return list->entries.count;
}

const InputFile *input_file(const InputList *list, uint32_t file)
{
    return &list->entries.items[file].file;
}

void input_list_free(InputList *list)
{
    if (!list)
        return;
    for (uint32_t i = 0; i < list->spools.count; i++)
        close(list->spools.items[i]);
    ARRAY_FREE(&list->spools);
    ARRAY_FREE(&list->entries);
    pthread_mutex_destroy(&list->containers->mutex);
    interner_free(&list->containers->texts);
    free(list->containers);
    arena_free(&list->arena);
    free(list);
}
