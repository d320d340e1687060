#include "base/text.h"
#include "rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a data directory with one file of the test's own ---- */

static const char *const table_files[] = {
    "capabilities.json",  "resource-fields.json", "kinds.json",           "credential-actions.json",
    "builtin-roles.json", "task-scopes.json",     "directory-roles.json", "app-roles.json"};
enum { TABLE_FILES = sizeof table_files / sizeof *table_files, PATH_BYTES = 512 };

static char directory[PATH_BYTES];

static void write_text(const char *name, const char *text)
{
    char path[2 * PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Every table is the project's own, except `replaced` (NULL: none), which holds `text`. */
static void make_directory(const char *replaced, const char *text)
{
    char here[PATH_BYTES];
    char from[2 * PATH_BYTES];
    char to[2 * PATH_BYTES];
    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(directory, sizeof directory, "/tmp/test_rules.XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(to, sizeof to, "%s/techniques", directory);
    assert_int_equal(mkdir(to, 0700), 0);
    for (size_t i = 0; i < TABLE_FILES; i++) {
        (void)snprintf(from, sizeof from, "%s/data/%s", here, table_files[i]);
        (void)snprintf(to, sizeof to, "%s/%s", directory, table_files[i]);
        if (!text_equal(table_files[i], replaced))
            assert_int_equal(symlink(from, to), 0);
    }
    if (replaced)
        write_text(replaced, text);
}

static void remove_directory(void)
{
    static const char *const own[] = {"techniques/storage.json", "techniques/generic.json",
                                      "techniques"};
    char path[2 * PATH_BYTES];
    for (size_t i = 0; i < TABLE_FILES; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, table_files[i]);
        (void)remove(path);
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, own[i]);
        (void)remove(path);
    }
    assert_int_equal(remove(directory), 0);
}

/* ---- problems ---- */

static void collect(void *context, const char *message)
{
    text_append_format(context, "%s\n", message);
}

/* The only problem of the directory must be `message`. */
static void expect_only(const char *message)
{
    TextBuffer problems = {0};
    uint32_t count = rules_check(directory, collect, &problems);
    char expected[1024];
    (void)snprintf(expected, sizeof expected, "%s\n", message);
    if (count != 1 || !text_equal(problems.text, expected))
        fail_msg("expected:\n%sfound:\n%s", expected, problems.text ? problems.text : "nothing\n");
    text_buffer_free(&problems);
}

static void table_problem(const char *name, const char *text, const char *message)
{
    make_directory(name, text);
    expect_only(message);
    remove_directory();
}

/* ---- one technique ---- */

/* What a technique consists of; NULL: a harmless default. */
typedef struct Parts {
    const char *id, *label, *text, *severity, *variables, *premises, *conclusions, *more;
} Parts;

static const char *or_else(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

static void write_technique(const Parts *parts)
{
    TextBuffer text = {0};
    text_append(&text, "{\"schema\":\"amlblast.techniques/1\",\"family\":\"storage\","
                       "\"title\":\"x\",\"order\":1,\"techniques\":[{");
    text_append_format(&text, "\"id\":\"%s\",", or_else(parts->id, "test"));
    text_append_format(&text, "\"label\":\"%s\",", or_else(parts->label, "do it"));
    text_append_format(&text, "\"text\":\"%s\",", or_else(parts->text, "does it"));
    text_append_format(&text, "\"severity\":\"%s\",", or_else(parts->severity, "high"));
    text_append_format(
        &text, "\"variables\":%s,",
        or_else(parts->variables, "{\"storage\":\"microsoft.storage/storageaccounts\"}"));
    text_append_format(&text, "\"premises\":[%s],",
                       or_else(parts->premises,
                               "{\"permission\":[\"Microsoft.Storage/storageAccounts/write\"],"
                               "\"plane\":\"control\",\"on\":\"storage\"}"));
    text_append_format(
        &text, "\"conclusions\":[%s],",
        or_else(parts->conclusions, "{\"capability\":\"manage\",\"on\":\"storage\"}"));
    text_append_format(&text, "%s", or_else(parts->more, ""));
    text_append(&text, "\"title\":\"t\",\"confidence\":\"documented\",\"why\":\"w\",\"fix\":\"f\","
                       "\"sources\":[\"https://example.com\"],\"checked\":\"2026-11-22\","
                       "\"status\":\"modelled\"}]}");
    write_text("techniques/storage.json", text.text);
    text_buffer_free(&text);
}

static void technique_problem(Parts parts, const char *message)
{
    char expected[1024];
    (void)snprintf(expected, sizeof expected, "techniques/storage.json: /techniques/0%s", message);
    make_directory(NULL, NULL);
    write_technique(&parts);
    expect_only(expected);
    remove_directory();
}

static void load_technique(Parts parts, Rules *rules)
{
    Error err = {""};
    make_directory(NULL, NULL);
    write_technique(&parts);
    if (!rules_load(rules, directory, &err))
        fail_msg("%s", err.message);
    remove_directory();
}

/* ---- the project's own data ---- */

static Rules own;

static int load_own(void **state)
{
    (void)state;
    Error err = {""};
    if (rules_load(&own, "data", &err))
        return 0;
    (void)fprintf(stderr, "%s\n", err.message);
    return 1;
}

static int free_own(void **state)
{
    (void)state;
    rules_free(&own);
    return 0;
}

static const Technique *technique(const char *id)
{
    uint32_t index = rules_find_technique(&own, id);
    if (index == NONE)
        fail_msg("no technique %s", id);
    return &own.techniques.items[index];
}

static const Clause *first_clause(const char *id)
{
    return &own.clauses.items[technique(id)->first_clause];
}

static const Premise *premise_of_property(const Clause *clause, const char *property)
{
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (text_equal(clause->premises[i].property, property))
            return &clause->premises[i];
    fail_msg("no premise about %s", property);
    return NULL;
}

static void test_own_techniques_are_there(void **state)
{
    (void)state;
    static const char *const ids[] = {"rbac-assign-any",
                                      "rbac-assign-self-elevate",
                                      "rbac-assign-conditioned-rolelist",
                                      "rbac-assign-conditioned-denylist",
                                      "role-definition-inflate-held",
                                      "aml-job-acts-as-compute-identity",
                                      "aml-serverless-job-acts-as-workspace-uai",
                                      "aml-create-compute-with-chosen-uai",
                                      "aml-deployment-acts-as-endpoint-identity",
                                      "aml-compute-instance-terminal",
                                      "aml-compute-instance-sso-user-token",
                                      "aml-datastore-listsecrets",
                                      "aml-connection-listsecrets",
                                      "aml-list-storage-account-keys",
                                      "kv-secret-get",
                                      "kv-policy-secret-get",
                                      "kv-access-policy-write",
                                      "kv-vault-write-access-policy",
                                      "storage-list-keys",
                                      "storage-blob-read",
                                      "storage-blob-write",
                                      "uami-federated-credential",
                                      "vm-run-command",
                                      "vm-extension-write",
                                      "resource-hosts-identity",
                                      "aml-identity-can-change-own-role"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_true(technique(ids[i])->clause_count > 0);
}

static void test_catalogue_goes_from_specific_to_generic(void **state)
{
    (void)state;
    assert_true(rules_find_technique(&own, "aml-identity-can-change-own-role") <
                rules_find_technique(&own, "rbac-assign-any"));
    assert_true(rules_find_technique(&own, "aml-job-acts-as-compute-identity") <
                rules_find_technique(&own, "resource-hosts-identity"));
    for (uint32_t i = 0; i < own.clauses.count; i++) {
        const Technique *of = &own.techniques.items[own.clauses.items[i].technique];
        assert_true(i >= of->first_clause && i < of->first_clause + of->clause_count);
    }
}

/* One clause per (owner or shared) x (running or startable) x (code, identity). */
static void test_alternatives_become_clauses(void **state)
{
    (void)state;
    const Technique *terminal = technique("aml-compute-instance-terminal");
    uint32_t by_owner = 0;
    uint32_t startable = 0;
    assert_int_equal(terminal->clause_count, 8);
    for (uint32_t i = 0; i < terminal->clause_count; i++) {
        const Clause *clause = &own.clauses.items[terminal->first_clause + i];
        uint32_t permissions = 0;
        for (uint32_t k = 0; k < clause->premise_count; k++) {
            by_owner += clause->premises[k].kind == PREMISE_CALLER_RELATION;
            permissions += clause->premises[k].kind == PREMISE_PERMISSION;
        }
        startable += permissions == 2;
    }
    assert_int_equal(by_owner, 4);
    assert_int_equal(startable, 4);
}

static void test_missing_values_mean_what_the_table_says(void **state)
{
    (void)state;
    const Premise *sso =
        premise_of_property(first_clause("aml-compute-instance-sso-user-token"), "enableSSO");
    assert_int_equal(sso->missing, MISSING_ASSUMED);
    assert_string_equal(sso->note, "enableSSO is not exported: true is assumed");
    const Premise *keys =
        premise_of_property(first_clause("storage-list-keys"), "allowSharedKeyAccess");
    assert_true(keys->negated);
    assert_int_equal(keys->missing, MISSING_HOLDS);
    assert_int_equal(keys->not_exported, MISSING_ASSUMED);
    const Premise *policy =
        premise_of_property(first_clause("kv-access-policy-write"), "enableRbacAuthorization");
    assert_int_equal(policy->missing, MISSING_HOLDS);
    const Premise *rbac =
        premise_of_property(first_clause("kv-secret-get"), "enableRbacAuthorization");
    assert_int_equal(rbac->missing, MISSING_FAILS);
    assert_int_equal(rbac->not_exported, MISSING_ASSUMED);
    const Premise *power = premise_of_property(first_clause("vm-run-command"), "powerState");
    assert_int_equal(power->missing, MISSING_HOLDS);
    assert_int_equal(power->not_exported, MISSING_HOLDS);
}

/* Submitting a job runs code whether or not there is a cluster with an identity. */
static void test_a_conclusion_has_only_its_own_variables(void **state)
{
    (void)state;
    const Clause *code = first_clause("aml-job-acts-as-compute-identity");
    assert_int_equal(code->conclusion.kind, CONCLUDES_CAPABILITY);
    assert_int_equal(code->conclusion.capability, CAPABILITY_RUN_CODE);
    assert_int_equal(code->variable_count, 1);
    assert_string_equal(code->variables[0].name, "workspace");
    const Clause *token = code + 1;
    assert_int_equal(token->conclusion.kind, CONCLUDES_ACTS_AS);
    assert_int_equal(token->variable_count, 3);
    assert_string_equal(token->variables[token->conclusion.variable].name, "identity");
}

static void test_conditions_of_grants(void **state)
{
    (void)state;
    const Conclusion *any = &first_clause("rbac-assign-any")->conclusion;
    const Conclusion *list = &first_clause("rbac-assign-conditioned-rolelist")->conclusion;
    const Conclusion *denylist = &first_clause("rbac-assign-conditioned-denylist")->conclusion;
    assert_false(any->conditioned);
    assert_true(list->conditioned && denylist->conditioned);
    assert_int_equal(list->grant_conditions,
                     1U << GRANT_CONDITION_ROLE_LIST | 1U << GRANT_CONDITION_OTHER);
    assert_int_equal(denylist->grant_conditions, 1U << GRANT_CONDITION_ROLE_DENYLIST);
    assert_true(first_clause("rbac-assign-self-elevate")->conclusion.to_caller);
}

static void test_permissions_are_listed_once_per_plane(void **state)
{
    (void)state;
    uint32_t secret =
        rules_find_permission(&own, "microsoft.keyvault/VAULTS/secrets/getSecret/action", true);
    assert_int_not_equal(secret, NONE);
    assert_int_equal(
        rules_find_permission(&own, "Microsoft.KeyVault/vaults/secrets/getSecret/action", false),
        NONE);
    for (uint32_t i = 0; i < own.permissions.count; i++)
        assert_int_equal(rules_find_permission(&own, own.permissions.items[i].action,
                                               own.permissions.items[i].data_plane),
                         i);
}

static void test_own_tables(void **state)
{
    (void)state;
    const ResourceKind *vault = rules_resource_kind(&own, "Microsoft.KeyVault/Vaults");
    assert_string_equal(vault->plural, "key vaults");
    assert_false(vault->hosts_identity || vault->deputy);
    assert_true(rules_resource_kind(&own, "microsoft.sql/servers")->deputy);
    assert_true(rules_resource_kind(&own, "microsoft.compute/virtualmachines")->hosts_identity);
    assert_null(rules_resource_kind(&own, "contoso.test/things"));
    const ResourceKind *subscription =
        rules_resource_kind(&own, "microsoft.resources/subscriptions");
    assert_string_equal(subscription->severities[CAPABILITY_MANAGE], "critical");
    assert_string_equal(vault->severities[CAPABILITY_MANAGE], "high");
    const Capability *manage = &own.capabilities.items[CAPABILITY_MANAGE];
    assert_int_equal(manage->held_count, 1);
    assert_true(manage->held[0].own_type);
    assert_string_equal(manage->held[0].action, "/write");
    assert_int_equal(own.built_in_roles.count, 980);
    assert_string_equal(own.built_in_roles_date, "2026-08-22");
    for (uint32_t i = 0; i < own.built_in_roles.count; i++)
        if (text_equal(own.built_in_roles.items[i].name, "Contributor"))
            assert_string_equal(own.built_in_roles.items[i].blocks[0].actions.items[0], "*");
}

static void test_purposes(void **state)
{
    (void)state;
    const Purpose *training = rules_find_purpose(&own, "training");
    assert_string_equal(training->inferred_from.items[0], "aml-cluster");
    assert_string_equal(workload_kind("aml-cluster")->value, "AmlCompute");
    assert_null(workload_kind("online-endpoint")->property);
    assert_null(workload_kind("toaster"));
    bool pulls = false;
    for (uint32_t i = 0; i < training->row_count; i++)
        if (training->rows[i].at == NEED_AT_WORKSPACE_REGISTRY)
            pulls = text_equal(training->rows[i].actions.items[0],
                               "Microsoft.ContainerRegistry/registries/pull/read");
    assert_true(pulls);
}

static void test_digest_follows_the_bytes(void **state)
{
    (void)state;
    Rules again;
    Rules other;
    Error err = {""};
    assert_true(rules_load(&again, "data", &err));
    assert_string_equal(again.sha256, own.sha256);
    load_technique((Parts){.id = "other"}, &other);
    assert_string_not_equal(other.sha256, own.sha256);
    rules_free(&again);
    rules_free(&other);
}

/* ---- the language ---- */

static void test_what_is_assumed_adds_up(void **state)
{
    (void)state;
    Rules rules;
    load_technique(
        (Parts){.variables = "{\"storage\":\"microsoft.storage/storageaccounts\",\"who\":"
                             "\"principal\"}",
                .premises = "{\"any\":[{\"all\":[{\"relation\":\"identity-of\",\"from\":"
                            "\"storage\",\"to\":\"who\"},{\"assumes\":\"weak\"}]},"
                            "{\"relation\":\"runs-as\",\"from\":\"storage\",\"to\":\"who\"}]}",
                .conclusions = "{\"acts-as\":\"who\",\"kind\":\"deputy\"},"
                               "{\"acts-as\":\"who\",\"kind\":\"token\",\"persists\":true}",
                .more = "\"void\":[{\"fact\":\"a policy forbids it\",\"handling\":\"assume\"}],"},
        &rules);
    assert_int_equal(rules.clauses.count, 4);
    assert_string_equal(
        rules.clauses.items[0].assumes,
        "what could stop it: a policy forbids it; weak; a service acts on the attacker's "
        "behalf");
    assert_string_equal(rules.clauses.items[2].assumes,
                        "what could stop it: a policy forbids it; weak");
    assert_string_equal(rules.clauses.items[3].assumes, "what could stop it: a policy forbids it");
    assert_true(rules.clauses.items[3].conclusion.persists);
    rules_free(&rules);
}

static void test_obstacles_go_to_the_clauses_they_speak_of(void **state)
{
    (void)state;
    Rules rules;
    load_technique(
        (Parts){.variables = "{\"storage\":\"microsoft.storage/storageaccounts\",\"vault\":"
                             "\"microsoft.keyvault/vaults\"}",
                .conclusions = "{\"capability\":\"manage\",\"on\":\"storage\"},"
                               "{\"capability\":\"manage\",\"on\":\"vault\",\"if\":[{\"permission\""
                               ":[\"Microsoft.KeyVault/vaults/write\"],\"plane\":\"control\","
                               "\"on\":\"vault\"}]}",
                .more = "\"void\":[{\"property\":\"publicNetworkAccess\",\"of\":\"vault\","
                        "\"in\":[\"Disabled\"],\"detail\":\"closed\",\"handling\":\"assume\"}],"
                        "\"weakens\":[{\"property\":\"networkDefaultAction\",\"of\":\"storage\","
                        "\"in\":[\"Deny\"],\"detail\":\"firewall\"}],"},
        &rules);
    const Clause *storage = &rules.clauses.items[0];
    const Clause *both = &rules.clauses.items[1];
    assert_int_equal(storage->void_count, 0);
    assert_int_equal(storage->weaken_count, 1);
    assert_int_equal(storage->weakens[0].missing, MISSING_FAILS);
    assert_int_equal(both->void_count, 1);
    assert_int_equal(both->voids[0].missing, MISSING_ASSUMED);
    assert_string_equal(both->variables[both->voids[0].variable].name, "vault");
    rules_free(&rules);
}

static void test_a_missing_relation(void **state)
{
    (void)state;
    Rules rules;
    load_technique((Parts){.variables = "{\"store\":\"microsoft.machinelearningservices/workspaces/"
                                        "datastores\"}",
                           .premises =
                               "{\"permission\":[\"Microsoft.MachineLearningServices/workspaces/"
                               "datastores/read\"],\"plane\":\"control\",\"on\":\"store\"},"
                               "{\"no-relation\":\"datastore-storage\",\"from\":\"store\"}",
                           .conclusions = "{\"finding\":\"store\"}"},
                   &rules);
    const Premise *missing = &rules.clauses.items[0].premises[1];
    assert_int_equal(missing->kind, PREMISE_RELATION);
    assert_true(missing->negated);
    assert_int_equal(missing->other, NONE);
    rules_free(&rules);
}

static void test_variables_are_checked(void **state)
{
    (void)state;
    technique_problem((Parts){.conclusions = "{\"capability\":\"manage\",\"on\":\"acount\"},"
                                             "{\"capability\":\"view\",\"on\":\"storage\"}"},
                      "/conclusions/0/on: expected a variable of the technique, found \"acount\"");
    technique_problem((Parts){.variables =
                                  "{\"storage\":\"microsoft.storage/storageaccounts\",\"other\":"
                                  "\"resource\"}"},
                      "/variables: other is not used");
    technique_problem((Parts){.variables = "{\"storage\":\"microsoft.storage/storageaccounts\","
                                           "\"vault\":\"microsoft.keyvault/vaults\"}",
                              .conclusions = "{\"capability\":\"manage\",\"on\":\"vault\"}"},
                      "/conclusions/0: nothing says which vault is meant: no premise binds it");
    technique_problem(
        (Parts){.variables = "{\"storage\":\"Microsoft.Storage/storageAccounts\"}"},
        "/variables/storage: expected resource, scope, tenant, principal, kinds of principals, or "
        "resource types in lower case, found \"Microsoft.Storage/storageAccounts\"");
    technique_problem((Parts){.text = "reads {acount}"},
                      "/conclusions/0: text: {acount} is no variable of this conclusion: "
                      "\"reads {acount}\"");
}

static void test_types_are_checked(void **state)
{
    (void)state;
    technique_problem(
        (Parts){.premises =
                    "{\"relation\":\"storage-of\",\"from\":\"storage\",\"to\":\"storage\"}"},
        "/premises/0/from: storage cannot be this end of storage-of, expected "
        "microsoft.machinelearningservices/workspaces");
    technique_problem((Parts){.conclusions = "{\"acts-as\":\"storage\",\"kind\":\"token\"}"},
                      "/conclusions/0/acts-as: expected a principal, found storage");
    technique_problem(
        (Parts){.premises = "{\"property\":\"enableRbacAuthorization\",\"of\":\"storage\",\"in\":"
                            "[\"true\"],\"missing\":\"fails\"}"},
        "/premises/0/property: resource-fields.json has no property \"enableRbacAuthorization\" "
        "for the types of storage");
    technique_problem(
        (Parts){.premises = "{\"property\":\"isHnsEnabled\",\"of\":\"storage\",\"in\":[\"true\"]}"},
        "/premises/0/missing: expected holds, fails or assume: resource-fields.json does not say "
        "what a missing isHnsEnabled means");
    technique_problem(
        (Parts){.premises = "{\"caller-relation\":\"storage-of\",\"to\":\"storage\"}"},
        "/premises/0/caller-relation: no end of storage-of is a principal");
}

static void test_words_are_checked(void **state)
{
    (void)state;
    technique_problem((Parts){.severity = "terrible"},
                      "/severity: expected one of low, medium, high, critical, found "
                      "\"terrible\"");
    technique_problem((Parts){.more = "\"colour\":\"red\","},
                      "/colour: unknown key, expected one of id, title, label, text, severity, "
                      "confidence, assumes, why, fix, variables, premises, void, weakens, "
                      "conclusions, attack, atlas, owasp_nhi, sources, checked, status, "
                      "not_modelled_because, built_in");
    technique_problem(
        (Parts){.premises = "{\"permission\":[\"Microsoft.Storage/storageAccounts/*\"],\"plane\":"
                            "\"control\",\"on\":\"storage\"}"},
        "/premises/0/permission: expected an action without wildcards that ends in /read, /write, "
        "/delete or /action, found \"Microsoft.Storage/storageAccounts/*\"");
    technique_problem((Parts){.id = "Not-An-Id"},
                      "/id: expected small letters and digits joined by \"-\"");
    technique_problem((Parts){.label = "a label that is far too long to stand in a strip"},
                      "/label: expected at most 40 bytes");
    technique_problem((Parts){.conclusions = "{\"capability\":\"fly\",\"on\":\"storage\"}"},
                      "/conclusions/0/capability: expected one of assign-roles, "
                      "manage-identities, change-network, manage, delete, run-code, "
                      "read-credentials, read-secrets, use-keys, write-secrets, read-data, "
                      "write-data, push-images, view, directory, found \"fly\"");
    technique_problem((Parts){.more = "\"attack\":[\"1098\"],"},
                      "/attack: expected texts that begin with \"T\", found \"1098\"");
}

/* The words of Microsoft Entra: a role that must reach a principal, its properties, what is given.
 */
static void test_directory_words(void **state)
{
    (void)state;
    Rules rules;
    Error err = {""};
    make_directory(NULL, NULL);
    write_technique(&(Parts){
        .variables = "{\"group\":\"group\"}",
        .premises = "{\"directory-role\":[\"Groups Administrator\"],\"on\":\"group\"},"
                    "{\"property\":\"isAssignableToRole\",\"of\":\"group\",\"not-in\":[\"true\"]}",
        .conclusions = "{\"controls-group\":\"group\"},{\"gives-directory-role\":[\"*\"]},"
                       "{\"gives-app-role\":[\"User.Read.All\"]}"});
    if (!rules_load(&rules, directory, &err))
        fail_msg("%s", err.message);
    assert_int_equal(rules.clauses.count, 3);
    const Clause *clauses = rules.clauses.items;
    assert_int_equal(clauses[0].premises[0].kind, PREMISE_DIRECTORY_ROLE);
    assert_int_equal(clauses[0].premises[0].variable, 0);
    assert_string_equal(clauses[0].premises[0].values.items[0],
                        "fdd7a751-b60b-444a-984c-02652fe8fa1c");
    assert_int_equal(clauses[0].premises[1].missing, MISSING_HOLDS);
    assert_int_equal(clauses[1].conclusion.kind, CONCLUDES_GIVES_DIRECTORY_ROLE);
    assert_int_equal(clauses[1].conclusion.variable, NONE);
    assert_int_equal(clauses[1].conclusion.roles.count, 0);
    assert_int_equal(clauses[2].conclusion.roles.count, 1);
    assert_string_equal(clauses[2].conclusion.roles.items[0],
                        "df021288-bdef-4463-88db-98f22de89214");
    rules_free(&rules);
    remove_directory();
    technique_problem((Parts){.premises = "{\"directory-role\":[\"62E90394-69f5-4237-9190-"
                                          "012177145e10\",\"microsoft.directory/users/x\"],"
                                          "\"on\":\"storage\"}"},
                      "/premises/0/on: storage is no principal");
    technique_problem(
        (Parts){.variables = "{\"u\":\"user\"}",
                .premises = "{\"directory-role\":[\"Groups Admin\"],\"on\":\"u\"}",
                .conclusions = "{\"acts-as\":\"u\",\"kind\":\"token\"}"},
        "/premises/0/directory-role: expected a role of directory-roles.json, by GUID "
        "or name, or an action \"microsoft.directory/...\", found \"Groups Admin\"");
    technique_problem((Parts){.variables = "{}",
                              .premises = "{\"app-role\":[\"Groups Administrator\"]}",
                              .conclusions = "{\"gives-app-role\":[\"*\"]}"},
                      "/premises/0/app-role: expected a permission of app-roles.json, by GUID or "
                      "name, found \"Groups Administrator\"");
    technique_problem((Parts){.variables = "{\"u\":\"user\"}",
                              .premises = "{\"property\":\"directoryRoles\",\"of\":\"u\",\"only\":["
                                          "\"Nobody\"],\"missing\":\"holds\"}",
                              .conclusions = "{\"acts-as\":\"u\",\"kind\":\"token\"}"},
                      "/premises/0/only: expected a role of directory-roles.json, by GUID or name, "
                      "or an action \"microsoft.directory/...\", found \"Nobody\"");
    technique_problem((Parts){.conclusions = "{\"gives-app-role\":[\"*\",\"User.Read.All\"]}"},
                      "/conclusions/0/gives-app-role: expected \"*\" alone, or names without it");
}

static void test_the_tables_of_roles(void **state)
{
    (void)state;
    const DirectoryRole *role = rules_find_directory_role(&own, "global administrator");
    assert_non_null(role);
    assert_string_equal(role->guid, "62e90394-69f5-4237-9190-012177145e10");
    assert_true(role->privileged && role->tier_zero);
    role = rules_find_directory_role(&own, "FE930BE7-5e62-47db-91af-98c3a49a38b1");
    assert_string_equal(role->name, "User Administrator");
    assert_true(role->privileged && !role->tier_zero);
    assert_null(rules_find_directory_role(&own, "Owner"));
    const AppRole *permission = rules_find_app_role(&own, "rolemanagement.readwrite.directory");
    assert_string_equal(permission->guid, "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8");
    assert_true(permission->tier_zero);
    assert_false(rules_find_app_role(&own, "df021288-bdef-4463-88db-98f22de89214")->tier_zero);
    assert_null(rules_find_app_role(&own, NULL));
    const char *some[] = {"a", "b"}, *other[] = {"B"};
    TextList wanted = {some, 2}, given = {other, 1}, any = {0}, alone = {some, 1};
    assert_true(role_lists_meet(&wanted, &given));
    assert_true(role_lists_meet(&wanted, &any));
    assert_false(role_lists_meet(&alone, &given));
}

static void test_conditions_that_are_got_around(void **state)
{
    (void)state;
    const Clause *copy = first_clause("rbac-denylist-bypass-custom-role");
    assert_int_equal(copy->premises[0].grant_conditions, 1U << GRANT_CONDITION_ROLE_DENYLIST);
    assert_int_equal(copy->premises[1].grant_conditions, 0);
    technique_problem(
        (Parts){.premises =
                    "{\"permission\":[\"Microsoft.Storage/storageAccounts/listkeys/action\"],"
                    "\"plane\":\"control\",\"on\":\"storage\","
                    "\"conditions\":[\"role-denylist\"]}"},
        "/premises/0/conditions: only with Microsoft.Authorization/roleAssignments/write");
}

static void test_what_is_built_in_has_no_clauses(void **state)
{
    (void)state;
    technique_problem((Parts){.more = "\"built_in\":\"group-membership\","},
                      ": a technique that is built in has no premises and no conclusions");
    technique_problem(
        (Parts){.more = "\"built_in\":\"magic\","},
        "/built_in: expected one of eligible-assignments, assignment-conditions, "
        "root-assignments, group-membership, scope-inheritance, obstacle-removal, "
        "separate-planes, directory-scopes, applications, taken-identities, found \"magic\"");
}

static void test_all_problems_are_told(void **state)
{
    (void)state;
    TextBuffer problems = {0};
    Rules rules;
    Error err = {""};
    make_directory(NULL, NULL);
    write_technique(&(Parts){.severity = "terrible", .id = "Bad"});
    write_text("techniques/generic.json", "{\"schema\":");
    assert_int_equal(rules_check(directory, collect, &problems), 3);
    assert_non_null(strstr(problems.text, "techniques/generic.json: "));
    assert_non_null(strstr(problems.text, "/techniques/0/id: "));
    assert_non_null(strstr(problems.text, "/techniques/0/severity: "));
    assert_false(rules_load(&rules, directory, &err));
    assert_non_null(strstr(err.message, "(and 2 more problems)"));
    assert_int_equal(rules.techniques.count, 0);
    text_buffer_free(&problems);
    remove_directory();
}

static void test_the_same_id_twice(void **state)
{
    (void)state;
    make_directory(NULL, NULL);
    write_technique(&(Parts){0});
    write_text("techniques/generic.json",
               "{\"schema\":\"amlblast.techniques/1\",\"family\":\"generic\",\"title\":\"x\","
               "\"order\":2,\"techniques\":[{\"id\":\"test\",\"label\":\"l\",\"text\":\"t\","
               "\"severity\":\"low\",\"title\":\"t\",\"confidence\":\"unverified\",\"why\":\"w\","
               "\"fix\":\"f\",\"sources\":[\"https://example.com\"],\"checked\":\"2026-11-22\","
               "\"status\":\"not-modelled\",\"not_modelled_because\":\"no export shows it\"}]}");
    expect_only("techniques/generic.json: /techniques/0/id: there is a technique test already");
    remove_directory();
}

static void test_tables_are_checked(void **state)
{
    (void)state;
    table_problem("kinds.json",
                  "{\"schema\":\"amlblast.kinds/1\",\"checked\":\"2026-11-22\",\"crown_words\":"
                  "[\"crown\"],\"kinds\":[{\"type\":\"a.b/c\",\"actions\":\"A.b/d\",\"singular\":"
                  "\"x\",\"plural\":\"xs\",\"family\":\"other\",\"host\":\"none\"}]}",
                  "kinds.json: /kinds/0/type: expected \"actions\" in lower case, found \"a.b/c\"");
    table_problem("builtin-roles.json",
                  "{\"schema\":\"amlblast.builtin-roles/1\",\"date\":\"yesterday\",\"sources\":"
                  "[\"x\"],\"roles\":[]}",
                  "builtin-roles.json: /date: expected a date like 2026-11-22, found "
                  "\"yesterday\"");
    table_problem("task-scopes.json",
                  "{\"schema\":\"amlblast.task-scopes/1\",\"checked\":\"2026-11-22\",\"purposes\":"
                  "[{\"name\":\"n\",\"text\":\"t\",\"confidence\":\"c\",\"source\":\"s\","
                  "\"needs\":[{\"at\":\"moon\",\"text\":\"t\",\"actions\":[\"*\"]}]}]}",
                  "task-scopes.json: /purposes/0/needs/0/at: expected one of workspace, "
                  "workspace-storage, workspace-vault, workspace-registry, workspace-insights, "
                  "workspace-resource-group, datastore-storage, endpoint, ml-registry, declared, "
                  "found \"moon\"");
    table_problem("credential-actions.json", "[]",
                  "credential-actions.json: expected an object, found an array");
}

static void test_a_directory_without_data(void **state)
{
    (void)state;
    Rules rules;
    Error err = {""};
    assert_false(rules_load(&rules, "/nonexistent", &err));
    assert_string_equal(err.message, "/nonexistent/capabilities.json: No such file or directory "
                                     "(and 8 more problems)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_techniques_are_there),
        cmocka_unit_test(test_catalogue_goes_from_specific_to_generic),
        cmocka_unit_test(test_alternatives_become_clauses),
        cmocka_unit_test(test_missing_values_mean_what_the_table_says),
        cmocka_unit_test(test_a_conclusion_has_only_its_own_variables),
        cmocka_unit_test(test_conditions_of_grants),
        cmocka_unit_test(test_permissions_are_listed_once_per_plane),
        cmocka_unit_test(test_own_tables),
        cmocka_unit_test(test_purposes),
        cmocka_unit_test(test_digest_follows_the_bytes),
        cmocka_unit_test(test_what_is_assumed_adds_up),
        cmocka_unit_test(test_obstacles_go_to_the_clauses_they_speak_of),
        cmocka_unit_test(test_a_missing_relation),
        cmocka_unit_test(test_variables_are_checked),
        cmocka_unit_test(test_types_are_checked),
        cmocka_unit_test(test_words_are_checked),
        cmocka_unit_test(test_directory_words),
        cmocka_unit_test(test_the_tables_of_roles),
        cmocka_unit_test(test_conditions_that_are_got_around),
        cmocka_unit_test(test_what_is_built_in_has_no_clauses),
        cmocka_unit_test(test_all_problems_are_told),
        cmocka_unit_test(test_the_same_id_twice),
        cmocka_unit_test(test_tables_are_checked),
        cmocka_unit_test(test_a_directory_without_data),
    };
    return cmocka_run_group_tests(tests, load_own, free_own);
}
