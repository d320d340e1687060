#include "draw/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0666, DIRECTORY_MODE = 0777 }; /* less the umask */

static void append_path(TextBuffer *path, const OutputFile *file)
{
    text_append_format(path, "%s/%s.%s", file->directory, file->name, file->suffix);
}

/* Hidden, in the same directory so that it can be renamed. */
static void append_partial_path(TextBuffer *path, const OutputFile *file)
{
    text_append_format(path, "%s/.%s.%s.partial", file->directory, file->name, file->suffix);
}

static bool write_all(int descriptor, const char *bytes, size_t length_bytes)
{
    while (length_bytes > 0) {
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

/* O_EXCL after unlink: never writes through a link that somebody put there. */
static bool write_new(const char *path, const char *bytes, size_t length_bytes)
{
    unlink(path);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (descriptor < 0)
        return false;
    bool good = write_all(descriptor, bytes, length_bytes);
    return close(descriptor) == 0 && good;
}

bool file_write(const OutputFile *file, const char *bytes, size_t length_bytes, Error *err)
{
    TextBuffer path = {0};
    TextBuffer partial = {0};
    append_path(&path, file);
    append_partial_path(&partial, file);
    bool good =
        write_new(partial.text, bytes, length_bytes) && rename(partial.text, path.text) == 0;
    if (!good) {
        error_set(err, "%s: cannot be written: %s", path.text, strerror(errno));
        unlink(partial.text);
    }
    text_buffer_free(&path);
    text_buffer_free(&partial);
    return good;
}

void file_remove(const OutputFile *file)
{
    TextBuffer path = {0};
    append_path(&path, file);
    unlink(path.text);
    text_buffer_clear(&path);
    append_partial_path(&path, file);
    unlink(path.text);
    text_buffer_free(&path);
}

bool directory_make(const char *directory, Error *err)
{
    struct stat status;
    if (mkdir(directory, DIRECTORY_MODE) == 0)
        return true;
    int reason = errno;
    if (reason == EEXIST && stat(directory, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    return error_set(err, "%s: expected a directory: %s", directory, strerror(reason));
}
