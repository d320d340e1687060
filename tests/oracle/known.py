"""What the program is known to do otherwise than the semantics say.  Each True makes the comparison
weaker in one place; it goes when the program is right.
"""
# Running code on the start is listed when the start may do it again by a right of its own.
LISTS_ITS_OWN_CODE = True
# assign-roles under a condition that cannot be decided is certain.
ASSIGNS_WITHOUT_DECIDING = True
# Where a property is missing, rights given to oneself do not use the alternative that needs two.
STATE_IS_EXPORTED = True
# Locks hold against who may give itself the right to delete them.
LOCKS_HOLD_AGAINST_GIVEN = True
# Roles are rewritten only with rights and where they are held from the beginning.
REWRITES_ONLY_FROM_THE_BEGINNING = True
# Relations that no record is read for yet, and properties that such a relation is told by.
RELATIONS_NOT_FOUND = {
    "application-of", "federates", "materialization-identity-of", "code-of", "environment-of",
    "model-of", "component-of", "registry-assets-of", "image-registry-of", "kubelet-identity-of",
    "trusted-by", "issuer-of", "image-of"}
PROPERTIES_NOT_FOLLOWED = {"servicePrincipalClientId"}
# Deny assignments hold against who may give itself the right to delete them.
DENIES_HOLD_AGAINST_GIVEN = True
# A rewritten role whose assignment has a condition about roles cannot give those.
REWRITTEN_ROLES_DO_NOT_DELEGATE = True
