#include "rules/rules.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "rules/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILE_BYTES = 16 * 1024 * 1024 };

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

/* In the order they are read: later ones refer to earlier ones.  Techniques come last. */
static const struct {
    const char *name;
    FileReader *read;
} tables[] = {
    {"capabilities.json", read_capabilities},
    {"resource-fields.json", read_known_properties},
    {"kinds.json", read_kinds},
    {"credential-actions.json", read_credential_actions},
    {"builtin-roles.json", read_builtin_roles},
    {"directory-roles.json", read_directory_roles},
    {"app-roles.json", read_app_roles},
    {"task-scopes.json", read_purposes},
};

typedef struct RuleFile {
    const char *name; /* "techniques/storage.json" */
    const char *bytes;
    size_t length_bytes;
    const JsonValue *root; /* NULL after a problem */
    FileReader *read;
    double order; /* of techniques: their member "order" */
} RuleFile;

typedef struct RuleFiles {
    ARRAY(RuleFile) files;
    Arena arena; /* their bytes and JSON */
} RuleFiles;

/* ---- reading files ---- */

static void file_problem(Problems *problems, const char *text)
{
    problems->count++;
    problems->report(problems->context, text);
}

static void open_file(RuleFiles *files, const char *data_dir, const char *name, FileReader *read,
                      Problems *problems)
{
    Error error;
    RuleFile file = {.name = name, .read = read};
    const char *path = arena_format(&files->arena, "%s/%s", data_dir, name);
    bool opened = file_read_all(&files->arena, path, MOST_FILE_BYTES, &file.bytes,
                                &file.length_bytes, &error);
    if (opened && !json_parse(&files->arena, file.bytes, file.length_bytes, &file.root, &error)) {
        file.root = NULL;
        error_prefix(&error, name);
    }
    if (!file.root)
        file_problem(problems, error.message);
    if (file.root && read == read_techniques)
        (void)json_number(json_member(file.root, "order"), &file.order);
    ARRAY_PUSH(&files->files, file);
}

static void open_files(RuleFiles *files, const char *data_dir, Problems *problems)
{
    for (uint32_t i = 0; i < COUNT_OF(tables); i++)
        open_file(files, data_dir, tables[i].name, tables[i].read, problems);
    Error error;
    const char **names = NULL;
    uint32_t count = 0;
    const char *directory = arena_format(&files->arena, "%s/techniques", data_dir);
    if (!file_list(&files->arena, directory, ".json", &names, &count, &error))
        file_problem(problems, error.message);
    for (uint32_t i = 0; i < count; i++)
        open_file(files, data_dir, arena_format(&files->arena, "techniques/%s", names[i]),
                  read_techniques, problems);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const RuleFile *)a)->name, ((const RuleFile *)b)->name);
}

/* Tables keep their order and stand before the techniques. */
static int by_order(const void *a, const void *b)
{
    const RuleFile *x = a;
    const RuleFile *y = b;
    if ((x->read == read_techniques) != (y->read == read_techniques))
        return x->read == read_techniques ? 1 : -1;
    if (x->order < y->order || x->order > y->order)
        return x->order < y->order ? -1 : 1;
    return by_name(a, b);
}

static void digest_files(RuleFiles *files, char text[DIGEST_TEXT_BYTES])
{
    qsort(files->files.items, files->files.count, sizeof *files->files.items, by_name);
    Digest *digest = digest_new();
    for (uint32_t i = 0; i < files->files.count; i++) {
        const RuleFile *file = &files->files.items[i];
        digest_add(digest, file->name, strlen(file->name) + 1);
        uint64_t length = file->length_bytes;
        unsigned char bytes[8];
        for (uint32_t b = 0; b < sizeof bytes; b++)
            bytes[b] = (unsigned char)(length >> (8 * b));
        digest_add(digest, bytes, sizeof bytes);
        if (file->bytes)
            digest_add(digest, file->bytes, file->length_bytes);
    }
    digest_finish(digest, text);
}

static void read_file(Loader *loader, const RuleFile *file, Problems *problems)
{
    Reader reader = {.arena = &loader->rules->arena, .problems = problems};
    reader.file = arena_copy_text(reader.arena, file->name);
    if (file->root)
        file->read(loader, &reader, file->root);
}

