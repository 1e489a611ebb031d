// hiredis as a thread that sends GETs: one after the other, or so many in one write.
// modes: commands lone
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

static void take(redisContext *context) {
    redisReply *reply;
    if (redisGetReply(context, (void **)&reply) != REDIS_OK || reply->type != REDIS_REPLY_STRING) exit(1);
    seen++;
    freeReplyObject(reply);
}

int main(int argc, char **argv) {
    arguments(argc, argv);
    redisContext *context = redisConnect("127.0.0.1", port);
    if (!context || context->err) { fprintf(stderr, "hiredis: no connection\n"); return 1; }
    freeReplyObject(redisCommand(context, "SET key xxxxxxxxxxxxxxxx"));
    if (strcmp(mode, "lone") == 0) {
        long long *times = malloc(sizeof *times * (size_t)messages);
        while (seen < messages) {
            long long begin = nanoseconds();
            redisAppendCommand(context, "GET key");
            take(context);
            times[seen - 1] = nanoseconds() - begin;
        }
        qsort(times, (size_t)messages, sizeof *times, by_length);
        printf("{\"messages\": %ld, \"p50\": %.3f, \"p99\": %.3f, \"p99.9\": %.3f}\n", seen, percentile(times, 50),
               percentile(times, 99), percentile(times, 99.9));
        return 0;
    }
    // What is left of the channels' place on the command line is the size of a batch.
    long size = channels;
    began();
    while (seen < messages) {
        for (long index = 0; index < size; index++) redisAppendCommand(context, "GET key");
        for (long index = 0; index < size; index++) take(context);
    }
    report();
    return 0;
}
