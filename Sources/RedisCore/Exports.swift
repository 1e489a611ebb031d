// The few types of the lower layers that stand in public signatures: bytes and replies, endpoints, times, the loop.
@_exported public import RedisRESP
@_exported public import RedisReactor
