#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

/*
 * Get-AzRoleDefinition | ConvertTo-Json: the lists of actions stand beside the id, and the blocks
 * of a role are merged into one.  Custom roles have one block; built-in ones may have several,
 * under conditions that are lost here, so the table of built-in roles knows them better.
 * https://learn.microsoft.com/powershell/module/az.resources/get-azroledefinition
 */
bool read_powershell_role(Reading *reading)
{
    const RecordView *view = &reading->view;
    const char *id = view_top_text(view, KEY_ID);
    bool custom;
    char found[128];
    RoleFact *role = arena_allocate(reading->arena, 1, sizeof *role);
    if (!id || !arm_id_last_guid(id, &role->guid))
        return reading_refuse(reading, reading_member(reading, KEY_ID),
                              "expected the GUID of a role definition, found %s",
                              json_describe(view->top[KEY_ID], found, sizeof found));
    if (json_bool(view->top[KEY_IS_CUSTOM], &custom) && !custom)
        return reading_set_aside(reading, "a built-in role as Azure PowerShell prints it, its "
                                          "permission blocks merged: the table of built-in roles "
                                          "is used instead");
    role->blocks = arena_allocate(reading->arena, 1, sizeof *role->blocks);
    role->block_count = 1;
    if (!read_block(reading, view->record, "", role->blocks) ||
        !read_text_list(reading, view_get(view, KEY_ASSIGNABLE_SCOPES),
                        reading_member(reading, KEY_ASSIGNABLE_SCOPES), &role->assignable_scopes))
        return false;
    role->name = copy_text(reading, view_get(view, KEY_NAME));
    role->kind = ROLE_CUSTOM;
    reading->fact->kind = FACT_ROLE;
    reading->fact->record_kind = RECORD_ROLE_DEFINITION;
    reading->fact->role = role;
    return true;
}
