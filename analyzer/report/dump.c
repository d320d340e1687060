#include "report/dump.h"

#include "base/clean.h"
#include "snapshot/fields.h"

/* Prints a field behind a tab, cleaned; NULL prints "-". */
static void field(FILE *stream, const char *text)
{
    TextBuffer cleaned = {0};
    clean_append(&cleaned, CLEAN_TERMINAL, text ? text : "-");
    fprintf(stream, "\t%s", cleaned.text);
    text_buffer_free(&cleaned);
}

static void principal_field(FILE *stream, const Snapshot *snapshot, uint32_t principal)
{
    if (principal == NONE) {
        field(stream, NULL);
        return;
    }
    const Principal *it = &snapshot->principals.items[principal];
    Id id = it->object_id != NONE ? it->object_id : it->resource_id;
    field(stream, id_text(snapshot, id));
}

static void place_field(FILE *stream, const Snapshot *snapshot, uint32_t record)
{
    char pointer[1024];
    if (record == NONE) {
        field(stream, NULL);
        return;
    }
    const Record *it = &snapshot->records.items[record];
    field(stream, snapshot->files.items[it->file].path);
    field(stream, record_pointer(snapshot, record, pointer, sizeof pointer));
}

/* ---- snapshot ---- */

static void dump_principals(FILE *stream, const Snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *it = &snapshot->principals.items[i];
        fprintf(stream, "principal\t%u", (unsigned)i);
        principal_field(stream, snapshot, i);
        field(stream, principal_kind_word(it->kind));
        field(stream, principal_name(snapshot, i));
        place_field(stream, snapshot, it->record != NONE ? it->record : it->mentioned_by);
        fputc('\n', stream);
    }
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *it = &snapshot->relations.items[i];
        fputs(it->kind == RELATION_MEMBER ? "member" : "owner", stream);
        principal_field(stream, snapshot, it->subject);
        if (it->object != NONE)
            principal_field(stream, snapshot, it->object);
        else
            field(stream, id_text(snapshot, it->application));
        fputc('\n', stream);
    }
}

static void dump_assignments(FILE *stream, const Snapshot *snapshot)
{
    static const char *const kinds[] = {[ASSIGNMENT_PLAIN] = "assignment",
                                        [ASSIGNMENT_SCHEDULED] = "scheduled-assignment",
                                        [ASSIGNMENT_ELIGIBLE] = "eligible-assignment"};
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++) {
        const RoleAssignment *it = &snapshot->role_assignments.items[i];
        fputs(kinds[it->kind], stream);
        principal_field(stream, snapshot, it->principal);
        field(stream, id_text(snapshot, it->role_guid));
        field(stream, id_text(snapshot, it->scope));
        field(stream, text_text(snapshot, it->condition));
        place_field(stream, snapshot, it->record);
        fputc('\n', stream);
    }
}

static void dump_resources(FILE *stream, const Snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *it = &snapshot->resources.items[i];
        fputs("resource", stream);
        field(stream, id_text(snapshot, it->id));
        field(stream, id_text(snapshot, it->type));
        fputc('\n', stream);
        for (uint32_t p = 0; p < it->property_count; p++) {
            const Property *property = &snapshot->properties.items[it->first_property + p];
            fputs("property", stream);
            field(stream, interned_text(&snapshot->fields->names, property->name));
            field(stream, text_text(snapshot, property->value));
            fputc('\n', stream);
        }
        for (uint32_t a = 0; a < it->attachment_count; a++) {
            fputs("attached", stream);
            principal_field(stream, snapshot,
                            snapshot->attachments.items[it->first_attachment + a].principal);
            fputc('\n', stream);
        }
    }
}

void dump_snapshot(FILE *stream, const Snapshot *snapshot)
{
    dump_principals(stream, snapshot);
    dump_assignments(stream, snapshot);
    dump_resources(stream, snapshot);
}

/* ---- access ---- */

static void scope_field(FILE *stream, const Access *access, uint32_t scope)
{
    field(stream, scope == NONE ? NULL : id_text(access->snapshot, access->tree.scopes[scope].id));
}

static void dump_grants(FILE *stream, const Access *access)
{
    for (uint32_t i = 0; i < access->grants.count; i++) {
        const Grant *it = &access->grants.items[i];
        fprintf(stream, "grant\t%u", (unsigned)i);
        principal_field(stream, access->snapshot, it->principal);
        field(stream, access->roles.items[it->role].definition->name);
        scope_field(stream, access, it->scope);
        field(stream, certainty_name(it->certainty));
        fputc('\n', stream);
    }
    for (uint32_t i = 0; i < access->unknown_grants.count; i++) {
        const UnknownGrant *it = &access->unknown_grants.items[i];
        fputs("unknown-grant", stream);
        principal_field(stream, access->snapshot, it->principal);
        scope_field(stream, access, it->scope);
        fputc('\n', stream);
    }
}

