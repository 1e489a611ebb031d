// The types of the lower modules that are part of public signatures: bytes and replies, endpoints, times, the loop.
@_exported public import RedisRESP
@_exported public import RedisReactor
