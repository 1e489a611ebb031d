// Reads standard input until LINES line feeds have come, and prints how many lines and bytes that were. Then it waits for the
// end; whatever comes before that is too much, and status 1.
//
//   drain LINES [EVERY DESCRIPTOR]
//
// With EVERY it writes a byte to the descriptor for each EVERY lines: what a feeder with --window waits for.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 20];

int main(int argc, char **argv) {
    if (argc < 2) { fprintf(stderr, "usage: drain LINES [EVERY DESCRIPTOR]\n"); return 64; }
    long wanted = atol(argv[1]), every = argc > 3 ? atol(argv[2]) : 0;
    int acknowledged = argc > 3 ? atoi(argv[3]) : -1;
    signal(SIGPIPE, SIG_IGN);
    long lines = 0, bytes = 0, told = 0;
    while (lines < wanted) {
        ssize_t n = read(0, buffer, sizeof buffer);
        if (n <= 0) break;
        bytes += n;
        for (char *at = buffer, *end = buffer + n; (at = memchr(at, '\n', (size_t)(end - at))); at++) lines++;
        for (; every > 0 && lines - told >= every; told += every) {
            if (write(acknowledged, "+", 1) < 0) every = 0;  // the feeder has sent all
        }
    }
    printf("{\"lines\": %ld, \"bytes\": %ld}\n", lines, bytes);
    fflush(stdout);
    return read(0, buffer, sizeof buffer) > 0;
}
