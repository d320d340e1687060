#ifndef SNAPSHOT_LIST_CONTEXT_H
#define SNAPSHOT_LIST_CONTEXT_H

#include "base/arena.h"
#include "snapshot/fact.h"

/*
 * What a list is of, as far as something besides its elements says so: a manifest, the
 * "@odata.context" or link of a Microsoft Graph page, the name of the file.  Elements tell what
 * they are themselves; the context is needed for lists that are empty and for member and owner
 * lists, which do not name the group they belong to.
 */
typedef enum ListTool {
    LIST_OF_ANY_TOOL,
    LIST_OF_AZUREHOUND,    /* "meta": {"type": "azure"}: every record tells its kind */
    LIST_OF_OLD_AZUREHOUND /* "meta": {"type": "azusers"}: of AzureHound.ps1 */
} ListTool;

typedef struct ListContext {
    ListTool tool;
    RecordKind kind;        /* RECORD_KIND_COUNT: nothing says so */
    RecordKind also_kind;   /* groups with their members inline: group-members; else COUNT */
    bool entities;          /* a collection of its own ("users"), said by the context */
    bool directory_objects; /* the context says only "directoryObjects": nearly always a relation */
    bool plain_objects;     /* looked up by id (getByIds): no relation */
    bool eligible;          /* eligible assignments of directory roles */
    bool relation;          /* members or owners of something */
    ListOwner owner;        /* object_id NULL: not named */
    const char *of;         /* the manifest's, or NULL */
} ListContext;

#define MANIFEST_NAME   "manifest.json"
#define MANIFEST_SCHEMA "amlblast.manifest/1"

/* What a manifest says about one file. */
typedef struct ManifestEntry {
    const char *path; /* as the input list prints it */
    RecordKind kind;
    const char *of;
} ManifestEntry;

int manifest_by_path(const void *left, const void *right); /* for qsort and bsearch */

/* The context by the file alone.  `entry` may be NULL.  Texts in `arena`, or of the entry. */
ListContext list_context_of_file(Arena *arena, const char *path, const ManifestEntry *entry);

/* The same, with what the wrapper of a list (or a bare object's own members) adds. */
ListContext list_context_add(Arena *arena, const ListContext *file, const JsonValue *envelope);

RecordKind record_kind_find(const char *name); /* by its name; RECORD_KIND_COUNT: none */

#endif
