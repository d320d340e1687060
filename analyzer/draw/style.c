#include "draw/style.h"

const SeverityLook SEVERITY_LOOKS[SEVERITY_COUNT] = {
    [SEVERITY_CRITICAL] = {"critical", "\xe2\x96\xb2", "CRITICAL", COLOR_CRITICAL, COLOR_ON_DARK,
                           COLOR_CRITICAL, 2, 10, "sev-critical"},
    [SEVERITY_HIGH] = {"high", "\xe2\x96\xa0", "HIGH", COLOR_HIGH, COLOR_ON_DARK, COLOR_HAIR, 1, 8,
                       "sev-high"},
    [SEVERITY_MEDIUM] = {"medium", "\xe2\x97\x8f", "MEDIUM", COLOR_MEDIUM, COLOR_INK_ON_MED,
                         COLOR_HAIR, 1, 6, "sev-medium"},
    [SEVERITY_LOW] = {"low", "\xe2\x97\x8b", "LOW", COLOR_LOW, COLOR_INK_ON_MED, COLOR_HAIR, 1, 4,
                      "sev-low"},
    [SEVERITY_IN_SCOPE] = {"in-scope", "", "IN SCOPE", COLOR_TEAL, COLOR_TEAL, COLOR_TEAL, 1, 4,
                           "in-scope"},
    [SEVERITY_NONE] = {"none", "", "", COLOR_RULE, COLOR_INK, COLOR_HAIR, 1, 4, "sev-none"},
};

const StyleLook STYLE_LOOKS[STYLE_COUNT] = {
    [STYLE_ESCALATION] = {"escalation", "", "escalation step (numbered)", COLOR_CRITICAL,
                          COLOR_CRITICAL_BG, "solid", "normal", 2.6, 0.8, "edge-esc"},
    [STYLE_ADDED] = {"added", "+ ADDED: ", "added since before", COLOR_ADDED, COLOR_ADDED_BG,
                     "solid", "normal", 2.6, 0.8, "edge-add"},
    [STYLE_REMOVED] = {"removed", "\xe2\x88\x92 REMOVED: ", "removed since before", COLOR_REMOVED,
                       COLOR_SCOPE1, "dashed", "normal", 1.2, 0.75, "edge-rem"},
    [STYLE_BEYOND] = {"beyond", "", "access beyond the task", COLOR_LINK, COLOR_SCOPE2, "solid",
                      "normal", 1.2, 0.75, "edge-out"},
    [STYLE_IN_SCOPE] = {"in-scope", "", "access the task needs", COLOR_TEAL, COLOR_TEAL_BG, "solid",
                        "vee", 1.2, 0.75, "edge-scope"},
    [STYLE_CONDITIONAL] = {"conditional", "IF ", "only if a condition holds", COLOR_CONDITION,
                           COLOR_CONDITION_BG, "dashed", "normal", 1.4, 0.75, "edge-cond"},
    [STYLE_ELIGIBLE] = {"eligible", "ELIGIBLE (PIM): ", "only after PIM activation",
                        COLOR_CONDITION, COLOR_CONDITION_BG, "dotted", "normal", 1.6, 0.75,
                        "edge-pim"},
    [STYLE_DENIED] = {"denied", "\xc3\x97 DENIED: ", "blocked by deny assignment", COLOR_DENIED,
                      COLOR_SCOPE1, "dashed", "tee", 1.2, 0.75, "edge-deny"},
};

bool style_is_thick(Style style)
{
    return style == STYLE_ESCALATION || style == STYLE_ADDED;
}
