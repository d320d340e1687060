#include "cli/data_dir.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

const char *program_directory(Arena *arena)
{
    char path[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return NULL;
    *slash = '\0';
    return arena_copy_text(arena, path);
}

const char *data_directory(Arena *arena)
{
    static const char *const places[] = {"../data", "../../data", "../share/amlblast"};
    const char *program = program_directory(arena);
    for (size_t i = 0; program && i < sizeof places / sizeof *places; i++) {
        const char *place = arena_format(arena, "%s/%s", program, places[i]);
        const char *sign = arena_format(arena, "%s/resource-fields.json", place);
        if (access(sign, R_OK) == 0)
            return place;
    }
    return AMLBLAST_DATA_DIR;
}
