// The least that a client can do: read(2) and find where each frame ends. No lookup, no copy, no handler, no library.
// modes: channel pattern monitor
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

static char buffer[1 << 18];

// The number behind a type byte; moves `at` behind the line.
static inline long number(const char **at, const char *end) {
    const char *next = *at + 1;
    long value = 0;
    while (next < end && *next != '\r') value = value * 10 + (*next++ - '0');
    if (next + 1 >= end) return -1;
    *at = next + 2;
    return value;
}

// The end of the frame at `at`, or NULL. `payload` gets the length of the last bulk string; -1 when it was none.
static const char *frame(const char *at, const char *end, long *payload) {
    *payload = -1;
    if (*at == '+') {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line) return NULL;
        if (line - at > 4) *payload = line - at - 2;
        return line + 1;
    }
    long count = number(&at, end);
    if (count < 0) return NULL;
    while (count-- > 0) {
        if (at >= end) return NULL;
        int isBulk = *at == '$';
        long value = number(&at, end);
        if (value < 0) return NULL;
        *payload = -1;
        if (!isBulk) continue;
        if (end - at < value + 2) return NULL;
        *payload = value;
        at += value + 2;
    }
    return at;
}

static void say(int fd, const char *text) {
    if (write(fd, text, strlen(text)) < 0) exit(1);
}

int main(int argc, char **argv) {
    arguments(argc, argv);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((unsigned short)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) { perror("connect"); return 1; }
    if (!strcmp(mode, "monitor")) {
        say(fd, "*1\r\n$7\r\nMONITOR\r\n");
    } else if (!strcmp(mode, "pattern")) {
        say(fd, "*2\r\n$10\r\nPSUBSCRIBE\r\n$9\r\nchannel:*\r\n");
    } else {
        for (long i = 0; i < channels; i++) {
            char command[80];
            sprintf(command, "*2\r\n$9\r\nSUBSCRIBE\r\n$15\r\nchannel:%07ld\r\n", i);
            say(fd, command);
        }
    }
    size_t used = 0;
    for (;;) {
        ssize_t n = read(fd, buffer + used, sizeof buffer - used);
        if (n <= 0) { fprintf(stderr, "floor: the link ended\n"); return 1; }
        used += (size_t)n;
        const char *at = buffer, *end = buffer + used, *next;
        long payload;
        while (at < end && (next = frame(at, end, &payload))) {
            if (payload >= 0) message(payload);
            at = next;
        }
        used = (size_t)(end - at);
        memmove(buffer, at, used);
    }
}
