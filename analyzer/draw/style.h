#ifndef DRAW_STYLE_H
#define DRAW_STYLE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The look: colours, severities, line styles.  Each colour is a value of its own, so that one block
 * of CSS can turn a picture dark by replacing values; that is why the paper and the white on dark
 * fills differ by one.  Contrast ratios on their grounds are at least 4.5, severities differ in
 * lightness (L* 30, 49, 80, 92) and in glyph and word, so they survive a grey printer.
 */
#define COLOR_PAPER        "#FFFFFF"
#define COLOR_ON_DARK      "#FFFFFE"
#define COLOR_INK          "#1B1F24"
#define COLOR_INK_ON_MED   "#1B1F25"
#define COLOR_INK2         "#4A5565"
#define COLOR_HAIR         "#8A94A3"
#define COLOR_RULE         "#C9D0DA"
#define COLOR_SCOPE1       "#F4F6F9"
#define COLOR_SCOPE2       "#EAEEF4"
#define COLOR_CRITICAL     "#8C0D2B"
#define COLOR_CRITICAL_BG  "#FBEAEE"
#define COLOR_HIGH         "#C2500A"
#define COLOR_MEDIUM       "#F2C14E"
#define COLOR_LOW          "#E3E8EF"
#define COLOR_TEAL         "#0B6E5F"
#define COLOR_TEAL_BG      "#E4F4F0"
#define COLOR_IDENTITY     "#16294F"
#define COLOR_IDENTITY2    "#C8D3EA"
#define COLOR_CONDITION    "#5B3FA0"
#define COLOR_CONDITION_BG "#F1EDFA"
#define COLOR_DENIED       "#5F6773"
#define COLOR_REMOVED      "#5F6774"
#define COLOR_LINK         "#5A6676"
#define COLOR_ADDED        "#0B4A99"
#define COLOR_ADDED_BG     "#E6F0FF"
#define COLOR_GAIN2        "#FFE3E9"

#define FONT_FAMILIES "Helvetica,Arial,sans-serif"

typedef enum Severity {
    SEVERITY_CRITICAL,
    SEVERITY_HIGH,
    SEVERITY_MEDIUM,
    SEVERITY_LOW,
    SEVERITY_IN_SCOPE,
    SEVERITY_NONE,
    SEVERITY_COUNT
} Severity;

typedef struct SeverityLook {
    const char *word;   /* in a description: "critical" */
    const char *glyph;  /* "" for in-scope and none */
    const char *label;  /* printed: "CRITICAL"; "" for none */
    const char *fill;   /* of the badge and the spine */
    const char *ink;    /* on the fill; the badge of in-scope is outlined, not filled */
    const char *border; /* of a card */
    int border_width;
    int spine_width;
    const char *class_name; /* in the SVG */
} SeverityLook;

extern const SeverityLook SEVERITY_LOOKS[SEVERITY_COUNT];

/* In the order of pins, buses and the legend. */
typedef enum Style {
    STYLE_ESCALATION,
    STYLE_ADDED,
    STYLE_REMOVED,
    STYLE_BEYOND,
    STYLE_IN_SCOPE,
    STYLE_CONDITIONAL,
    STYLE_ELIGIBLE,
    STYLE_DENIED,
    STYLE_COUNT
} Style;

typedef struct StyleLook {
    const char *word;    /* in a description: "escalation" */
    const char *prefix;  /* printed before a strip's text */
    const char *meaning; /* in the legend */
    const char *color;   /* of the line and the strip's text */
    const char *ground;  /* of the strip */
    const char *pattern; /* Graphviz: solid, dashed, dotted */
    const char *head;    /* Graphviz: normal, vee, tee */
    double line_width;
    double head_scale; /* arrowsize: 1.0 is ten points long */
    const char *class_name;
} StyleLook;

extern const StyleLook STYLE_LOOKS[STYLE_COUNT];

/* Thick lines are the story of a picture: drawn last and kept straight. */
bool style_is_thick(Style style);

#endif
