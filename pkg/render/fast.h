// FAST makes two versions of a function that is called most, where x86-64 leaves AVX2 to
// the processor.
#ifndef THUMBFRONT_FAST_H
#define THUMBFRONT_FAST_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FAST __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FAST
#endif

#endif
