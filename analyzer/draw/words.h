#ifndef DRAW_WORDS_H
#define DRAW_WORDS_H

#include "base/text.h"
#include "draw/picture.h"

/*
 * The picture in words, for readers who cannot see it, for tickets and chat, and in its place when
 * it could not be drawn: title, result, facts, the chain step by step, then every column with every
 * card and how one gets there.  The picture is as described, before draw/prepare.h.
 */
void words_write(const Picture *picture, TextBuffer *out);

#endif