void dump_access(FILE *stream, const Access *access)
{
    for (uint32_t i = 0; i < access->tree.count; i++) {
        const Scope *it = &access->tree.scopes[i];
        fprintf(stream, "scope\t%u", (unsigned)i);
        scope_field(stream, access, i);
        scope_field(stream, access, it->parent);
        fprintf(stream, "\t%u%s\n", (unsigned)it->end, it->place_unknown ? "\tplace unknown" : "");
    }
    dump_grants(stream, access);
    for (uint32_t i = 0; i < access->obstacles.count; i++) {
        const Obstacle *it = &access->obstacles.items[i];
        fputs(it->is_lock ? "lock" : "deny", stream);
        scope_field(stream, access, it->scope);
        field(stream, it->unsure ? "unsure" : "sure");
        place_field(stream, access->snapshot, it->record);
        fputc('\n', stream);
    }
}

/* ---- graph ---- */

static const char *node_kind_name(NodeKind kind)
{
    static const char *const names[] = {
        [NODE_PRINCIPAL] = "principal", [NODE_MEMBER] = "member",
        [NODE_RIGHT] = "right",         [NODE_CAPABILITY] = "capability",
        [NODE_GIVE] = "give",           [NODE_GIVE_SOME] = "give-some",
        [NODE_ROLE_EDIT] = "role-edit", [NODE_ROLE_HELD] = "role-held",
        [NODE_FULL] = "full",           [NODE_SUPPORT] = "support",
        [NODE_COMPONENT] = "component", [NODE_NEED] = "need",
        [NODE_HOLDS] = "holds",         [NODE_PRESENT] = "present",
        [NODE_CONTROL] = "control",     [NODE_GIVE_DIRECTORY] = "give-directory",
        [NODE_DIRECTORY] = "directory", [NODE_LIFTED] = "lifted",
        [NODE_FINDING] = "finding",     [NODE_ALL] = "all"};
    return names[kind];
}

static void right_field(FILE *stream, const PrivilegeGraph *graph, const Right *right)
{
    field(stream, right->atom_count ? graph->access->atoms->atoms.items[right->atoms[0]].action
                                    : "everything");
}

/* The place or principal that the node is about; the rest are numbers of other tables. */
static void node_fields(FILE *stream, const PrivilegeGraph *graph, const Node *node)
{
    const Access *access = graph->access;
    if (node->kind == NODE_PRINCIPAL || node->kind == NODE_MEMBER || node->kind == NODE_CONTROL ||
        node->kind == NODE_HOLDS)
        principal_field(stream, access->snapshot, node->a);
    else if (node->kind == NODE_GIVE)
        scope_field(stream, access, node->a);
    else if (node->kind == NODE_RIGHT || node->kind == NODE_CAPABILITY)
        scope_field(stream, access, node->b);
    else
        field(stream, NULL);
    if (node->kind == NODE_RIGHT)
        right_field(stream, graph, &graph->rights.items[node->a]);
    if (node->kind == NODE_FINDING)
        field(stream, graph->rules->techniques.items[node->a].id);
    if (node->kind == NODE_CAPABILITY)
        field(stream, graph->rules->capabilities.items[node->a].name);
}

void dump_graph(FILE *stream, const PrivilegeGraph *graph)
{
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        const Node *node = &graph->nodes.items[i];
        fprintf(stream, "node\t%u\t%s\t%d\t%d\t%d", (unsigned)i, node_kind_name(node->kind),
                (int)node->a, (int)node->b, (int)node->c);
        node_fields(stream, graph, node);
        fputc('\n', stream);
    }
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        const Edge *edge = &graph->edges.items[i];
        fprintf(stream, "edge\t%u\t%u\t%s", (unsigned)edge->from, (unsigned)edge->to,
                certainty_name((Certainty)edge->certainty));
        field(stream,
              edge->technique == NONE ? NULL : graph->rules->techniques.items[edge->technique].id);
        fputc('\n', stream);
    }
    for (uint32_t i = 0; i < graph->conjunctions.count; i++) {
        const Conjunction *it = &graph->conjunctions.items[i];
        fprintf(stream, "all\t%u", (unsigned)it->node);
        for (uint32_t p = 0; p < it->premise_count; p++)
            fprintf(stream, "\t%u", (unsigned)graph->premises.items[it->first_premise + p]);
        fputc('\n', stream);
    }
}
