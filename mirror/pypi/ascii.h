/*
 * Kinds of characters as the packaging standards mean them: ASCII, whatever
 * the locale says.
 */
#ifndef MIRROR_PYPI_ASCII_H
#define MIRROR_PYPI_ASCII_H

#include <stdbool.h>

static inline bool ascii_is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static inline bool ascii_is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ascii_is_alphanumeric(char c)
{
        return ascii_is_letter(c) || ascii_is_digit(c);
}

/* White space, line ends included. */
static inline bool ascii_is_blank(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char ascii_lower(char c)
{
        if (c >= 'A' && c <= 'Z')
                c = (char)(c | 0x20);
        return c;
}

#endif
