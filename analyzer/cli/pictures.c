#include "cli/pictures.h"

#include "cli/data_dir.h"
#include "report/draw_pictures.h"
#include "report/output_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *pictures_program(Arena *arena)
{
    const char *beside = program_directory(arena);
    const char *path = getenv("PATH");
    char *place = beside ? arena_format(arena, "%s/amlblast-draw", beside) : NULL;
    if (place && access(place, X_OK) == 0)
        return place;
    while (path && *path) {
        size_t length = strcspn(path, ":");
        char *directory = arena_copy_bytes(arena, path, length);
        place = arena_format(arena, "%s/amlblast-draw", length ? directory : ".");
        if (access(place, X_OK) == 0)
            return place;
        path += length + (path[length] == ':');
    }
    return NULL;
}

/* ---- the files that were asked for ---- */

typedef struct PictureFile {
    const char *format;
    const char *file; /* or NULL: not asked for */
} PictureFile;

enum { FORMATS = 4, MOST_STEM_BYTES = 120 };

static void list_files(const Options *options, PictureFile files[FORMATS])
{
    const PictureFile listed[FORMATS] = {
        {"svg", options->svg}, {"dot", options->dot}, {"png", options->png}, {"pdf", options->pdf}};
    memcpy(files, listed, sizeof listed);
}

bool pictures_wanted(const Options *options)
{
    return options->svg || options->dot || options->png || options->pdf;
}

static const char *base_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

/* Bytes of the base name before ".svg"; 0 when it is none that amlblast-draw writes. */
static size_t stem_bytes(const PictureFile *picture)
{
    static const char made_of[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *base = base_name(picture->file);
    size_t length = strlen(base);
    size_t suffix = strlen(picture->format);
    bool fits = length > suffix + 1 && base[length - suffix - 1] == '.' &&
                strcmp(base + length - suffix, picture->format) == 0 &&
                strspn(base, made_of) == length && !strchr("._-", base[0]) &&
                length - suffix - 1 <= MOST_STEM_BYTES;
    return fits ? length - suffix - 1 : 0;
}

bool pictures_check(const Session *session)
{
    PictureFile files[FORMATS];
    list_files(session->options, files);
    for (int i = 0; i < FORMATS; i++)
        if (files[i].file && !stem_bytes(&files[i])) {
            session_fail(session, STATUS_USAGE,
                         "--%s: expected a file name of letters, digits, '.', '_' and '-' that "
                         "ends in .%s, found \"%s\"",
                         files[i].format, files[i].format, files[i].file);
            return false;
        }
    return true;
}

/* ---- drawing ---- */

static Status draw_file(Session *session, Picture *picture, const char *program,
                        const PictureFile *wanted)
{
    Error err;
    int status;
    const char *base = base_name(wanted->file);
    size_t directory_bytes = (size_t)(base - wanted->file);
    const char *directory =
        directory_bytes ? arena_copy_bytes(&session->arena, wanted->file, directory_bytes) : ".";
    picture->name = arena_copy_bytes(&session->arena, base, stem_bytes(wanted));
    if (!directory_create(directory, &err) ||
        !draw_picture(picture, program, directory, wanted->format, &status, &err))
        return session_fail(session, STATUS_INTERNAL, "%s", err.message);
    if (status == 0)
        return STATUS_DONE;
    return session_fail(session, STATUS_INTERNAL,
                        "%s could not be drawn (amlblast-draw: status %d); its words are in the "
                        ".txt file beside it",
                        wanted->file, status);
}

Status pictures_draw(Session *session, Picture *picture)
{
    PictureFile files[FORMATS];
    Status worst = STATUS_DONE;
    const char *program = pictures_program(&session->arena);
    list_files(session->options, files);
    if (!program)
        return session_fail(session, STATUS_INTERNAL,
                            "no picture: amlblast-draw is neither beside amlblast nor in PATH");
    progress_step(&session->progress, "drawing");
    for (int i = 0; i < FORMATS; i++) {
        Status status =
            files[i].file ? draw_file(session, picture, program, &files[i]) : STATUS_DONE;
        worst = status == STATUS_DONE ? worst : status;
    }
    progress_end(&session->progress);
    return worst;
}
