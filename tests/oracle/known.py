"""What the program is known to do otherwise than the semantics say.  Each entry makes the comparison
weaker in one place, until the program is right.
"""
# Relations whose pairs depend on more than the vocabulary says.
RELATIONS_NOT_FOUND = {"assigned-to"}
# A lock that a user may delete by an eligible role is in its way conditionally, instead of until the
# role is activated.
ELIGIBLE_ROLES_LIFT_LOCKS_CONDITIONALLY = True
