// What the C peers share: how a peer is called, and what it prints.
//
//   PEER MODE PORT CHANNELS MESSAGES [OPTION…]
//
// It subscribes, counts MESSAGES, and prints one JSON line: what the process cost from the first message to the last.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const char *mode;
static int port;
static long channels, messages, seen, bytes;
static double cpu_begin, wall_begin;

static double cpu_now(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static inline long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline long resident_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) exit(1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

static void arguments(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: %s MODE PORT CHANNELS MESSAGES [OPTION...]\n", argv[0]);
        exit(64);
    }
    mode = argv[1];
    port = atoi(argv[2]);
    channels = atol(argv[3]);
    messages = atol(argv[4]);
}

static inline void began(void) {
    cpu_begin = cpu_now();
    wall_begin = (double)nanoseconds() / 1e9;
}

static inline void report(void) {
    double cpu = cpu_now() - cpu_begin, wall = (double)nanoseconds() / 1e9 - wall_begin;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("{\"messages\": %ld, \"bytes\": %ld, \"cpu\": %.6f, \"wall\": %.6f, \"peak_kib\": %ld}\n", seen, bytes, cpu, wall,
           use.ru_maxrss);
}

static inline void message(long length) {
    if (seen == 0) began();
    bytes += length;
    if (++seen == messages) {
        report();
        exit(0);
    }
}
