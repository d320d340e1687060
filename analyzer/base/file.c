#include "base/file.h"

#include "base/array.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { READ_BYTES = 64 * 1024 };

/* Appends all of `file`; false when that would be more than most_bytes or reading failed. */
static bool read_all(FILE *file, TextBuffer *text, size_t most_bytes)
{
    char block[READ_BYTES];
    size_t read_bytes = 0;
    while ((read_bytes = fread(block, 1, sizeof block, file)) > 0) {
        if (read_bytes > most_bytes - text->length_bytes)
            return false;
        text_append_bytes(text, block, read_bytes);
    }
    return ferror(file) == 0;
}

bool file_read_all(Arena *arena, const char *path, size_t most_bytes, const char **bytes,
                   size_t *length_bytes, Error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(err, "%s: %s", path, strerror(errno));
    TextBuffer text = {0};
    errno = 0;
    bool complete = read_all(file, &text, most_bytes);
    int reason = errno;
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (complete) {
        *bytes = arena_copy_bytes(arena, text.text ? text.text : "", text.length_bytes);
        *length_bytes = text.length_bytes;
    } else if (failed) {
        error_set(err, "%s: %s", path, strerror(reason));
    } else {
        error_set(err, "%s: expected at most %zu bytes", path, most_bytes);
    }
    text_buffer_free(&text);
    return complete;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool file_list(Arena *arena, const char *directory, const char *ending, const char ***names,
               uint32_t *count, Error *err)
{
    DIR *entries = opendir(directory);
    if (!entries)
        return error_set(err, "%s: %s", directory, strerror(errno));
    ARRAY(const char *) found = {0};
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        if (text_ends_with_any_case(entry->d_name, ending) && entry->d_name[0] != '.')
            ARRAY_PUSH(&found, arena_copy_text(arena, entry->d_name));
    (void)closedir(entries);
    *count = found.count;
    *names = arena_allocate(arena, found.count, sizeof **names);
    for (uint32_t i = 0; i < found.count; i++)
        (*names)[i] = found.items[i];
    if (found.count > 1)
        qsort(*names, found.count, sizeof **names, by_bytes);
    ARRAY_FREE(&found);
    return true;
}
