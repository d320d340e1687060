#ifndef RULES_LOADER_H
#define RULES_LOADER_H

#include "rules/reader.h"
#include "rules/rules.h"

/*
 * What the readers of the rule files share.  Each reads one file's JSON into the rules' arena and
 * tells problems through its Reader; a file with problems may leave half-filled tables, which
 * rules_load then throws away.
 */

/* One line of resource-fields.json, as far as rules need it. */
typedef struct KnownProperty {
    const char *type; /* lower case; or a kind of principal */
    const char *name;
    const char *missing; /* the value that null or absent means, or NULL: not said */
    bool missing_assumed;
} KnownProperty;

typedef struct Loader {
    Rules *rules;
    ARRAY(KnownProperty) properties;
} Loader;

typedef void FileReader(Loader *loader, Reader *reader, const JsonValue *root);

FileReader read_known_properties;
FileReader read_capabilities;
FileReader read_kinds;
FileReader read_credential_actions;
FileReader read_builtin_roles;
FileReader read_directory_roles;
FileReader read_app_roles;
FileReader read_purposes;
FileReader read_techniques;

/* The file's "schema" must be "amlblast.<name>/1". */
void check_schema(Reader *reader, const JsonValue *root, const char *name);

/* "2026-11-22", or a problem. */
const char *read_date(Reader *reader, const JsonValue *object, const char *key);

/* A resource type in lower case: "microsoft.keyvault/vaults". */
bool is_resource_type(const char *text);

/* A kind of principal: "user", "group", "service-principal", "managed-identity". */
bool is_principal_type(const char *type);

/* The roles, or permissions, that a rule names by GUID or name become their GUIDs, so that they can
   be compared with what an export holds; actions ("microsoft.directory/...") stay.  An unknown one
   is a problem with the member `key`. */
void name_directory_roles(Loader *loader, Reader *reader, const char *key, TextList *values);
void name_app_roles(Loader *loader, Reader *reader, const char *key, TextList *values);

extern const char *const severity_words[];
extern const uint32_t severity_word_count;

#endif
