#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

#include <string.h>

/*
 * Entities of the Azure CLI's ml extension that carry no ARM id.  Most do, and read_resource takes
 * them as they are; some commands and versions leave it out, and then the id is put together from
 * the workspace and what the entity looks like.
 * https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview
 */

static bool has_type(const RecordView *view, const char *const *types, size_t count)
{
    const char *type = view_top_text(view, KEY_TYPE);
    for (size_t i = 0; type && i < count; i++)
        if (text_equal_any_case(type, types[i]))
            return true;
    return false;
}

/* The collection below the workspace that holds such an entity, or NULL.  Order matters: what a
   deployment has, an endpoint may have too. */
static const char *collection_of(const RecordView *view)
{
    static const char *const datastores[] = {"azure_blob", "azure_file", "azure_data_lake_gen1",
                                             "azure_data_lake_gen2", "one_lake"};
    static const char *const computes[] = {"amlcompute",     "computeinstance", "kubernetes",
                                           "virtualmachine", "synapsespark",    "databricks",
                                           "hdinsight",      "datafactory",     "aks"};
    static const char *const jobs[] = {"command", "pipeline", "sweep", "automl", "spark"};
    if (has_type(view, datastores, ROW_COUNT(datastores)))
        return "datastores";
    if (has_type(view, computes, ROW_COUNT(computes)))
        return "computes";
    if (has_type(view, jobs, ROW_COUNT(jobs)) && view_has(view, KEY_EXPERIMENT_NAME))
        return "jobs";
    if (view_has(view, KEY_ENDPOINT_NAME))
        return "onlineEndpoints";
    if (view_has(view, KEY_SCORING_URI))
        return "onlineEndpoints";
    return view_has(view, KEY_TARGET) && view_top_text(view, KEY_NAME) ? "connections" : NULL;
}

bool is_ml_entity(const RecordView *view)
{
    const char *id = view_top_text(view, KEY_ID);
    if (id && id[0] == '/')
        return false;
    return view->top[KEY_MLFLOW_TRACKING_URI] || (!view->properties && collection_of(view));
}

/* "azureml://<host>/mlflow/v1.0/subscriptions/.../workspaces/w": the id stands in the link. */
static const char *workspace_of_tracking_uri(Reading *reading)
{
    const char *uri = view_top_text(&reading->view, KEY_MLFLOW_TRACKING_URI);
    return uri ? copy_arm_id(reading, text_find_any_case(uri, "/subscriptions/")) : NULL;
}

const char *ml_entity_id(Reading *reading)
{
    const RecordView *view = &reading->view;
    const char *workspace = workspace_of_tracking_uri(reading);
    if (workspace)
        return workspace;
    const char *name = view_top_text(view, KEY_NAME);
    const char *collection = collection_of(view);
    const char *endpoint = view_top_text(view, KEY_ENDPOINT_NAME);
    workspace = reading->list->of;
    if (!workspace || workspace[0] != '/' || !collection || !name) {
        reading_set_aside(reading, "workspace not named: an entity of az ml without an ARM id; "
                                   "export it with its id, or name the workspace in a manifest");
        return NULL;
    }
    const char *id = endpoint
                         ? arena_format(reading->arena, "%s/%s/%s/deployments/%s", workspace,
                                        collection, endpoint, name)
                         : arena_format(reading->arena, "%s/%s/%s", workspace, collection, name);
    return copy_arm_id(reading, id);
}
