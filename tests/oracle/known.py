"""What the program is known to do otherwise than the semantics say.  Each True makes the comparison
weaker in one place and becomes False when the program is right: then it shows what was wrong once.
"""
# Running code on the start is listed when the start may do it again by a right of its own.
LISTS_ITS_OWN_CODE = True
# Relations whose pairs depend on more than the vocabulary says.
RELATIONS_NOT_FOUND = {"assigned-to"}
# Where no group was exported, nothing is known about users.
A_GROUP_IS_EXPORTED = True
# Who holds an eligible right to delete a lock is not stopped by it, person or not.
ELIGIBLE_ROLES_LIFT_LOCKS_FOR_ANYBODY = True
# A custom role that is held at a management group of unknown place is not rewritten.
UNPLACED_GROUPS_HOLD_NO_CUSTOM_ROLES = True
