#include <stddef.h>

// floor_decode decodes a JPEG at an eighth of its size and keeps what a box in
// its middle shows, as RGB; -1 where it is broken or smaller than the box.
int floor_decode(const unsigned char *source, size_t size, int width, int height, unsigned char *pixels);

// floor_encode writes a JPEG that the caller frees, and gives its size, or 0.
unsigned long floor_encode(const unsigned char *pixels, int width, int height, int quality, unsigned char **out);
