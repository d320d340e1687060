"""What the program is known to do otherwise than the semantics say.  Each True makes the comparison
weaker in one place and becomes False when the program is right: then it shows what was wrong once.
"""
# Running code on the start is listed when the start may do it again by a right of its own.
LISTS_ITS_OWN_CODE = True
# assign-roles is certain under a condition that cannot be decided, and only conditional under one
# that names types and principals together.
ASSIGNS_WITHOUT_DECIDING = True
# Where a property is missing, rights given to oneself do not use the alternative that needs two.
STATE_IS_EXPORTED = False
# Locks hold against who may give itself the right to delete them.
LOCKS_HOLD_AGAINST_GIVEN = False
# Roles are rewritten only with rights and where they are held from the beginning.
REWRITES_ONLY_FROM_THE_BEGINNING = False
# Relations whose pairs depend on more than the vocabulary says.
RELATIONS_NOT_FOUND = {"assigned-to"}
PROPERTIES_NOT_FOLLOWED = set()
# Deny assignments hold against who may give itself the right to delete them.
DENIES_HOLD_AGAINST_GIVEN = False
# A rewritten role whose assignment has a condition about roles cannot give those.
REWRITTEN_ROLES_DO_NOT_DELEGATE = True
# Under a condition a role is given to groups of the giver, not to those of others that were taken.
GROUPS_OF_THE_GIVER_ONLY = True
# A job or schedule on an attached machine does not run as the identities of the machine.
JOBS_IGNORE_ATTACHED_MACHINES = False
# A delegation gives only roles that are assignable at its own scope, not those for scopes below.
ROLES_MUST_BE_ASSIGNABLE_WHERE_HELD = False
# A condition that names types and principals together is not decided.
TYPES_WITH_PRINCIPALS_ARE_UNDECIDED = True
# Roles that a condition admits are not given to groups that control makes one a member of.
CONTROLLED_GROUPS_RECEIVE_NOTHING = False
# Where no group was exported, nothing is known about users.
A_GROUP_IS_EXPORTED = True
# Who holds an eligible right to delete a lock is not stopped by it, person or not.
ELIGIBLE_ROLES_LIFT_LOCKS_FOR_ANYBODY = True
# A custom role that is held at a management group of unknown place is not rewritten.
UNPLACED_GROUPS_HOLD_NO_CUSTOM_ROLES = True
