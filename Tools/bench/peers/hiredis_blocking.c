// hiredis as a thread that waits in redisGetReply for one message after another.
// modes: latency
// libraries: -lhiredis
// packages: libhiredis-dev
#include <hiredis/hiredis.h>

#include "peer.h"

static int by_length(const void *a, const void *b) {
    long long one = *(const long long *)a, other = *(const long long *)b;
    return (one > other) - (one < other);
}

// In microseconds.
static double percentile(const long long *sorted, double share) {
    double exact = (double)messages * share / 100;
    long rank = (long)exact;
    if ((double)rank < exact) rank++;
    return (double)sorted[rank > 0 ? rank - 1 : 0] / 1000;
}

int main(int argc, char **argv) {
    arguments(argc, argv);
    redisContext *context = redisConnect("127.0.0.1", port);
    if (!context || context->err) { fprintf(stderr, "hiredis: no connection\n"); return 1; }
    freeReplyObject(redisCommand(context, "SUBSCRIBE channel:0000000"));
    long long *delays = malloc(sizeof *delays * (size_t)messages);
    redisReply *reply;
    while (seen < messages && redisGetReply(context, (void **)&reply) == REDIS_OK) {
        delays[seen++] = nanoseconds() - atoll(reply->element[2]->str);
        bytes += reply->element[2]->len;
        freeReplyObject(reply);
    }
    if (seen < messages) { fprintf(stderr, "hiredis: %s\n", context->errstr); return 1; }
    qsort(delays, (size_t)messages, sizeof *delays, by_length);
    printf("{\"messages\": %ld, \"bytes\": %ld, \"p50\": %.3f, \"p99\": %.3f, \"p99.9\": %.3f}\n", seen, bytes,
           percentile(delays, 50), percentile(delays, 99), percentile(delays, 99.9));
    return 0;
}
