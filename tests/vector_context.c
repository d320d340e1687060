#include "vector_context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void broken(const char *what)
{
    fprintf(stderr, "test vectors: %s\n", what);
    exit(EXIT_FAILURE);
}

cJSON *vector_file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    TextBuffer text = {0};
    char block[4096];
    size_t bytes = 0;
    while ((bytes = fread(block, 1, sizeof block, file)) > 0)
        text_append_bytes(&text, block, bytes);
    fclose(file);
    cJSON *json = cJSON_ParseWithLength(text.text ? text.text : "", text.length_bytes);
    text_buffer_free(&text);
    if (!json)
        broken(path);
    return json;
}

const char *vector_text(const cJSON *vector, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(vector, name));
    return text ? text : "";
}

Tri vector_expected(const cJSON *vector)
{
    const cJSON *expect = cJSON_GetObjectItemCaseSensitive(vector, "expect");
    if (cJSON_IsBool(expect))
        return cJSON_IsTrue(expect) ? TRI_TRUE : TRI_FALSE;
    if (!cJSON_IsString(expect) || strcmp(expect->valuestring, "unknown") != 0)
        broken("expect is neither true, false nor \"unknown\"");
    return TRI_UNKNOWN;
}

const char *tri_name(Tri tri)
{
    return tri == TRI_TRUE ? "true" : tri == TRI_FALSE ? "false" : "unknown";
}

static const char *scalar_text(Arena *arena, const cJSON *value)
{
    if (cJSON_IsString(value))
        return value->valuestring;
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? "true" : "false";
    if (!cJSON_IsNumber(value))
        broken("an attribute value is neither a text, a number nor a boolean");
    return arena_format(arena, "%.17g", value->valuedouble);
}

static const char *const *texts_of(Arena *arena, const cJSON *value, uint32_t *count)
{
    bool list = cJSON_IsArray(value);
    *count = list ? (uint32_t)cJSON_GetArraySize(value) : 1;
    const char **texts = arena_allocate(arena, *count, sizeof *texts);
    uint32_t i = 0;
    for (const cJSON *each = list ? value->child : value; each && i < *count; each = each->next)
        texts[i++] = scalar_text(arena, each);
    return texts;
}

static void add_bindings(Arena *arena, const cJSON *object, AttributeSource source,
                         ConditionContext *context, AttributeBinding *bindings)
{
    for (const cJSON *each = object ? object->child : NULL; each; each = each->next) {
        AttributeBinding *binding = &bindings[context->binding_count++];
        *binding = (AttributeBinding){.source = source, .name = each->string};
        binding->state = cJSON_IsNull(each) ? ATTRIBUTE_ABSENT : ATTRIBUTE_KNOWN;
        if (binding->state == ATTRIBUTE_KNOWN)
            binding->values = texts_of(arena, each, &binding->value_count);
    }
}

ConditionContext vector_context(Arena *arena, const cJSON *vector)
{
    static const char *const sources[] = {[SOURCE_REQUEST] = "request",
                                          [SOURCE_RESOURCE] = "resource",
                                          [SOURCE_PRINCIPAL] = "principal",
                                          [SOURCE_ENVIRONMENT] = "environment"};
    enum { SOURCES = sizeof sources / sizeof *sources };
    const cJSON *ctx = cJSON_GetObjectItemCaseSensitive(vector, "ctx");
    const cJSON *objects[SOURCES];
    size_t attributes = 0;
    for (int i = 0; i < SOURCES; i++) {
        objects[i] = cJSON_GetObjectItemCaseSensitive(ctx, sources[i]);
        attributes += (size_t)cJSON_GetArraySize(objects[i]);
    }
    AttributeBinding *bindings = arena_allocate(arena, attributes, sizeof *bindings);
    ConditionContext context = {.action = vector_text(vector, "action"), .bindings = bindings};
    for (int i = 0; i < SOURCES; i++)
        add_bindings(arena, objects[i], (AttributeSource)i, &context, bindings);
    const cJSON *suboperations = cJSON_GetObjectItemCaseSensitive(ctx, "subOperations");
    context.suboperations_known = cJSON_IsArray(suboperations);
    if (context.suboperations_known)
        context.suboperations = texts_of(arena, suboperations, &context.suboperation_count);
    return context;
}