static void read_tables(Loader *loader, RuleFiles *files, Problems *problems)
{
    for (uint32_t t = 0; t < COUNT_OF(tables); t++)
        for (uint32_t i = 0; i < files->files.count; i++)
            if (files->files.items[i].read == tables[t].read)
                read_file(loader, &files->files.items[i], problems);
}

static void read_everything(Rules *rules, const char *data_dir, Problems *problems)
{
    RuleFiles files = {0};
    Loader loader = {.rules = rules};
    open_files(&files, data_dir, problems);
    digest_files(&files, rules->sha256);
    read_tables(&loader, &files, problems);
    qsort(files.files.items, files.files.count, sizeof *files.files.items, by_order);
    for (uint32_t i = 0; i < files.files.count; i++)
        if (files.files.items[i].read == read_techniques)
            read_file(&loader, &files.files.items[i], problems);
    ARRAY_FREE(&loader.properties);
    ARRAY_FREE(&files.files);
    arena_free(&files.arena);
}

/* ---- loading and checking ---- */

static void keep_first(void *context, const char *message)
{
    Error *err = context;
    if (!err->message[0])
        (void)error_set(err, "%s", message);
}

bool rules_load(Rules *rules, const char *data_dir, Error *err)
{
    Error first = {{0}};
    Problems problems = {.report = keep_first, .context = &first};
    *rules = (Rules){0};
    read_everything(rules, data_dir, &problems);
    if (problems.count == 0)
        return true;
    rules_free(rules);
    if (problems.count == 1)
        return error_set(err, "%s", first.message);
    return error_set(err, "%.900s (and %u more problems)", first.message, problems.count - 1);
}

void rules_free(Rules *rules)
{
    ARRAY_FREE(&rules->techniques);
    ARRAY_FREE(&rules->clauses);
    ARRAY_FREE(&rules->permissions);
    ARRAY_FREE(&rules->capabilities);
    ARRAY_FREE(&rules->resource_kinds);
    ARRAY_FREE(&rules->purposes);
    ARRAY_FREE(&rules->built_in_roles);
    ARRAY_FREE(&rules->directory_roles);
    ARRAY_FREE(&rules->app_roles);
    arena_free(&rules->arena);
    *rules = (Rules){0};
}

uint32_t rules_check(const char *data_dir, void (*report)(void *context, const char *message),
                     void *context)
{
    Problems problems = {.report = report, .context = context};
    Rules rules = {0};
    read_everything(&rules, data_dir, &problems);
    rules_free(&rules);
    return problems.count;
}

/* ---- looking things up ---- */

uint32_t rules_find_technique(const Rules *rules, const char *id)
{
    for (uint32_t i = 0; i < rules->techniques.count; i++)
        if (text_equal(rules->techniques.items[i].id, id))
            return i;
    return NONE;
}

uint32_t rules_find_capability(const Rules *rules, const char *name)
{
    for (uint32_t i = 0; i < rules->capabilities.count; i++)
        if (text_equal(rules->capabilities.items[i].name, name))
            return i;
    return NONE;
}

uint32_t rules_find_permission(const Rules *rules, const char *action, bool data_plane)
{
    for (uint32_t i = 0; i < rules->permissions.count; i++) {
        const Permission *permission = &rules->permissions.items[i];
        if (permission->data_plane == data_plane && text_equal_any_case(permission->action, action))
            return i;
    }
    return NONE;
}

static int kind_by_type(const void *type, const void *kind)
{
    return text_compare_any_case(type, ((const ResourceKind *)kind)->type);
}

const ResourceKind *rules_resource_kind(const Rules *rules, const char *type)
{
    if (!type || rules->resource_kinds.count == 0)
        return NULL;
    return bsearch(type, rules->resource_kinds.items, rules->resource_kinds.count,
                   sizeof *rules->resource_kinds.items, kind_by_type);
}

const Purpose *rules_find_purpose(const Rules *rules, const char *name)
{
    for (uint32_t i = 0; i < rules->purposes.count; i++)
        if (text_equal(rules->purposes.items[i].name, name))
            return &rules->purposes.items[i];
    return NULL;
}
