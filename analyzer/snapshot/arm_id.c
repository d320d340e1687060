#include "snapshot/arm_id.h"

#include "snapshot/snapshot.h"

#include <string.h>

bool arm_id_is_normal(const char *id)
{
    size_t length = strlen(id);
    return id[0] == '/' && !strstr(id, "//") && (length == 1 || id[length - 1] != '/') &&
           !strpbrk(id, " \t\r\n");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *scope_normalise(const char *scope, char *buffer, size_t buffer_bytes)
{
    size_t length = 0;
    const char *end = scope + strlen(scope);
    while (is_space(*scope))
        scope++;
    while (end > scope && is_space(end[-1]))
        end--;
    if (buffer_bytes < 2) {
        if (buffer_bytes)
            buffer[0] = 0;
        return buffer;
    }
    buffer[length++] = '/';
    for (; scope < end && length + 1 < buffer_bytes; scope++)
        if (*scope != '/' || buffer[length - 1] != '/')
            buffer[length++] = *scope;
    if (length > 1 && buffer[length - 1] == '/')
        length--;
    buffer[length] = 0;
    return buffer;
}

/* Where the last "/providers/" begins, or NULL. */
static const char *last_provider(const char *id)
{
    const char *last = NULL;
    for (const char *at = id; (at = strchr(at, '/')); at++)
        if (text_starts_with_any_case(at, "/providers/"))
            last = at;
    return last;
}

bool arm_id_has_provider(const char *id)
{
    return last_provider(id) != NULL;
}

static size_t segment_length(const char *text)
{
    return strcspn(text, "/");
}

static const char *copy_whole(const char *text, char *buffer, size_t buffer_bytes)
{
    size_t length = strlen(text);
    if (length >= buffer_bytes)
        return NULL;
    memcpy(buffer, text, length + 1);
    return buffer;
}

/* "/subscriptions/s" and "/subscriptions/s/resourceGroups/g" have no provider in their id. */
static const char *container_type(const char *id, char *buffer, size_t buffer_bytes)
{
    size_t subscription = arm_id_subscription_length(id);
    if (!subscription)
        return NULL;
    if (!id[subscription])
        return copy_whole(SUBSCRIPTION_TYPE, buffer, buffer_bytes);
    static const char group[] = "/resourceGroups/";
    const char *rest = id + subscription;
    if (!text_starts_with_any_case(rest, group))
        return NULL;
    rest += sizeof group - 1;
    size_t name = segment_length(rest);
    return name && !rest[name] ? copy_whole(RESOURCE_GROUP_TYPE, buffer, buffer_bytes) : NULL;
}

static bool append_segment(char *buffer, size_t buffer_bytes, size_t *length, const char *segment,
                           size_t segment_bytes)
{
    if (*length + 1 + segment_bytes >= buffer_bytes)
        return false;
    if (*length)
        buffer[(*length)++] = '/';
    memcpy(buffer + *length, segment, segment_bytes);
    *length += segment_bytes;
    buffer[*length] = 0;
    return true;
}

const char *arm_id_type(const char *id, char *buffer, size_t buffer_bytes)
{
    const char *at = last_provider(id);
    if (!at)
        return container_type(id, buffer, buffer_bytes);
    at += sizeof "/providers/" - 1;
    size_t length = 0;
    size_t pairs = 0;
    if (!append_segment(buffer, buffer_bytes, &length, at, segment_length(at)))
        return NULL;
    at += segment_length(at);
    while (*at == '/') {
        at++;
        if (!append_segment(buffer, buffer_bytes, &length, at, segment_length(at)))
            return NULL;
        at += segment_length(at);
        if (*at != '/')
            return NULL; /* a type without a name: a list, not a resource */
        at++;
        at += segment_length(at);
        pairs++;
    }
    return pairs ? buffer : NULL;
}

const char *arm_id_name(const char *id)
{
    const char *slash = strrchr(id, '/');
    return slash ? slash + 1 : id;
}

/* The segment before the one that begins at `at`, or NULL. */
static const char *segment_before(const char *id, const char *at)
{
    if (at < id + 2)
        return NULL;
    for (at -= 2; at > id && *at != '/'; at--)
        ;
    return *at == '/' ? at + 1 : at;
}

const char *arm_id_short_name(const char *id)
{
    const char *slash = id ? strrchr(id, '/') : NULL;
    if (!slash || !slash[1])
        return id;
    const char *type = segment_before(id, slash + 1);
    const char *parent = type ? segment_before(id, type) : NULL;
    bool is_version = type && text_starts_with_any_case(type, "versions/");
    return parent && (is_version || text_equal_any_case(slash + 1, "default")) ? parent : slash + 1;
}

/* Length of "<prefix><segment>" at the start of the id, or 0. */
static size_t prefixed_segment(const char *id, const char *prefix)
{
    if (!text_starts_with_any_case(id, prefix))
        return 0;
    size_t prefix_bytes = strlen(prefix);
    size_t name_bytes = segment_length(id + prefix_bytes);
    return name_bytes ? prefix_bytes + name_bytes : 0;
}

size_t arm_id_subscription_length(const char *id)
{
    return prefixed_segment(id, "/subscriptions/");
}

size_t arm_id_management_group_length(const char *id)
{
    return prefixed_segment(id, MANAGEMENT_GROUP_PREFIX);
}

bool arm_id_extended_scope(const char *id, const char *extension, size_t *length_bytes)
{
    const char *at = last_provider(id);
    if (!at)
        return false;
    const char *type = at + sizeof "/providers/" - 1;
    if (!text_starts_with_any_case(type, extension) || type[strlen(extension)] != '/')
        return false;
    *length_bytes = (size_t)(at - id);
    return true;
}

bool arm_id_last_guid(const char *id, Guid *guid)
{
    return guid_parse(arm_id_name(id), guid);
}
