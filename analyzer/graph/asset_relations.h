#ifndef GRAPH_ASSET_RELATIONS_H
#define GRAPH_ASSET_RELATIONS_H

#include "base/array.h"
#include "graph/relations.h"

typedef ARRAY(RelationRow) RowList;

/*
 * What Azure ML's workloads are made of, appended to lists[RELATION_...]:
 *
 *   in-workspace                                       whose part it is
 *   code-of, environment-of, model-of, component-of    a version of an asset that the workspace
 * keeps follows-environment, -model, -component            the reference names no version: the next
 * one that somebody adds is taken registry-assets-of                                 an asset of a
 * machine learning registry stored-in, stored-in-container                     where the files of
 * an asset are image-registry-of                                  whose image it runs, named by a
 * tag materialization-identity-of                        who computes the features of a feature
 * store reused-by                                          an identity that several of them have
 *
 * A reference is an ARM id, "azureml:<name>:<version>", "azureml:<name>@<label>", "azureml:<name>",
 * or a URI of a registry or workspace:
 * https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax
 */
void asset_relations_find(const Access *access, RowList lists[RELATION_NAME_COUNT]);

#endif
