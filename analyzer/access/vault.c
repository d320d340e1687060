#include "access/decide.h"

#include <string.h>

/* ---- permission words ---- */

typedef enum PolicyList { LIST_KEYS, LIST_SECRETS, LIST_CERTIFICATES, LIST_STORAGE } PolicyList;

/* One word of an access policy and the data action it stands for.
   https://learn.microsoft.com/azure/key-vault/general/rbac-migration
   https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
static const struct PolicyWord {
    PolicyList list;
    const char *word;
    const char *action; /* behind "Microsoft.KeyVault/vaults/" */
} policy_words[] = {
    {LIST_SECRETS, "get", "secrets/getSecret/action"},
    {LIST_SECRETS, "list", "secrets/readMetadata/action"},
    {LIST_SECRETS, "set", "secrets/setSecret/action"},
    {LIST_SECRETS, "set", "secrets/update/action"},
    {LIST_SECRETS, "delete", "secrets/delete"},
    {LIST_SECRETS, "recover", "secrets/recover/action"},
    {LIST_SECRETS, "backup", "secrets/backup/action"},
    {LIST_SECRETS, "restore", "secrets/restore/action"},
    {LIST_SECRETS, "purge", "secrets/purge/action"},
    {LIST_KEYS, "get", "keys/read"},
    {LIST_KEYS, "list", "keys/read"},
    {LIST_KEYS, "update", "keys/update/action"},
    {LIST_KEYS, "create", "keys/create/action"},
    {LIST_KEYS, "import", "keys/import/action"},
    {LIST_KEYS, "delete", "keys/delete"},
    {LIST_KEYS, "recover", "keys/recover/action"},
    {LIST_KEYS, "backup", "keys/backup/action"},
    {LIST_KEYS, "restore", "keys/restore/action"},
    {LIST_KEYS, "decrypt", "keys/decrypt/action"},
    {LIST_KEYS, "encrypt", "keys/encrypt/action"},
    {LIST_KEYS, "unwrapkey", "keys/unwrap/action"},
    {LIST_KEYS, "wrapkey", "keys/wrap/action"},
    {LIST_KEYS, "verify", "keys/verify/action"},
    {LIST_KEYS, "sign", "keys/sign/action"},
    {LIST_KEYS, "release", "keys/release/action"},
    {LIST_KEYS, "rotate", "keys/rotate/action"},
    {LIST_KEYS, "getrotationpolicy", "keyrotationpolicies/read"},
    {LIST_KEYS, "setrotationpolicy", "keyrotationpolicies/write"},
    {LIST_KEYS, "purge", "keys/purge/action"},
    {LIST_CERTIFICATES, "get", "certificates/read"},
    {LIST_CERTIFICATES, "list", "certificates/read"},
    {LIST_CERTIFICATES, "update", "certificates/update/action"},
    {LIST_CERTIFICATES, "create", "certificates/create/action"},
    {LIST_CERTIFICATES, "import", "certificates/import/action"},
    {LIST_CERTIFICATES, "delete", "certificates/delete"},
    {LIST_CERTIFICATES, "recover", "certificates/recover/action"},
    {LIST_CERTIFICATES, "backup", "certificates/backup/action"},
    {LIST_CERTIFICATES, "restore", "certificates/restore/action"},
    {LIST_CERTIFICATES, "managecontacts", "certificatecontacts/write"},
    {LIST_CERTIFICATES, "manageissuers", "certificatecas/read"},
    {LIST_CERTIFICATES, "manageissuers", "certificatecas/write"},
    {LIST_CERTIFICATES, "manageissuers", "certificatecas/delete"},
    {LIST_CERTIFICATES, "getissuers", "certificatecas/read"},
    {LIST_CERTIFICATES, "listissuers", "certificatecas/read"},
    {LIST_CERTIFICATES, "setissuers", "certificatecas/write"},
    {LIST_CERTIFICATES, "deleteissuers", "certificatecas/delete"},
    {LIST_CERTIFICATES, "purge", "certificates/purge/action"},
    {LIST_STORAGE, "get", "storageaccounts/read"},
    {LIST_STORAGE, "list", "storageaccounts/read"},
    {LIST_STORAGE, "delete", "storageaccounts/delete"},
    {LIST_STORAGE, "set", "storageaccounts/set/action"},
    {LIST_STORAGE, "update", "storageaccounts/set/action"},
    {LIST_STORAGE, "regeneratekey", "storageaccounts/regeneratekey/action"},
    {LIST_STORAGE, "recover", "storageaccounts/recover/action"},
    {LIST_STORAGE, "backup", "storageaccounts/backup/action"},
    {LIST_STORAGE, "restore", "storageaccounts/restore/action"},
    {LIST_STORAGE, "purge", "storageaccounts/purge/action"},
    {LIST_STORAGE, "getsas", "storageaccounts/sas/read"},
    {LIST_STORAGE, "listsas", "storageaccounts/sas/read"},
    {LIST_STORAGE, "setsas", "storageaccounts/sas/set/action"},
    {LIST_STORAGE, "deletesas", "storageaccounts/sas/delete"},
};

static const char vault_actions[] = "Microsoft.KeyVault/vaults/";

static bool has_word(const TextList *list, const char *word)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (text_equal_any_case(list->items[i], word) ||
            (text_equal_any_case(list->items[i], "all") && !text_equal(word, "purge")))
            return true; /* "all" is every permission but purge */
    return false;
}

bool policy_allows(const AccessPolicy *policy, const char *action)
{
    if (!text_starts_with_any_case(action, vault_actions))
        return false;
    const TextList *lists[] = {[LIST_KEYS] = &policy->keys,
                               [LIST_SECRETS] = &policy->secrets,
                               [LIST_CERTIFICATES] = &policy->certificates,
                               [LIST_STORAGE] = &policy->storage};
    for (size_t i = 0; i < sizeof policy_words / sizeof *policy_words; i++)
        if (text_equal_any_case(action + sizeof vault_actions - 1, policy_words[i].action) &&
            has_word(lists[policy_words[i].list], policy_words[i].word))
            return true;
    return false;
}

/* ---- which model decides ---- */

/* The id of the vault at or above the scope asked about, or NULL. */
static const char *vault_id(const Asking *asking)
{
    static const char vaults[] = "/providers/Microsoft.KeyVault/vaults/";
    const char *found = text_find_any_case(asking->scope_text, vaults);
    if (!found)
        return NULL;
    const char *name = found + sizeof vaults - 1;
    size_t length_bytes = (size_t)(name - asking->scope_text) + strcspn(name, "/");
    return arena_copy_bytes(&asking->decision->arena, asking->scope_text, length_bytes);
}

Vault vault_of_question(const Asking *asking)
{
    const Snapshot *snapshot = asking->access->snapshot;
    Vault vault = {.model = VAULT_NONE, .resource = NONE, .record = NONE};
    if (asking->ask.plane != PLANE_DATA ||
        !text_starts_with_any_case(asking->ask.action, vault_actions))
        return vault;
    const char *id = vault_id(asking);
    if (!id)
        return vault;
    vault.name = strrchr(id, '/') + 1;
    vault.resource = snapshot_find_resource(snapshot, id);
    vault.model = VAULT_OPEN;
    if (vault.resource == NONE || !snapshot->resources.items[vault.resource].detailed)
        return vault;
    const Resource *resource = &snapshot->resources.items[vault.resource];
    vault.record = resource->record;
    const char *roles =
        resource_property(snapshot, resource, "enableRbacAuthorization", &vault.record);
    vault.model = roles && text_equal_any_case(roles, "true") ? VAULT_ROLES : VAULT_POLICIES;
    return vault;
}
